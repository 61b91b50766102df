/* xmalloc-test: producers allocate, consumers free (Lever and Boreham, "malloc() Performance in a
 * Multithreaded Linux Environment", USENIX 2000). Batches of objects wait on a bounded last-in first-out
 * list between them, behind a mutex and condition variables, which are part of what is measured.
 *
 * Workers with an even index produce, those with an odd one consume: t threads are t/2 of each, and one
 * producer more when t is odd. A producer makes batches * consumers in an iteration and a consumer takes
 * batches * producers, so that the list is empty after any number of iterations. */
#include <string.h>

#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, OBJECTS, QUEUED, BATCHES };
enum { TOUCHED_BYTES = 128, LARGEST = 2048 };

/* What a batch draws from when bytes is 0. */
static const uint16_t sizes[] = {8,   12,  16,  24,  32,  48,   64,   96,  128,
                                 192, 256, 384, 512, 768, 1024, 1536, 2048};
enum { SIZES = sizeof sizes / sizeof *sizes };

struct batch {
    struct batch *next;
    struct ht_rng rng; /* gives the sizes, again for the consumer */
    void *object[];
};

struct market {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    struct batch *full; /* waiting for a consumer */
    struct batch *empty;
    uint64_t queued; /* the length of `full` */
};

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[BYTES] ? j->value[BYTES] : LARGEST;
}

static size_t batch_bytes(const struct ht_job *j)
{
    return sizeof(struct batch) + j->value[OBJECTS] * sizeof(void *);
}

/* As many batches as can wait, and one in the hands of each worker. */
static size_t scratch_bytes(const struct ht_job *j)
{
    return sizeof(struct market) + 64 + (j->value[QUEUED] + j->threads) * (batch_bytes(j) + 64);
}

static void open_market(struct ht_job *j)
{
    struct market *const m = j->state = ht_scratch_alloc(sizeof *m);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->not_empty, NULL);
    pthread_cond_init(&m->not_full, NULL);
    for (uint64_t i = 0; i < j->value[QUEUED]; i++) {
        struct batch *const b = ht_scratch_alloc(batch_bytes(j));
        b->next = m->empty;
        m->empty = b;
    }
}

/* Queues a full batch once there is room, and returns an empty one. */
static struct batch *put(struct market *m, struct batch *full, uint64_t most)
{
    pthread_mutex_lock(&m->lock);
    while (m->queued >= most)
        pthread_cond_wait(&m->not_full, &m->lock);
    full->next = m->full;
    m->full = full;
    m->queued++;
    struct batch *const empty = m->empty;
    m->empty = empty->next;
    pthread_cond_signal(&m->not_empty);
    pthread_mutex_unlock(&m->lock);
    return empty;
}

/* Gives an emptied batch back, and returns the full one that was queued last, once there is one. */
static struct batch *take(struct market *m, struct batch *empty)
{
    pthread_mutex_lock(&m->lock);
    empty->next = m->empty;
    m->empty = empty;
    while (!m->full)
        pthread_cond_wait(&m->not_empty, &m->lock);
    struct batch *const full = m->full;
    m->full = full->next;
    m->queued--;
    pthread_cond_signal(&m->not_full);
    pthread_mutex_unlock(&m->lock);
    return full;
}

static inline size_t any_size(struct ht_rng *rng, size_t bytes)
{
    return bytes ? bytes : sizes[ht_rng_below(rng, SIZES)];
}

/* The bound is hidden: gcc would write up to 128 bytes with rep stos, which costs 4 ns an object more than the
 * call does. */
static inline void touch(void *p, int byte, size_t bytes)
{
    size_t touched = bytes < TOUCHED_BYTES ? bytes : TOUCHED_BYTES;
    __asm__("" : "+r"(touched));
    memset(p, byte, touched);
}

static void fill(struct ht_worker *w, struct batch *b, struct ht_rng *rng)
{
    const size_t fixed = w->job->value[BYTES];
    const uint64_t objects = w->job->value[OBJECTS];
    b->rng = *rng;
    for (uint64_t i = 0; i < objects; i++) {
        const size_t bytes = any_size(rng, fixed);
        void *const p = ht_alloc(w, bytes);
        touch(p, (int)i, bytes);
        ht_stamp(w, p, bytes);
        b->object[i] = p;
    }
}

static void empty(struct ht_worker *w, struct batch *b)
{
    const size_t fixed = w->job->value[BYTES];
    const uint64_t objects = w->job->value[OBJECTS];
    struct ht_rng rng = b->rng;
    for (uint64_t i = 0; i < objects; i++)
        ht_drop(w, b->object[i], any_size(&rng, fixed));
}

static uint64_t produce(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    const uint64_t n = j->value[BATCHES] * (j->threads / 2);
    struct ht_rng rng = w->rng;
    struct batch *b = w->state;
    for (uint64_t i = 0; i < n; i++) {
        fill(w, b, &rng);
        b = put(j->state, b, j->value[QUEUED]);
    }
    w->state = b;
    w->rng = rng;
    return n * j->value[OBJECTS];
}

static uint64_t consume(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    const uint64_t n = j->value[BATCHES] * ((j->threads + 1) / 2);
    struct batch *b = w->state;
    for (uint64_t i = 0; i < n; i++) {
        b = take(j->state, b);
        empty(w, b);
    }
    w->state = b;
    return n * j->value[OBJECTS];
}

/* The batch in a worker's hands. */
static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(batch_bytes(w->job));
}

static uint64_t run(struct ht_worker *w)
{
    return w->index % 2 ? consume(w) : produce(w);
}

HT_WORKLOAD(xmalloc_test) = {
    .name = "xmalloc-test",
    .summary = "half of the threads allocate batches, the other half free them",
    .source = "Lever and Boreham, malloc() Performance in a Multithreaded Linux Environment, USENIX 2000",
    .params =
        {
            [BYTES] = {"bytes", 64, 0, 1 << 20, "bytes an object; 0: one of 17 sizes from 8 to 2048"},
            [OBJECTS] = {"objects", 4096, 1, 1 << 20, "objects a batch"},
            [QUEUED] = {"queued", 100, 1, 1 << 12, "batches that may wait"},
            [BATCHES] = {"batches", 2, 1, 1 << 20,
                         "batches an iteration from each producer to each consumer"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .min_threads = 2,
    .open = open_market,
    .setup = setup,
    .run = run,
};
