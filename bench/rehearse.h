/* A run of a job that nobody measures, in a child of the cell: to hear what the workload asks for. */
#ifndef HT_BENCH_REHEARSE_H
#define HT_BENCH_REHEARSE_H

#include <stdint.h>

#include "bench/workload.h"

/* Runs one iteration in the probed build, on a heap of its own. `hear` is told of the bytes of each allocation (above 0)
 * and, of an allocator, of each free (below 0). What goes wrong ends the process with an exit status that is not 0. */
void ht_rehearse(const struct ht_job *job, void (*hear)(int64_t bytes));

#endif
