/* immix: blocks of lines; space is bump-allocated in runs of free lines, and marking frees lines and blocks, not
 * objects. Where the free lines are too scattered, marking moves objects out of such blocks as it reaches them
 * (Blackburn, McKinley, "Immix: a mark-region garbage collector with space efficiency, fast collection, and mutator
 * performance", PLDI 2008).
 *
 * A block has 32 KiB, a line 256 bytes. An object of a line at most goes into the next hole, a run of free lines;
 * a larger one that does not fit there into a block of its kind; one of more than 8 KiB on pages of its own. A
 * mark bit stands for the start of an object; a line with none is free, unless the line before has one (an object
 * of a line at most may reach into it), or a larger object covers it.
 *
 * Blocks in which the least lives are emptied when an allocation found no room after a collection, or when lines
 * hold too much beside what lives. Copies go into free blocks: a 40th of all is kept for it, and half of what is
 * free while lines hold too much; when they are used up, the rest stays where it is.
 *
 * Options: `stay` never moves an object, `evacuate` does so at each collection; `mark-stack=N` caps the mark stack
 * at N entries; `reversal` marks by pointer reversal, always.
 *
 * Invariant: between collections every reference leads to the start of an object; an object lies in lines that
 * are used, after a mark bit of the last collection, or in a hole that was opened since, where objects lie side by
 * side and a filler ends them.
 * Bounds: a pause is proportional to what is live, and to a 60th of the heap; the mark stack (allocators/tracer.h)
 * has an entry of 16 bytes for each object in progress, and needs none. Space: live lines; 1.8 % for bits and
 * lines, 2.5 % for copies, a mark stack of 0.4 %. */
#ifndef HT_ALLOCATORS_IMMIX_H
#define HT_ALLOCATORS_IMMIX_H

#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"
#include "allocators/specials.h"
#include "allocators/tracer.h"

struct gc_block;
struct gc_large;

/* A stretch that is allocated from. */
struct gc_hole {
    char *free, *end;
};

struct gc_heap {
    struct gc_hole hole; /* for small objects, and all that fit */
    struct gc_hole over; /* a block, for those of more than a line */
    struct gc_hole copy; /* during a collection: a block that objects are moved to */
    char *space;         /* of `blocks` blocks of addresses */
    size_t space_bytes, blocks;
    uint64_t *bits; /* one for each 8 bytes: an object that was reached by the last collection starts there */
    struct gc_block *block;
    size_t meta_bytes;            /* of `bits` and `block` together */
    size_t least_reserve;         /* as set aside at the start */
    size_t free_blocks, reserve;  /* blocks in state FREE, and how many of them are for copies */
    size_t hole_block, hole_line; /* where the next hole is looked for */
    size_t free_from, none_from;  /* no block below is FREE, or NONE */
    struct gc_large *large;       /* a list */
    bool evacuating;              /* this collection moves objects */
    bool copying;                 /* and has room to */
    bool fragmented;              /* says the last sweep */
    bool stay, always;            /* options */
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

int gc_immix_open(struct gc_heap *heap, const struct gc_options *options);
const char *gc_immix_open_error(int error);
void gc_immix_close(struct gc_heap *heap);
/* Memory for an object that does not fit into the hole, or NULL after everything was tried. Runs finalizers. */
void *gc_immix_alloc_slowly(struct gc_mutator *m, size_t bytes);
/* Notes a new object whose kind asks for it; 0 or -ENOMEM. It may move meanwhile: it stands in *root. Runs
 * finalizers. */
int gc_immix_note(struct gc_mutator *m, struct gc_root *root);
void gc_immix_collect(struct gc_mutator *m);
int gc_immix_verify(struct gc_heap *heap, char why[160]);
void gc_immix_each(struct gc_heap *heap, gc_visitor *visit, void *context);
void gc_immix_stats(struct gc_heap *heap, struct gc_stats *stats);

#define GC_OPTIONS "stay evacuate mark-stack reversal"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_immix_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return gc_immix_open_error(error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_immix_close(heap);
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
    struct gc_hole *const hole = &m->heap->hole;
    const size_t size = gc_size(slots, bytes);
    char *p = hole->free;
    if (__builtin_expect(size <= (size_t)(hole->end - p), 1)) {
        hole->free = p + size;
    } else {
        p = gc_immix_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
    }
    struct gc_root object = {gc_object_make(p, kind, slots, bytes)};
    if (__builtin_expect(kind, 0) && gc_immix_note(m, &object))
        return -ENOMEM;
    dst->object = object.object;
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
    gc_immix_collect(m);
}

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_immix_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_immix_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_immix_stats(heap, stats);
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
