#include "bench/verified.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "bench/careful.h"
#include "bench/mutator.h"
#include "bench/shadow.h"
#include "bench/stop.h"

/* Where faults are injected, as a careful program does it. */
#ifdef HT_FAULTY
#define HT_NEW(worker, ...)      ht_careful_new(worker, __VA_ARGS__)
#define HT_END_SAFEPOINT(worker) ht_careful_safepoint(worker)
#else
#define HT_NEW(worker, ...)      gc_alloc((worker)->mutator, __VA_ARGS__)
#define HT_END_SAFEPOINT(worker) ((void)(worker))
#endif

/* Of the walk along all edges. */
enum { WALK_ROOTS = 8192 };

static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static uint64_t collections; /* when the last audit was */

/* Finalizers run inside an operation, on its turn. */
static void take_turn(struct ht_worker *w)
{
    if (w->job->threads < 2 || !pthread_mutex_trylock(&turn))
        return;
    gc_park(w->mutator);
    pthread_mutex_lock(&turn);
    gc_unpark(w->mutator);
}

static void give_turn(const struct ht_worker *w)
{
    if (w->job->threads > 1)
        pthread_mutex_unlock(&turn);
}

static void start(struct ht_worker *w, enum ht_op op, uint64_t a, uint64_t b)
{
    take_turn(w);
    ht_shadow_start(w, op, a, b);
}

/* ---- what a root leads to ------------------------------------------------------------------------------------ */

static _Thread_local volatile sig_atomic_t is_looking;

/* Where a wrong reference leads may not be memory at all. Any other fault crashes as it would have. */
static void on_fault(int signal)
{
    if (is_looking)
        ht_shadow_stop_wild();
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
}

