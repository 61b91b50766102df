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

#endif
