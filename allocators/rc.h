/* rc: reference counting, at once: a write of a slot or of a root slot retains what is new, writes, and releases what
 * was there. What has no reference left waits on a queue, and is released a little at each safepoint
 * (allocators/counted.h; the queue is Weizenbaum's, "Symmetric list processor", CACM 6(9), 1963).
 *
 * With `deferred`, root slots do not count (Deutsch and Bobrow, "An efficient, incremental, automatic garbage
 * collector", CACM 19(9), 1976): an object whose count is zero stands in a table, and is dead if no root slot refers
 * to it when the table is reconciled with the root stack. When the table can't grow, objects with a count of zero
 * are only flagged, and found by a walk over the heap.
 *
 * Invariant: that of allocators/counted.h; with `deferred`, every object with a count of zero is flagged, and
 * stands in the table unless `lost`.
 * Bounds: gc_alloc releases GC_RC_UNITS slots and objects (or `release=N`), and one for each word that it is asked
 * for, so that what is held never exceeds the most that was live at once by more than the object that is just
 * released. gc_collect releases all. With `deferred` a pause is proportional to the root slots in use, beside.
 * No stack. Space: 8 bytes an object, and 8 for each in the table. Cycles leak. */
#ifndef HT_ALLOCATORS_RC_H
#define HT_ALLOCATORS_RC_H

#include "allocators/counted.h"

enum { GC_RC_UNITS = 64 };

/* In the header of an object, with `deferred`. */
#define GC_LISTED GC_OWN(2) /* in the table, or lost */
#define GC_ROOTED GC_OWN(3) /* during a reconciliation: a root slot refers to it */

struct gc_heap {
    struct gc_counted counted;
    size_t units;
    bool deferred;
    bool lost;            /* of those with a count of zero some are not in the table */
    bool walking;         /* all are looked for in the heap: none is put in the table */
    struct gc_table zero; /* objects whose count is zero, or was */
    size_t zero_limit;    /* the table is reconciled when it has so many */
    size_t owed;          /* units of release, for what was allocated since */
};

struct gc_mutator {
    struct gc_roots roots;
    bool deferred;
    struct gc_heap *heap;
};

int gc_rc_open(struct gc_heap *heap, const struct gc_options *options);
void gc_rc_close(struct gc_heap *heap);
/* The count is zero. */
void gc_rc_zero(struct gc_counted *c, struct gc_object *object);
/* Pays for an allocation of `bytes`, with releases and finalizers. */
void gc_rc_safepoint(struct gc_mutator *m, size_t bytes);
/* A cell, when the first try failed or the kind needs more; NULL after everything was tried. */
void *gc_rc_alloc_slowly(struct gc_mutator *m, uint32_t kind, size_t bytes);
void gc_rc_collect(struct gc_mutator *m, enum gc_collection kind);
int gc_rc_verify(struct gc_heap *heap, char why[160]);
void gc_rc_stats(struct gc_heap *heap, struct gc_stats *stats);

/* With `deferred` (allocators/rc_deferred.c). */
/* Puts it in the table. */
void gc_rc_list(struct gc_heap *heap, struct gc_object *object);
/* Buries what is in the table and in no root slot, and releases so many units. */
void gc_rc_reconcile(struct gc_heap *heap, size_t units);
/* What is dead ends its life: it waits for its finalizer, or to be released. */
void gc_rc_end(struct gc_counted *c, struct gc_object *object);

static inline void gc_slot_release(struct gc_counted *c, struct gc_object *object)
{
    if (gc_drop(object))
        gc_rc_zero(c, object);
}

static inline void gc_root_retain(struct gc_mutator *m, struct gc_object *object)
{
    if (!m->deferred)
        gc_retain(object);
}

static inline void gc_root_release(struct gc_mutator *m, struct gc_object *object)
{
    if (!m->deferred)
        gc_slot_release((struct gc_counted *)m->heap, object);
}

#define GC_COUNTED_CAPS                                                                                      \
    (GC_CAP_RECLAIM | GC_CAP_WEAK | GC_CAP_FINALIZER | GC_CAP_EXACT | GC_CAP_LIMIT | GC_CAP_WALK |           \
     GC_CAP_VERIFY)
#include "allocators/counted_defaults.h"

#define GC_OPTIONS "deferred release"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_rc_open(heap, options);
}

static inline void gc_close(struct gc_heap *heap)
{
    gc_rc_close(heap);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return error == -EINVAL ? "options of rc are deferred and release=N" : strerror(-error);
}
#define gc_open_error gc_open_error

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    m->deferred = heap->deferred;
    heap->counted.mutator = m;
    return gc_roots_open(&m->roots);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    struct gc_counted *const c = &heap->counted;
    const size_t size = gc_counted_size(kind, slots, bytes);
    if (c->dead || c->finalizer || m->deferred)
        gc_rc_safepoint(m, size);
    void *cell = kind ? NULL : gc_cells_alloc(&c->cells, size);
    if (__builtin_expect(!cell, 0)) {
        cell = gc_rc_alloc_slowly(m, kind, size);
        if (!cell)
            return -ENOMEM;
    }
    struct gc_object *const object = gc_counted_make(cell, kind, slots, bytes, !m->deferred);
    if (m->deferred)
        gc_rc_list(heap, object);
    gc_root_set(m, dst, object);
    return 0;
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    gc_rc_collect(m, kind);
}

static inline void gc_poll(struct gc_mutator *m)
{
    gc_rc_safepoint(m, 0);
}
#define gc_poll gc_poll

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_rc_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_counted_each(&heap->counted, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_rc_stats(heap, stats);
}

#endif
