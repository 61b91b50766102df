#include "results/efficiency.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What one strategy does in one workload with some threads, over all rounds. */
struct figure {
    size_t strategy, place; /* the place of a job among those that differ in threads only */
    uint64_t threads, round;
    double per_ns; /* operations */
};

struct figures {
    struct figure *figure;
    size_t n;
    struct ht_efficiency *e;
};

static int by_round(const void *a, const void *b)
{
    const struct figure *const p = a, *const q = b;
    if (p->strategy != q->strategy)
        return p->strategy < q->strategy ? -1 : 1;
    if (p->place != q->place)
        return p->place < q->place ? -1 : 1;
    if (p->round != q->round)
        return p->round < q->round ? -1 : 1;
    return (p->threads > q->threads) - (p->threads < q->threads);
}

static void add_count(struct figures *t, uint64_t threads)
{
    size_t at = t->e->counts;
    for (size_t i = 0; i < t->e->counts; i++)
        if (t->e->threads[i] == threads)
            return;
    if (threads < 2 || threads == HT_ABSENT || t->e->counts == HT_EFFICIENCY_THREADS)
        return;
    for (; at > 0 && t->e->threads[at - 1] > threads; at--)
        t->e->threads[at] = t->e->threads[at - 1];
    t->e->threads[at] = threads;
    t->e->counts++;
}

static int list_figures(const struct ht_summary *s, struct figures *t)
{
    struct ht_index places = {0};
    int error = 0;
    for (size_t i = 0; i < s->rows->count && !error; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        if (isnan(ht_metric_figure(row, HT_TIME)) || !(row->wall_ns > 0) || row->ops == HT_ABSENT)
            continue;
        struct figure *const f = &t->figure[t->n++];
        const struct ht_index_key key = {
            {(uint64_t)(uintptr_t)row->workload, (uint64_t)(uintptr_t)row->params}};
        *f = (struct figure){s->strategy_of[i], 0, row->threads, row->round, (double)row->ops / row->wall_ns};
        error = ht_index_add(&places, key, &f->place);
        add_count(t, row->threads);
    }
    ht_index_free(&places);
    qsort(t->figure, t->n, sizeof *t->figure, by_round);
    return error;
}

/* The log efficiencies of one round: figures of one strategy and workload from `f` to `end`, by threads. Adds
 * each to sum[c] and n[c]; false when a number of threads is missing. */
static bool add_round(const struct figures *t, const struct figure *f, const struct figure *end, double *sum)
{
    double at[HT_EFFICIENCY_THREADS];
    size_t found = 0;
    if (f->threads != 1)
        return false;
    for (const struct figure *g = f + 1; g < end && found < t->e->counts; g++)
        if (g->threads == t->e->threads[found]) {
            at[found] = log(g->per_ns / f->per_ns / (double)g->threads);
            found++;
        }
    for (size_t c = 0; c < t->e->counts && found == t->e->counts; c++)
        sum[c] += at[c];
    return found == t->e->counts;
}

static bool same_workload(const struct figure *a, const struct figure *b)
{
    return a->strategy == b->strategy && a->place == b->place;
}

/* The mean over the rounds of one workload, added to sum; returns where its figures end. */
static size_t add_workload(const struct figures *t, size_t from, double *sum, size_t *workloads)
{
    double of_rounds[HT_EFFICIENCY_THREADS] = {0};
    size_t rounds = 0, end = from;
    while (end < t->n && same_workload(&t->figure[end], &t->figure[from])) {
        size_t next = end;
        while (next < t->n && same_workload(&t->figure[next], &t->figure[from]) &&
               t->figure[next].round == t->figure[end].round)
            next++;
        rounds += add_round(t, &t->figure[end], &t->figure[next], of_rounds);
        end = next;
    }
    for (size_t c = 0; c < t->e->counts && rounds; c++)
        sum[c] += of_rounds[c] / (double)rounds;
    *workloads += rounds > 0;
    return end;
}

static void take_means(const struct figures *t)
{
    for (size_t from = 0; from < t->n;) {
        const size_t strategy = t->figure[from].strategy;
        double sum[HT_EFFICIENCY_THREADS] = {0};
        size_t workloads = 0;
        while (from < t->n && t->figure[from].strategy == strategy)
            from = add_workload(t, from, sum, &workloads);
        for (size_t c = 0; c < t->e->counts && workloads; c++)
            t->e->share[strategy * HT_EFFICIENCY_THREADS + c] = exp(sum[c] / (double)workloads);
        t->e->workloads[strategy] = workloads;
    }
}

int ht_efficiency_open(struct ht_efficiency *e, const struct ht_summary *s)
{
    const size_t places = s->strategies * HT_EFFICIENCY_THREADS;
    *e = (struct ht_efficiency){.share = malloc((places + 1) * sizeof *e->share),
                                .workloads = calloc(s->strategies + 1, sizeof *e->workloads)};
    struct figures t = {.figure = malloc((s->rows->count + 1) * sizeof *t.figure), .e = e};
    int error = t.figure && e->share && e->workloads ? list_figures(s, &t) : -ENOMEM;
    for (size_t i = 0; !error && i < places; i++)
        e->share[i] = NAN;
    if (!error)
        take_means(&t);
    else
        ht_efficiency_close(e);
    free(t.figure);
    return error;
}

void ht_efficiency_close(struct ht_efficiency *e)
{
    free(e->share);
    free(e->workloads);
    *e = (struct ht_efficiency){.counts = 0};
}
