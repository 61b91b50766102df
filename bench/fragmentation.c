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

void ht_fragmentation_fill(struct ht_row *row, const struct ht_memory *memory, const struct ht_sample *sample,
                           size_t samples)
{
    const uint64_t base = memory->rss_base;
    const struct ht_sample *max_live = sample, *max_rss = sample, *max_usable = sample;
    double sum = 0;
    size_t counted = 0;
    for (size_t i = 0; i < samples; i++) {
        const struct ht_sample *const s = &sample[i];
        max_live = s->live > max_live->live ? s : max_live;
        max_rss = s->resident > max_rss->resident ? s : max_rss;
        max_usable = s->usable > max_usable->usable ? s : max_usable;
        if (s->live >= HT_FRAGMENTATION_LEAST_LIVE) {
            sum += above(s->resident, base) / (double)s->live;
            counted++;
        }
    }
    if (!samples)
        return;
    const double peak = above(memory->rss_peak, base);
    if (memory->has_usable && max_usable->usable)
        row->frag_internal = 1 - (double)max_usable->live / (double)max_usable->usable;
    if (memory->has_usable && max_rss->usable >= HT_FRAGMENTATION_LEAST_LIVE && max_rss->resident > base)
        row->frag_external = 1 - (double)max_rss->usable / above(max_rss->resident, base);
    row->frag_mean = counted ? sum / (double)counted : NAN;
    row->frag_at_max_live = ratio(above(max_live->resident, base), (double)max_live->live);
    row->frag_at_max_rss = ratio(above(max_rss->resident, base), (double)max_rss->live);
    row->frag_max_over_max = ratio(peak, (double)memory->live_peak);
    row->retention = peak >= HT_FRAGMENTATION_LEAST_LIVE ? above(memory->rss_drain, base) / peak : NAN;
}
