#include "results/report_figures.h"

#include <errno.h>
#include <stdlib.h>

static size_t place(const struct ht_figures *f, size_t strategy, size_t job)
{
    return (strategy * f->summary->jobs + job) * f->rounds;
}

static int open_metric(struct ht_figures *f, enum ht_metric metric)
{
    const struct ht_summary *const s = f->summary;
    const size_t n = s->strategies * s->jobs * f->rounds;
    double *const of = f->of[metric] = malloc((n + 1) * sizeof *of);
    bool any = false;
    if (!of)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        of[i] = NAN;
    for (size_t i = 0; i < s->rows->count; i++) {
        const double figure = ht_summary_figure(s, i, metric);
        double *const at = of + place(f, s->strategy_of[i], s->job_of[i]) + s->round_of[i];
        if (isnan(*at)) /* of rows that stand there twice, the first counts */
            *at = figure;
        any |= !isnan(figure);
    }
    if (!any) {
        free(of);
        f->of[metric] = NULL;
    }
    return 0;
}

int ht_figures_open(struct ht_figures *f, const struct ht_summary *s)
{
    int error = 0;
    *f = (struct ht_figures){.summary = s};
    for (size_t i = 0; i < s->rows->count; i++)
        f->rounds = s->round_of[i] >= f->rounds ? s->round_of[i] + 1 : f->rounds;
    for (enum ht_metric metric = 0; metric < HT_METRICS && !error; metric++)
        if (metric != HT_OVERHEAD)
            error = open_metric(f, metric);
    if (error)
        ht_figures_close(f);
    return error;
}

void ht_figures_close(struct ht_figures *f)
{
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        free(f->of[metric]);
    *f = (struct ht_figures){.rounds = 0};
}

const double *ht_figures_of(const struct ht_figures *f, enum ht_metric metric, size_t strategy, size_t job)
{
    return f->of[metric] + place(f, strategy, job);
}

double ht_figures_median(const struct ht_figures *f, enum ht_metric metric, size_t strategy, size_t job)
{
    double *const x = f->of[metric] ? malloc((f->rounds + 1) * sizeof *x) : NULL;
    size_t n = 0;
    for (size_t r = 0; x && r < f->rounds; r++)
        if (!isnan(ht_figures_of(f, metric, strategy, job)[r]))
            x[n++] = ht_figures_of(f, metric, strategy, job)[r];
    if (x)
        ht_sort(x, n);
    const double median = ht_median(x, n);
    free(x);
    return median;
}

/* Adds the pairs of one job; returns how many. */
static size_t add_pairs(const struct ht_figures *f, enum ht_metric metric, size_t strategy, size_t base,
                        size_t job, struct ht_pair *pair)
{
    const double *const a = ht_figures_of(f, metric, strategy, job), *const b =
                                                                         ht_figures_of(f, metric, base, job);
    size_t n = 0;
    for (size_t r = 0; r < f->rounds; r++)
        if (!isnan(a[r]) && !isnan(b[r]))
            pair[n++] = (struct ht_pair){.x = log(a[r] / b[r]), .cell = job, .round = r};
    return n;
}

int ht_figures_mean(const struct ht_figures *f, enum ht_metric metric, size_t strategy, size_t base,
                    const bool *jobs, struct ht_interval *ratio, size_t *cells)
{
    const size_t most = f->summary->jobs * f->rounds;
    size_t n = 0, found = 0;
    *ratio = (struct ht_interval){NAN, NAN, NAN, 0, 0, true};
    if (cells)
        *cells = 0;
    if (!f->of[metric])
        return 0;
    struct ht_pair *const pair = malloc((most + 1) * sizeof *pair);
    if (!pair)
        return -ENOMEM;
    for (size_t j = 0; j < f->summary->jobs; j++) {
        const size_t here = !jobs || jobs[j] ? add_pairs(f, metric, strategy, base, j, pair + n) : 0;
        n += here;
        found += here > 0;
    }
    const int error = n ? ht_summary_mean(pair, n, ratio) : 0;
    if (cells)
        *cells = found;
    free(pair);
    return error;
}
