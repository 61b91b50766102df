#include "results/changes.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

struct ht_changes_options ht_changes_defaults(void)
{
    return (struct ht_changes_options){.least = 4, .permutations = 199, .alpha = 0.01, .seed = 1};
}

/* ---- the statistic -------------------------------------------------------------------------------------- */

/* With m values on the left and k on the right, and the sums of distances between the sides (B) and within them (L, R), the
 * statistic is 2 / (m + k) * (B - k L / (m - 1) - m R / (k - 1)). The right side grows by one value at a time, which adds to R,
 * for all places of the split at once, a running sum of distances to that value. */
double ht_changes_best_split(const double *x, size_t n, size_t least, double *room, size_t *at)
{
    double *const left = room, *const left_mean = left + n + 1, *const right = left_mean + n,
                  *const one_over = right + n, best = 0;
    *at = 0;
    left[0] = 0;
    for (size_t i = 0; i < n; i++) {
        right[i] = 0;
        one_over[i] = i ? 1 / (double)i : 0;
    }
    for (size_t end = 1; end <= n; end++) {
        const double last = x[end - 1];
        double sum = 0;
        for (size_t i = end - 1; i-- > 0;) {
            sum += fabs(x[i] - last);
            right[i] += sum;
        }
        left[end] = left[end - 1] + sum;
        if (end < n)
            left_mean[end] = left[end] * one_over[end - 1];
        for (size_t m = least; m + least <= end; m++) {
            const double k = (double)(end - m), between = left[end] - left[m] - right[m];
            const double q =
                (between - k * left_mean[m] - (double)m * right[m] * one_over[end - m - 1]) / (double)end;
            if (2 * q > best) {
                best = 2 * q;
                *at = m;
            }
        }
    }
    return best;
}

/* ---- the search ----------------------------------------------------------------------------------------- */

struct piece {
    size_t start, end, at;
    double best;
};

struct search {
    const struct ht_changes_options *options;
    const double *x;
    double *shuffled, *room;
    struct piece *piece;
    size_t pieces;
    struct ht_rng rng;
};

static void split_piece(struct search *s, struct piece *p)
{
    p->best = ht_changes_best_split(s->x + p->start, p->end - p->start, s->options->least, s->room, &p->at);
    p->at += p->start;
}

static void shuffle(struct ht_rng *rng, double *x, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t k = ht_rng_below(rng, (uint32_t)i);
        const double swapped = x[i - 1];
        x[i - 1] = x[k];
        x[k] = swapped;
    }
}

/* The largest statistic of any piece when each is shuffled. */
static double best_by_chance(struct search *s)
{
    double best = 0;
    for (size_t i = 0; i < s->pieces; i++) {
        const struct piece *const p = &s->piece[i];
        const size_t n = p->end - p->start;
        size_t at;
        memcpy(s->shuffled, s->x + p->start, n * sizeof *s->x);
        shuffle(&s->rng, s->shuffled, n);
        best = fmax(best, ht_changes_best_split(s->shuffled, n, s->options->least, s->room, &at));
    }
    return best;
}

/* p of a statistic; above alpha as soon as it can't be at most that any more. */
static double p_of(struct search *s, double best)
{
    const double all = s->options->permutations + 1;
    unsigned as_large = 1;
    for (unsigned i = 0; i < s->options->permutations && as_large / all <= s->options->alpha; i++)
        as_large += best_by_chance(s) >= best;
    return as_large / all;
}

static struct piece *largest(struct search *s)
{
    struct piece *best = s->piece;
    for (size_t i = 1; i < s->pieces; i++)
        if (s->piece[i].best > best->best)
            best = &s->piece[i];
    return best;
}

/* Splits what has the largest statistic, if that is not by chance. */
static bool split_next(struct search *s, struct ht_change *change)
{
    struct piece *const p = largest(s);
    if (!(p->best > 0))
        return false;
    *change = (struct ht_change){.at = p->at, .size = p->best, .p = p_of(s, p->best)};
    if (change->p > s->options->alpha)
        return false;
    s->piece[s->pieces] = (struct piece){.start = p->at, .end = p->end};
    p->end = p->at;
    split_piece(s, p);
    split_piece(s, &s->piece[s->pieces++]);
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct ht_change *const p = a, *const q = b;
    return (p->at > q->at) - (p->at < q->at);
}

int ht_changes_find(const double *x, size_t n, const struct ht_changes_options *options,
                    struct ht_change **change, size_t *changes)
{
    const size_t most = n / options->least + 1;
    struct search s = {.options = options,
                       .x = x,
                       .shuffled = malloc((n + 1) * sizeof *s.shuffled),
                       .room = malloc((4 * n + 2) * sizeof *s.room),
                       .piece = malloc((most + 1) * sizeof *s.piece),
                       .pieces = 1,
                       .rng = ht_rng_open(options->seed, n)};
    *change = malloc((most + 1) * sizeof **change);
    *changes = 0;
    const int error = s.shuffled && s.room && s.piece && *change ? 0 : -ENOMEM;
    if (!error) {
        s.piece[0] = (struct piece){.start = 0, .end = n};
        split_piece(&s, s.piece);
        while (split_next(&s, &(*change)[*changes]))
            ++*changes;
        qsort(*change, *changes, sizeof **change, by_place);
    }
    free(s.shuffled);
    free(s.room);
    free(s.piece);
    if (error || !*changes) {
        free(*change);
        *change = NULL;
    }
    return error;
}
