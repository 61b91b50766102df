/* Lower-bound overhead (Cai, Blackburn, Bond & Maas, "Distilling the Real Cost of Production Garbage Collectors", ISPASS
 * 2022): cost over the least (cost - attributable cost of collection) of all strategies and heap limits of a workload.
 *
 * Cost is the CPU time of a window of the throughput pass. What of it is attributable to collection is the share that
 * the pauses have in a window of the pauses pass: the two passes are other processes. No barrier, no allocation and
 * nothing concurrent is attributed, so that the bound is not below what is true, and the overhead not above. The cell that
 * bounds a workload is found by medians over rounds; a pair is a row of time and the bounding cell's row of its round. */
#include <errno.h>
#include <stdlib.h>

#include "results/collected.h"
#include "results/summary_parts.h"

static double cost_of(const struct ht_row *row)
{
    const bool timed = !isnan(ht_metric_figure(row, HT_TIME)) && !strcmp(row->kind, "collector");
    return timed && row->cpu_ns > 0 ? row->cpu_ns : NAN;
}

/* While the collector works the mutators wait: more threads make no more of it. */
static double without_collection(const struct ht_row *row, double share)
{
    const double cost = cost_of(row), paused = row->wall_ns > 0 ? fmin(row->wall_ns, cost) : cost;
    return fmax(cost - (isnan(share) ? 0 : share) * paused, 0.001 * cost);
}

/* By group of jobs: the cell that bounds it, or none. */
static void find_bounds(const struct ht_summary *s, const double *cost, const double *share,
                        const size_t *group, size_t *bound)
{
    for (size_t j = 0; j < s->jobs; j++)
        bound[j] = HT_INDEX_NONE;
    for (size_t c = 0; c < s->cells; c++) {
        size_t *const best = &bound[group[s->cell[c].job]];
        const double here = cost[c] * (1 - (isnan(share[c]) ? 0 : share[c]));
        if (isnan(cost[c]))
            continue;
        if (*best == HT_INDEX_NONE || here < cost[*best] * (1 - (isnan(share[*best]) ? 0 : share[*best])))
            *best = c;
    }
}

static size_t cell_of(const struct ht_summary *s, size_t row)
{
    return ht_index_find(&s->cell_index, (struct ht_index_key){{s->strategy_of[row], s->job_of[row]}});
}

/* The bounding cells' rows by group and round, and the pairs of all rows with them. */
static int pair_with(const struct ht_summary *s, const double *share, const size_t *group,
                     const size_t *bound, struct ht_summary_pairs *p)
{
    struct ht_index index = {0};
    int error = 0;
    size_t number;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->rows->count && !error; i++) {
            const struct ht_row *const row = &s->rows->row[i];
            const size_t cell = cell_of(s, i), g = group[s->job_of[i]];
            const struct ht_index_key key = {{g, s->round_of[i]}};
            if (isnan(cost_of(row)) || (pass == 0 && bound[g] != cell))
                continue;
            if (pass == 0) {
                error = ht_index_add(&index, key, &number);
                if (!error)
                    p->base[number] = i;
            } else if ((number = ht_index_find(&index, key)) != HT_INDEX_NONE) {
                const size_t base = p->base[number];
                const double least = without_collection(&s->rows->row[base], share[bound[g]]);
                p->pair[p->n++] = (struct ht_pair){.x = log(cost_of(row) / least),
                                                   .cell = cell,
                                                   .round = s->round_of[i],
                                                   .base = base,
                                                   .row = i};
            }
        }
    ht_index_free(&index);
    return error;
}

int ht_summary_pair_overhead(const struct ht_summary *s, struct ht_summary_pairs *p)
{
    double *const cost = ht_collected_medians(s, cost_of), *const share =
                                                               ht_collected_medians(s, ht_collected_gc_share);
    size_t *const group = ht_collected_heapless_jobs(s), *const bound = malloc((s->jobs + 1) * sizeof *bound);
    int error = cost && share && group && bound ? 0 : -ENOMEM;
    bool known = false;
    p->n = 0;
    for (size_t c = 0; !error && !s->sides && c < s->cells; c++)
        known |= !isnan(share[c]);
    if (!error && known) {
        find_bounds(s, cost, share, group, bound);
        error = pair_with(s, share, group, bound, p);
    }
    free(cost);
    free(share);
    free(group);
    free(bound);
    return error;
}