void ht_verified_open(void)
{
    const struct sigaction action = {.sa_handler = on_fault};
    collections = 0;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* Its data, of which the shadow's bytes can be read; NULL of an empty root. */
static void *data_of(const struct ht_worker *w, const struct gc_root *root)
{
    if (gc_is_empty(root))
        return NULL;
    is_looking = 1;
    char *const data = gc_data(w->mutator, root);
    (void)*(volatile char *)data;
    (void)*(volatile char *)(data + HT_SHADOW_BYTES - 1);
    is_looking = 0;
    return data;
}

static uint32_t see(const struct ht_worker *w, const struct gc_root *root)
{
    return ht_shadow_see(w, root, data_of(w, root));
}

/* An object that the workload uses. */
static uint32_t need(const struct ht_worker *w, const struct gc_root *object)
{
    const uint32_t index = see(w, object);
    if (!index)
        ht_stop(HT_ERROR, "the workload uses the object of an empty root");
    return index;
}

/* ---- audits -------------------------------------------------------------------------------------------------- */

/* The walk's own roots: a stack of objects whose slots are not looked at yet. What finds it full is looked at, but
 * not behind. */
struct walk {
    struct ht_worker *w;
    struct gc_root *root;
    uint32_t object[WALK_ROOTS];
    uint32_t count;
    bool is_part;
};

static void walk_to(struct walk *walk, const struct gc_root *root, uint32_t index)
{
    ht_shadow_expect_at(index, data_of(walk->w, root));
    if (!ht_shadow_is_new_to_walk(index))
        return;
    if (walk->count == WALK_ROOTS) {
        walk->is_part = true;
        return;
    }
    gc_move(walk->w->mutator, &walk->root[walk->count], root);
    walk->object[walk->count++] = index;
}

static void walk_slots(struct walk *walk)
{
    struct gc_mutator *const m = walk->w->mutator;
    struct gc_root *const object = &walk->root[WALK_ROOTS], *const found = object + 1;
    while (walk->count > 0) {
        const uint32_t from = walk->object[--walk->count], slots = ht_shadow_slots(from);
        gc_move(m, object, &walk->root[walk->count]);
        gc_clear(m, &walk->root[walk->count]);
        if (gc_slots(m, object) != slots)
            ht_stop(HT_CORRUPT, "object %lu has %u slots, not %u", (unsigned long)ht_shadow_number(from),
                    gc_slots(m, object), slots);
        for (uint32_t i = 0; i < slots; i++) {
            if (ht_shadow_leads_to_freed(from, i))
                continue;
            gc_load(m, found, object, i);
            walk_to(walk, found, ht_shadow_edge(from, i, data_of(walk->w, found)));
        }
        gc_clear(m, found);
        gc_clear(m, object);
    }
}

static void walk_roots(struct walk *walk, const struct gc_roots *roots)
{
    for (const struct gc_root *r = roots->base; r < roots->top; r++) {
        const uint32_t index = ht_shadow_root(walk->w, r);
        if (!index || ht_shadow_is_freed(index))
            continue;
        ht_shadow_see(walk->w, r, data_of(walk->w, r));
        walk_to(walk, r, index);
        walk_slots(walk);
    }
}

static void walk_all(struct ht_worker *w)
{
    static struct walk walk;
    const struct gc_roots *const own = (const struct gc_roots *)w->mutator;
    if (own->top - own->base > GC_ROOTS_MAX - WALK_ROOTS - 2)
        return;
    walk.w = w;
    walk.count = 0;
    walk.is_part = false;
    walk.root = gc_push(w->mutator, WALK_ROOTS + 2);
    struct gc_roots roots = {own->base, walk.root};
    walk_roots(&walk, &roots);
    for (unsigned i = 0; i < w->job->threads; i++)
        if (i != w->index && w->job->workers[i].mutator)
            walk_roots(&walk, (const struct gc_roots *)w->job->workers[i].mutator);
    gc_pop(w->mutator, WALK_ROOTS + 2);
    if (!walk.is_part)
        ht_shadow_walked();
}

static uint64_t count_collections(void)
{
    struct gc_stats stats = {.collections = GC_UNKNOWN, .minor_collections = GC_UNKNOWN};
    gc_stats(&ht_gc_heap, &stats);
    return (stats.collections == GC_UNKNOWN ? 0 : stats.collections) +
           (stats.minor_collections == GC_UNKNOWN ? 0 : stats.minor_collections);
}

static void audit(struct ht_worker *w)
{
    const uint64_t now = count_collections();
    ht_shadow_audit_start();
    gc_each(&ht_gc_heap, ht_shadow_visit, NULL);
    ht_shadow_audit_stop(now != collections);
    collections = now;
    walk_all(w);
}

/* After a safepoint. */
static void end_safepoint(struct ht_worker *w)
{
    HT_END_SAFEPOINT(w);
    if (ht_shadow_may_be_due() && ht_shadow_is_due(count_collections() != collections))
        audit(w);
    give_turn(w);
}

void ht_verified_audit(struct ht_worker *w)
{
    take_turn(w);
    audit(w);
    give_turn(w);
}

/* ---- operations ---------------------------------------------------------------------------------------------- */

/* Memory has ended, which may be because what is dead is held. */
static void stop_full(struct ht_worker *w, size_t bytes)
{
    for (int i = 0; i < 3; i++)
        gc_collect(w->mutator, GC_FULL);
    audit(w);
    const struct ht_shadow_figures f = ht_shadow_figures();
    if (ht_can(GC_CAP_RECLAIM | GC_CAP_EXACT | GC_CAP_CYCLES | GC_CAP_WALK) && !ht_can(GC_CAP_EXPLICIT) &&
        f.dead_bytes > w->job->heap_bytes / 8)
        ht_stop(HT_LEAK,
                "out of memory for %zu bytes; after full collections %lu objects of %lu bytes stay that "
                "nothing can reach",
                bytes, (unsigned long)f.dead_objects, (unsigned long)f.dead_bytes);
    ht_stop_heap_full(w, bytes);
}

void ht_verified_new(struct ht_worker *w, struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    int error;
    start(w, HT_OP_ALLOC, slots, bytes);
    HT_PROBE(w, HT_OP_ALLOC, error = HT_NEW(w, dst, kind, slots, bytes + HT_SHADOW_BYTES));
    if (error)
        stop_full(w, gc_size(slots, bytes));
    ht_shadow_new(w, dst, kind, slots, bytes, gc_data(w->mutator, dst));
    end_safepoint(w);
}

void ht_verified_load(struct ht_worker *w, struct gc_root *dst, const struct gc_root *object, uint32_t i)
{
    start(w, HT_OP_LOAD, i, 0);
    const uint32_t from = need(w, object);
    HT_PROBE(w, HT_OP_LOAD, gc_load(w->mutator, dst, object, i));
    ht_shadow_put(w, dst, ht_shadow_edge(from, i, data_of(w, dst)));
    give_turn(w);
}

static void see_weak_slots(struct ht_worker *w, const struct gc_root *object, uint32_t from)
{
    struct gc_root *const found = gc_push(w->mutator, 1);
    for (uint32_t i = 0; i < 2; i++) {
        gc_load(w->mutator, found, object, i);
        ht_shadow_edge(from, i, data_of(w, found));
    }
    gc_pop(w->mutator, 1);
}

void ht_verified_store(struct ht_worker *w, const struct gc_root *object, uint32_t i,
                       const struct gc_root *value)
{
    start(w, HT_OP_STORE, i, 0);
    const uint32_t from = need(w, object), to = see(w, value);
    if (i < 2 && ht_shadow_is_ephemeron(from))
        see_weak_slots(w, object, from);
    HT_PROBE(w, HT_OP_STORE, gc_store(w->mutator, object, i, value));
    ht_shadow_store(w, from, i, to);
    give_turn(w);
}

void ht_verified_move(struct ht_worker *w, struct gc_root *dst, const struct gc_root *src)
{
    start(w, HT_OP_ROOT, 1, 0);
    const uint32_t index = see(w, src);
    HT_PROBE(w, HT_OP_ROOT, gc_move(w->mutator, dst, src));
    ht_shadow_put(w, dst, index);
    give_turn(w);
}

void ht_verified_clear(struct ht_worker *w, struct gc_root *dst)
{
    start(w, HT_OP_ROOT, 2, 0);
    HT_PROBE(w, HT_OP_ROOT, gc_clear(w->mutator, dst));
    ht_shadow_put(w, dst, 0);
    give_turn(w);
}

struct gc_root *ht_verified_push(struct ht_worker *w, uint32_t n)
{
    start(w, HT_OP_ROOT, 3, n);
    struct gc_root *const frame = gc_push(w->mutator, n);
    ht_shadow_push(w, frame, n);
    give_turn(w);
    return frame;
}

void ht_verified_pop(struct ht_worker *w, uint32_t n)
{
    start(w, HT_OP_ROOT, 4, n);
    ht_shadow_pop(w, n);
    HT_PROBE(w, HT_OP_ROOT, gc_pop(w->mutator, n));
    give_turn(w);
}

void *ht_verified_data(struct ht_worker *w, const struct gc_root *object)
{
    take_turn(w);
    need(w, object);
    give_turn(w);
    return (char *)gc_data(w->mutator, object) + HT_SHADOW_BYTES;
}

uint32_t ht_verified_slots(struct ht_worker *w, const struct gc_root *object)
{
    take_turn(w);
    const uint32_t index = need(w, object), slots = gc_slots(w->mutator, object);
    if (slots != ht_shadow_slots(index))
        ht_stop(HT_CORRUPT, "object %lu has %u slots, not %u", (unsigned long)ht_shadow_number(index), slots,
                ht_shadow_slots(index));
    give_turn(w);
    return slots;
}

bool ht_verified_same(struct ht_worker *w, const struct gc_root *a, const struct gc_root *b)
{
    take_turn(w);
    const bool same = gc_same(w->mutator, a, b);
    if (same != (see(w, a) == see(w, b)))
        ht_stop(HT_CORRUPT, "the strategy takes one object for two, or two for one");
    give_turn(w);
    return same;
}

void ht_verified_collect(struct ht_worker *w, enum gc_collection kind)
{
    start(w, HT_OP_COLLECT, 1, kind);
    HT_PROBE(w, HT_OP_COLLECT, gc_collect(w->mutator, kind));
    end_safepoint(w);
}

void ht_verified_poll(struct ht_worker *w)
{
    start(w, HT_OP_COLLECT, 2, 0);
    HT_PROBE(w, HT_OP_COLLECT, gc_poll(w->mutator));
    end_safepoint(w);
}

void ht_verified_give_up(struct ht_worker *w, struct gc_root *object)
{
    start(w, HT_OP_FREE, 0, 0);
    ht_shadow_give_up(w, object, see(w, object), data_of(w, object));
    HT_PROBE(w, HT_OP_FREE, gc_free(w->mutator, object));
    give_turn(w);
}

void ht_verified_finalize(struct ht_worker *w, const struct gc_root *object)
{
    ht_shadow_finalize(w, object, data_of(w, object));
}

void ht_verified_finalized(struct ht_worker *w, const struct gc_root *object)
{
    ht_shadow_finalized(w, object);
}
