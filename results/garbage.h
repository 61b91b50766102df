/* The most garbage at once against the longest pause, of collectors: a point a strategy, the median over workloads of the
 * medians over rounds. */
#ifndef HT_RESULTS_GARBAGE_H
#define HT_RESULTS_GARBAGE_H

#include "results/summary.h"

struct ht_garbage_point {
    size_t strategy;
    double pause_ns,
        share; /* of what is live at the most; both not below the least that a logarithmic axis shows */
};

struct ht_garbage {
    struct ht_garbage_point *point;
    size_t n;
    double low_x, high_x, low_y, high_y; /* of the axes */
    const char *what;                    /* which garbage: the figure that was measured */
};

/* 0, or -ENOMEM and nothing held. No points: pauses or garbage were not measured. */
int ht_garbage_open(struct ht_garbage *garbage, const struct ht_summary *summary);
void ht_garbage_close(struct ht_garbage *garbage);

#endif
