/* The history of runs: one SQLite file that holds the figures of every row that was ok, by cell, metric, run and round, and
 * of the others how they ended. Runs are keyed by commit and by machine: what one machine measured is never compared with
 * what another did.
 *
 * All functions return 0, or a negative errno with one line in `why`: -EMEDIUMTYPE when the file is no history,
 * -EBUSY when another program holds it, -ENOSPC when the disk is full, -EIO when it is damaged, -EROFS, -EACCES, -ENOENT,
 * -ENOMEM. After an error the file holds what it held before. */
#ifndef HT_RESULTS_HISTORY_H
#define HT_RESULTS_HISTORY_H

#include <stdio.h>

#include "results/metrics.h"
#include "results/origin.h"

struct sqlite3;

struct ht_history {
    struct sqlite3 *db;
    const char *path; /* the caller's */
};

/* Opens FILE; to `write` makes it, if it is not there. */
int ht_history_open(struct ht_history *history, const char *path, bool write, char why[256]);
void ht_history_close(struct ht_history *history);

/* Adds a run whose rows.csv has this digest. *known: it is there already, and nothing was added. */
int ht_history_add(struct ht_history *history, const struct ht_rows *rows, const struct ht_origin *origin,
                   const char *commit, const char *digest, bool *known, char why[256]);

/* Which cells: each word is a strategy, a workload, a metric, t=N, or a heap limit; of all that are given. */
enum { HT_HISTORY_WORDS = 16 };
struct ht_history_filter {
    const char *word[HT_HISTORY_WORDS];
    size_t words;
    long machine; /* its number; 0: that of the latest run */
    size_t last;  /* commits; 0: all */
    const char
        *baseline; /* figures are ratios to this strategy's in the same run and round; NULL: as they are */
};

/* What one commit measured of a cell on one machine, over all rounds of all its runs. */
struct ht_history_point {
    size_t commit;            /* in the trends' commit[] */
    double median, low, high; /* and quartiles; NAN: no figure */
    size_t figures, not_ok;
};

struct ht_trend {
    char cell[256]; /* "tlsf larson t=2 slots=10" */
    enum ht_metric metric;
    struct ht_history_point *point;
    size_t points;
    struct ht_change *change; /* by the number of a point with a figure */
    size_t changes;
    size_t *figured; /* which points have a figure */
    size_t figureds;
};

struct ht_history_commit {
    char name[68], created[40];
};

struct ht_trends {
    long machine;
    char cpu[128];
    int cores;
    size_t machines;                  /* that the file knows */
    struct ht_history_commit *commit; /* oldest first */
    size_t commits, runs;             /* runs on this machine */
    struct ht_trend *trend;           /* the latest change first, then the largest */
    size_t trends;
};

/* Reads the trends that the filter leaves, and finds their changes. -ENODATA: there are none. */
int ht_history_read(struct ht_history *history, const struct ht_history_filter *filter,
                    struct ht_trends *trends, char why[256]);
void ht_trends_close(struct ht_trends *trends);

/* How much a change changed: the ratio of the medians on both sides. */
double ht_trend_ratio(const struct ht_trend *trend, size_t change);

/* ---- as text: one trend point by point, several change by change ---- */

void ht_trends_emit(const struct ht_trends *trends, const struct ht_history_filter *filter, FILE *out);
void ht_trends_emit_csv(const struct ht_trends *trends, FILE *out);

/* Draws the first trend: FOLDER/history.svg, .png, and the files that they are made from. `baseline` is the filter's. */
int ht_trend_plot(const struct ht_trends *trends, const char *baseline, const char *folder,
                  const char *scripts, char why[256]);

#endif
