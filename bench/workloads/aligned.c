/* aligned: objects at alignments from 64 bytes (a cache line) over 4 KiB (a page) to 2 MiB (a huge page); free
 * a random one, allocate another in its place. Each alignment is checked: mimalloc 2.0.9 is found `corrupt`
 * (its issue 700: sizes of 256, 512 and 1024 bytes). Shows who searches, who rounds the size up, and who wastes
 * the gap in front. */
#include "base/scratch.h"
#include "bench/workloads/slot.h"

enum { MIN_ALIGNMENT, MAX_ALIGNMENT, MIN_BYTES, MAX_BYTES, SLOTS, OPS };

static inline unsigned log2_of(uint64_t value)
{
    return 63 - (unsigned)__builtin_clzll(value);
}

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[SLOTS] * sizeof(struct slot) + 64);
}

static inline void fill(struct ht_worker *w, struct ht_rng *rng, struct slot *s)
{
    const struct ht_job *const j = w->job;
    const unsigned low = log2_of(j->value[MIN_ALIGNMENT]), high = log2_of(j->value[MAX_ALIGNMENT]);
    const size_t alignment = (size_t)1 << (low < high ? ht_rng_between(rng, low, high + 1) : low);
    s->bytes = ht_rng_between(rng, j->value[MIN_BYTES], max_bytes(j) + 1);
    s->p = ht_alloc_aligned(w, s->bytes, alignment);
    if (__builtin_expect((uintptr_t)s->p & (alignment - 1), 0))
        ht_stop(HT_CORRUPT, "%zu bytes at %p are not aligned to %zu", s->bytes, s->p, alignment);
    ht_stamp(w, s->p, s->bytes);
}

static void setup(struct ht_worker *w)
{
    struct slot *const slot = w->state = ht_scratch_alloc(w->job->value[SLOTS] * sizeof *slot);
    for (size_t i = 0; i < w->job->value[SLOTS]; i++)
        fill(w, &w->rng, &slot[i]);
}

static uint64_t run(struct ht_worker *w)
{
    struct slot *const slot = w->state;
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const uint64_t pairs = w->job->value[OPS] / 2;
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < pairs; i++) {
        struct slot *const s = &slot[ht_rng_below(&rng, slots)];
        ht_drop(w, s->p, s->bytes);
        fill(w, &rng, s);
    }
    w->rng = rng;
    return 2 * pairs;
}

static void teardown(struct ht_worker *w)
{
    slots_drop(w, w->job->value[SLOTS]);
}

HT_WORKLOAD(aligned) = {
    .name = "aligned",
    .summary = "objects at alignments of 64 bytes to 2 MiB; free a random one, allocate another",
    .source = "heaptrial: cache lines, pages, huge pages",
    .params =
        {
            [MIN_ALIGNMENT] = {"min-alignment", 64, 16, 1 << 24,
                               "the smallest; rounded down to a power of two"},
            [MAX_ALIGNMENT] = {"max-alignment", 2 << 20, 16, 1 << 24, "the largest; rounded down likewise"},
            [MIN_BYTES] = {"min-bytes", 16, 1, 1 << 20, "bytes of the smallest object"},
            [MAX_BYTES] = {"max-bytes", 4096, 1, 1 << 20, "bytes of the largest"},
            [SLOTS] = {"slots", 256, 1, 4096, "objects live at once, in each thread"},
            [OPS] = {"ops", 2000, 2, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE | HT_CAP_ALIGN,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
