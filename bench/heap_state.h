/* The one heap of a cell, for what happens outside the window: the strategy's operations as functions.
 * bench/heap_state.c is compiled once for each strategy. */
#ifndef HT_BENCH_HEAP_STATE_H
#define HT_BENCH_HEAP_STATE_H

#include "allocators/heap.h"

extern const char ht_state_strategy[];

int ht_state_open(const struct ht_heap_options *options);
/* Why ht_state_open failed, in words. */
const char *ht_state_open_error(int error);
void ht_state_close(void);
uint32_t ht_state_caps(void);
size_t ht_state_max_bytes(void);
const char *ht_state_version(void);
int ht_state_check(char why[128]);
void ht_state_thread_start(void);
void ht_state_thread_stop(void);

#endif
