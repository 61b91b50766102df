#include "base/histogram.h"

#include <math.h>

uint64_t ht_histogram_low(unsigned index)
{
    const unsigned sub = 1u << HT_HISTOGRAM_SUB_BITS;
    if (index < sub)
        return index;
    const unsigned shift = (index >> HT_HISTOGRAM_SUB_BITS) - 1;
    return (uint64_t)(sub + (index & (sub - 1))) << shift;
}

void ht_histogram_merge(struct ht_histogram *into, const struct ht_histogram *from)
{
    into->count += from->count;
    if (from->max > into->max)
        into->max = from->max;
    for (unsigned i = 0; i < HT_HISTOGRAM_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
}

double ht_histogram_percentile(const struct ht_histogram *h, double p)
{
    const double rank = ceil(p * (double)h->count);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HT_HISTOGRAM_BUCKETS; i++) {
        seen += h->bucket[i];
        if (h->bucket[i] && (double)seen >= rank) {
            const double low = (double)ht_histogram_low(i), high = (double)ht_histogram_low(i + 1);
            const double middle = high - low > 1 ? (low + high) / 2 : low;
            return fmin(middle, (double)h->max);
        }
    }
    return 0;
}
