/* Latency by log percentile: all operations of a cell's rows together, as one curve. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/plot_parts.h"
#include "results/series.h"

enum { POINTS = 160 };

struct buckets {
    struct ht_latency_bucket *bucket;
    size_t n;
};

static int by_latency(const void *a, const void *b)
{
    const struct ht_latency_bucket *const p = a, *const q = b;
    return (p->high_ns > q->high_ns) - (p->high_ns < q->high_ns);
}

/* Adds the buckets of a row; a series that can't be read is left out of the figure. */
static int add_buckets(const struct ht_plot *plot, size_t row, struct buckets *all)
{
    char *const path = ht_plot_series_path(plot, row);
    struct ht_latency_bucket *bucket = NULL;
    size_t n = 0;
    if (!path)
        return -ENOMEM;
    const int error = ht_series_read_latency(path, &bucket, &n);
    free(path);
    if (error) {
        ht_plot_note_unread(plot, row);
        return error == -ENOMEM ? error : 0;
    }
    struct ht_latency_bucket *const more = realloc(all->bucket, (all->n + n + 1) * sizeof *more);
    if (more) {
        memcpy(more + all->n, bucket, n * sizeof *more);
        *all = (struct buckets){more, all->n + n};
    }
    free(bucket);
    return more ? 0 : -ENOMEM;
}

/* One point where x has grown by another 1/POINTS of the axis. `point` has room for one a bucket. */
static size_t list_points(const struct buckets *all, struct ht_plot_point *point)
{
    double total = 0, seen = 0, last_x = -1;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        total += (double)all->bucket[i].count;
    const double most = log10(total);
    for (size_t i = 0; i < all->n; i++) {
        seen += (double)all->bucket[i].count;
        const double longer = (total - seen) / total;
        const double x = longer > 0.5 / total ? fmin(-log10(longer), most) : most;
        if (x < 0.3 || (x - last_x <= most / POINTS && i + 1 < all->n))
            continue;
        point[n++] = (struct ht_plot_point){x, all->bucket[i].high_ns};
        last_x = x;
    }
    return n;
}

int ht_plot_latency_curve(const struct ht_plot *plot, const size_t *row, size_t rows,
                          struct ht_plot_point **point, size_t *n)
{
    struct buckets all = {0};
    int error = 0;
    *n = 0;
    for (size_t i = 0; i < rows && !error; i++)
        error = add_buckets(plot, row[i], &all);
    *point = error ? NULL : malloc((all.n + 1) * sizeof **point);
    if (*point && all.n) {
        qsort(all.bucket, all.n, sizeof *all.bucket, by_latency);
        *n = list_points(&all, *point);
    }
    free(all.bucket);
    return *point ? 0 : -ENOMEM;
}
