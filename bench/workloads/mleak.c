/* mleak: short-lived threads that leave memory to each other (mimalloc's test of memory that is lost with its
 * thread). Each thread swaps an object of its own into a random slot that all threads share, frees what was
 * there, and ends. Live bytes stay the same for ever: what grows is the allocator's loss. Time is mostly that
 * of the threads.
 *
 * An iteration is one round of `lives` threads, dealt out to the workers; each worker starts its threads one
 * after the other, so as many are alive at once as the cell has threads. */
#include <stdatomic.h>

#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, SLOTS, LIVES, SWAPS };

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->value[SLOTS] * sizeof(void *) + j->threads * sizeof(struct ht_mutator) + 128;
}

static void open_slots(struct ht_job *j)
{
    _Atomic(void *) *const shared = j->state = ht_scratch_alloc(j->value[SLOTS] * sizeof *shared);
    for (uint64_t i = 0; i < j->value[SLOTS]; i++)
        atomic_init(&shared[i], ht_make(j->workers, j->value[BYTES]));
}

static void live(struct ht_worker *w)
{
    _Atomic(void *) *const shared = w->job->state;
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const size_t bytes = w->job->value[BYTES];
    const uint64_t swaps = w->job->value[SWAPS];
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < swaps; i++) {
        _Atomic(void *) *const slot = &shared[ht_rng_below(&rng, slots)];
        ht_drop(w, atomic_exchange(slot, ht_make(w, bytes)), bytes);
    }
    w->rng = rng;
}

/* This worker's part of the threads of a round. */
static uint64_t lives_each(const struct ht_worker *w)
{
    const uint64_t lives = w->job->value[LIVES];
    return lives / w->job->threads + (w->index < lives % w->job->threads);
}

static uint64_t run(struct ht_worker *w)
{
    const uint64_t lives = lives_each(w);
    for (uint64_t i = 0; i < lives; i++) {
        struct ht_mutator mutator;
        ht_mutator_start(&mutator, live, w);
        ht_mutator_join(&mutator);
    }
    return 2 * lives * w->job->value[SWAPS];
}

static void close_slots(struct ht_job *j)
{
    _Atomic(void *) *const shared = j->state;
    for (uint64_t i = 0; i < j->value[SLOTS]; i++)
        ht_drop(j->workers, atomic_load(&shared[i]), j->value[BYTES]);
}

HT_WORKLOAD(mleak) = {
    .name = "mleak",
    .summary =
        "short-lived threads swap objects into shared slots: is the memory of ended threads used again",
    .source = "mimalloc-bench, mleak",
    .params =
        {
            [BYTES] = {"bytes", 128, 1, 1 << 20, "bytes an object"},
            [SLOTS] = {"slots", 1000, 1, 1 << 24, "objects live at once, shared by all threads"},
            [LIVES] = {"lives", 10, 1, 1 << 16, "threads a round"},
            [SWAPS] = {"swaps", 1, 1, 1 << 24, "objects that each thread swaps in"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_slots,
    .run = run,
    .close = close_slots,
};
