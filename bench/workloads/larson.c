/* larson: a server that serves requests for ever. Each thread replaces random objects of its own slots; after
 * its rounds it ends and a successor goes on with the same slots, so that objects are freed by a thread that
 * did not allocate them ("bleeding": Larson and Krishnan, "Memory Allocation for Long-Running Server
 * Applications", ISMM 1998).
 *
 * The original runs for a fixed time; here the work is fixed, and an iteration is the life of one thread in
 * each place. A successor starts when its predecessor has ended, so that with one thread there is one mutator
 * at a time. */
#include "base/scratch.h"
#include "bench/workloads/slot.h"

enum { SLOTS, MIN_BYTES, MAX_BYTES, ROUNDS };

struct server {
    struct slot *slot;
    struct ht_mutator successor;
};

/* Sizes are uniform over [low, low + span). */
struct sizes {
    uint32_t low, span;
};

static struct sizes sizes_of(const struct ht_job *j)
{
    const uint32_t low = (uint32_t)j->value[MIN_BYTES], high = (uint32_t)j->value[MAX_BYTES];
    return (struct sizes){low, high > low ? high - low : 1};
}

static size_t max_bytes(const struct ht_job *j)
{
    const struct sizes sizes = sizes_of(j);
    return sizes.low + sizes.span - 1;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[SLOTS] * sizeof(struct slot) + sizeof(struct server) + 128);
}

static inline void fill(struct ht_worker *w, struct ht_rng *rng, struct slot *s, struct sizes sizes)
{
    slot_make(w, s, sizes.low + ht_rng_below(rng, sizes.span));
}

static inline void replace(struct ht_worker *w, struct ht_rng *rng, struct slot *slot, uint32_t slots,
                           struct sizes sizes)
{
    struct slot *const s = &slot[ht_rng_below(rng, slots)];
    slot_drop(w, s);
    fill(w, rng, s, sizes);
}

static void shuffle(struct ht_rng *rng, struct slot *slot, uint32_t slots)
{
    for (uint32_t i = slots - 1; i > 0; i--) {
        struct slot *const other = &slot[ht_rng_below(rng, i + 1)];
        const struct slot was = slot[i];
        slot[i] = *other;
        *other = was;
    }
}

/* The warm-up: all threads' objects are made by the main thread and shuffled over the threads. */
static void open_servers(struct ht_job *j)
{
    struct ht_worker *const w = j->workers;
    struct ht_rng rng = ht_rng_open(j->seed, HT_THREADS_MAX);
    const uint32_t slots = (uint32_t)(j->value[SLOTS] * j->threads);
    const struct sizes sizes = sizes_of(j);
    struct slot *const slot = j->state = ht_scratch_alloc(slots * sizeof *slot);
    for (uint32_t i = 0; i < slots; i++)
        fill(w, &rng, &slot[i], sizes);
    shuffle(&rng, slot, slots);
    for (uint64_t i = 0; i < 4 * (uint64_t)slots; i++)
        replace(w, &rng, slot, slots, sizes);
}

static void setup(struct ht_worker *w)
{
    struct server *const server = w->state = ht_scratch_alloc(sizeof *server);
    server->slot = (struct slot *)w->job->state + w->index * w->job->value[SLOTS];
}

/* What one thread does in its life. */
static void serve(struct ht_worker *w)
{
    struct slot *const slot = ((struct server *)w->state)->slot;
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const struct sizes sizes = sizes_of(w->job);
    const uint64_t pairs = slots * w->job->value[ROUNDS];
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < pairs; i++)
        replace(w, &rng, slot, slots, sizes);
    w->rng = rng;
}

static uint64_t run(struct ht_worker *w)
{
    struct server *const server = w->state;
    ht_mutator_start(&server->successor, serve, w);
    ht_mutator_join(&server->successor);
    return 2 * w->job->value[SLOTS] * w->job->value[ROUNDS];
}

static void close_servers(struct ht_job *j)
{
    struct slot *const slot = j->state;
    for (uint64_t i = 0; i < j->value[SLOTS] * j->threads; i++)
        slot_drop(j->workers, &slot[i]);
}

HT_WORKLOAD(larson) = {
    .name = "larson",
    .summary = "a server: replace random objects; threads end and successors take over their objects",
    .source = "Larson and Krishnan, Memory Allocation for Long-Running Server Applications, ISMM 1998",
    .params =
        {
            [SLOTS] = {"slots", 5000, 1, 1 << 20, "objects live at once, in each thread"},
            [MIN_BYTES] = {"min-bytes", 8, 1, 1 << 20, "smallest object"},
            [MAX_BYTES] = {"max-bytes", 1000, 2, 1 << 20, "objects are smaller than this"},
            [ROUNDS] = {"rounds", 100, 1, 1 << 20, "replacements a slot before a thread ends: an iteration"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_servers,
    .setup = setup,
    .run = run,
    .close = close_servers,
};
