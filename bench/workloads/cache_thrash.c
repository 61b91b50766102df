/* cache-thrash: active false sharing. Threads allocate tiny objects at the same time; an allocator that gives
 * them parts of one cache line makes them fight over it (Berger et al., "Hoard: A Scalable Memory Allocator
 * for Multithreaded Applications", ASPLOS 2000). Ideal: an iteration on P threads takes a P-th of the time.
 *
 * An iteration is one object, written `writes` times by all threads together. */
#include "bench/workloads/scribble.h"

enum { BYTES, WRITES };

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES];
}

static uint64_t run(struct ht_worker *w)
{
    scribble_once(w, w->job->value[BYTES], w->job->value[WRITES] / w->job->threads);
    return 2;
}

HT_WORKLOAD(cache_thrash) = {
    .name = "cache-thrash",
    .summary = "active false sharing: each thread allocates a tiny object and writes it many times",
    .source = "Berger, McKinley, Blumofe and Wilson, Hoard, ASPLOS 2000",
    .params =
        {
            [BYTES] = {"bytes", 1, 1, 1 << 16, "bytes an object"},
            [WRITES] = {"writes", 2000000, 1, 1 << 30, "times each byte is written, over all threads"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .run = run,
};
