/* calloc-zero: zeroed objects of many sizes, used, freed at random, and asked for again. An object must be zero
 * although the one that stood there before was not; pages that come fresh from the system need no clearing,
 * and who knows that saves it. One object of `large-every` is large.
 *
 * Every `stride`-th byte and the last are verified to be zero and then written; in verify mode every byte is. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { MAX_BYTES, LARGE_BYTES, LARGE_EVERY, SLOTS, STRIDE, OPS };

enum { MIN_BYTES = 8, DIRT = 0xa5 };

struct slot {
    unsigned char *p;
    size_t bytes;
};

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MAX_BYTES] > j->value[LARGE_BYTES] ? j->value[MAX_BYTES] : j->value[LARGE_BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[SLOTS] * sizeof(struct slot) + 64);
}

/* Verifies that an object is zero and leaves it so that it is not. */
static inline void soil(struct ht_worker *w, unsigned char *p, size_t bytes, size_t stride)
{
#ifdef HT_PROBED
    if (w->job->verify)
        stride = 1;
#else
    (void)w;
#endif
    unsigned char seen = p[bytes - 1];
    for (size_t i = 0; i < bytes; i += stride) {
        seen |= p[i];
        p[i] = DIRT;
    }
    p[bytes - 1] = DIRT;
    ht_judge(!seen, p, bytes);
}

static inline void fill(struct ht_worker *w, struct ht_rng *rng, struct slot *s)
{
    const uint64_t *const value = w->job->value;
    const bool large = ht_rng_below(rng, (uint32_t)value[LARGE_EVERY]) == 0;
    s->bytes = ht_rng_between(rng, MIN_BYTES, (large ? value[LARGE_BYTES] : value[MAX_BYTES]) + 1);
    s->p = ht_zalloc(w, s->bytes);
    soil(w, s->p, s->bytes, value[STRIDE]);
}

static inline void drop(struct ht_worker *w, const struct slot *s)
{
    ht_judge(s->p[0] == DIRT && s->p[s->bytes - 1] == DIRT, s->p, s->bytes);
    ht_free(w, s->p, s->bytes);
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
        drop(w, s);
        fill(w, &rng, s);
    }
    w->rng = rng;
    return 2 * pairs;
}

static void teardown(struct ht_worker *w)
{
    struct slot *const slot = w->state;
    for (size_t i = 0; i < w->job->value[SLOTS]; i++)
        drop(w, &slot[i]);
}

HT_WORKLOAD(calloc_zero) = {
    .name = "calloc-zero",
    .summary = "zeroed objects of many sizes, verified, used, freed at random",
    .source = "heaptrial: calloc on memory that was used before",
    .params =
        {
            [MAX_BYTES] = {"max-bytes", 1024, MIN_BYTES, 1 << 20, "bytes of the largest small object"},
            [LARGE_BYTES] = {"large-bytes", 256 << 10, MIN_BYTES, 1 << 26, "bytes of the largest of all"},
            [LARGE_EVERY] = {"large-every", 500, 1, 1 << 30, "one object of so many is large"},
            [SLOTS] = {"slots", 1000, 1, 1 << 18, "objects live at once, in each thread"},
            [STRIDE] = {"stride", 64, 1, 1 << 20, "bytes from one verified byte to the next"},
            [OPS] = {"ops", 10000, 2, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
