/* cache-scratch: passive false sharing. The main thread makes one tiny object for each worker, so that they
 * stand side by side; each worker frees its own and goes on as in cache-thrash. An allocator that gives a
 * thread the memory that it freed keeps the workers on one cache line for good (Berger et al., "Hoard: A
 * Scalable Memory Allocator for Multithreaded Applications", ASPLOS 2000).
 *
 * An iteration is one object, written `writes` times by all threads together. */
#include "base/scratch.h"
#include "bench/workloads/scribble.h"

enum { BYTES, WRITES };

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * sizeof(void *) + 64;
}

static void open_objects(struct ht_job *j)
{
    void **const handed = j->state = ht_scratch_alloc(j->threads * sizeof *handed);
    for (unsigned i = 0; i < j->threads; i++)
        handed[i] = ht_make(j->workers, j->value[BYTES]);
}

static void setup(struct ht_worker *w)
{
    ht_drop(w, ((void **)w->job->state)[w->index], w->job->value[BYTES]);
}

static uint64_t run(struct ht_worker *w)
{
    scribble_once(w, w->job->value[BYTES], w->job->value[WRITES] / w->job->threads);
    return 2;
}

HT_WORKLOAD(cache_scratch) = {
    .name = "cache-scratch",
    .summary = "passive false sharing: each thread frees an object of main's, then as cache-thrash",
    .source = "Berger, McKinley, Blumofe and Wilson, Hoard, ASPLOS 2000",
    .params =
        {
            [BYTES] = {"bytes", 1, 1, 1 << 16, "bytes an object"},
            [WRITES] = {"writes", 2000000, 1, 1 << 30, "times each byte is written, over all threads"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_objects,
    .setup = setup,
    .run = run,
};
