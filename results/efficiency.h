/* Efficiency by threads: throughput of t threads over t times that of one thread, paired in a round, as the geometric
 * mean over the workloads that a strategy ran with all numbers of threads. */
#ifndef HT_RESULTS_EFFICIENCY_H
#define HT_RESULTS_EFFICIENCY_H

#include "results/summary.h"

enum { HT_EFFICIENCY_THREADS = 16 };

struct ht_efficiency {
    uint64_t threads[HT_EFFICIENCY_THREADS]; /* besides 1, ascending */
    size_t counts;
    double *share;     /* by strategy, then by place in threads; NAN: not known */
    size_t *workloads; /* by strategy: how many the mean is over */
};

/* 0, or -ENOMEM and nothing held. No counts: nothing ran with more threads than one. */
int ht_efficiency_open(struct ht_efficiency *efficiency, const struct ht_summary *summary);
void ht_efficiency_close(struct ht_efficiency *efficiency);

static inline const double *ht_efficiency_of(const struct ht_efficiency *e, size_t strategy)
{
    return &e->share[strategy * HT_EFFICIENCY_THREADS];
}

#endif
