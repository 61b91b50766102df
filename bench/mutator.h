/* What a workload on a collector calls: the operations of the strategy that it is compiled for, checked and, in
 * the probed build, timed and verified.
 *
 * Compiled with -DHT_STRATEGY_HEADER='"allocators/immix.h"'. In the plain build each ht_* below is the strategy's
 * own inline operation, and for an allocation one branch on its status; nothing else of the harness is in the
 * loop. With -DHT_PROBED it goes through bench/probe.h or, in verify mode, bench/verified.h. An allocation that
 * fails ends the cell, so a workload needs no error paths.
 *
 * References stand in root slots: of the frame that setup pushed (w->root), or of a frame that a function pushes
 * and pops. An address from ht_data holds until the next allocation, collection, step or poll. */
#ifndef HT_BENCH_MUTATOR_H
#define HT_BENCH_MUTATOR_H

#include "allocators/object.h"
#include "bench/injector.h"
#include "bench/probe.h"
#include "bench/stop.h"
#include "bench/team.h"
#include "bench/verified.h"
#include "bench/workload.h"
#include HT_STRATEGY_HEADER
#include "allocators/collector_defaults.h"

/* What is injected is verified too, but not probed: it is built with -DHT_VERIFIED. */
#if defined HT_PROBED || defined HT_VERIFIED
#define HT_VERIFIES(worker) __builtin_expect((worker)->job->verify, 0)
#else
#define HT_VERIFIES(worker) false
#endif

#ifdef HT_PROBED
#define HT_WORKLOAD(id) const struct ht_workload ht_probed_##id
#define HT_PROBE(worker, kind, call)                                                                         \
    do {                                                                                                     \
        const uint64_t probe_start = ht_probe_start(worker);                                                 \
        call;                                                                                                \
        ht_probe_stop(worker, kind, probe_start);                                                            \
    } while (0)
/* Faults come between two calls of the workload. */
#define HT_INJECT(worker, bytes)                                                                             \
    do {                                                                                                     \
        if (__builtin_expect((worker)->injector != NULL, 0))                                                 \
            ht_inject(worker, bytes);                                                                        \
    } while (0)
#else
#define HT_INJECT(worker, bytes)     ((void)(worker))
#define HT_WORKLOAD(id)              const struct ht_workload ht_plain_##id
#define HT_PROBE(worker, kind, call) call
#endif

/* The one heap of the cell. */
extern struct gc_heap ht_gc_heap;

/* The end of a cell whose heap is full: `oom`, or `leak` where dropping all roots of a strategy that leaks cycles
 * does not empty it. */
void ht_stop_heap_full(struct ht_worker *w, size_t bytes) __attribute__((cold, noreturn));

/* True when the strategy has all of these capabilities: a constant. */
static inline bool ht_can(uint32_t caps)
{
    return (gc_caps(&ht_gc_heap) & caps) == caps;
}

/* A new object of this kind (enum gc_kind, with GC_FINALIZER or'ed), its slots empty, its data not cleared. */
static inline void ht_new_kind(struct ht_worker *w, struct gc_root *dst, uint32_t kind, uint32_t slots,
                               uint32_t bytes)
{
    int error = 0;
    if (HT_VERIFIES(w))
        ht_verified_new(w, dst, kind, slots, bytes);
    else
        HT_PROBE(w, HT_OP_ALLOC, error = gc_alloc(w->mutator, dst, kind, slots, bytes));
    if (__builtin_expect(error, 0))
        ht_stop_heap_full(w, gc_size(slots, bytes));
    HT_INJECT(w, gc_size(slots, bytes));
}

static inline void ht_new(struct ht_worker *w, struct gc_root *dst, uint32_t slots, uint32_t bytes)
{
    ht_new_kind(w, dst, GC_PLAIN, slots, bytes);
}

/* dst = object.slot[i] */
static inline void ht_load(struct ht_worker *w, struct gc_root *dst, const struct gc_root *object, uint32_t i)
{
    if (HT_VERIFIES(w)) {
        ht_verified_load(w, dst, object, i);
        return;
    }
    HT_PROBE(w, HT_OP_LOAD, gc_load(w->mutator, dst, object, i));
}

/* object.slot[i] = value, which may be empty: &gc_nothing */
static inline void ht_store(struct ht_worker *w, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    if (HT_VERIFIES(w)) {
        ht_verified_store(w, object, i, value);
        return;
    }
    HT_PROBE(w, HT_OP_STORE, gc_store(w->mutator, object, i, value));
}

static inline void ht_move(struct ht_worker *w, struct gc_root *dst, const struct gc_root *src)
{
    if (HT_VERIFIES(w)) {
        ht_verified_move(w, dst, src);
        return;
    }
    HT_PROBE(w, HT_OP_ROOT, gc_move(w->mutator, dst, src));
}

