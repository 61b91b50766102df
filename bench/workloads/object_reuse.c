/* object-reuse: bursts of objects that are made, used and let go, either fresh from the allocator each time or
 * from the program's own free list of them: what hand-written object pools are worth on top of an allocator
 * (Bonwick, "The Slab Allocator", USENIX 1994, argues that the list belongs into the allocator).
 *
 * An operation is an object made or let go, by whichever way, so that `reuse` 0 and 1 compare. With the free
 * list, the allocator is called only at the start and the end; one without free but with mark and release can
 * then serve, too. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, REUSE, BURST, OPS };

struct idle {
    struct idle *next;
};

struct state {
    void **object;
    struct idle *idle; /* the program's free list */
    struct ht_mark mark;
};

static size_t bytes_of(const struct ht_job *j)
{
    return j->value[BYTES];
}

static uint32_t needs_more(const struct ht_job *j)
{
    if (!j->value[REUSE])
        return HT_CAP_FREE;
    return HT_CAP_DISTINCT | (ht_has_region() ? 0 : HT_CAP_FREE);
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (sizeof(struct state) + j->value[BURST] * sizeof(void *) + 128);
}

static inline void *acquire(struct ht_worker *w, struct state *s, bool reuse, size_t bytes)
{
    if (!reuse)
        return ht_make(w, bytes);
    struct idle *const object = s->idle;
    s->idle = object->next;
    ht_stamp(w, object, bytes);
    return object;
}

static inline void put(struct state *s, void *object)
{
    ((struct idle *)object)->next = s->idle;
    s->idle = object;
}

static inline void give_back(struct ht_worker *w, struct state *s, bool reuse, void *object, size_t bytes)
{
    if (!reuse) {
        ht_drop(w, object, bytes);
        return;
    }
    ht_check(w, object, bytes);
    put(s, object);
}

static void setup(struct ht_worker *w)
{
    struct state *const s = w->state = ht_scratch_alloc(sizeof *s);
    s->object = ht_scratch_alloc(w->job->value[BURST] * sizeof *s->object);
    s->mark = ht_mark(w);
    if (w->job->value[REUSE])
        for (uint64_t i = 0; i < w->job->value[BURST]; i++)
            put(s, ht_alloc(w, bytes_of(w->job)));
}

/* A burst of a random length, let go in the order of birth. */
static inline uint64_t burst(struct ht_worker *w, struct state *s, bool reuse, size_t objects, size_t bytes)
{
    for (size_t i = 0; i < objects; i++)
        s->object[i] = acquire(w, s, reuse, bytes);
    for (size_t i = 0; i < objects; i++)
        give_back(w, s, reuse, s->object[i], bytes);
    return 2 * objects;
}

static uint64_t run(struct ht_worker *w)
{
    struct state s = *(struct state *)w->state;
    const size_t bytes = bytes_of(w->job);
    const bool reuse = w->job->value[REUSE];
    const uint64_t enough = w->job->value[OPS];
    const uint32_t most = (uint32_t)w->job->value[BURST];
    struct ht_rng rng = w->rng;
    uint64_t ops = 0;
    while (ops < enough)
        ops += burst(w, &s, reuse, ht_rng_below(&rng, most) + 1, bytes);
    w->rng = rng;
    *(struct state *)w->state = s;
    return ops;
}

static void teardown(struct ht_worker *w)
{
    struct state *const s = w->state;
    const size_t bytes = bytes_of(w->job);
    if (ht_has_region())
        ht_release(w, s->mark, w->job->value[REUSE] ? w->job->value[BURST] * bytes : 0);
    else
        for (struct idle *next, *idle = s->idle; idle; idle = next) {
            next = idle->next;
            ht_free(w, idle, bytes);
        }
}

HT_WORKLOAD(object_reuse) = {
    .name = "object-reuse",
    .summary = "bursts of objects, fresh each time or from the program's own free list",
    .source = "heaptrial: object pools above an allocator (Bonwick, USENIX 1994)",
    .params =
        {
            [BYTES] = {"bytes", 128, sizeof(struct idle), 1 << 16, "bytes an object"},
            [REUSE] = {"reuse", 0, 0, 1, "0 fresh objects, 1 a free list of them"},
            [BURST] = {"burst", 1000, 1, 1 << 18, "objects in the longest burst"},
            [OPS] = {"ops", 20000, 1, 1 << 30, "objects made and let go an iteration, in each thread"},
        },
    .needs_more = needs_more,
    .max_bytes = bytes_of,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
