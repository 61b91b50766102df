/* linux-scalability: each thread allocates an object and frees it, over and over, from a common start (Lever
 * and Boreham, "malloc() Performance in a Multithreaded Linux Environment", USENIX 2000). The floor of any
 * allocator's time, and its ceiling of parallelism. */
#include "bench/subject.h"

enum { BYTES, OPS };

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES];
}

static uint64_t run(struct ht_worker *w)
{
    const size_t bytes = w->job->value[BYTES];
    const uint64_t pairs = w->job->value[OPS] / 2;
    for (uint64_t i = 0; i < pairs; i++)
        ht_drop(w, ht_make(w, bytes), bytes);
    return 2 * pairs;
}

HT_WORKLOAD(linux_scalability) = {
    .name = "linux-scalability",
    .summary = "each thread allocates an object and frees it at once",
    .source = "Lever and Boreham, malloc() Performance in a Multithreaded Linux Environment, USENIX 2000",
    .params =
        {
            [BYTES] = {"bytes", 512, 1, 1 << 20, "bytes an object"},
            [OPS] = {"ops", 40000, 2, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .run = run,
};
