/* The end of a cell before its time: the outcome is sent at once and the process exits, from any thread.
 * The functions are cold, and never return, so that they cost a workload's loop one branch. */
#ifndef HT_BENCH_STOP_H
#define HT_BENCH_STOP_H

#include <stddef.h>

#include "base/outcome.h"

/* The strategy returned NULL for `bytes`. */
void ht_stop_oom(size_t bytes) __attribute__((cold, noreturn));

/* An object of `bytes` at `p` does not hold what was written to it. */
void ht_stop_corrupt(const void *p, size_t bytes) __attribute__((cold, noreturn));

/* Any other end, with the reason in words. */
void ht_stop(enum ht_outcome outcome, const char *format, ...)
    __attribute__((cold, noreturn, format(printf, 2, 3)));

#endif
