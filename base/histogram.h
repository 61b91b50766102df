/* A log-linear histogram of latencies: each power of two is cut into 32 equal parts, so that a value is known
 * to within 3.2 % from 1 to 2^40 ticks (as in HdrHistogram). Recording is a shift, an add and an increment,
 * and touches no memory but its own. */
#ifndef HT_BASE_HISTOGRAM_H
#define HT_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
    HT_HISTOGRAM_SUB_BITS = 5,
    HT_HISTOGRAM_BUCKETS = (40 - HT_HISTOGRAM_SUB_BITS + 1) << HT_HISTOGRAM_SUB_BITS,
};

/* Zeroed memory is an empty histogram. */
struct ht_histogram {
    uint64_t count, max;
    uint64_t bucket[HT_HISTOGRAM_BUCKETS];
};

static inline unsigned ht_histogram_index(uint64_t value)
{
    if (value < 1u << HT_HISTOGRAM_SUB_BITS)
        return (unsigned)value;
    const unsigned shift = 63 - (unsigned)__builtin_clzll(value) - HT_HISTOGRAM_SUB_BITS;
    const uint64_t index = ((uint64_t)shift << HT_HISTOGRAM_SUB_BITS) + (value >> shift);
    return index < HT_HISTOGRAM_BUCKETS ? (unsigned)index : HT_HISTOGRAM_BUCKETS - 1;
}

static inline void ht_histogram_record(struct ht_histogram *h, uint64_t value)
{
    h->bucket[ht_histogram_index(value)]++;
    h->count++;
    if (value > h->max)
        h->max = value;
}

/* The smallest value that falls into bucket `index`. */
uint64_t ht_histogram_low(unsigned index);

/* Adds `from` to `into`. */
void ht_histogram_merge(struct ht_histogram *into, const struct ht_histogram *from);

/* The value at or below which a share `p` (0..1) of the recorded values lies: the middle of its bucket, but
 * never above the exact maximum. 0 when nothing was recorded. */
double ht_histogram_percentile(const struct ht_histogram *h, double p);

#endif
