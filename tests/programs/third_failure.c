/* Seeded: it falls back twice, and has no third plan. One failure, or two, do no harm. */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    size_t bytes = 4000;
    char *p = malloc(bytes);
    for (int i = 0; !p && i < 2; i++)
        p = malloc(bytes /= 2);
    p[0] = 'k';
    p[1] = '\n';
    const int status = write(1, p, 2) == 2 ? 0 : 1;
    free(p);
    return status;
}
