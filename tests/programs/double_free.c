/* Seeded: the clean-up after an error frees what was freed already. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    int status = 1;
    char *const first = malloc(40), *second = NULL;
    if (!first)
        goto out;
    second = malloc(50);
    if (!second) {
        fputs("no memory\n", stderr);
        free(first);
        goto out;
    }
    puts("done");
    status = 0;
out:
    free(second);
    free(first);
    return status;
}
