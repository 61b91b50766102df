/* What the lives of injected cycles come to: how long the dead ones waited, in ns and in bytes allocated.
 *
 * One that was never reclaimed is censored: all that is known is that it took longer than any that was. A percentile is
 * the smallest figure that is not below the share of all, and NAN where that one is censored; the longest is of those
 * that were reclaimed. */
#ifndef HT_RESULTS_CYCLES_H
#define HT_RESULTS_CYCLES_H

#include <stddef.h>
#include <stdint.h>

/* Since the window opened; HT_ABSENT (results/row.h) where it was not reclaimed. */
struct ht_cycle_life {
    uint64_t death_ns, death_bytes, reclaimed_ns, reclaimed_bytes;
};

struct ht_delay {
    double p50, p99, max; /* NAN when not known */
};

struct ht_cycle_figures {
    uint64_t count, reclaimed;
    struct ht_delay ns, bytes;
};

/* 0, or -ENOMEM. */
int ht_cycles_figures(const struct ht_cycle_life *life, size_t n, struct ht_cycle_figures *figures);

#endif
