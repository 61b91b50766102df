/* What a run says in short: each strategy against a baseline strategy, per cell and over the suite, and every
 * cell that was not ok.
 *
 * All rows are of one kind: allocators and programs, or collectors (ht_rows_part_kinds).
 *
 * A job is a workload with its parameters, threads and heap limit. A pair is two ok rows of one job, metric and round,
 * one of the strategy and one of the baseline. The figures are those of results/metrics.h. Overhead, of collectors that
 * have rows of the pauses pass, is over a bound and not over the baseline (results/summary_overhead.c). Other ratios are
 * strategy over baseline: below 1 is faster, or smaller. Rows with a fault plan are left out.
 *
 * Two runs are summed up with one as the baseline of the other: what is called a strategy here is then a side, the
 * strategy itself is a part of the job, and a pair is of rounds of the same number.
 *
 * Strategies, jobs and cells stand in the order of the plan: of the rows' `cell`, then as the rows first name
 * them. The summary borrows the rows, and owns the rest until ht_summary_close. */
#ifndef HT_RESULTS_SUMMARY_H
#define HT_RESULTS_SUMMARY_H

#include "results/index.h"
#include "results/metrics.h"
#include "results/row.h"
#include "results/stats.h"

struct ht_summary_job {
    const char *workload, *params;
    uint64_t threads;
    const char *heap;
    const char *strategy; /* of two runs; "" otherwise */
};

/* Rows that are compared. All pairs of a round have the same number for it, which is not that of the row. */
struct ht_pair {
    double x; /* log of the ratio */
    size_t cell, round;
    size_t base, row; /* `base` is the row of the baseline, or of the bound */
};

struct ht_summary_cell {
    size_t strategy, job;
    struct ht_interval ratio[HT_METRICS]; /* n is 0 and the rest NAN where there is no pair */
    const char *outcome;                  /* of the first row that was not ok, and why; NULL: all were ok */
    const char *reason;
};

struct ht_summary_strategy {
    const char *name, *version;
    struct ht_interval suite[HT_METRICS]; /* geometric mean over the cells that have a pair */
    size_t compared[HT_METRICS];          /* how many they are */
    size_t unsupported, failed; /* cells with such an outcome; failed is any but ok and unsupported */
};

/* Rows that were not ok for one reason: for `unsupported` of all workloads, otherwise of one. */
struct ht_summary_failure {
    size_t strategy;
    const char *outcome, *reason;
    size_t rows;
    size_t jobs, first_job; /* which jobs: failure_job[first_job .. + jobs] */
};

struct ht_summary {
    const struct ht_rows *rows;
    bool sides; /* two runs: rows from first_new on are the new one's */
    size_t first_new;
    size_t *strategy_of, *job_of, *round_of; /* by row */
    size_t baseline;                         /* a strategy */
    struct ht_summary_strategy *strategy;
    struct ht_summary_job *job;
    struct ht_summary_cell *cell;
    struct ht_summary_failure *failure;
    size_t *failure_job;
    size_t strategies, jobs, cells, failures;
    struct ht_pair *pair[HT_METRICS]; /* by strategy, cell, round */
    size_t pairs[HT_METRICS];
    size_t other_seed; /* pairs whose rows have not the same seed, and so another stream of operations */
    size_t other_work; /* pairs whose rows have not as many iterations */
    size_t repeated;   /* rows that stand there twice, and are left out */
    size_t rounds[HT_METRICS]; /* the most that a strategy has pairs in */
    double noise[HT_METRICS];  /* 95th percentile of how far the baseline is from itself a round later, */
    double noise_median[HT_METRICS]; /* and the median; the stream of operations is another one, too */
    struct ht_index cell_index;
};

/* `baseline` NULL: `system` if it is there, or `manual`, else the first strategy. 0, -ENOENT (no such strategy, in words),
 * -ENODATA (no rows) or -ENOMEM; after an error nothing is held. */
int ht_summary_open(struct ht_summary *summary, const struct ht_rows *rows, const char *baseline,
                    char why[256]);

/* Of two runs: rows up to `first_new` against those from there on; `base` and `new` are what the sides are called, and
 * are borrowed. */
int ht_summary_open_sides(struct ht_summary *summary, const struct ht_rows *rows, size_t first_new,
                          const char *base, const char *new, char why[256]);
void ht_summary_close(struct ht_summary *summary);

/* NULL when the run has no such cell. */
const struct ht_summary_cell *ht_summary_cell(const struct ht_summary *summary, size_t strategy, size_t job);

/* The figure that a row is compared by: of two runs, time and instructions are those of an iteration. NAN: none. */
double ht_summary_figure(const struct ht_summary *summary, size_t row, enum ht_metric metric);

/* Of a run of pairs as they stand in pair[]: the geometric mean over their cells, with its interval. 0 or -ENOMEM. */
int ht_summary_mean(const struct ht_pair *pair, size_t n, struct ht_interval *ratio);

/* "larson", "larson t=4 slots=10", "gcbench 1.75x"; cut to `room` bytes. */
void ht_summary_job_label(const struct ht_summary_job *job, char *label, size_t room);

#endif
