/* Seeded: a line for which there is no memory is left out, and nobody hears of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 4; i++) {
        char *const line = malloc(16);
        if (!line)
            continue;
        memcpy(line, "line 0\n", 7);
        line[5] = (char)('0' + i);
        if (write(1, line, 7) != 7)
            return 1;
        free(line);
    }
    return 0;
}
