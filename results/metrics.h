/* What is compared: the figure of a row for each metric. One table, from which table, compare, gate and report
 * take their words and rules.
 *
 * X(id, word, role, margin, meaning)
 *   role    EXACT: repeats to the digit, so that one round tells    GATING: may fail a build, by its interval
 *           ADVISORY: is shown, and fails nothing
 *   margin  differences up to this share do not matter: 0.02 is 2 % */
#ifndef HT_RESULTS_METRICS_H
#define HT_RESULTS_METRICS_H

#include <stdbool.h>

#include "results/row.h"

#define HT_METRICS_LIST(X)                                                                                   \
    X(TIME, "time", GATING, 0.02, "a window of throughput: CPU time with one thread, wall time with more")   \
    X(MEMORY, "memory", GATING, 0.02, "peak resident size, above what was resident at the start")            \
    X(INSTRUCTIONS, "instructions", EXACT, 0.001, "instructions of a window; 1 % with threads")              \
    X(OVERHEAD, "overhead", ADVISORY, 0.02, "of a collector, over the least that its workload could cost")   \
    X(DRAIN, "drain", GATING, 0.02, "resident after all was freed, above what was at the start")             \
    X(MAPPED, "mapped", ADVISORY, 0.02, "most writable private memory that was mapped")                      \
    X(P50, "p50", ADVISORY, 0.05, "latency of an operation: median")                                         \
    X(P99, "p99", ADVISORY, 0.1, "99th percentile of latency")                                               \
    X(P999, "p999", ADVISORY, 0.2, "99.9th percentile of latency")                                           \
    X(PAUSE_MAX, "pause_max", ADVISORY, 0.2, "the longest pause of a collector in a window")                 \
    X(CALLS, "calls", EXACT, 0.001, "calls of an allocator in a window, with one thread")                    \
    X(ASKED, "asked", EXACT, 0.001, "bytes that were asked of an allocator in a window, with one thread")    \
    X(PAGES, "pages", EXACT, 0.001,                                                                          \
      "most that a strategy of ours had mapped, with one thread, its addresses fixed")

enum ht_metric {
#define X(id, word, role, margin, meaning) HT_##id,
    HT_METRICS_LIST(X)
#undef X
        HT_METRICS
};

enum ht_metric_role { HT_ROLE_EXACT, HT_ROLE_GATING, HT_ROLE_ADVISORY };

/* Below this the peak says more of pages of code that were touched than of the strategy. */
enum { HT_MEMORY_LEAST_LIVE = 64 << 10 };

const char *ht_metric_word(enum ht_metric metric);
const char *ht_metric_meaning(enum ht_metric metric);
enum ht_metric_role ht_metric_role(enum ht_metric metric);
double ht_metric_margin(enum ht_metric metric, uint64_t threads);

/* What grows with the work of a window, which each run calibrates for itself. */
bool ht_metric_is_of_work(enum ht_metric metric);

/* What the workload does, whatever serves it: strategies of one run do not differ in it. */
bool ht_metric_is_of_workload(enum ht_metric metric);

enum ht_metric_unit { HT_UNIT_NS, HT_UNIT_BYTES, HT_UNIT_COUNT, HT_UNIT_RATIO };
enum ht_metric_unit ht_metric_unit(enum ht_metric metric);

/* Finds a metric by its word; false: there is none. */
bool ht_metric_find(const char *word, enum ht_metric *metric);

/* "8.1 ms", "3.2 MiB", "17.2 M": a figure with the unit of its metric; "-" for NAN. */
void ht_metric_text(enum ht_metric metric, double value, char text[32]);

/* Whether a row is of the pass that takes the metric, whatever its outcome. */
bool ht_metric_is_taken(const struct ht_row *row, enum ht_metric metric);

/* The figure of a row; NAN when the row is of another pass, was not ok, had a fault plan, or lacks it. */
double ht_metric_figure(const struct ht_row *row, enum ht_metric metric);

/* The same of a row whose heap was shattered; memory is then above the bytes that were kept, too. */
double ht_metric_figure_shattered(const struct ht_row *row, enum ht_metric metric);

#endif
