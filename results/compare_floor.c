/* The noise floor: how far two measurements of the same thing come out apart. Twins show it, because they are the same
 * thing measured as all others are. Without them it is estimated: rounds 1 and 2, 3 and 4 and so on of the baseline are
 * half as many pairs, whose centre lies the square root of 2 further from 0 than that of all. They are not side by side
 * in a round, and are of other operation streams, so that the truth is below. */
#include <errno.h>
#include <stdlib.h>

#include "results/compare_parts.h"

enum { MANY_TWINS = 20 };

static void measure(const struct ht_compare *c, enum ht_metric metric, double *x,
                    struct ht_compare_floor *floor)
{
    for (size_t i = 0; i < c->lines; i++)
        if (c->line[i].twin && c->line[i].metric == metric)
            x[floor->twins++] = expm1(fabs(log(c->line[i].ratio.estimate)));
    ht_sort(x, floor->twins);
    floor->measured = ht_quantile(x, floor->twins, floor->twins < MANY_TWINS ? 1 : 0.95);
}

/* The centre of one job's pairs of successive rounds; NAN when there is none. Overwrites the figures. */
static double centre_of_job(struct ht_summary_noted *noted, size_t n, double *x)
{
    const size_t pairs = n / 2;
    for (size_t i = 0; i < pairs; i++)
        x[i] = log(noted[2 * i + 1].figure / noted[2 * i].figure);
    return pairs ? ht_hodges_lehmann(x, pairs, HT_COMPARE_LEVEL).estimate : NAN;
}

static int estimate(const struct ht_summary *s, enum ht_metric metric, double *centre,
                    struct ht_compare_floor *floor)
{
    struct ht_summary_noted *noted = NULL;
    size_t n = 0;
    int error = ht_summary_note_baseline(s, metric, &noted, &n);
    double *const x = malloc((n + 1) * sizeof *x);
    error = error || !x ? -ENOMEM : 0;
    for (size_t i = 0, end; !error && i < n; i = end) {
        for (end = i; end < n && noted[end].job == noted[i].job; end++)
            ;
        const double of_job = centre_of_job(noted + i, end - i, x);
        if (!isnan(of_job))
            centre[floor->cells++] = expm1(fabs(of_job) / sqrt(2));
    }
    free(x);
    free(noted);
    return error;
}

int ht_compare_find_floors(struct ht_compare *c, const struct ht_summary *const *summary, size_t summaries)
{
    size_t jobs = 0;
    int error = 0;
    for (size_t i = 0; i < summaries; i++)
        jobs += summary[i]->jobs;
    double *const x = malloc((c->lines + jobs + 1) * sizeof *x);
    if (!x)
        return -ENOMEM;
    for (enum ht_metric metric = 0; metric < HT_METRICS && !error; metric++) {
        struct ht_compare_floor *const floor = &c->floor[metric];
        *floor = (struct ht_compare_floor){.measured = NAN, .estimated = NAN};
        if (ht_metric_role(metric) == HT_ROLE_EXACT || !(c->options.metrics & HT_METRIC_BIT(metric)))
            continue;
        measure(c, metric, x, floor);
        for (size_t i = 0; i < summaries && !error; i++)
            error = estimate(summary[i], metric, x, floor);
        ht_sort(x, floor->cells);
        floor->estimated = ht_quantile(x, floor->cells, 0.95);
    }
    free(x);
    return error;
}
