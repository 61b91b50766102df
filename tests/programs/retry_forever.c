/* Seeded: it asks again until there is memory. One failure is tolerated, failure for good is a loop. */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    char *p;
    while (!(p = malloc(100)))
        ;
    p[0] = 'k';
    p[1] = '\n';
    const int status = write(1, p, 2) == 2 ? 0 : 1;
    free(p);
    return status;
}
