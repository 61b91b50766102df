#include "results/pauses.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int by_mutator_and_start(const void *a, const void *b)
{
    const struct ht_pause *const x = a, *const y = b;
    if (x->mutator != y->mutator)
        return x->mutator < y->mutator ? -1 : 1;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest of n sorted lengths that is not below `share` of them. */
static double percentile(const double *length, size_t n, double share)
{
    const size_t rank = (size_t)ceil(share * (double)n);
    return n ? length[rank ? rank - 1 : 0] : 0;
}

/* To the window, and to what the pause before it of the same mutator left. */
static void cut(struct ht_pause *p, const struct ht_pause *before, uint64_t window_ns)
{
    const uint64_t least = before ? before->end_ns : 0;
    p->start_ns = p->start_ns < window_ns ? p->start_ns : window_ns;
    p->start_ns = p->start_ns > least ? p->start_ns : least;
    p->end_ns = p->end_ns < window_ns ? p->end_ns : window_ns;
    p->end_ns = p->end_ns > p->start_ns ? p->end_ns : p->start_ns;
    p->before_ns = before ? before->before_ns + before->end_ns - before->start_ns : 0;
}

int ht_pauses_figures(struct ht_pause *pause, size_t n, uint64_t window_ns, unsigned mutators,
                      struct ht_pause_figures *f)
{
    double *const length = malloc((n + 1) * sizeof *length);
    if (!length)
        return -ENOMEM;
    *f = (struct ht_pause_figures){.count = n};
    qsort(pause, n, sizeof *pause, by_mutator_and_start);
    for (size_t i = 0; i < n; i++) {
        cut(&pause[i], i && pause[i - 1].mutator == pause[i].mutator ? &pause[i - 1] : NULL, window_ns);
        length[i] = (double)(pause[i].end_ns - pause[i].start_ns);
        f->sum_ns += length[i] / mutators;
    }
    qsort(length, n, sizeof *length, by_size);
    f->p50_ns = percentile(length, n, 0.5);
    f->p90_ns = percentile(length, n, 0.9);
    f->p99_ns = percentile(length, n, 0.99);
    f->p999_ns = percentile(length, n, 0.999);
    f->max_ns = n ? length[n - 1] : 0;
    free(length);
    return 0;
}

/* How much of [0, t) one mutator was paused: the pauses that begin before t, the last of them perhaps in part. */
static double paused_before(const struct ht_pause *p, size_t n, double t)
{
    size_t low = 0, high = n; /* the first that begins at t or later */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((double)p[middle].start_ns < t)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return 0;
    const struct ht_pause *const last = &p[low - 1];
    return (double)last->before_ns + fmin((double)last->end_ns, t) - (double)last->start_ns;
}

static double worst_stretch(const struct ht_pause *p, size_t n, double window, double width)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        const double start = fmin((double)p[i].start_ns, window - width),
                     end = fmax((double)p[i].end_ns, width);
        worst = fmax(worst, paused_before(p, n, start + width) - paused_before(p, n, start));
        worst = fmax(worst, paused_before(p, n, end) - paused_before(p, n, end - width));
    }
    return worst;
}

double ht_pauses_mmu(const struct ht_pause *pause, size_t n, uint64_t window_ns, double width_ns)
{
    const double window = (double)window_ns, width = fmin(width_ns, window);
    double worst = 0;
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && pause[end].mutator == pause[first].mutator;)
            end++;
        worst = fmax(worst, worst_stretch(pause + first, end - first, window, width));
    }
    return width > 0 ? fmax(0, 1 - worst / width) : 1;
}

size_t ht_pauses_curve(const struct ht_pause *pause, size_t n, uint64_t window_ns,
                       struct ht_mmu_point point[HT_MMU_POINTS_MAX])
{
    const double step = pow(10, 1.0 / 8);
    size_t points = 0;
    for (double width = 1e4; points < HT_MMU_POINTS_MAX - 1 && width < (double)window_ns; width *= step)
        point[points++] = (struct ht_mmu_point){width, ht_pauses_mmu(pause, n, window_ns, width)};
    const double whole = (double)window_ns;
    point[points++] = (struct ht_mmu_point){whole, ht_pauses_mmu(pause, n, window_ns, whole)};
    return points;
}
