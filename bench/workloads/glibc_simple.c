/* glibc-simple: the fast path. Allocate n objects of one size, free half of them first-in first-out and the
 * rest last-in first-out, for n of 25, 100, 400 and 1600 (the GNU C library's malloc-simple benchmark).
 *
 * As there, all of it is done three times: by the thread that is there, by a thread made for it, and by the
 * first again, because an allocator may treat the main thread as a special case. The rounds of each n are as
 * many as give `objects` objects. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, DOUBLINGS, OBJECTS };

static const uint32_t depth[] = {25, 100, 400, 1600};
enum { DEPTHS = sizeof depth / sizeof *depth, DEEPEST = 1600 };

struct bench {
    void *object[DEEPEST];
    struct ht_mutator thread;
    uint64_t ops; /* of the made thread */
};

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES] << j->value[DOUBLINGS];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (sizeof(struct bench) + 64);
}

static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(sizeof(struct bench));
}

static inline void fill_and_empty(struct ht_worker *w, void **object, uint32_t n, size_t bytes)
{
    for (uint32_t i = 0; i < n; i++)
        object[i] = ht_make(w, bytes);
    for (uint32_t i = 0; i < n / 2; i++)
        ht_drop(w, object[i], bytes);
    for (uint32_t i = n; i-- > n / 2;)
        ht_drop(w, object[i], bytes);
}

static uint64_t all_sizes(struct ht_worker *w)
{
    struct bench *const b = w->state;
    const size_t largest = max_bytes(w->job);
    uint64_t ops = 0;
    for (size_t bytes = w->job->value[BYTES]; bytes <= largest; bytes *= 2)
        for (int d = 0; d < DEPTHS; d++)
            for (uint64_t done = 0; done < w->job->value[OBJECTS]; done += depth[d]) {
                fill_and_empty(w, b->object, depth[d], bytes);
                ops += 2 * depth[d];
            }
    return ops;
}

static void in_a_thread(struct ht_worker *w)
{
    ((struct bench *)w->state)->ops = all_sizes(w);
}

static uint64_t run(struct ht_worker *w)
{
    struct bench *const b = w->state;
    const uint64_t before = all_sizes(w);
    ht_mutator_start(&b->thread, in_a_thread, w);
    ht_mutator_join(&b->thread);
    return before + b->ops + all_sizes(w);
}

HT_WORKLOAD(glibc_simple) = {
    .name = "glibc-simple",
    .summary = "the fast path: allocate n of one size, free half in order and half in reverse",
    .source = "GNU C library, benchtests: malloc-simple",
    .params =
        {
            [BYTES] = {"bytes", 16, 1, 1 << 16, "the smallest of the sizes"},
            [DOUBLINGS] = {"doublings", 2, 0, 4, "the sizes are this, twice this, ... so many times"},
            [OBJECTS] = {"objects", 6400, 1, 1 << 24, "objects for each size and each n, an iteration"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
};
