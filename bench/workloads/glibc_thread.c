/* glibc-thread: each thread replaces random objects among slots of its own; sizes fall with the inverse
 * square, so that most are tiny and a few large (the GNU C library's malloc-thread benchmark). */
#include "base/scratch.h"
#include "bench/workloads/slot.h"

enum { SLOTS, MIN_BYTES, MAX_BYTES, OPS };

/* The density c / x^2 over [low, high]: u uniform over [0, 1) gives 1 / (first - u * span). */
struct sizes {
    double first, span;
};

static double largest(const struct ht_job *j)
{
    const uint64_t low = j->value[MIN_BYTES], high = j->value[MAX_BYTES];
    return (double)(high > low ? high : low);
}

static struct sizes sizes_of(const struct ht_job *j)
{
    const double first = 1.0 / (double)j->value[MIN_BYTES];
    return (struct sizes){.first = first, .span = first - 1.0 / largest(j)};
}

static inline size_t any_size(struct ht_rng *rng, struct sizes sizes)
{
    return (size_t)(1.0 / (sizes.first - ht_rng_unit(rng) * sizes.span));
}

static size_t max_bytes(const struct ht_job *j)
{
    return (size_t)largest(j);
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[SLOTS] * sizeof(struct slot) + 64);
}

static void setup(struct ht_worker *w)
{
    const struct sizes sizes = sizes_of(w->job);
    struct slot *const slot = w->state = ht_scratch_alloc(w->job->value[SLOTS] * sizeof *slot);
    for (uint64_t i = 0; i < w->job->value[SLOTS]; i++)
        slot_make(w, &slot[i], any_size(&w->rng, sizes));
}

static uint64_t run(struct ht_worker *w)
{
    struct slot *const slot = w->state;
    const struct sizes sizes = sizes_of(w->job);
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const uint64_t pairs = w->job->value[OPS] / 2;
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < pairs; i++) {
        struct slot *const s = &slot[ht_rng_below(&rng, slots)];
        slot_drop(w, s);
        slot_make(w, s, any_size(&rng, sizes));
    }
    w->rng = rng;
    return 2 * pairs;
}

static void teardown(struct ht_worker *w)
{
    slots_drop(w, w->job->value[SLOTS]);
}

HT_WORKLOAD(glibc_thread) = {
    .name = "glibc-thread",
    .summary = "replace random objects; sizes fall with the inverse square",
    .source = "GNU C library, benchtests: malloc-thread",
    .params =
        {
            [SLOTS] = {"slots", 1024, 1, 1 << 20, "objects live at once, in each thread"},
            [MIN_BYTES] = {"min-bytes", 4, 1, 1 << 20, "smallest object"},
            [MAX_BYTES] = {"max-bytes", 32768, 1, 1 << 20, "largest object"},
            [OPS] = {"ops", 20000, 2, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
