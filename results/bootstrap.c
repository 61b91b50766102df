/* The interval of a suite: a percentile bootstrap that draws whole rounds. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "results/stats.h"

/* The pairs are sorted by cell and x once, so that the median of a cell in any draw of rounds is a walk along
 * them that adds up how often each round was drawn. */
struct suite {
    const struct ht_suite_pair *pair;
    size_t pairs, cells, rounds;
    size_t *end;     /* by cell: where its pairs end */
    double *median;  /* by cell */
    unsigned *drawn; /* by round: how often, in this draw */
};

static int by_round(const void *a, const void *b)
{
    const struct ht_suite_pair *const p = a, *const q = b;
    return (p->round > q->round) - (p->round < q->round);
}

static int by_cell(const void *a, const void *b)
{
    const struct ht_suite_pair *const p = a, *const q = b;
    if (p->cell != q->cell)
        return p->cell < q->cell ? -1 : 1;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : by_round(a, b);
}

/* Numbers rounds and cells from 0, leaves the pairs sorted by cell. */
static void number(struct suite *s, struct ht_suite_pair *pair)
{
    qsort(pair, s->pairs, sizeof *pair, by_round);
    for (size_t i = 0, last = 0; i < s->pairs; i++) {
        s->rounds += !i || pair[i].round != last;
        last = pair[i].round;
        pair[i].round = s->rounds - 1;
    }
    qsort(pair, s->pairs, sizeof *pair, by_cell);
    for (size_t i = 0, last = 0; i < s->pairs; i++) {
        s->cells += !i || pair[i].cell != last;
        last = pair[i].cell;
        pair[i].cell = s->cells - 1;
    }
}

/* The median of the pairs from `p` to `end` where each counts as often as its round was drawn; NAN when none
 * was. A cell with a pair in every round has as many as were drawn. */
static double drawn_median(const struct suite *s, const struct ht_suite_pair *p,
                           const struct ht_suite_pair *end)
{
    const unsigned *const drawn = s->drawn;
    size_t weight = 0, seen = 0;
    if ((size_t)(end - p) == s->rounds)
        weight = s->rounds;
    else
        for (const struct ht_suite_pair *q = p; q < end; q++)
            weight += drawn[q->round];
    if (!weight)
        return NAN;
    for (; (seen += drawn[p->round]) <= (weight - 1) / 2; p++)
        ;
    const double low = p->x;
    while (seen <= weight / 2)
        seen += drawn[(++p)->round];
    return (low + p->x) / 2;
}

/* The mean of the cells' medians in this draw; a cell none of whose rounds was drawn keeps its own. */
static double drawn_mean(const struct suite *s)
{
    double sum = 0;
    for (size_t c = 0, start = 0; c < s->cells; start = s->end[c++]) {
        const double median = drawn_median(s, s->pair + start, s->pair + s->end[c]);
        sum += isnan(median) ? s->median[c] : median;
    }
    return sum / (double)s->cells;
}

static int open_suite(struct suite *s, struct ht_suite_pair *pair, size_t n)
{
    *s = (struct suite){.pair = pair, .pairs = n};
    number(s, pair);
    s->end = calloc(s->cells + 1, sizeof *s->end);
    s->median = calloc(s->cells + 1, sizeof *s->median);
    s->drawn = calloc(s->rounds + 1, sizeof *s->drawn);
    if (!s->end || !s->median || !s->drawn)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        s->end[pair[i].cell] = i + 1;
    for (size_t r = 0; r < s->rounds; r++)
        s->drawn[r] = 1;
    for (size_t c = 0, start = 0; c < s->cells; start = s->end[c++])
        s->median[c] = drawn_median(s, pair + start, pair + s->end[c]);
    return 0;
}

static void close_suite(struct suite *s)
{
    free(s->end);
    free(s->median);
    free(s->drawn);
}

/* How far the pairs of each round lie from their cells' medians, on average: the range of that. A round that
 * lacks cells is thus not taken for a fast or a slow one. */
static void take_range(const struct suite *s, struct ht_interval *out)
{
    double sum[HT_STATS_RANGE_MAX] = {0}, n[HT_STATS_RANGE_MAX] = {0}, low = 0, high = 0;
    for (const struct ht_suite_pair *p = s->pair; p < s->pair + s->pairs; p++) {
        sum[p->round] += p->x - s->median[p->cell];
        n[p->round]++;
    }
    for (size_t r = 0; r < s->rounds; r++) {
        low = fmin(low, sum[r] / n[r]);
        high = fmax(high, sum[r] / n[r]);
    }
    out->low = out->estimate + low;
    out->high = out->estimate + high;
    out->level = 1 - ldexp(1, 1 - (int)s->rounds);
    out->range = true;
}

static int take_percentiles(struct suite *s, double level, uint64_t seed, struct ht_interval *out)
{
    double *const mean = malloc(HT_BOOTSTRAP_DRAWS * sizeof *mean);
    if (!mean)
        return -ENOMEM;
    for (uint64_t draw = 0; draw < HT_BOOTSTRAP_DRAWS; draw++) {
        struct ht_rng rng = ht_rng_open(seed, draw);
        for (size_t r = 0; r < s->rounds; r++)
            s->drawn[r] = 0;
        for (size_t r = 0; r < s->rounds; r++)
            s->drawn[ht_rng_below(&rng, (uint32_t)s->rounds)]++;
        mean[draw] = drawn_mean(s);
    }
    ht_sort(mean, HT_BOOTSTRAP_DRAWS);
    out->low = ht_quantile(mean, HT_BOOTSTRAP_DRAWS, (1 - level) / 2);
    out->high = ht_quantile(mean, HT_BOOTSTRAP_DRAWS, (1 + level) / 2);
    out->level = level;
    free(mean);
    return 0;
}

int ht_suite_interval(struct ht_suite_pair *pair, size_t n, double level, uint64_t seed,
                      struct ht_interval *out)
{
    struct suite s;
    *out = (struct ht_interval){NAN, NAN, NAN, 0, 0, true};
    if (!n)
        return 0;
    int error = open_suite(&s, pair, n);
    if (!error) {
        *out = (struct ht_interval){.estimate = drawn_mean(&s), .n = s.rounds};
        if (s.rounds <= HT_STATS_RANGE_MAX)
            take_range(&s, out);
        else
            error = take_percentiles(&s, level, seed, out);
    }
    close_suite(&s);
    return error;
}
