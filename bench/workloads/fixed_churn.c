/* fixed-churn: objects of one size; free a random one, allocate another in its place. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, SLOTS, OPS };

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * j->value[SLOTS] * sizeof(void *);
}

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES];
}

static void setup(struct ht_worker *w)
{
    const size_t slots = w->job->value[SLOTS], bytes = w->job->value[BYTES];
    void **const slot = w->state = ht_scratch_alloc(slots * sizeof *slot);
    for (size_t i = 0; i < slots; i++)
        slot[i] = ht_make(w, bytes);
}

static uint64_t run(struct ht_worker *w)
{
    void **const slot = w->state;
    const size_t bytes = w->job->value[BYTES];
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const uint64_t pairs = w->job->value[OPS] / 2;
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < pairs; i++) {
        void **const s = &slot[ht_rng_below(&rng, slots)];
        ht_drop(w, *s, bytes);
        *s = ht_make(w, bytes);
    }
    w->rng = rng;
    return 2 * pairs;
}

static void teardown(struct ht_worker *w)
{
    void **const slot = w->state;
    for (size_t i = 0; i < w->job->value[SLOTS]; i++)
        ht_drop(w, slot[i], w->job->value[BYTES]);
}

HT_WORKLOAD(fixed_churn) = {
    .name = "fixed-churn",
    .summary = "objects of one size; free a random one, allocate another in its place",
    .source = "heaptrial: the best case of a fixed-size pool",
    .params =
        {
            [BYTES] = {"bytes", 64, 1, 1 << 20, "bytes an object"},
            [SLOTS] = {"slots", 10000, 1, 1 << 24, "objects live at once, in each thread"},
            [OPS] = {"ops", 20000, 2, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
