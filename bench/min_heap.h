/* The smallest heap that a workload ends in, by bisection: a cell a step. */
#ifndef HT_BENCH_MIN_HEAP_H
#define HT_BENCH_MIN_HEAP_H

#include "bench/cell_launch.h"

/* Looks for it with `task`, whose heap is set on the way, to within 2 %, from half of what is live, or HT_HEAP_LEAST where
 * that is more, to 64 times what is live. *bytes is the smallest limit
 * that was enough, and `result` is what the cell said there; where none was enough, or a cell ended otherwise than out
 * of memory, *bytes is 0 and `result` is of that cell. 0, or a negative errno of the harness. */
int ht_min_heap_find(struct ht_cell_task *task, struct ht_cell_result *result, uint64_t *bytes);

#endif
