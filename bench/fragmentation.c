#include "bench/fragmentation.h"

/* Resident bytes above the base. */
static double above(uint64_t resident, uint64_t base)
{
    return resident > base ? (double)(resident - base) : 0;
}

static double ratio(double resident, double live)
{
    return live >= HT_FRAGMENTATION_LEAST_LIVE ? resident / live : NAN;
}

/* The mean of R/L over the operations: a sample stands for those up to the next. Peaks are sampled more often
 * than the rest, and would otherwise count for more. */
static double mean_over_time(uint64_t base, const struct ht_sample *sample, size_t samples)
{
    double sum = 0, weight = 0;
    for (size_t i = 0; i + 1 < samples; i++) {
        const struct ht_sample *const s = &sample[i];
        if (s->live < HT_FRAGMENTATION_LEAST_LIVE || s[1].ops < s->ops)
            continue;
        const double ops = (double)(s[1].ops - s->ops);
        sum += ops * above(s->resident, base) / (double)s->live;
        weight += ops;
    }
    return weight > 0 ? sum / weight : NAN;
}

void ht_fragmentation_fill(struct ht_row *row, const struct ht_memory *memory, const struct ht_sample *sample,
                           size_t samples)
{
    const uint64_t base = memory->rss_base;
    const struct ht_sample *const max_live = &memory->at_live, *const max_usable = &memory->at_usable,
                                  *const max_rss = &memory->at_rss;
    const double peak = above(memory->rss_peak, base);
    if (!samples)
        return;
    if (memory->has_usable && max_usable->usable)
        row->frag_internal = 1 - (double)max_usable->live / (double)max_usable->usable;
    if (memory->has_usable && max_rss->usable >= HT_FRAGMENTATION_LEAST_LIVE && max_rss->resident > base)
        row->frag_external = 1 - (double)max_rss->usable / above(max_rss->resident, base);
    row->frag_mean = mean_over_time(base, sample, samples);
    row->frag_at_max_live = ratio(above(max_live->resident, base), (double)max_live->live);
    row->frag_at_max_rss = ratio(above(max_rss->resident, base), (double)max_rss->live);
    row->frag_max_over_max = ratio(peak, (double)memory->live_peak);
    row->retention = peak >= HT_FRAGMENTATION_LEAST_LIVE ? above(memory->rss_drain, base) / peak : NAN;
}
