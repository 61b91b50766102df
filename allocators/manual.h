/* manual: explicit management: an object is freed where the program says that it is dead (gc_free), and nowhere else,
 * by the C library's malloc, or whatever is preloaded in its place: the yardstick of Hertz and Berger,
 * "Quantifying the performance of garbage collection vs. explicit memory management", OOPSLA 2005.
 *
 * Invariant: what the mutators hold of the limit is what malloc says that their objects can use, a word for each
 * beside, and up to GC_MANUAL_CREDIT a mutator in advance.
 * Bounds: the library's own. No pause, no stack, no table. What the program did not free at the end is left to the
 * process: to know it would take two words an object. Weak references are not offered: to empty them, each free
 * would have to look for them. */
#ifndef HT_ALLOCATORS_MANUAL_H
#define HT_ALLOCATORS_MANUAL_H

#include <malloc.h>
#include <stdlib.h>

#include "allocators/budget.h"
#include "allocators/malloc_version.h"
#include "allocators/object.h"
#include "allocators/roots.h"

enum {
    GC_MANUAL_CREDIT = 64 << 10,                   /* taken from the limit at a time */
    GC_MANUAL_OVERHEAD = sizeof(struct gc_object), /* of the library, an object: its header */
};

struct gc_heap {
    struct gc_budget budget;
    _Atomic uint64_t made, freed, freed_bytes; /* objects, by mutators that are detached */
    struct gc_mutator *mutators;               /* attached ones */
    char version[64];
};

struct gc_mutator {
    struct gc_roots roots;
    uint64_t credit; /* bytes that it took from the limit and does not use */
    uint64_t made, freed, freed_bytes;
    struct gc_heap *heap;
    struct gc_mutator *next;
};

int gc_manual_attach(struct gc_heap *heap, struct gc_mutator *m);
void gc_manual_detach(struct gc_mutator *m);
/* Takes what is missing to a use of `bytes` from the limit; false when that would pass it. */
bool gc_manual_borrow(struct gc_mutator *m, size_t bytes);
/* Gives back what is more than a credit. */
void gc_manual_repay(struct gc_mutator *m);
void gc_manual_stats(struct gc_heap *heap, struct gc_stats *stats);

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    if (options->variant[0])
        return -EINVAL;
    heap->budget.limit = options->heap_bytes;
    ht_malloc_version(heap->version, sizeof heap->version);
    return 0;
}

static inline void gc_close(struct gc_heap *heap)
{
    (void)heap;
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    return gc_manual_attach(heap, m);
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_manual_detach(m);
}

/* What the object costs. */
static inline size_t gc_manual_bytes(void *p)
{
    return malloc_usable_size(p) + GC_MANUAL_OVERHEAD;
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    void *const p = malloc(gc_size(slots, bytes));
    if (__builtin_expect(!p, 0))
        return -ENOMEM;
    const size_t cost = gc_manual_bytes(p);
    if (__builtin_expect(cost > m->credit, 0) && !gc_manual_borrow(m, cost)) {
        free(p);
        return -ENOMEM;
    }
    m->credit -= cost;
    m->made++;
    dst->object = gc_object_make(p, kind, slots, bytes);
    return 0;
}

static inline void gc_free(struct gc_mutator *m, struct gc_root *object)
{
    struct gc_object *const o = object->object;
    object->object = NULL;
    m->freed++;
    m->freed_bytes += gc_header_size(o->header);
    m->credit += gc_manual_bytes(o);
    free(o);
    if (__builtin_expect(m->credit > 2 * GC_MANUAL_CREDIT, 0))
        gc_manual_repay(m);
}
#define gc_free gc_free
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

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_manual_stats(heap, stats);
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_THREADS | GC_CAP_EXACT | GC_CAP_EXPLICIT | GC_CAP_LIMIT;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    return heap->version;
}

#define gc_reopen HT_REOPEN_WARM

#endif
