/* Fuzzes the reader of rows.csv (libFuzzer): `make fuzz`. What it accepts it must also write and read back
 * to the same number of rows. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "results/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_written(const struct ht_rows *rows)
{
    char path[32], why[256];
    struct ht_rows again;
    const int fd = memfd_create("rows", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ht_row_header(fd))
        abort();
    for (size_t i = 0; i < rows->count; i++)
        if (ht_row_append(fd, &rows->row[i]))
            abort();
    if (ht_rows_read(path, &again, why) || again.count != rows->count || again.torn_bytes)
        abort();
    ht_rows_free(&again);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct ht_rows rows;
    char why[256];
    if (ht_rows_parse((const char *)data, bytes, &rows, why)) {
        if (!why[0] || !memchr(why, '\0', sizeof why))
            abort();
        return 0;
    }
    if (rows.whole_bytes + rows.torn_bytes != bytes)
        abort();
    check_written(&rows);
    ht_rows_free(&rows);
    return 0;
}