static inline void ht_clear(struct ht_worker *w, struct gc_root *dst)
{
    if (HT_VERIFIES(w)) {
        ht_verified_clear(w, dst);
        return;
    }
    HT_PROBE(w, HT_OP_ROOT, gc_clear(w->mutator, dst));
}

static inline struct gc_root *ht_push(struct ht_worker *w, uint32_t n)
{
    if (HT_VERIFIES(w))
        return ht_verified_push(w, n);
    return gc_push(w->mutator, n);
}

static inline void ht_pop(struct ht_worker *w, uint32_t n)
{
    if (HT_VERIFIES(w)) {
        ht_verified_pop(w, n);
        return;
    }
    HT_PROBE(w, HT_OP_ROOT, gc_pop(w->mutator, n));
}

static inline void *ht_data(struct ht_worker *w, const struct gc_root *object)
{
    if (HT_VERIFIES(w))
        return ht_verified_data(w, object);
    return gc_data(w->mutator, object);
}

static inline uint32_t ht_slots(struct ht_worker *w, const struct gc_root *object)
{
    if (HT_VERIFIES(w))
        return ht_verified_slots(w, object);
    return gc_slots(w->mutator, object);
}

static inline bool ht_same(struct ht_worker *w, const struct gc_root *a, const struct gc_root *b)
{
    if (HT_VERIFIES(w))
        return ht_verified_same(w, a, b);
    return gc_same(w->mutator, a, b);
}

static inline void ht_collect(struct ht_worker *w, enum gc_collection kind)
{
    if (HT_VERIFIES(w)) {
        ht_verified_collect(w, kind);
        return;
    }
    HT_PROBE(w, HT_OP_COLLECT, gc_collect(w->mutator, kind));
}

static inline void ht_poll(struct ht_worker *w)
{
    if (HT_VERIFIES(w)) {
        ht_verified_poll(w);
        return;
    }
    HT_PROBE(w, HT_OP_COLLECT, gc_poll(w->mutator));
}

/* Around a wait for another mutator. */
static inline void ht_park(struct ht_worker *w)
{
    gc_park(w->mutator);
}

static inline void ht_unpark(struct ht_worker *w)
{
    gc_unpark(w->mutator);
}

/* ---- death that the program knows of ------------------------------------------------------------------------
 * Where memory is managed by hand the object is freed; elsewhere the root is only cleared. The workload sees to
 * it that nothing else refers to what it gives up. */

/* One object. */
static inline void ht_give_up(struct ht_worker *w, struct gc_root *object)
{
    if (HT_VERIFIES(w)) {
        ht_verified_give_up(w, object);
        return;
    }
    HT_PROBE(w, HT_OP_FREE, gc_free(w->mutator, object));
}

/* By hand a tree is freed with no stack: the chain of slots 0 is the queue, and what else an object refers to is
 * hung at its end, which only moves on. An object without slots goes at once. */
static inline void ht_free_tree(struct ht_worker *w, struct gc_root *tree)
{
    struct gc_root *const root = ht_push(w, 3), *const end = root, *const child = root + 1,
                          *const next = root + 2;
    ht_move(w, end, tree);
    while (!gc_is_empty(tree)) {
        const uint32_t slots = ht_slots(w, tree);
        for (uint32_t i = 1; i < slots; i++) {
            ht_load(w, child, tree, i);
            if (gc_is_empty(child))
                continue;
            if (!ht_slots(w, child)) {
                ht_give_up(w, child);
                continue;
            }
            for (ht_load(w, next, end, 0); !gc_is_empty(next) && ht_slots(w, next); ht_load(w, next, end, 0))
                ht_move(w, end, next);
            if (!gc_is_empty(next)) /* an object without slots would end the chain */
                ht_give_up(w, next);
            ht_store(w, end, 0, child);
            ht_clear(w, child);
        }
        ht_clear(w, next);
        if (slots)
            ht_load(w, next, tree, 0);
        if (ht_same(w, end, tree))
            ht_move(w, end, next);
        ht_give_up(w, tree);
        ht_move(w, tree, next);
    }
    ht_pop(w, 3);
}

/* A tree: everything that the object reaches, each by one path. */
static inline void ht_give_up_tree(struct ht_worker *w, struct gc_root *tree)
{
    if (ht_can(GC_CAP_EXPLICIT))
        ht_free_tree(w, tree);
    else
        ht_clear(w, tree);
}

/* ---- checks ------------------------------------------------------------------------------------------------ */

/* Ends the cell as `corrupt` when what was read is not what was written. */
static inline void ht_expect(bool holds, const char *what)
{
    if (__builtin_expect(!holds, 0))
        ht_stop(HT_CORRUPT, "%s", what);
}

#endif
