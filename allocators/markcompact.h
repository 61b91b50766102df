/* markcompact: objects are marked where they stand, and then slide down over the dead ones, in the order in which
 * they were allocated (the Lisp2 compactor; Jones, Hosking, Moss, "The Garbage Collection Handbook", 2012, ch. 3).
 * Where an object goes is not written into it, but counted from the mark bits: how many words live before it
 * (Kermany, Petrank, "The Compressor", PLDI 2006). So there are three passes: mark; sum up, over the bits only;
 * and update and slide, together, over what lives.
 *
 * Options: `mark-stack=N` caps the mark stack at N entries; `reversal` marks by pointer reversal, always.
 *
 * Invariant: between collections all objects lie side by side in [space, free), every reference leads to the
 * start of one of them, no mark bit is set, and [space, end) is what the heap limit was charged for.
 * Bounds: a pause is proportional to what is live, and to a 64th of the heap; the mark stack (allocators/tracer.h)
 * has an entry of 16 bytes for each object in progress, and needs none. Space: live objects, no reserve; a bit
 * for 8 bytes and 4 bytes for 512 are 2.3 % of the heap limit, a mark stack of 0.4 % is set aside. */
#ifndef HT_ALLOCATORS_MARKCOMPACT_H
#define HT_ALLOCATORS_MARKCOMPACT_H

#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"
#include "allocators/specials.h"
#include "allocators/tracer.h"

struct gc_heap {
    char *free, *end;   /* objects lie in [space, free) */
    char *space;        /* of space_bytes of addresses */
    size_t space_bytes; /* a multiple of 512 */
    uint64_t *bits;     /* for each word of the space; set for each word of an object that was reached */
    uint32_t *before;   /* for each word of `bits`: how many bits are set before it */
    size_t still_bytes; /* during a collection: so much at the start of the space stays where it is */
    size_t meta_bytes;  /* of `bits` and `before` together */
    struct gc_mutator *mutator;
    const struct gc_options *options;
    struct gc_budget budget;
    struct gc_trace trace;
    struct gc_specials specials;
    struct gc_stats stats;
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
};

int gc_markcompact_open(struct gc_heap *heap, const struct gc_options *options);
const char *gc_markcompact_open_error(int error);
void gc_markcompact_close(struct gc_heap *heap);
/* Room for `bytes` beyond `end`, or after a collection; or NULL. Runs finalizers. */
void *gc_markcompact_alloc_slowly(struct gc_mutator *m, size_t bytes);
/* gc_alloc of an object that the tables of specials take note of. */
int gc_markcompact_alloc_special(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                                 uint32_t bytes);
void gc_markcompact_collect(struct gc_mutator *m);
int gc_markcompact_verify(struct gc_heap *heap, char why[160]);
void gc_markcompact_each(struct gc_heap *heap, gc_visitor *visit, void *context);
void gc_markcompact_stats(struct gc_heap *heap, struct gc_stats *stats);

#define GC_OPTIONS "mark-stack reversal"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_markcompact_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return gc_markcompact_open_error(error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_markcompact_close(heap);
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
        return gc_markcompact_alloc_special(m, dst, kind, slots, bytes);
    if (__builtin_expect(size > (size_t)(heap->end - p), 0)) {
        p = gc_markcompact_alloc_slowly(m, size);
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
    gc_markcompact_collect(m);
}

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_markcompact_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_markcompact_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_markcompact_stats(heap, stats);
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
