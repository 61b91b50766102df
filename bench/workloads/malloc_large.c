/* malloc-large: a few large buffers, one replaced at a time and filled with zeros (mimalloc, issue 447). What
 * it costs is whether an allocator keeps large memory, and how it asks the system for more.
 *
 * An iteration is one replacement in each thread; each thread has buffers of its own. */
#include <string.h>

#include "base/scratch.h"
#include "bench/workloads/slot.h"

enum { BUFFERS, MIN_KIB, MAX_KIB, REPLACEMENTS };

static size_t max_bytes(const struct ht_job *j)
{
    const uint64_t low = j->value[MIN_KIB], high = j->value[MAX_KIB];
    return (high > low ? high : low) << 10;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[BUFFERS] * sizeof(struct slot) + 64);
}

static inline void make(struct ht_worker *w, struct slot *s)
{
    const size_t low = w->job->value[MIN_KIB] << 10, high = max_bytes(w->job);
    *s = (struct slot){.bytes = low + ht_rng_below(&w->rng, (uint32_t)(high - low + 1))};
    s->p = ht_alloc(w, s->bytes);
    memset(s->p, 0, s->bytes);
    ht_stamp(w, s->p, s->bytes);
}

static void setup(struct ht_worker *w)
{
    struct slot *const buffer = w->state = ht_scratch_alloc(w->job->value[BUFFERS] * sizeof *buffer);
    for (uint64_t i = 0; i < w->job->value[BUFFERS]; i++)
        make(w, &buffer[i]);
}

static uint64_t run(struct ht_worker *w)
{
    struct slot *const buffer = w->state;
    const uint64_t replacements = w->job->value[REPLACEMENTS];
    for (uint64_t i = 0; i < replacements; i++) {
        struct slot *const s = &buffer[ht_rng_below(&w->rng, (uint32_t)w->job->value[BUFFERS])];
        slot_drop(w, s);
        make(w, s);
    }
    return 2 * replacements;
}

static void teardown(struct ht_worker *w)
{
    slots_drop(w, w->job->value[BUFFERS]);
}

HT_WORKLOAD(malloc_large) = {
    .name = "malloc-large",
    .summary = "replace one of a few buffers of 5 to 25 MiB, filled with zeros",
    .source = "mimalloc, issue 447, 2021",
    .params =
        {
            [BUFFERS] = {"buffers", 20, 1, 1 << 16, "live at once, in each thread"},
            [MIN_KIB] = {"min-kib", 5 << 10, 1, 1 << 20, "KiB of the smallest buffer"},
            [MAX_KIB] = {"max-kib", 25 << 10, 1, 1 << 20, "KiB of the largest buffer"},
            [REPLACEMENTS] = {"replacements", 1, 1, 1 << 20, "an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
