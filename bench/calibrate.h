/* How much work a window does: found once for each workload on the system allocator, and then fixed for every
 * strategy. */
#ifndef HT_BENCH_CALIBRATE_H
#define HT_BENCH_CALIBRATE_H

#include "bench/measure.h"

/* Sets group->iterations of every group that has none, so that a window takes about plan->window_ms.
 * `progress` is told of each (done, of how many). A workload that the system allocator can't run gets one
 * iteration. 0, or a negative errno (-EINTR: interrupted). */
int ht_calibrate(struct ht_plan *plan, const struct ht_measure *measure,
                 void (*progress)(size_t done, size_t all, void *context), void *context);

#endif
