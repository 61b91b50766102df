#include "faults/sweep/points.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = UINT16_MAX + 1 };

/* Of one stack. */
struct hits {
    uint32_t all, drawn; /* drawn: counted from 0 */
    uint32_t seen;
};

struct choice {
    const struct ht_control *control;
    bool exhaustive;
    struct hits *hits;
    uint64_t *own; /* of each thread, so far */
    struct ht_points *out;
};

static void count_hits(struct choice *c, uint64_t seed)
{
    const struct ht_recorded *const record = ht_control_records(c->control);
    for (uint32_t i = 0; i < c->control->records.used; i++)
        if (record[i].stack < c->control->stacks.used)
            c->hits[record[i].stack].all++;
    for (uint32_t i = 0; i < c->control->stacks.used; i++) {
        struct ht_rng rng = ht_rng_open(seed, ht_control_stacks(c->control)[i].hash);
        c->out->stacks += c->hits[i].all != 0;
        c->hits[i].drawn = c->hits[i].all ? ht_rng_below(&rng, c->hits[i].all) : 0;
    }
}

static bool is_chosen(const struct choice *c, struct hits *h)
{
    const uint32_t at = h->seen++;
    return c->exhaustive || at == 0 || at + 1 == h->all || at == h->drawn;
}

static void choose(struct choice *c)
{
    const struct ht_recorded *const record = ht_control_records(c->control);
    for (uint32_t i = 0; i < c->control->records.used; i++) {
        const uint64_t own = ++c->own[record[i].thread];
        if (record[i].stack >= c->control->stacks.used || record[i].thread == UINT16_MAX ||
            !is_chosen(c, &c->hits[record[i].stack]))
            continue;
        c->out->point[c->out->points++] = (struct ht_point){
            .thread = record[i].thread,
            .op = record[i].op,
            .own = own,
            .bytes = record[i].bytes,
            .stack = ht_control_stacks(c->control)[record[i].stack].hash,
        };
    }
}

/* What was chosen, in each mode: first once, then persistent. */
static void multiply(struct ht_points *p, unsigned modes)
{
    const size_t n = p->points;
    const bool both = modes == (HT_POINT_ONCE | HT_POINT_PERSISTENT);
    for (size_t i = 0; i < n; i++) {
        p->point[i].mode = both ? HT_POINT_ONCE : (enum ht_point_mode)modes;
        if (both) {
            p->point[n + i] = p->point[i];
            p->point[n + i].mode = HT_POINT_PERSISTENT;
        }
    }
    p->points = both ? 2 * n : n;
}

int ht_points_choose(const struct ht_control *c, unsigned modes, bool exhaustive, uint64_t seed,
                     struct ht_points *out)
{
    struct choice choice = {.control = c, .exhaustive = exhaustive, .out = out};
    *out = (struct ht_points){.calls = c->records.used, .dropped = c->records.dropped};
    choice.hits = calloc(c->stacks.used + 1, sizeof *choice.hits);
    choice.own = calloc(THREADS, sizeof *choice.own);
    out->point = calloc(2 * (size_t)c->records.used + 1, sizeof *out->point);
    const bool ok = choice.hits && choice.own && out->point;
    if (ok) {
        count_hits(&choice, seed);
        choose(&choice);
        multiply(out, modes);
    }
    free(choice.hits);
    free(choice.own);
    return ok ? 0 : -ENOMEM;
}

void ht_points_free(struct ht_points *p)
{
    free(p->point);
    *p = (struct ht_points){.point = NULL};
}

void ht_point_say(const struct ht_point *p, char out[32])
{
    snprintf(out, 32, "%s=%" PRIu64, p->mode == HT_POINT_ONCE ? "nth" : "from", p->own);
}
