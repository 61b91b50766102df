/* The identity of a plan, the order in which a round takes its cells, and their seeds. */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/rng.h"
#include "bench/plan.h"

static uint64_t group_hash(const struct ht_group *g, uint64_t seed)
{
    char text[sizeof g->workload + sizeof g->params + 16];
    const int n = snprintf(text, sizeof text, "%s|%s|%u", g->workload, g->params, g->threads);
    return XXH3_64bits_withSeed(text, (size_t)n, seed);
}

void ht_plan_identify(struct ht_plan *plan)
{
    uint64_t h =
        ht_mix64(ht_mix64(ht_mix64(plan->seed) + (uint64_t)(plan->window_ms * 1000)) + plan->repetitions);
    for (size_t i = 0; i < plan->strategies; i++)
        h = XXH3_64bits_withSeed(plan->strategy[i].name, strlen(plan->strategy[i].name), h);
    for (size_t i = 0; i < plan->groups; i++)
        h = ht_mix64(group_hash(&plan->group[i],
                                XXH3_64bits_withSeed(plan->group[i].heap, strlen(plan->group[i].heap), h)) +
                     plan->group[i].pass + 16 * plan->group[i].rounds +
                     ((uint64_t)plan->group[i].kind << 48));
    for (size_t i = 0; i < plan->groups; i++)
        if (plan->group[i]
                .fault[0]) /* a plan without faults keeps the name that it had before there were any */
            h = XXH3_64bits_withSeed(plan->group[i].fault, strlen(plan->group[i].fault), h + i);
    for (size_t i = 0; i < plan->groups; i++)
        if (plan->group[i].pass == HT_PASS_FAULTS)
            h = ht_mix64(h + plan->points);
    for (int i = 0; plan->env[i][0]; i++)
        h = XXH3_64bits_withSeed(plan->env[i], strlen(plan->env[i]), h);
    snprintf(plan->run, sizeof plan->run, "%016llx", (unsigned long long)h);
}

static void shuffle(struct ht_rng *rng, uint32_t *number, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const uint32_t other = ht_rng_below(rng, (uint32_t)i), was = number[i - 1];
        number[i - 1] = number[other];
        number[other] = was;
    }
}

/* The groups are shuffled at the end of `cells`, and then spread out from the front on: a group takes at most as
 * many places as there are strategies, so that what is written never meets what is yet to be read. */
size_t ht_plan_order(const struct ht_plan *plan, unsigned round, uint32_t *cells)
{
    struct ht_rng rng = ht_rng_open(plan->seed, round);
    size_t groups = 0, n = 0;
    uint32_t *const group = cells + ht_plan_cells(plan) - plan->groups;
    for (uint32_t i = plan->shard - 1; i < plan->groups; i += plan->shards)
        if (round <= plan->group[i].rounds)
            group[groups++] = i;
    shuffle(&rng, group, groups);
    memmove(cells + ht_plan_cells(plan) - groups, group, groups * sizeof *group);
    for (size_t i = 0; i < groups; i++) {
        const uint32_t g = cells[ht_plan_cells(plan) - groups + i];
        uint32_t *const first = &cells[n];
        for (uint32_t s = 0; s < plan->strategies; s++)
            if (ht_plan_fits(&plan->strategy[s], &plan->group[g]))
                cells[n++] = g * (uint32_t)plan->strategies + s + 1;
        shuffle(&rng, first, (size_t)(&cells[n] - first));
    }
    return n;
}

uint64_t ht_plan_seed(const struct ht_plan *plan, const struct ht_group *group, unsigned round)
{
    return group_hash(group, ht_mix64(ht_mix64(plan->seed) + round)) >>
           16; /* whole in a double, as JSON wants it */
}
