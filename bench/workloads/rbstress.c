/* rbstress: short strings, most of them transient (Saffron's stress of a Ruby interpreter's heap: 12 million
 * transient strings beside 600 thousand retained ones). A string has 0, 10, 20, 30 or 40 characters and a
 * terminator, is written when it is made and read when it goes.
 *
 * Here the retained strings are a ring: for each one that is replaced, oldest first, so many transient ones
 * are made, and freed together, as a sweep would. */
#include "base/scratch.h"
#include "bench/workloads/whole.h"

enum { RETAINED, TRANSIENT, STEP, REPLACED };
enum { STEPS = 5 };

struct strings {
    struct slot *retained, *transient;
    uint64_t oldest;
};

static uint64_t retained_each(const struct ht_job *j)
{
    const uint64_t each = j->value[RETAINED] / j->threads;
    return each ? each : 1;
}

static size_t max_bytes(const struct ht_job *j)
{
    return (STEPS - 1) * j->value[STEP] + 1;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    const uint64_t slots = retained_each(j) + j->value[TRANSIENT];
    return j->threads * (slots * sizeof(struct slot) + sizeof(struct strings) + 192);
}

static inline void make(struct ht_worker *w, struct slot *s, struct ht_rng *rng, size_t step)
{
    whole_make(w, s, ht_rng_below(rng, STEPS) * step + 1);
}

static void setup(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    struct strings *const s = w->state = ht_scratch_alloc(sizeof *s);
    s->retained = ht_scratch_alloc(retained_each(j) * sizeof *s->retained);
    s->transient = ht_scratch_alloc((j->value[TRANSIENT] + 1) * sizeof *s->transient);
    for (uint64_t i = 0; i < retained_each(j); i++)
        make(w, &s->retained[i], &w->rng, j->value[STEP]);
}

static uint64_t run(struct ht_worker *w)
{
    struct strings *const s = w->state;
    const uint64_t retained = retained_each(w->job), transient = w->job->value[TRANSIENT];
    const uint64_t replaced = w->job->value[REPLACED];
    const size_t step = w->job->value[STEP];
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < replaced; i++) {
        for (uint64_t k = 0; k < transient; k++)
            make(w, &s->transient[k], &rng, step);
        struct slot *const oldest = &s->retained[s->oldest];
        whole_drop(w, oldest);
        make(w, oldest, &rng, step);
        s->oldest = s->oldest + 1 < retained ? s->oldest + 1 : 0;
        for (uint64_t k = 0; k < transient; k++)
            whole_drop(w, &s->transient[k]);
    }
    w->rng = rng;
    return 2 * replaced * (transient + 1);
}

static void teardown(struct ht_worker *w)
{
    const struct strings *const s = w->state;
    for (uint64_t i = 0; i < retained_each(w->job); i++)
        whole_drop(w, &s->retained[i]);
}

HT_WORKLOAD(rbstress) = {
    .name = "rbstress",
    .summary = "short strings: twenty transient ones for each one that is retained",
    .source = "Saffron, on the memory of Ruby under several allocators (in mimalloc-bench)",
    .params =
        {
            [RETAINED] = {"retained", 600000, 1, 1 << 24, "strings live all the time, over all threads"},
            [TRANSIENT] = {"transient", 20, 0, 1 << 16, "transient strings for each retained one"},
            [STEP] = {"step", 10, 1, 1 << 16, "a string has 0 to 4 times so many characters"},
            [REPLACED] = {"replaced", 1000, 1, 1 << 20,
                          "retained strings replaced in an iteration, each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
