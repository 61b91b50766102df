/* Pairs of rows, and what they come to: ratios of cells and of strategies, and the noise of the baseline. */
#include <errno.h>
#include <stdlib.h>

#include "results/summary_parts.h"

enum { BOOTSTRAP_SEED = 1 };

/* Level of all intervals. */
static const double level = 0.95;

/* One run calibrates its work once, for all that is compared in it; two runs may have found different work. */
double ht_summary_figure(const struct ht_summary *s, size_t row, enum ht_metric metric)
{
    const struct ht_row *const r = &s->rows->row[row];
    const double figure = ht_metric_figure(r, metric);
    return s->sides && ht_metric_is_of_work(metric) && r->iterations != HT_ABSENT && r->iterations
               ? figure / (double)r->iterations
               : figure;
}

static struct ht_index_key round_key(const struct ht_summary *s, size_t row)
{
    return (struct ht_index_key){{s->job_of[row], s->round_of[row]}};
}

/* The baseline's rows by job and round. Of rows that stand there twice, the first counts. */
static int index_baseline(struct ht_summary *s, enum ht_metric metric, struct ht_index *index, size_t *base)
{
    int error = 0;
    for (size_t i = 0; i < s->rows->count && !error; i++) {
        const size_t before = index->count;
        size_t number;
        if (s->strategy_of[i] != s->baseline || isnan(ht_metric_figure(&s->rows->row[i], metric)))
            continue;
        error = ht_index_add(index, round_key(s, i), &number);
        if (!error && number == before)
            base[number] = i;
    }
    return error;
}

static int pair_rows(struct ht_summary *s, enum ht_metric metric, struct ht_summary_pairs *p)
{
    const struct ht_row *const row = s->rows->row;
    struct ht_index index = {0};
    const int error = index_baseline(s, metric, &index, p->base);
    p->n = 0;
    for (size_t i = 0; i < s->rows->count && !error; i++) {
        const double figure = ht_summary_figure(s, i, metric);
        const size_t number = isnan(figure) ? HT_INDEX_NONE : ht_index_find(&index, round_key(s, i));
        if (number == HT_INDEX_NONE)
            continue;
        const struct ht_index_key cell = {{s->strategy_of[i], s->job_of[i]}};
        const size_t base = p->base[number];
        /* Half the work is not half the calls, to the digit. */
        if (ht_metric_is_of_workload(metric) && row[base].iterations != row[i].iterations)
            continue;
        s->other_work += row[base].iterations != row[i].iterations;
        s->other_seed += row[base].seed != row[i].seed;
        p->pair[p->n++] = (struct ht_pair){.x = log(figure / ht_summary_figure(s, base, metric)),
                                           .cell = ht_index_find(&s->cell_index, cell),
                                           .round = s->round_of[i],
                                           .base = base,
                                           .row = i};
    }
    ht_index_free(&index);
    return error;
}

