/* threadtest: each thread allocates its share of the objects and frees them all, round after round; no object
 * crosses threads, so time should fall with their number (Berger et al., "Hoard: A Scalable Memory Allocator
 * for Multithreaded Applications", ASPLOS 2000). An iteration is one round. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, OBJECTS };

static uint64_t objects_each(const struct ht_job *j)
{
    const uint64_t each = j->value[OBJECTS] / j->threads;
    return each ? each : 1;
}

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (objects_each(j) * sizeof(void *) + 64);
}

static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(objects_each(w->job) * sizeof(void *));
}

static uint64_t run(struct ht_worker *w)
{
    void **const object = w->state;
    const uint64_t objects = objects_each(w->job);
    const size_t bytes = w->job->value[BYTES];
    for (uint64_t i = 0; i < objects; i++)
        object[i] = ht_make(w, bytes);
    for (uint64_t i = 0; i < objects; i++)
        ht_drop(w, object[i], bytes);
    return 2 * objects;
}

HT_WORKLOAD(threadtest) = {
    .name = "threadtest",
    .summary = "each thread allocates its share of small objects and frees them all",
    .source = "Berger, McKinley, Blumofe and Wilson, Hoard, ASPLOS 2000",
    .params =
        {
            [BYTES] = {"bytes", 8, 1, 1 << 16, "bytes an object"},
            [OBJECTS] = {"objects", 30000, 1, 1 << 24, "objects a round, over all threads"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
};
