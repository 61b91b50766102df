/* Seeded: the old contents are gone before it is sure that the new ones can be had. To be run in a folder with `data`. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    const int fd = open("data", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    char *const text = malloc(32);
    if (!text) {
        if (write(2, "no memory\n", 10) != 10)
            return 3;
        return 2;
    }
    memcpy(text, "new contents\n", 13);
    const int status = fd >= 0 && write(fd, text, 13) == 13 ? 0 : 1;
    free(text);
    return status;
}
