/* A whole program as a cell: hyperfine runs it once, with the drop-in allocator preloaded into the program
 * only. */
#ifndef HT_BENCH_PROGRAM_LAUNCH_H
#define HT_BENCH_PROGRAM_LAUNCH_H

#include "base/outcome.h"
#include "bench/measure.h"

/* Fills the figures of a row whose names are set. 0 or a negative errno of the harness. */
int ht_program_measure(const struct ht_measure *measure, size_t cell, struct ht_measurement *m);

#endif
