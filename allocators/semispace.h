/* semispace: two halves, of which one is in use; a collection copies what is reachable to the other, breadth
 * first, with the copies themselves as the queue (Cheney, "A Nonrecursive List Compacting Algorithm", CACM 13(11),
 * 1970).
 *
 * Invariant: between collections all objects lie side by side in [space, free), every reference leads to the
 * start of one of them, and no header is a forwarding address.
 * Bounds: a pause is proportional to what is live, not to the heap; no stack and no table (Cheney's queue is the
 * copy itself); space is twice the live bytes at least: below a heap of 2 times it runs out of memory. */
#ifndef HT_ALLOCATORS_SEMISPACE_H
#define HT_ALLOCATORS_SEMISPACE_H

#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"
#include "allocators/specials.h"

struct gc_heap {
    char *free, *end;    /* of the half in use: objects lie in [space, free) */
    char *space, *other; /* the two halves, of half_bytes each */
    size_t half_bytes;
    char *scanned; /* during a collection: copies below it have had their slots updated */
    struct gc_mutator *mutator;
    const struct gc_options *options;
    struct gc_budget budget;
    struct gc_specials specials;
    struct gc_stats stats;
    uint64_t live_objects; /* copied by the last collection */
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
};

int gc_semispace_open(struct gc_heap *heap, const struct gc_options *options);
void gc_semispace_close(struct gc_heap *heap);
/* Room for `bytes` after a collection, or NULL. Runs finalizers. */
void *gc_semispace_alloc_slowly(struct gc_mutator *m, size_t bytes);
/* gc_alloc of an object that the tables of specials take note of. */
int gc_semispace_alloc_special(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                               uint32_t bytes);
void gc_semispace_collect(struct gc_mutator *m);
int gc_semispace_verify(struct gc_heap *heap, char why[160]);
void gc_semispace_each(struct gc_heap *heap, gc_visitor *visit, void *context);
void gc_semispace_stats(struct gc_heap *heap, struct gc_stats *stats);

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_semispace_open(heap, options);
}

static inline void gc_close(struct gc_heap *heap)
{
    gc_semispace_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    const int error = gc_roots_open(&m->roots);
    if (error)
        return error;
    m->heap = heap;
    heap->mutator = m;
    return 0;
}

static inline void gc_detach(struct gc_mutator *m)
{
    m->heap->mutator = NULL;
    gc_roots_close(&m->roots);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t size = gc_size(slots, bytes);
    char *p = heap->free;
    if (__builtin_expect(kind, 0))
        return gc_semispace_alloc_special(m, dst, kind, slots, bytes);
    if (__builtin_expect(size > (size_t)(heap->end - p), 0)) {
        p = gc_semispace_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
    }
    heap->free = p + size;
    dst->object = gc_object_make(p, GC_PLAIN, slots, bytes);
    return 0;
}

static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    (void)m;
    dst->object = ((struct gc_object *)object->object)->slot[i];
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    (void)m;
    ((struct gc_object *)object->object)->slot[i] = value->object;
}

static inline void gc_move(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *src)
{
    (void)m;
    dst->object = src->object;
}

static inline void gc_clear(struct gc_mutator *m, struct gc_root *dst)
{
    (void)m;
    dst->object = NULL;
}

static inline struct gc_root *gc_push(struct gc_mutator *m, uint32_t n)
{
    return gc_roots_push(&m->roots, n);
}

static inline void gc_pop(struct gc_mutator *m, uint32_t n)
{
    gc_roots_pop(&m->roots, n);
}

static inline void *gc_data(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_object_data(object->object);
}

static inline uint32_t gc_slots(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_header_slots(((struct gc_object *)object->object)->header);
}

static inline bool gc_same(struct gc_mutator *m, const struct gc_root *a, const struct gc_root *b)
{
    (void)m;
    return a->object == b->object;
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    (void)kind;
    gc_semispace_collect(m);
}

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_semispace_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_semispace_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_semispace_stats(heap, stats);
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_WEAK | GC_CAP_EPHEMERON | GC_CAP_FINALIZER | GC_CAP_MOVES |
           GC_CAP_EXACT | GC_CAP_LIMIT | GC_CAP_WALK | GC_CAP_VERIFY;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
