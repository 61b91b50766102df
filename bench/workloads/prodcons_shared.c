/* prodcons-shared: producers make objects that every consumer uses; whoever uses one last frees it (the
 * producer-consumer mode of ACDC with all objects shared: Aigner and Kirsch, "ACDC: Towards a Universal
 * Mutator for Benchmarking Heap Management Systems", ISMM 2013).
 *
 * Workers with an even index produce, those with an odd one consume: t threads are t/2 of each, and one
 * producer more when t is odd. Each producer has a ring of batches; each consumer goes through the rings in
 * turn, so every worker does the same number of batches for an iteration and the rings are empty after it.
 * The sizes are a power of two and a uniform part of the next. */
#include <stdatomic.h>

#include "base/scratch.h"
#include "bench/subject.h"

enum { OBJECTS, LOG2_MIN, LOG2_MAX, QUEUED, BATCHES };

struct shared {
    unsigned char *p;
    uint32_t bytes;
    atomic_uint users; /* consumers that have not used it yet */
};

struct ring {
    pthread_mutex_t lock;
    pthread_cond_t published, freed;
    uint64_t made;         /* batches published so far; batch i stands at i % queued */
    uint32_t *busy;        /* for each place: consumers that are not through with it */
    struct shared *object; /* for each place, so many */
};

static unsigned consumers(const struct ht_job *j)
{
    return j->threads / 2;
}

static unsigned producers(const struct ht_job *j)
{
    return j->threads - consumers(j);
}

static uint64_t log2_max(const struct ht_job *j)
{
    return j->value[LOG2_MAX] > j->value[LOG2_MIN] ? j->value[LOG2_MAX] : j->value[LOG2_MIN] + 1;
}

static size_t max_bytes(const struct ht_job *j)
{
    return (size_t)1 << log2_max(j);
}

static size_t scratch_bytes(const struct ht_job *j)
{
    const size_t place = sizeof(uint32_t) + j->value[OBJECTS] * sizeof(struct shared);
    return producers(j) * (sizeof(struct ring) + j->value[QUEUED] * place + 192);
}

static void open_rings(struct ht_job *j)
{
    struct ring *const rings = j->state = ht_scratch_alloc(producers(j) * sizeof *rings);
    for (unsigned i = 0; i < producers(j); i++) {
        struct ring *const r = &rings[i];
        pthread_mutex_init(&r->lock, NULL);
        pthread_cond_init(&r->published, NULL);
        pthread_cond_init(&r->freed, NULL);
        r->busy = ht_scratch_alloc(j->value[QUEUED] * sizeof *r->busy);
        r->object = ht_scratch_alloc(j->value[QUEUED] * j->value[OBJECTS] * sizeof *r->object);
    }
}

static inline size_t any_size(struct ht_rng *rng, uint32_t low, uint32_t classes)
{
    const uint64_t random = ht_rng_next(rng);
    const size_t least = (size_t)1 << (low + ((random >> 32) * classes >> 32));
    return least + 1 + (random & (least - 1));
}

static void fill(struct ht_worker *w, struct shared *object, struct ht_rng *rng)
{
    const struct ht_job *const j = w->job;
    const uint32_t low = (uint32_t)j->value[LOG2_MIN], classes = (uint32_t)log2_max(j) - low;
    const unsigned users = consumers(j);
    for (uint64_t i = 0; i < j->value[OBJECTS]; i++) {
        const size_t bytes = any_size(rng, low, classes);
        object[i].p = ht_make(w, bytes);
        object[i].bytes = (uint32_t)bytes;
        atomic_store_explicit(&object[i].users, users, memory_order_relaxed);
    }
}

/* Reads each object of a batch, and frees those that nobody else will use. Returns how many. */
static uint64_t use(struct ht_worker *w, struct shared *object)
{
    uint64_t freed = 0;
    for (uint64_t i = 0; i < w->job->value[OBJECTS]; i++) {
        ht_check(w, object[i].p, object[i].bytes);
        if (atomic_fetch_sub_explicit(&object[i].users, 1, memory_order_acq_rel) != 1)
            continue;
        ht_free(w, object[i].p, object[i].bytes);
        freed++;
    }
    return freed;
}

static uint64_t produce(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    struct ring *const r = (struct ring *)j->state + w->index / 2;
    struct ht_rng rng = w->rng;
    for (uint64_t i = 0; i < j->value[BATCHES]; i++) {
        const uint64_t place = r->made % j->value[QUEUED];
        pthread_mutex_lock(&r->lock);
        while (r->busy[place])
            pthread_cond_wait(&r->freed, &r->lock);
        pthread_mutex_unlock(&r->lock);
        fill(w, &r->object[place * j->value[OBJECTS]], &rng);
        pthread_mutex_lock(&r->lock);
        r->busy[place] = consumers(j);
        r->made++;
        pthread_cond_broadcast(&r->published);
        pthread_mutex_unlock(&r->lock);
    }
    w->rng = rng;
    return j->value[BATCHES] * j->value[OBJECTS];
}

static uint64_t consume_batch(struct ht_worker *w, struct ring *r, uint64_t batch)
{
    const struct ht_job *const j = w->job;
    const uint64_t place = batch % j->value[QUEUED];
    pthread_mutex_lock(&r->lock);
    while (r->made <= batch)
        pthread_cond_wait(&r->published, &r->lock);
    pthread_mutex_unlock(&r->lock);
    const uint64_t freed = use(w, &r->object[place * j->value[OBJECTS]]);
    pthread_mutex_lock(&r->lock);
    if (--r->busy[place] == 0)
        pthread_cond_signal(&r->freed);
    pthread_mutex_unlock(&r->lock);
    return freed;
}

static uint64_t consume(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    uint64_t *const next = w->state, freed = 0;
    for (uint64_t i = 0; i < j->value[BATCHES]; i++, (*next)++)
        for (unsigned p = 0; p < producers(j); p++)
            freed += consume_batch(w, (struct ring *)j->state + p, *next);
    return freed;
}

/* A consumer's count of the batches that it has been through in each ring. */
static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(sizeof(uint64_t));
}

static uint64_t run(struct ht_worker *w)
{
    return w->index % 2 ? consume(w) : produce(w);
}

HT_WORKLOAD(prodcons_shared) = {
    .name = "prodcons-shared",
    .summary = "every object is shared with all consumers; the last to use it frees it",
    .source = "Aigner and Kirsch, ACDC: Towards a Universal Mutator, ISMM 2013",
    .params =
        {
            [OBJECTS] = {"objects", 512, 1, 1 << 16, "objects a batch"},
            [LOG2_MIN] = {"log2-min", 4, 0, 19, "objects are larger than 2 to this power"},
            [LOG2_MAX] = {"log2-max", 8, 1, 20, "the largest object is 2 to this power"},
            [QUEUED] = {"queued", 16, 1, 1 << 12, "batches that may wait, of each producer"},
            [BATCHES] = {"batches", 20, 1, 1 << 20, "batches an iteration, of each producer"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .min_threads = 2,
    .open = open_rings,
    .setup = setup,
    .run = run,
};
