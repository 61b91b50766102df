/* Right: without memory it does the same in another way; and a table that can't grow stays as it was. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char spare[64];
    char *table = NULL;
    size_t room = 0;
    for (int i = 0; i < 8; i++) {
        if (room < 64) {
            char *const larger = realloc(table, room + 16);
            table = larger ? larger : table;
            room += larger ? 16 : 0;
        }
        char *const line = malloc(8), *const at = line ? line : spare;
        memcpy(at, "line 0\n", 7);
        at[5] = (char)('0' + i);
        if (write(1, at, 7) != 7)
            return 1;
        free(line);
    }
    free(table);
    return 0;
}
