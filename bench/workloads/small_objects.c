/* small-objects: small objects of many sizes; free a random one, allocate another in its place. What an
 * interpreter does with its numbers, strings and frames, and what CPython's own allocator was made for: up to
 * 512 bytes, where size classes 16 bytes apart cost the least. */
#include "base/scratch.h"
#include "bench/workloads/slot.h"

enum { MIN_BYTES, MAX_BYTES, SLOTS, OPS };

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[SLOTS] * sizeof(struct slot) + 64);
}

static inline void fill(struct ht_worker *w, struct ht_rng *rng, struct slot *s, size_t low, size_t end)
{
    s->bytes = ht_rng_between(rng, low, end);
    s->p = ht_make(w, s->bytes);
}

static void setup(struct ht_worker *w)
{
    const size_t slots = w->job->value[SLOTS], low = w->job->value[MIN_BYTES];
    struct slot *const slot = w->state = ht_scratch_alloc(slots * sizeof *slot);
    for (size_t i = 0; i < slots; i++)
        fill(w, &w->rng, &slot[i], low, max_bytes(w->job) + 1);
}

static uint64_t run(struct ht_worker *w)
{
    struct slot *const slot = w->state;
    const size_t low = w->job->value[MIN_BYTES], end = max_bytes(w->job) + 1;
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const uint64_t pairs = w->job->value[OPS] / 2;
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < pairs; i++) {
        struct slot *const s = &slot[ht_rng_below(&rng, slots)];
        ht_drop(w, s->p, s->bytes);
        fill(w, &rng, s, low, end);
    }
    w->rng = rng;
    return 2 * pairs;
}

static void teardown(struct ht_worker *w)
{
    slots_drop(w, w->job->value[SLOTS]);
}

HT_WORKLOAD(small_objects) = {
    .name = "small-objects",
    .summary = "small objects of many sizes; free a random one, allocate another in its place",
    .source = "heaptrial: the case of CPython's obmalloc (Vladimir Marangozov, 2000)",
    .params =
        {
            [MIN_BYTES] = {"min-bytes", 16, 1, 1 << 16, "bytes of the smallest object"},
            [MAX_BYTES] = {"max-bytes", 512, 1, 1 << 16, "bytes of the largest"},
            [SLOTS] = {"slots", 10000, 1, 1 << 22, "objects live at once, in each thread"},
            [OPS] = {"ops", 20000, 2, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
