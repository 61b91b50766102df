/* Memory over time, taken from inside the cell at moments that the operation stream fixes: the same on every
 * strategy. Figures are of the process without what the harness itself has mapped. */
#ifndef HT_BENCH_SAMPLER_H
#define HT_BENCH_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/record.h"

enum { HT_SAMPLES_MAX = 512 };

/* Opens /proc/self/statm and takes its buffers from the scratch region. 0 or a negative errno. */
int ht_sampler_open(void);

/* Right before the heap is opened: the base that figures are compared with, and time zero. */
void ht_sampler_start(void);

/* What was resident at the most before now does not count. */
void ht_sampler_forget_peak(void);

/* Bytes that allocations and resizes have asked for so far. */
uint64_t ht_sampler_asked(void);

/* After all was freed: what is still resident is the drain. */
void ht_sampler_drain(void);

/* Sends the samples and the peaks to the parent. */
void ht_sampler_send(bool has_usable);

#endif
