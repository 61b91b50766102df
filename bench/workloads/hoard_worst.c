/* hoard-worst: hand-overs that make memory blow up (Berger, McKinley, Blumofe and Wilson, "Hoard: A Scalable
 * Memory Allocator for Multithreaded Applications", ASPLOS 2000, §2.2). A set of objects goes from thread to
 * thread; only one thread is active at a time, so the program never has more than one set live (one for each
 * pair with `ring` 0). A heap that gives memory freed by one thread to another needs one set. The figure to
 * look at is the peak of resident bytes against the peak of live bytes.
 *
 *     ring 0   pairs: one thread allocates the set, the other frees it. Heaps that keep what their thread
 *              freed grow for ever
 *     ring 1   each thread frees its predecessor's set and allocates its own. Heaps that get their own memory
 *              back keep one set for each thread
 *
 * The turn is handed on under a mutex, twice for each set. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, OBJECTS, ROUNDS, RING };

/* A set and the threads that share it. */
struct circle {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t turn; /* whose it is: modulo the number of members */
    size_t objects;
    void **object;
};

static size_t bytes_of(const struct ht_job *j)
{
    return j->value[BYTES];
}

static unsigned circles_of(const struct ht_job *j)
{
    return j->value[RING] ? 1 : (j->threads + 1) / 2;
}

/* With an odd number of threads the last one is its own partner. */
static unsigned members_of(const struct ht_job *j, unsigned circle)
{
    if (j->value[RING])
        return j->threads;
    return 2 * circle + 1 < j->threads ? 2 : 1;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return circles_of(j) * (sizeof(struct circle) + j->value[OBJECTS] * sizeof(void *) + 192);
}

static void await_turn(struct circle *c, unsigned members, unsigned member)
{
    pthread_mutex_lock(&c->lock);
    while (c->turn % members != member)
        pthread_cond_wait(&c->moved, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

static void pass_turn(struct circle *c)
{
    pthread_mutex_lock(&c->lock);
    c->turn++;
    pthread_cond_broadcast(&c->moved);
    pthread_mutex_unlock(&c->lock);
}

static inline uint64_t make_set(struct ht_worker *w, struct circle *c, size_t objects, size_t bytes)
{
    for (size_t i = 0; i < objects; i++)
        c->object[i] = ht_make(w, bytes);
    c->objects = objects;
    return objects;
}

static inline uint64_t drop_set(struct ht_worker *w, struct circle *c, size_t bytes)
{
    const size_t objects = c->objects;
    for (size_t i = 0; i < objects; i++)
        ht_drop(w, c->object[i], bytes);
    c->objects = 0;
    return objects;
}

static void open_circle(const struct ht_job *j, struct circle *c)
{
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->moved, NULL);
    c->object = ht_scratch_alloc(j->value[OBJECTS] * sizeof *c->object);
}

static void open_job(struct ht_job *j)
{
    struct circle *const circle = j->state = ht_scratch_alloc(circles_of(j) * sizeof *circle);
    for (unsigned i = 0; i < circles_of(j); i++)
        open_circle(j, &circle[i]);
    /* What the first of the ring finds, so that each iteration is the same. */
    if (j->value[RING])
        make_set(&j->workers[0], circle, j->value[OBJECTS], j->value[BYTES]);
}

static uint64_t run(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    const size_t objects = j->value[OBJECTS], bytes = j->value[BYTES];
    const bool ring = j->value[RING];
    const unsigned at = ring ? 0 : w->index / 2, members = members_of(j, at);
    const unsigned member = ring ? w->index : w->index % 2;
    struct circle *const c = (struct circle *)j->state + at;
    uint64_t ops = 0;
    for (uint64_t round = 0; round < j->value[ROUNDS]; round++) {
        await_turn(c, members, member);
        if (ring || member == members - 1)
            ops += drop_set(w, c, bytes);
        if (ring || member == 0)
            ops += make_set(w, c, objects, bytes);
        pass_turn(c);
    }
    return ops;
}

static void close_job(struct ht_job *j)
{
    struct circle *const circle = j->state;
    for (unsigned i = 0; i < circles_of(j); i++) {
        drop_set(&j->workers[0], &circle[i], j->value[BYTES]);
        pthread_cond_destroy(&circle[i].moved);
        pthread_mutex_destroy(&circle[i].lock);
    }
}

HT_WORKLOAD(hoard_worst) = {
    .name = "hoard-worst",
    .summary = "a set of objects is made by one thread and freed by another: memory blow-up",
    .source = "Berger, McKinley, Blumofe, Wilson: Hoard, ASPLOS 2000, section 2.2",
    .params =
        {
            [BYTES] = {"bytes", 128, 1, 1 << 16, "bytes an object"},
            [OBJECTS] = {"objects", 20000, 1, 1 << 20, "objects a set"},
            [ROUNDS] = {"rounds", 2, 1, 1 << 20, "turns of each thread an iteration"},
            [RING] = {"ring", 1, 0, 1, "0 pairs of producer and consumer, 1 all threads in a ring"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = bytes_of,
    .scratch_bytes = scratch_bytes,
    .min_threads = 2,
    .open = open_job,
    .run = run,
    .close = close_job,
};
