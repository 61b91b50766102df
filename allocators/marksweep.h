/* marksweep: objects stay where they are; a collection marks what is reachable, and what is not marked is swept
 * block by block when it is allocated from (McCarthy, "Recursive functions of symbolic expressions", CACM 3(4),
 * 1960; lazily, Hughes, "A semi-incremental garbage collection algorithm", SPE 12(11), 1982). The space is
 * allocators/blocks.h, the mark loop allocators/tracer.h, and mutators stop for it at allocators/safepoints.h.
 *
 * Options: `mark-stack=N` caps the mark stack at N entries; `reversal` marks by pointer reversal, always; `eager`
 * sweeps everything in the pause.
 *
 * Invariant: that of allocators/blocks.h; outside of a collection every reference leads to an object that is not
 * known to be dead.
 * Bounds: a pause is proportional to what is live and to the number of blocks (with `eager`: to the heap); a lazy
 * sweep, of an allocation, to the number of blocks at worst. The mark stack has an entry of 16 bytes for each
 * object in progress, and needs none. Space: live objects, 1.8 % of bits, and what is lost in cells that are too
 * large and in blocks of other classes. */
#ifndef HT_ALLOCATORS_MARKSWEEP_H
#define HT_ALLOCATORS_MARKSWEEP_H

#include "allocators/blocks.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"
#include "allocators/safepoints.h"
#include "allocators/specials.h"
#include "allocators/tracer.h"

struct gc_heap {
    struct gc_world world; /* its lock guards what follows */
    struct gc_mutator *mutators;
    const struct gc_options *options;
    bool eager;
    struct gc_budget budget;
    struct gc_blocks blocks;
    struct gc_trace trace;
    struct gc_specials specials;
    uint64_t collections;
    uint32_t attached; /* mutators, since the start */
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_cache cache;
    struct gc_heap *heap;
    struct gc_mutator *next;
    uint32_t number;
};

int gc_marksweep_open(struct gc_heap *heap, const struct gc_options *options);
void gc_marksweep_close(struct gc_heap *heap);
const char *gc_marksweep_open_error(int error);
int gc_marksweep_attach(struct gc_heap *heap, struct gc_mutator *m);
void gc_marksweep_detach(struct gc_mutator *m);
/* Room for `bytes` when the run of their class is used up, or NULL. Runs finalizers. */
void *gc_marksweep_alloc_slowly(struct gc_mutator *m, size_t bytes);
/* Notes a new object whose kind asks for it; 0 or -ENOMEM. Runs finalizers. */
int gc_marksweep_note(struct gc_mutator *m, struct gc_object *object);
void gc_marksweep_collect(struct gc_mutator *m);
int gc_marksweep_verify(struct gc_heap *heap, char why[160]);
void gc_marksweep_each(struct gc_heap *heap, gc_visitor *visit, void *context);
void gc_marksweep_stats(struct gc_heap *heap, struct gc_stats *stats);

#define GC_OPTIONS "mark-stack reversal eager"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_marksweep_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return gc_marksweep_open_error(error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_marksweep_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    return gc_marksweep_attach(heap, m);
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_marksweep_detach(m);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    const size_t size = gc_size(slots, bytes);
    void *p = gc_cache_alloc(&m->cache, size);
    if (__builtin_expect(!p, 0)) {
        p = gc_marksweep_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
    }
    struct gc_object *const object = gc_object_make(p, kind, slots, bytes);
    if (__builtin_expect(kind, 0) && gc_marksweep_note(m, object))
        return -ENOMEM;
    dst->object = object;
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
    gc_marksweep_collect(m);
}

static inline void gc_poll(struct gc_mutator *m)
{
    gc_world_poll(&m->heap->world, m->number);
}
#define gc_poll gc_poll

static inline void gc_park(struct gc_mutator *m)
{
    gc_world_leave(&m->heap->world);
}

static inline void gc_unpark(struct gc_mutator *m)
{
    gc_world_enter(&m->heap->world, m->number);
}
#define gc_park gc_park

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_marksweep_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_marksweep_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_marksweep_stats(heap, stats);
}

static inline uint64_t gc_ended(const struct gc_heap *heap)
{
    return heap->collections;
}
#define gc_ended gc_ended

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_THREADS | GC_CAP_WEAK | GC_CAP_EPHEMERON |
           GC_CAP_FINALIZER | GC_CAP_EXACT | GC_CAP_LIMIT | GC_CAP_WALK | GC_CAP_VERIFY;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
