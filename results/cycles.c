#include "results/cycles.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/row.h"

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of `all`, of which the `n` that are known are sorted, and the others larger. */
static double percentile(const double *delay, size_t n, size_t all, double share)
{
    const size_t rank = (size_t)ceil(share * (double)all);
    return rank && rank <= n ? delay[rank - 1] : NAN;
}

static struct ht_delay delays(double *delay, size_t n, size_t all)
{
    qsort(delay, n, sizeof *delay, by_size);
    return (struct ht_delay){.p50 = percentile(delay, n, all, 0.5),
                             .p99 = percentile(delay, n, all, 0.99),
                             .max = n ? delay[n - 1] : NAN};
}

int ht_cycles_figures(const struct ht_cycle_life *life, size_t n, struct ht_cycle_figures *f)
{
    double *const ns = malloc((2 * n + 1) * sizeof *ns), *const bytes = ns + n;
    if (!ns)
        return -ENOMEM;
    *f = (struct ht_cycle_figures){.count = n};
    for (const struct ht_cycle_life *l = life; l < life + n; l++) {
        if (l->reclaimed_ns == HT_ABSENT)
            continue;
        ns[f->reclaimed] = (double)(l->reclaimed_ns - l->death_ns);
        bytes[f->reclaimed++] = (double)(l->reclaimed_bytes - l->death_bytes);
    }
    f->ns = delays(ns, f->reclaimed, n);
    f->bytes = delays(bytes, f->reclaimed, n);
    free(ns);
    return 0;
}
