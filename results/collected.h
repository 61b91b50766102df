/* What collectors are judged by, beside time and memory: the median over the rows of a cell of one figure.
 *
 * O(rows log rows) time. An array is the caller's to free; NULL is no memory. NAN is what was not measured. */
#ifndef HT_RESULTS_COLLECTED_H
#define HT_RESULTS_COLLECTED_H

#include "results/summary.h"

/* Figures of a row that was ok and had no fault plan; NAN otherwise. */
double ht_collected_pause_max(const struct ht_row *row);    /* ns */
double ht_collected_pause_of_any(const struct ht_row *row); /* also with cycles injected, or leaking */
double ht_collected_mmu(const struct ht_row *row);          /* in any 10 ms */
double ht_collected_min_heap(const struct ht_row *row);     /* over live_min_bytes */
double ht_collected_heap_bytes(const struct ht_row *row);
double ht_collected_live_bytes(const struct ht_row *row);
double
ht_collected_gc_share(const struct ht_row *row); /* of a window of the pauses pass: all pauses over it */
/* The most garbage at once, over live_min_bytes: of injected cycles, by the shadow graph, or as the collector knows.
 * The first two also of rows with injected cycles, and of those that leaked: what never reclaims has most. */
double ht_collected_outstanding(const struct ht_row *row);
double ht_collected_floating(const struct ht_row *row);
double ht_collected_dead(const struct ht_row *row);

/* By cell of the summary. */
double *ht_collected_medians(const struct ht_summary *summary, double (*figure)(const struct ht_row *row));

/* By job: the same number for jobs that differ in the heap limit only. */
size_t *ht_collected_heapless_jobs(const struct ht_summary *summary);

/* By strategy, over its cells: how ht_collected_over sums up. */
enum ht_collected_over { HT_OVER_MEDIAN, HT_OVER_MOST, HT_OVER_LEAST, HT_OVER_GEOMETRIC };

/* `at` is the job of the most or the least, where asked for; it may be NULL. NAN when the strategy has no figure, and
 * when there is no memory. */
double ht_collected_over(const struct ht_summary *summary, const double *of_cell, size_t strategy,
                         enum ht_collected_over over, size_t *at);

#endif
