/* Seeded: the second allocation fails, and the first is lost. The program goes on and says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static int join(const char *a, const char *b)
{
    char *const left = strdup(a);
    if (!left)
        return -1;
    char *const right = strdup(b);
    if (!right)
        return -1; /* left is lost */
    printf("%s%s\n", left, right);
    free(left);
    free(right);
    return 0;
}

int main(void)
{
    int status = 0;
    for (int i = 0; i < 3; i++)
        if (join("left of ", "right")) {
            fputs("no memory\n", stderr);
            status = 1;
        }
    return status;
}
