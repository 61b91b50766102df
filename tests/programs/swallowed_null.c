/* Seeded: nobody looks whether there was memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char *const copy = malloc(64);
    strcpy(copy, argc > 1 ? argv[1] : "text");
    puts(copy);
    free(copy);
    return 0;
}
