/* Whole files: read at once, and written beside their place and renamed, so that nobody ever sees half a
 * file. While a file is being written the thread's numbers are printed as in the C locale. */
#ifndef HT_RESULTS_FILE_H
#define HT_RESULTS_FILE_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Reads a regular file into memory that the caller frees, with a NUL byte after it. 0 or a negative errno;
 * after an error nothing is held. */
int ht_file_read(const char *path, char **text, size_t *bytes);

struct ht_file {
    FILE *out; /* write here; errors are found when it is closed */
    char *path, *temp;
    bool in_place; /* path is no regular file */
    locale_t locale;
};

/* Starts to write what will be `path`; a device or a pipe of that name is written to as it is. 0 or a negative errno;
 * after an error nothing is held. */
int ht_file_open(struct ht_file *file, const char *path);

/* Puts the file in its place. 0, or a negative errno: then what stood there before still does. */
int ht_file_close(struct ht_file *file);

/* Leaves the file unwritten, for the reason `error`, which is returned. */
int ht_file_abandon(struct ht_file *file, int error);

#endif
