/* The figures of a run by strategy, job and round, so that any two strategies can be compared: pairs and means are those of
 * the summary (results/summary.h). */
#ifndef HT_RESULTS_REPORT_FIGURES_H
#define HT_RESULTS_REPORT_FIGURES_H

#include "results/summary.h"

struct ht_figures {
    const struct ht_summary *summary;
    size_t rounds;
    double *of[HT_METRICS]; /* NULL: not measured; else by strategy, job and round, NAN: none */
};

/* 0 or -ENOMEM; after an error nothing is held. */
int ht_figures_open(struct ht_figures *figures, const struct ht_summary *summary);
void ht_figures_close(struct ht_figures *figures);

/* The figures of a cell, by round; the metric must have been measured. */
const double *ht_figures_of(const struct ht_figures *figures, enum ht_metric metric, size_t strategy,
                            size_t job);

/* The median over rounds of one cell, and whether any was measured in it; NAN: none. */
double ht_figures_median(const struct ht_figures *figures, enum ht_metric metric, size_t strategy,
                         size_t job);

/* The geometric mean of `strategy` over `base` in the jobs of the set, NULL: in all, that both have. n is 0 where there is
 * no pair. *cells may be NULL. 0 or -ENOMEM. */
int ht_figures_mean(const struct ht_figures *figures, enum ht_metric metric, size_t strategy, size_t base,
                    const bool *jobs, struct ht_interval *ratio, size_t *cells);

#endif
