#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/scratch.h"
#include "bench/probe.h"
#include "bench/rehearse.h"
#include "bench/stop.h"
#include "faults/shatter.h"

static struct ht_shatter_sizes *shared;
static bool is_known;
static struct ht_rng rng;

void *ht_shatter_map(size_t bytes)
{
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        ht_stop(HT_ERROR, "no memory for the harness: %s", strerror(errno));
    ht_scratch_claim(bytes);
    return p;
}

/* Keeps each size with the same probability (Vitter's algorithm R). In the child, one thread at a time. */
static void hear(int64_t bytes)
{
    struct ht_shatter_sizes *const s = shared;
    s->live += bytes;
    s->live_peak = s->live > s->live_peak ? s->live : s->live_peak;
    if (bytes <= 0)
        return;
    const uint64_t n = s->heard++;
    const uint64_t place = n < HT_SHATTER_SIZES ? n : ht_rng_next(&rng) % (n + 1);
    if (place < HT_SHATTER_SIZES)
        s->bytes[place] = (uint32_t)bytes;
}

const struct ht_shatter_sizes *ht_shatter_rehearse(const struct ht_job *job)
{
    if (is_known)
        return shared;
    shared = ht_shatter_map(sizeof *shared);
    rng = ht_rng_open(job->seed, HT_THREADS_MAX + 1);
    int status;
    const pid_t child = fork();
    if (child == 0) {
        ht_rehearse(job, hear);
        _exit(0);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    is_known = child > 0 && WIFEXITED(status) && !WEXITSTATUS(status) && shared->heard;
    if (!is_known)
        ht_stop(HT_ERROR, "the rehearsal that shows the workload's sizes did not come to its end");
    return shared;
}

size_t ht_shatter_draw(const struct ht_shatter_sizes *sizes, struct ht_rng *drawn_by)
{
    const uint64_t n = sizes->heard < HT_SHATTER_SIZES ? sizes->heard : HT_SHATTER_SIZES;
    return sizes->bytes[ht_rng_below(drawn_by, (uint32_t)n)];
}
