/* The fragmentation of a heap from its samples (Johnstone and Wilson, "The Memory Fragmentation Problem:
 * Solved?", ISMM 1998), with L live bytes asked for, U usable bytes of live objects, R resident bytes above the
 * base. */
#ifndef HT_BENCH_FRAGMENTATION_H
#define HT_BENCH_FRAGMENTATION_H

#include "bench/record.h"
#include "results/row.h"

/* Below this a ratio to the live bytes would say more of the C library's own pages than of the strategy. */
enum { HT_FRAGMENTATION_LEAST_LIVE = 256 << 10 };

/* Sets row->frag_* and row->retention; leaves what can't be told absent. */
void ht_fragmentation_fill(struct ht_row *row, const struct ht_memory *memory, const struct ht_sample *sample,
                           size_t samples);

#endif
