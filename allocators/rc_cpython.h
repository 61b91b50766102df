/* rc-cpython: reference counts with CPython's cycle collector above them (Modules/gcmodule.c as of 3.11; finalizers
 * by PEP 442): the same collections at the same allocations, and the same objects freed by each, in another
 * representation.
 *
 * CPython links what it tracks in a list a generation. Here all of it stands in one table, the oldest generation
 * first, and an object knows its place: a generation and all younger ones are the end of the table, they merge when
 * a bound moves, and a collection reads ahead where a list would wait for each link.
 *
 * A collection copies the counts of what it looks at to `aux`, takes off what refers to it from inside; what is left
 * above zero is referred to from outside, and is reached, with all that it refers to. The rest is unreachable: weak
 * references to it are emptied, its finalizers are called, what they brought back is found by doing the same to the
 * rest once more, and the others are freed at once. An ephemeron's value is reached when both it and its key are.
 *
 * Thresholds are 700 tracked objects more than were freed, 10 collections of generation 0, 10 of generation 1, and
 * for the last one that what has come to it since is a quarter of what it had. Objects without slots are not tracked.
 *
 * Invariant: that of allocators/counted.h; object i of the table has the place i, and each object with slots or a
 * finalizer that is not dead is in it once.
 * Bounds: a full collection takes O(n + edges) with no memory and no stack: the table is the queue. A release that cascades is drained at once, as CPython's is. Space: 8 bytes an object, 8 to 16 in the
 * table; the table grows when an object is allocated, and nowhere else. */
#ifndef HT_ALLOCATORS_RC_CPYTHON_H
#define HT_ALLOCATORS_RC_CPYTHON_H

#include "allocators/counted.h"

/* A tracked object's aux between collections is its place; of one that is not tracked it is 0. During a
 * collection the two upper bits say how it stands, if it is looked at and not reached. */
#define GC_PLACE     0x3fffffffu
#define GC_REACHED   0x40000000u /* it has too many references to be found unreachable */
#define GC_COLLECTED 0x80000000u /* and its references from outside, as far as is known */
#define GC_TENTATIVE 0xc0000000u /* and its place: none was found so far */

enum { GC_GENERATIONS = 3 };

/* The table, in order: generation 2, generation 1, what is unreachable while finalizers run, generation 0. */
enum gc_region { GC_OLDEST, GC_MIDDLE, GC_UNREACHABLE, GC_YOUNGEST, GC_REGIONS };

struct gc_heap {
    struct gc_counted counted;
    struct gc_table tracked; /* from place 1 on */
    size_t start[GC_REGIONS];
    int64_t count[GC_GENERATIONS], threshold[GC_GENERATIONS];
    uint64_t long_lived_pending, long_lived_total;
    bool collecting;
    size_t reached; /* during a collection: where what is reached ends */
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
};

int gc_rc_cpython_open(struct gc_heap *heap, const struct gc_options *options);
void gc_rc_cpython_close(struct gc_heap *heap);
/* The count is zero: it dies, and what dies of it. */
void gc_rc_cpython_zero(struct gc_counted *c, struct gc_object *object);
/* What a threshold asks for, before an allocation. */
void gc_rc_cpython_collect_generations(struct gc_mutator *m);
void gc_rc_cpython_collect(struct gc_mutator *m, enum gc_collection kind);
/* A cell and a place, when the first try failed or the kind needs more; NULL after everything was tried. */
void *gc_rc_cpython_alloc_slowly(struct gc_mutator *m, uint32_t kind, bool is_tracked, size_t bytes);
int gc_rc_cpython_verify(struct gc_heap *heap, char why[160]);
void gc_rc_cpython_stats(struct gc_heap *heap, struct gc_stats *stats);

/* The phases of a collection (allocators/rc_cpython_reach.c). Of the objects at [first, end) of the table, which
 * have `held` references that are the collector's own, those that can be reached from elsewhere come first; the
 * others are left tentative. Returns where those begin. */
size_t gc_rc_cpython_part(struct gc_heap *heap, size_t first, size_t end, uint32_t held);

static inline void gc_slot_release(struct gc_counted *c, struct gc_object *object)
{
    if (gc_drop(object))
        gc_rc_cpython_zero(c, object);
}

static inline void gc_root_retain(struct gc_mutator *m, struct gc_object *object)
{
    (void)m;
    gc_retain(object);
}

static inline void gc_root_release(struct gc_mutator *m, struct gc_object *object)
{
    gc_slot_release((struct gc_counted *)m->heap, object);
}

#define GC_COUNTED_CAPS                                                                                      \
    (GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_WEAK | GC_CAP_EPHEMERON | GC_CAP_FINALIZER | GC_CAP_EXACT |     \
     GC_CAP_LIMIT | GC_CAP_WALK | GC_CAP_VERIFY)
#include "allocators/counted_defaults.h"

#define GC_OPTIONS "threshold"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_rc_cpython_open(heap, options);
}

static inline void gc_close(struct gc_heap *heap)
{
    gc_rc_cpython_close(heap);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return error == -EINVAL ? "rc-cpython's option is threshold=N" : strerror(-error);
}
#define gc_open_error gc_open_error

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    heap->counted.mutator = m;
    return gc_roots_open(&m->roots);
}

static inline bool gc_is_tracked(uint32_t kind, uint32_t slots)
{
    return slots || kind & GC_FINALIZER;
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t size = gc_counted_size(kind, slots, bytes);
    const bool is_tracked = gc_is_tracked(kind, slots);
    heap->count[0] += is_tracked;
    if (__builtin_expect((is_tracked && heap->count[0] > heap->threshold[0]) || heap->counted.finalizer, 0))
        gc_rc_cpython_collect_generations(m);
    void *cell =
        kind || heap->tracked.count == heap->tracked.room ? NULL : gc_cells_alloc(&heap->counted.cells, size);
    if (__builtin_expect(!cell, 0)) {
        cell = gc_rc_cpython_alloc_slowly(m, kind, is_tracked, size);
        if (!cell)
            return -ENOMEM;
    }
    struct gc_object *const object = gc_counted_make(cell, kind, slots, bytes, 1);
    if (is_tracked) {
        gc_count_of(object)->aux = (uint32_t)heap->tracked.count;
        heap->tracked.word[heap->tracked.count++] = (uintptr_t)object;
    }
    gc_root_set(m, dst, object);
    return 0;
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    gc_rc_cpython_collect(m, kind);
}

static inline void gc_poll(struct gc_mutator *m)
{
    gc_run_finalizers(m);
}
#define gc_poll gc_poll

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_rc_cpython_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_counted_each(&heap->counted, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_rc_cpython_stats(heap, stats);
}

#endif
