/* The rows of a sweep: one a point, in rows.csv of its folder, each written whole in one append. */
#ifndef HT_FAULTS_SWEEP_ROWS_H
#define HT_FAULTS_SWEEP_ROWS_H

#include <stdio.h>

#include "faults/sweep/outcome.h"
#include "faults/sweep/points.h"

struct ht_sweep_row {
    struct ht_point point; /* its stack is known by `stack` only, once the row was read from a file */
    uint64_t stack;        /* by names: struct ht_named */
    enum ht_sweep_outcome outcome;
    int exit_status, signal; /* -1, 0: none */
    char *location, *replay, *detail;
};

struct ht_sweep_rows {
    struct ht_sweep_row *row;
    size_t rows, room;
};

/* The first line, with its newline. */
extern const char ht_sweep_columns[];

/* Takes the row's texts over. 0 or -ENOMEM: then they are freed. */
int ht_sweep_rows_add(struct ht_sweep_rows *rows, struct ht_sweep_row *row);
void ht_sweep_rows_free(struct ht_sweep_rows *rows);

/* One line of CSV, with its newline. */
void ht_sweep_row_put(FILE *out, const struct ht_sweep_row *row);

/* Appends to the file, in one write. 0 or a negative errno. */
int ht_sweep_row_append(int fd, const struct ht_sweep_row *row);

/* Reads rows; a last line that was not written whole is left out. 0, a negative errno, or -EPROTO when it is no such
 * file. */
int ht_sweep_rows_read(const char *path, struct ht_sweep_rows *rows);

/* Whether there is a row of this point. */
bool ht_sweep_rows_have(const struct ht_sweep_rows *rows, const struct ht_point *point);

#endif
