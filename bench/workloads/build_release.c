/* build-release: a set of small objects is built, and then all of them go at once: a compiler's pass, a
 * request, a frame. What regions (arenas, obstacks, pools of a request) were made for: an allocator that has
 * mark and release uses it; any other frees one by one, in the order of birth. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { OBJECTS, MIN_BYTES, MAX_BYTES };

struct object {
    void *p;
    size_t bytes;
};

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[OBJECTS] * sizeof(struct object) + 64);
}

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
}

static uint32_t needs_more(const struct ht_job *j)
{
    (void)j;
    return ht_has_region() ? 0 : HT_CAP_FREE;
}

static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(w->job->value[OBJECTS] * sizeof(struct object));
}

/* Returns the bytes of all. */
static size_t build(struct ht_worker *w, struct object *set, size_t objects)
{
    const size_t low = w->job->value[MIN_BYTES], end = max_bytes(w->job) + 1;
    struct ht_rng rng = w->rng;
    size_t bytes = 0;
    for (size_t i = 0; i < objects; i++) {
        set[i].bytes = ht_rng_between(&rng, low, end);
        set[i].p = ht_make(w, set[i].bytes);
        bytes += set[i].bytes;
    }
    w->rng = rng;
    return bytes;
}

static uint64_t run(struct ht_worker *w)
{
    struct object *const set = w->state;
    const size_t objects = w->job->value[OBJECTS];
    const struct ht_mark mark = ht_mark(w);
    const size_t bytes = build(w, set, objects);
    if (!ht_has_region()) {
        for (size_t i = 0; i < objects; i++)
            ht_drop(w, set[i].p, set[i].bytes);
        return 2 * objects;
    }
    for (size_t i = 0; i < objects; i++)
        ht_check(w, set[i].p, set[i].bytes);
    ht_release(w, mark, bytes);
    return objects + 1;
}

HT_WORKLOAD(build_release) = {
    .name = "build-release",
    .summary = "a set of small objects is built, then all of them go at once",
    .source = "heaptrial: the best case of a region (Hanson, Software: Practice and Experience, 1990)",
    .params =
        {
            [OBJECTS] = {"objects", 10000, 1, 1 << 20, "objects a set, in each thread"},
            [MIN_BYTES] = {"min-bytes", 16, 1, 1 << 16, "bytes of the smallest object"},
            [MAX_BYTES] = {"max-bytes", 128, 1, 1 << 16, "bytes of the largest"},
        },
    .needs_more = needs_more,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
};
