/* What the files of the history share. Only results/history*.c includes it. */
#ifndef HT_RESULTS_HISTORY_PARTS_H
#define HT_RESULTS_HISTORY_PARTS_H

#include <sqlite3.h>

#include "results/history.h"

/* What SQLite's error means, and one line in `why`. */
int ht_history_error(const struct ht_history *history, int error, char why[256]);

/* Runs statements that give no rows. */
int ht_history_run(struct ht_history *history, const char *sql, char why[256]);

int ht_history_prepare(struct ht_history *history, const char *sql, sqlite3_stmt **statement, char why[256]);

/* What is being read. */
struct ht_history_reading {
    struct ht_history *h;
    const struct ht_history_filter *filter;
    struct ht_trends *t;
    sqlite3_int64 *run; /* the machine's, by number, with the commit of each */
    size_t *commit_of;
    size_t runs;
    char *why;
};

/* 1 when there is a row, 0 at the end, or a negative errno. */
int ht_history_step(struct ht_history_reading *reading, sqlite3_stmt *statement);

/* -ENOMEM, and says so. */
int ht_history_no_memory(char why[256]);

/* A column of the row, "" when it is NULL. */
const char *ht_history_text(sqlite3_stmt *statement, int column);

/* Makes room for one more of `count` things, at powers of 2. NULL: no memory, and `things` stands. */
void *ht_history_grow(void *things, size_t count, size_t bytes);

/* Reads the trend of a cell, whose metric is set, by the statement `figures`, and finds its changes. */
int ht_history_read_trend(struct ht_history_reading *reading, sqlite3_stmt *figures, sqlite3_int64 cell,
                          struct ht_trend *trend);
extern const char *const ht_history_plain_figures, *const ht_history_relative_figures;

#endif