static int by_strategy(const void *a, const void *b, void *cells)
{
    const struct ht_summary_cell *const cell = cells;
    const struct ht_pair *const p = a, *const q = b;
    const size_t s = cell[p->cell].strategy, t = cell[q->cell].strategy;
    if (s != t)
        return s < t ? -1 : 1;
    if (p->cell != q->cell)
        return p->cell < q->cell ? -1 : 1;
    if (p->round != q->round)
        return p->round < q->round ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

/* Sorts the pairs, and leaves out rows that stand there twice. */
static void sort_pairs(struct ht_summary *s, struct ht_summary_pairs *p)
{
    size_t kept = 0;
    qsort_r(p->pair, p->n, sizeof *p->pair, by_strategy, s->cell);
    for (size_t i = 0; i < p->n; i++)
        if (kept && p->pair[kept - 1].cell == p->pair[i].cell && p->pair[kept - 1].round == p->pair[i].round)
            s->repeated++;
        else
            p->pair[kept++] = p->pair[i];
    p->n = kept;
}

/* Keeps a copy of just the size. */
static int keep_pairs(struct ht_summary *s, enum ht_metric metric, const struct ht_summary_pairs *p)
{
    s->pair[metric] = malloc((p->n + 1) * sizeof *p->pair);
    if (!s->pair[metric])
        return -ENOMEM;
    memcpy(s->pair[metric], p->pair, p->n * sizeof *p->pair);
    s->pairs[metric] = p->n;
    return 0;
}

/* ---- ratios --------------------------------------------------------------------------------------------- */

static struct ht_interval as_ratio(struct ht_interval logs)
{
    logs.estimate = exp(logs.estimate);
    logs.low = exp(logs.low);
    logs.high = exp(logs.high);
    return logs;
}

int ht_summary_mean(const struct ht_pair *pair, size_t n, struct ht_interval *ratio)
{
    struct ht_suite_pair *const suite = malloc((n + 1) * sizeof *suite);
    if (!suite)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        suite[i] = (struct ht_suite_pair){pair[i].x, pair[i].cell, pair[i].round};
    const int error = ht_suite_interval(suite, n, level, BOOTSTRAP_SEED, ratio);
    *ratio = as_ratio(*ratio);
    free(suite);
    return error;
}

/* The intervals of each cell, and then of each strategy's suite; `x` has room for the pairs of one cell. */
static int compare_pairs(struct ht_summary *s, enum ht_metric metric, double *x)
{
    const struct ht_pair *const pair = s->pair[metric];
    const size_t n = s->pairs[metric];
    size_t suite = 0;
    for (size_t i = 0, end; i < n; i = end) {
        struct ht_summary_cell *const cell = &s->cell[pair[i].cell];
        for (end = i; end < n && pair[end].cell == pair[i].cell; end++)
            x[end - i] = pair[end].x;
        cell->ratio[metric] = as_ratio(ht_hodges_lehmann(x, end - i, level));
        struct ht_summary_strategy *const strategy = &s->strategy[cell->strategy];
        strategy->compared[metric]++;
        if (end < n && s->cell[pair[end].cell].strategy == cell->strategy)
            continue;
        const int error = ht_summary_mean(pair + suite, end - suite, &strategy->suite[metric]);
        if (error)
            return error;
        const size_t rounds = strategy->suite[metric].n;
        s->rounds[metric] = rounds > s->rounds[metric] ? rounds : s->rounds[metric];
        suite = end;
    }
    return 0;
}

/* ---- noise ---------------------------------------------------------------------------------------------- */

static int by_job_and_round(const void *a, const void *b)
{
    const struct ht_summary_noted *const p = a, *const q = b;
    if (p->job != q->job)
        return p->job < q->job ? -1 : 1;
    return (p->round > q->round) - (p->round < q->round);
}

int ht_summary_note_baseline(const struct ht_summary *s, enum ht_metric metric,
                             struct ht_summary_noted **noted, size_t *n)
{
    *n = 0;
    *noted = malloc((s->rows->count + 1) * sizeof **noted);
    if (!*noted)
        return -ENOMEM;
    for (size_t i = 0; i < s->rows->count; i++) {
        const double figure = ht_metric_figure(&s->rows->row[i], metric);
        if (s->strategy_of[i] == s->baseline && !isnan(figure))
            (*noted)[(*n)++] = (struct ht_summary_noted){s->job_of[i], s->rows->row[i].round, figure};
    }
    qsort(*noted, *n, sizeof **noted, by_job_and_round);
    return 0;
}

/* How far the baseline's figures are from those of the same job one round later. */
static int note_noise(struct ht_summary *s, enum ht_metric metric, double *x)
{
    struct ht_summary_noted *noted;
    size_t n, m = 0;
    if (ht_summary_note_baseline(s, metric, &noted, &n))
        return -ENOMEM;
    for (size_t i = 1; i < n; i++)
        if (noted[i].job == noted[i - 1].job)
            x[m++] = log(noted[i].figure / noted[i - 1].figure);
    s->noise[metric] = ht_noise_floor(x, m);
    s->noise_median[metric] = ht_median(x, m); /* x is sorted now */
    free(noted);
    return 0;
}

int ht_summary_compare_all(struct ht_summary *s)
{
    const size_t most = s->rows->count + 1;
    struct ht_summary_pairs p = {.pair = malloc(most * sizeof *p.pair),
                                 .base = malloc(most * sizeof *p.base)};
    double *const x = malloc(most * sizeof *x);
    int error = p.pair && p.base && x ? 0 : -ENOMEM;
    for (enum ht_metric metric = 0; metric < HT_METRICS && !error; metric++) {
        error = metric == HT_OVERHEAD ? ht_summary_pair_overhead(s, &p) : pair_rows(s, metric, &p);
        if (!error) {
            sort_pairs(s, &p);
            error = keep_pairs(s, metric, &p);
        }
        if (!error)
            error = compare_pairs(s, metric, x);
        if (!error)
            error = note_noise(s, metric, x);
    }
    free(p.pair);
    free(p.base);
    free(x);
    return error;
}
