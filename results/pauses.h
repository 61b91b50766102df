/* What the pauses of a collector come to: percentiles, and minimum mutator utilisation (Cheng & Blelloch, "A Parallel,
 * Real-Time Garbage Collector", PLDI 2001).
 *
 * MMU(w) is the smallest share of its time that a mutator had to itself in any stretch of w ns of the window. The
 * worst stretch begins with a pause or ends with one, so that only those are looked at. A stretch longer than the
 * window is the window. Each mutator has its own; the least counts. */
#ifndef HT_RESULTS_PAUSES_H
#define HT_RESULTS_PAUSES_H

#include <stddef.h>
#include <stdint.h>

struct ht_pause {
    uint64_t start_ns, end_ns; /* since the window opened */
    const char *kind;          /* a constant string: full, minor, step, sweep, release, wait */
    uint64_t mutator;
    uint64_t before_ns; /* set by ht_pauses_figures: the sum of the earlier pauses of this mutator */
};

struct ht_pause_figures {
    uint64_t count;
    double sum_ns; /* mean over the mutators */
    double p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
};

struct ht_mmu_point {
    double window_ns, utilisation;
};

enum { HT_MMU_POINTS_MAX = 64 };

/* Sorts the pauses by mutator and start, and cuts them to the window of `window_ns` and to one another. Percentiles are the smallest
 * pause that is not below the share, 0 without pauses. 0, or -ENOMEM. */
int ht_pauses_figures(struct ht_pause *pause, size_t n, uint64_t window_ns, unsigned mutators,
                      struct ht_pause_figures *figures);

/* After ht_pauses_figures: MMU of one width, and the curve, from 10 us to the window, a few points a decade. Returns how
 * many. */
double ht_pauses_mmu(const struct ht_pause *pause, size_t n, uint64_t window_ns, double width_ns);
size_t ht_pauses_curve(const struct ht_pause *pause, size_t n, uint64_t window_ns,
                       struct ht_mmu_point point[HT_MMU_POINTS_MAX]);

#endif
