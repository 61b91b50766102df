/* alloc-test: slots that are toggled with a skew. Pick a slot; if it is full, read the whole object and free
 * it; if it is empty, allocate and fill (ITHare, "Testing Memory Allocators: ptmalloc2 vs tcmalloc vs hoard
 * vs jemalloc While Trying to Simulate Real-World Loads", 2018).
 *
 * The pick is the 80/20 rule six times over: a fifth of the slots gets four fifths of the picks, a fifth of
 * those four fifths of these, and so on. That makes seven bands; band i gets C(6,i) .8^(6-i) .2^i of the
 * picks and has the share of the slots that band 6-i has of the picks. Half of the sizes are up to 8 bytes, a
 * quarter up to 16, and so on to 2^log2-max. */
#include "base/scratch.h"
#include "bench/workloads/whole.h"

enum { SLOTS, LOG2_MAX, OPS };
enum { BANDS = 7 };

static const double share[BANDS] = {.262144, .393216, .24576, .08192, .01536, .001536, .000064};

struct table {
    struct slot *slot;          /* p is NULL: empty */
    uint32_t begins[BANDS - 1]; /* a 32-bit random number from here on is in a later band */
    uint32_t first[BANDS], slots[BANDS];
};

static uint64_t slots_each(const struct ht_job *j)
{
    const uint64_t each = j->value[SLOTS] / j->threads;
    return each ? each : 1;
}

static size_t max_bytes(const struct ht_job *j)
{
    return (size_t)1 << j->value[LOG2_MAX];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (slots_each(j) * sizeof(struct slot) + sizeof(struct table) + 128);
}

/* Where each band begins, among 2^32 picks and among the slots. */
static void lay_out(struct table *t, uint32_t slots)
{
    double picks = 0, below = 0;
    for (int i = 0; i < BANDS; i++) {
        picks += share[i];
        t->first[i] = (uint32_t)(below * slots);
        below += share[BANDS - 1 - i];
        const uint32_t end = i == BANDS - 1 ? slots : (uint32_t)(below * slots);
        t->slots[i] = end > t->first[i] ? end - t->first[i] : 1;
        if (i < BANDS - 1)
            t->begins[i] = (uint32_t)(picks * 0x1p32);
    }
}

static inline struct slot *pick(const struct table *t, struct ht_rng *rng)
{
    const uint64_t random = ht_rng_next(rng);
    unsigned band = 0;
    for (int i = 0; i < BANDS - 1; i++)
        band += (uint32_t)random >= t->begins[i];
    return &t->slot[t->first[band] + (uint32_t)((random >> 32) * t->slots[band] >> 32)];
}

static inline size_t any_size(struct ht_rng *rng, unsigned log2_max)
{
    const uint64_t random = ht_rng_next(rng);
    const unsigned bits = log2_max - 3;
    const unsigned k = (unsigned)__builtin_ctzll((random & ((1u << bits) - 1)) + 1) + 2;
    return ((size_t)1 << k) + 1 + (random >> 32 & (((size_t)1 << k) - 1));
}

static inline void empty(struct ht_worker *w, struct slot *s)
{
    whole_drop(w, s);
    s->p = NULL;
}

static void setup(struct ht_worker *w)
{
    struct table *const t = w->state = ht_scratch_alloc(sizeof *t);
    const uint32_t slots = (uint32_t)slots_each(w->job);
    t->slot = ht_scratch_alloc(slots * sizeof *t->slot);
    lay_out(t, slots);
    for (uint32_t i = 0; i < slots; i++)
        if (ht_rng_below(&w->rng, 2))
            whole_make(w, &t->slot[i], any_size(&w->rng, (unsigned)w->job->value[LOG2_MAX]));
}

static uint64_t run(struct ht_worker *w)
{
    const struct table *const t = w->state;
    const unsigned log2_max = (unsigned)w->job->value[LOG2_MAX];
    const uint64_t ops = w->job->value[OPS];
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < ops; i++) {
        struct slot *const s = pick(t, &rng);
        if (s->p)
            empty(w, s);
        else
            whole_make(w, s, any_size(&rng, log2_max));
    }
    w->rng = rng;
    return ops;
}

static void teardown(struct ht_worker *w)
{
    const struct table *const t = w->state;
    for (uint64_t i = 0; i < slots_each(w->job); i++)
        if (t->slot[i].p)
            empty(w, &t->slot[i]);
}

HT_WORKLOAD(alloc_test) = {
    .name = "alloc-test",
    .summary = "toggle slots picked by a nested 80/20 rule; objects are filled and read in full",
    .source = "ITHare, Testing Memory Allocators (Simulating Real-World Loads), 2018",
    .params =
        {
            [SLOTS] = {"slots", 1 << 18, 1, 1 << 28, "slots of all threads together; half are full"},
            [LOG2_MAX] = {"log2-max", 10, 3, 24, "the largest object is 2 to this power"},
            [OPS] = {"ops", 1 << 16, 1, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
