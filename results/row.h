/* A row: one cell in one round, one line of rows.csv (RFC 4180, UTF-8, LF). Both come from results/columns.h.
 *
 * TEXT is a NUL-terminated string, never NULL, "" when absent. COUNT is HT_ABSENT when absent. REAL is NAN
 * when absent, and is never infinite in a file. Numbers are written and read the same way in every locale,
 * and read back to the same bits.
 *
 * Who frees: ht_row_append borrows the row's strings; the strings of rows that were read live until
 * ht_rows_free, and equal words among them are equal pointers. */
#ifndef HT_RESULTS_ROW_H
#define HT_RESULTS_ROW_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "results/columns.h"
#include "results/names.h"

#define HT_ABSENT UINT64_MAX

#define HT_TYPE_TEXT  const char *
#define HT_TYPE_COUNT uint64_t
#define HT_TYPE_REAL  double

struct ht_row {
#define X(name, type, unit, meaning) HT_TYPE_##type name;
    HT_COLUMNS(X)
#undef X
};

enum ht_column_type { HT_COLUMN_TEXT, HT_COLUMN_COUNT, HT_COLUMN_REAL };

struct ht_column {
    const char *name, *unit, *meaning;
    enum ht_column_type type;
    size_t offset; /* in struct ht_row */
};

enum {
#define X(name, type, unit, meaning) HT_COLUMN_INDEX_##name,
    HT_COLUMNS(X)
#undef X
        HT_COLUMN_N
};
extern const struct ht_column ht_columns[HT_COLUMN_N];

/* The first line of rows.csv, with its newline. */
extern const char *const ht_header_line;

/* The word for a type: TEXT, COUNT or REAL. */
const char *ht_column_type_word(enum ht_column_type type);

/* Prints docs/columns.md. */
void ht_columns_emit_markdown(FILE *out);

/* A row in which every field is absent. */
struct ht_row ht_row_empty(void);

/* Appends the header line, if the file at `fd` is empty, or one row, to a file opened with O_APPEND that has
 * no other writer; a row goes out in one write(2). 0 or a negative errno (-ENOSPC: the disk is full); after
 * an error the file ends where it ended before. */
int ht_row_header(int fd);
int ht_row_append(int fd, const struct ht_row *row);

struct ht_rows {
    struct ht_row *row;
    size_t count;
    size_t whole_bytes; /* where the last whole line ends: cut the file here before appending to it */
    size_t torn_bytes;  /* after that: a line that was cut short, and was dropped; 0 when there is none */
    bool same_columns;  /* the first line is ht_header_line: rows may be appended to this file */
    char warning[256];  /* what was skipped, in words; "" when nothing was */
    struct ht_names names;
};

/* Reads all rows. A known column that the file lacks is absent, a column that is not known is skipped with a
 * warning, a last line that was cut short is dropped. 0, or a negative errno and one line in `why`: -EPROTO
 * when this is no file of rows, -EINVAL when a field is bad (line and column are named), -ENOMEM, or what
 * open and read say. After an error nothing is held. */
int ht_rows_read(const char *path, struct ht_rows *rows, char why[256]);

/* The same, behind the rows that are there: equal words of both files are equal pointers. What else `rows` says is of
 * the file that was read last. */
int ht_rows_read_behind(const char *path, struct ht_rows *rows, char why[256]);

/* The same from memory. */
int ht_rows_parse(const char *text, size_t bytes, struct ht_rows *rows, char why[256]);

/* Moves the rows of collectors behind all others; the order stays otherwise. *others is how many those are: what is
 * before and what is behind are compared apart. 0 or -ENOMEM. */
int ht_rows_part_kinds(struct ht_rows *rows, size_t *others);

void ht_rows_free(struct ht_rows *rows);

#endif
