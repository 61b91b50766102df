/* Random numbers: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): 64 bits of state, passes BigCrush, three
 * multiplications a number, and small enough to be inlined into a workload's loop. */
#ifndef HT_BASE_RNG_H
#define HT_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct ht_rng {
    uint64_t state;
};

/* One step of SplitMix64 as a function: also mixes a seed with a number, to derive a stream of its own. */
static inline uint64_t ht_mix64(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The stream number `stream` of `seed`. */
static inline struct ht_rng ht_rng_open(uint64_t seed, uint64_t stream)
{
    return (struct ht_rng){ht_mix64(seed ^ ht_mix64(stream))};
}

static inline uint64_t ht_rng_next(struct ht_rng *rng)
{
    const uint64_t z = rng->state;
    rng->state += 0x9e3779b97f4a7c15u;
    return ht_mix64(z);
}

/* Uniform over [0, n), n > 0 (multiply-shift; the bias is below n / 2^32). */
static inline uint32_t ht_rng_below(struct ht_rng *rng, uint32_t n)
{
    return (uint32_t)(((ht_rng_next(rng) >> 32) * n) >> 32);
}

/* Uniform over [low, high), low < high. */
static inline size_t ht_rng_between(struct ht_rng *rng, size_t low, size_t high)
{
    return low + ht_rng_below(rng, (uint32_t)(high - low));
}

/* Uniform over [0, 1). */
static inline double ht_rng_unit(struct ht_rng *rng)
{
    return (double)(ht_rng_next(rng) >> 11) * 0x1p-53;
}

#endif
