/* Shapes 2 to 5 of weak: objects with finalizers. bench/mutators/weak.c says what each does, and includes this after
 * its enumerations. */
#ifndef HT_BENCH_MUTATORS_FINALIZERS_H
#define HT_BENCH_MUTATORS_FINALIZERS_H

#include <stdatomic.h>

#include "bench/mutators/stamp.h"

enum { LIST_NODES = 10 }; /* of what a finalizer allocates */

#define CALLED ((uint64_t)1 << 63) /* in the first word of an object whose finalizer was called */

/* Of all workers. */
struct calls {
    _Atomic uint64_t due, made;
    _Atomic bool closing;
};

/* Of an ephemeron, a value of the cache, or an object with a finalizer. */
static uint32_t bytes_of(const struct ht_job *j)
{
    return (uint32_t)j->value[BYTES] & -8u;
}

/* What is dead is known to be found. */
static bool finds_all(const struct ht_worker *w)
{
    return w->job->threads == 1 && ht_can(GC_CAP_RECLAIM | GC_CAP_EXACT);
}

/* ---- what dies --------------------------------------------------------------------------------------------- */

static void new_mortal(struct ht_worker *w, struct gc_root *dst, uint64_t id)
{
    struct calls *const calls = w->job->state;
    atomic_fetch_add(&calls->due, 1);
    ht_new_kind(w, dst, GC_PLAIN | GC_FINALIZER, 1, bytes_of(w->job));
    stamp(w, dst, bytes_of(w->job), id);
}

/* The id, without CALLED, of a mortal object that is whole. CALLED stands in its first word only, because another
 * mutator may set it meanwhile: a strategy may call the finalizers of two objects at once. */
static uint64_t id_of_mortal(struct ht_worker *w, const struct gc_root *object)
{
    const uint64_t *const word = ht_data(w, object);
    const uint64_t id = __atomic_load_n(word, __ATOMIC_RELAXED) & ~CALLED;
    const uint32_t last = bytes_of(w->job) / sizeof *word - 1;
    bool whole = id && (!last || word[last] == id);
    for (uint32_t i = 1; is_verified(w) && i < last; i++)
        whole &= word[i] == id;
    ht_expect(whole, "an object does not hold what was written to it");
    return id;
}

static void set_called(struct ht_worker *w, const struct gc_root *object)
{
    uint64_t *const word = ht_data(w, object);
    ht_expect(!(__atomic_fetch_or(word, CALLED, __ATOMIC_RELAXED) & CALLED), "a finalizer was called twice");
}

/* A list of `n` objects, each with a finalizer, or as many alone; and nothing refers to them any more. */
static void build_and_drop(struct ht_worker *w, uint64_t n, bool linked)
{
    struct gc_root *const r = ht_push(w, 2), *const object = &r[0], *const list = &r[1];
    for (uint64_t id = 1; id <= n; id++) {
        new_mortal(w, object, id);
        if (linked) {
            ht_store(w, object, 0, list);
            ht_move(w, list, object);
        }
    }
    ht_pop(w, 2);
}

static void check_calls(struct ht_worker *w)
{
    struct calls *const calls = w->job->state;
    ht_expect(!finds_all(w) || atomic_load(&calls->made) == atomic_load(&calls->due),
              "the finalizer of a dead object was not called");
}

/* Drops the objects that came back, one by one; returns how many. */
static uint64_t drop_back(struct ht_worker *w)
{
    struct gc_root *const r = ht_push(w, 2), *const object = &r[0], *const rest = &r[1];
    uint64_t n = 0;
    ht_move(w, rest, &w->root[BACK]);
    ht_clear(w, &w->root[BACK]);
    for (; !gc_is_empty(rest); n++) {
        ht_move(w, object, rest);
        ht_expect(id_of_mortal(w, object) <= w->job->value[OBJECTS], "an object that came back is another");
        ht_load(w, rest, object, 0);
        store_nothing(w, object, 0);
    }
    ht_pop(w, 2);
    return n;
}

static uint64_t run_finalizers(struct ht_worker *w)
{
    const uint64_t n = w->job->value[OBJECTS], shape = w->job->value[SHAPE];
    if (shape != BACK_ALWAYS)
        build_and_drop(w, n, shape != BACK_ONCE);
    ht_collect(w, GC_FULL);
    if (shape != BACK_ALWAYS)
        check_calls(w);
    if (shape != BACK_ONCE && shape != BACK_ALWAYS)
        return 2 * n;
    ht_expect(drop_back(w) == n || !finds_all(w), "an object that its finalizer brought back is missing");
    return shape == BACK_ONCE ? 3 * n : 2 * n;
}

/* ---- what is called ----------------------------------------------------------------------------------------- */

static void come_back(struct ht_worker *w, const struct gc_root *object)
{
    ht_store(w, object, 0, &w->root[BACK]);
    ht_move(w, &w->root[BACK], object);
}

static void make_successor(struct ht_worker *w, uint64_t id)
{
    struct gc_root *const successor = ht_push(w, 1);
    new_mortal(w, successor, id);
    come_back(w, successor);
    ht_pop(w, 1);
}

static void make_list(struct ht_worker *w)
{
    struct gc_root *const r = ht_push(w, 2), *const node = &r[0], *const list = &r[1];
    for (uint64_t id = 1; id <= LIST_NODES; id++) {
        new_stamped(w, node, 1, ID_BYTES, id);
        ht_store(w, node, 0, list);
        ht_move(w, list, node);
    }
    for (uint64_t id = LIST_NODES; id > 0; id--) {
        ht_expect(!gc_is_empty(list), "a list is shorter than it was");
        check_stamp(w, list, ID_BYTES, id);
        ht_load(w, list, list, 0);
    }
    ht_pop(w, 2);
}

/* The rest of a chain may have been called before; it is there all the same. */
static void check_next(struct ht_worker *w, const struct gc_root *object, uint64_t id)
{
    struct gc_root *const next = ht_push(w, 1);
    ht_load(w, next, object, 0);
    ht_expect(gc_is_empty(next) == (id == 1), "a finalizer finds its object without the next one");
    if (!gc_is_empty(next))
        ht_expect(id_of_mortal(w, next) == id - 1, "a finalizer finds another next object");
    ht_pop(w, 1);
}

static void finalize(struct ht_worker *w, struct gc_root *object)
{
    struct calls *const calls = w->job->state;
    const uint64_t id = id_of_mortal(w, object), shape = w->job->value[SHAPE];
    const bool closing = atomic_load(&calls->closing);
    set_called(w, object);
    atomic_fetch_add(&calls->made, 1);
    if (shape == CHAIN || shape == ALLOCATES)
        check_next(w, object, id);
    if (shape == BACK_ONCE && !closing)
        come_back(w, object);
    else if (shape == BACK_ALWAYS && !closing)
        make_successor(w, id);
    else if (shape == ALLOCATES)
        make_list(w);
}

#endif
