#include "results/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_fd(int fd, char **text, size_t *bytes)
{
    struct stat st;
    if (fstat(fd, &st))
        return -errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    const size_t size = (size_t)st.st_size;
    *text = malloc(size + 1);
    if (!*text)
        return -ENOMEM;
    size_t done = 0;
    while (done < size) {
        const ssize_t n = read(fd, *text + done, size - done);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    (*text)[done] = '\0';
    *bytes = done;
    return 0;
}

int ht_file_read(const char *path, char **text, size_t *bytes)
{
    *text = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const int error = read_fd(fd, text, bytes);
    if (error) {
        free(*text);
        *text = NULL;
    }
    close(fd);
    return error;
}

/* A device or a pipe is written to; to rename a file onto /dev/null would put an end to it. */
static bool is_written_in_place(const char *path)
{
    struct stat st;
    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

int ht_file_open(struct ht_file *file, const char *path)
{
    *file = (struct ht_file){.path = strdup(path), .in_place = is_written_in_place(path)};
    if (!file->path || asprintf(&file->temp, file->in_place ? "%s" : "%s.tmp", path) < 0) {
        free(file->path);
        return -ENOMEM;
    }
    file->out = fopen(file->temp, "we");
    if (!file->out) {
        const int error = -errno;
        free(file->path);
        free(file->temp);
        return error;
    }
    __fsetlocking(file->out, FSETLOCKING_BYCALLER);              /* one thread writes, in many small pieces */
    file->locale = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    return 0;
}

static int finish(struct ht_file *file, int error)
{
    if (error && !file->in_place)
        unlink(file->temp);
    free(file->path);
    free(file->temp);
    return error;
}

int ht_file_abandon(struct ht_file *file, int error)
{
    uselocale(file->locale);
    fclose(file->out);
    return finish(file, error);
}

/* Why a write failed long ago, which stdio does not keep: one more byte fails for the same reason. */
static int find_error(FILE *out)
{
    return write(fileno(out), "", 1) < 0 ? -errno : -EIO;
}

int ht_file_close(struct ht_file *file)
{
    uselocale(file->locale);
    int error = ferror(file->out) ? find_error(file->out) : 0;
    errno = 0;
    if (fclose(file->out) && !error)
        error = errno ? -errno : -EIO;
    if (error)
        return finish(file, error);
    return finish(file, !file->in_place && rename(file->temp, file->path) ? -errno : 0);
}
