/* nogc: a bump pointer that never frees: what a program costs without the memory's management, and one of the two
 * yardsticks of the others (Cai, Blackburn, Bond, Maas, "Distilling the real cost of production garbage
 * collectors", ISPASS 2022).
 *
 * Invariant: in each chunk objects lie side by side from its start, and zeros follow; every reference leads to the
 * start of one of them.
 * Bounds: no pause, no stack. Space is all that was ever allocated: the heap limit is ignored, and memory ends
 * when the system's does. Each mutator has a chunk of its own. */
#ifndef HT_ALLOCATORS_NOGC_H
#define HT_ALLOCATORS_NOGC_H

#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/roots.h"

enum { GC_NOGC_CHUNK_BYTES = 1 << 20 };

/* Aligned to GC_NOGC_CHUNK_BYTES; longer for an object that is. */
struct gc_nogc_chunk {
    struct gc_nogc_chunk *next;
    size_t bytes;
    uint64_t *starts; /* while the heap is verified: a bit for each 8 bytes */
    char objects[];
};

struct gc_heap {
    struct gc_nogc_chunk *_Atomic chunks;
    struct gc_budget budget;
    struct gc_mutator *mutators; /* attached ones */
};

struct gc_mutator {
    struct gc_roots roots;
    char *free, *end; /* of its chunk */
    struct gc_heap *heap;
    struct gc_mutator *next; /* attached before */
};

/* Room for `bytes` in a new chunk, or NULL. */
void *gc_nogc_alloc_slowly(struct gc_mutator *m, size_t bytes);
void gc_nogc_close(struct gc_heap *heap);
int gc_nogc_attach(struct gc_heap *heap, struct gc_mutator *m);
void gc_nogc_detach(struct gc_mutator *m);
int gc_nogc_verify(struct gc_heap *heap, char why[160]);
void gc_nogc_each(struct gc_heap *heap, gc_visitor *visit, void *context);

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    (void)heap;
    return options->variant[0] ? -EINVAL : 0;
}

static inline void gc_close(struct gc_heap *heap)
{
    gc_nogc_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    return gc_nogc_attach(heap, m);
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_nogc_detach(m);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    const size_t size = gc_size(slots, bytes);
    char *p = m->free;
    if (__builtin_expect(size > (size_t)(m->end - p), 0)) {
        p = gc_nogc_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
    } else {
        m->free = p + size;
    }
    dst->object = gc_object_make(p, kind, slots, bytes);
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
    (void)m, (void)kind;
}

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_nogc_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_nogc_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
    stats->freed_objects = stats->freed_bytes = stats->collections = 0;
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_THREADS | GC_CAP_EXACT | GC_CAP_WALK | GC_CAP_VERIFY;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
