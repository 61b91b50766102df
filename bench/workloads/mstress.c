/* mstress: a stress of everything at once (Leijen's test of mimalloc). Threads live for one round; in it they
 * allocate objects of 1 to 16 words, and others of 1 to 64 that they retain to the end of the round; one in a
 * hundred is a hundred times and one in a thousand a thousand times as large. They free random ones, and
 * exchange some with slots that all threads share. Each word of an object holds a cookie, which is checked
 * when it is freed.
 *
 * An iteration is one round. As in the original a worker's share grows with its number. With several threads
 * it depends on timing what an exchange brings, so also which thread frees an object; not how many there
 * are. */
#include <stdatomic.h>

#include "base/scratch.h"
#include "bench/subject.h"

enum { ALLOCS, SLOTS, FREED, EXCHANGED };
enum { LARGE = 100, HUGE = 1000, SHARES = 8 };
enum { SHIFTS = 5, RETAINED_SHIFTS = 7, MOST_WORDS = HUGE << (RETAINED_SHIFTS - 1) };

#define COOKIE 0x6a09e667f3bcc908u
/* Times this, a number stands in both halves of a word. */
#define TWICE 0x100000001u

struct stress {
    uint64_t **object, **retained;
    struct ht_mutator thread;
    uint64_t ops; /* of the last thread's life */
};

/* How many objects this worker's threads make in passing; half as many more are retained. */
static uint64_t passing(const struct ht_job *j, unsigned index)
{
    return j->value[ALLOCS] * (index % SHARES + 1);
}

static size_t max_bytes(const struct ht_job *j)
{
    (void)j;
    return MOST_WORDS * sizeof(uint64_t);
}

static size_t scratch_bytes(const struct ht_job *j)
{
    size_t bytes = j->value[SLOTS] * sizeof(void *) + 64;
    for (unsigned i = 0; i < j->threads; i++)
        bytes += sizeof(struct stress) + passing(j, i) * 2 * sizeof(void *) + 192;
    return bytes;
}

static inline uint64_t *make(struct ht_worker *w, struct ht_rng *rng, uint64_t shifts)
{
    const uint64_t random = ht_rng_next(rng);
    const uint32_t rare = (uint32_t)((random & 0xffffffff) * 1000 >> 32);
    size_t words = (size_t)1 << ((random >> 32) * shifts >> 32);
    if (rare < 10)
        words *= rare == 0 ? HUGE : LARGE;
    uint64_t *const object = ht_alloc(w, words * sizeof *object);
    for (size_t i = 0; i < words; i++)
        object[i] = (words * TWICE + i) ^ COOKIE;
    return object;
}

/* The first word says how many there are, twice, so that a spoilt one does not lead beyond the object. Returns 1,
 * the operation; none for NULL. */
static inline uint64_t drop(struct ht_worker *w, uint64_t *object)
{
    if (!object)
        return 0;
    const uint64_t head = object[0] ^ COOKIE;
    const size_t words = (uint32_t)head;
    if (head != words * TWICE || words == 0 || words > MOST_WORDS)
        ht_stop_corrupt(object, sizeof *object);
    uint64_t different = 0;
    for (size_t i = 0; i < words; i++)
        different |= object[i] ^ (head + i) ^ COOKIE;
    ht_judge(!different, object, words * sizeof *object);
    ht_free(w, object, words * sizeof *object);
    return 1;
}

static inline bool chance(struct ht_rng *rng, uint64_t percent)
{
    return ht_rng_below(rng, 100) < percent;
}

/* Frees one of the `n` objects that a thread made in passing; a place that is empty already stays so. */
static inline uint64_t drop_one(struct ht_worker *w, struct ht_rng *rng, uint64_t **object, uint64_t n)
{
    uint64_t **const one = &object[ht_rng_below(rng, (uint32_t)n)];
    const uint64_t freed = drop(w, *one);
    *one = NULL;
    return freed;
}

static inline void exchange_one(struct ht_worker *w, struct ht_rng *rng, uint64_t **object, uint64_t n)
{
    _Atomic(uint64_t *) *const shared = w->job->state;
    uint64_t **const one = &object[ht_rng_below(rng, (uint32_t)n)];
    *one = atomic_exchange(&shared[ht_rng_below(rng, (uint32_t)w->job->value[SLOTS])], *one);
}

static uint64_t drop_all(struct ht_worker *w, uint64_t **object, uint64_t n)
{
    uint64_t freed = 0;
    for (uint64_t i = 0; i < n; i++)
        freed += drop(w, object[i]);
    return freed;
}

static void live(struct ht_worker *w)
{
    struct stress *const s = w->state;
    const uint64_t freed = w->job->value[FREED], exchanged = w->job->value[EXCHANGED];
    const uint64_t most = passing(w->job, w->index), most_retained = most / 2;
    uint64_t made = 0, retained = 0, ops = most + most_retained;
    struct ht_rng rng = w->rng;
    while (made < most || retained < most_retained) {
        if (retained == most_retained || (made < most && chance(&rng, 50)))
            s->object[made++] = make(w, &rng, SHIFTS);
        else
            s->retained[retained++] = make(w, &rng, RETAINED_SHIFTS);
        if (made && chance(&rng, freed))
            ops += drop_one(w, &rng, s->object, made);
        if (made && chance(&rng, exchanged))
            exchange_one(w, &rng, s->object, made);
    }
    ops += drop_all(w, s->retained, retained) + drop_all(w, s->object, made);
    w->rng = rng;
    s->ops = ops;
}

static void open_shared(struct ht_job *j)
{
    j->state = ht_scratch_alloc(j->value[SLOTS] * sizeof(_Atomic(uint64_t *)));
}

static void setup(struct ht_worker *w)
{
    struct stress *const s = w->state = ht_scratch_alloc(sizeof *s);
    s->object = ht_scratch_alloc((passing(w->job, w->index) + 1) * sizeof *s->object);
    s->retained = ht_scratch_alloc((passing(w->job, w->index) / 2 + 1) * sizeof *s->retained);
}

static uint64_t run(struct ht_worker *w)
{
    struct stress *const s = w->state;
    ht_mutator_start(&s->thread, live, w);
    ht_mutator_join(&s->thread);
    return s->ops;
}

static void close_shared(struct ht_job *j)
{
    _Atomic(uint64_t *) *const shared = j->state;
    for (uint64_t i = 0; i < j->value[SLOTS]; i++)
        drop(j->workers, atomic_load(&shared[i]));
}

HT_WORKLOAD(mstress) = {
    .name = "mstress",
    .summary = "threads live for a round; mixed sizes, retained objects, exchange between threads",
    .source = "Leijen, the stress test of mimalloc, 2019",
    .params =
        {
            [ALLOCS] = {"allocs", 2500, 1, 1 << 20,
                        "objects a round of thread 0, half as many more retained"},
            [SLOTS] = {"slots", 1000, 1, 1 << 20, "objects in the slots that threads share"},
            [FREED] = {"freed", 66, 0, 100, "percent: an allocation is followed by a free"},
            [EXCHANGED] = {"exchanged", 25, 0, 100, "percent: it is followed by an exchange"},
        },
    .needs = HT_CAP_FREE | HT_CAP_DISTINCT,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_shared,
    .setup = setup,
    .run = run,
    .close = close_shared,
};
