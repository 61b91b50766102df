/* generational: small objects are made in a nursery, by bumping; a minor collection copies what survives there,
 * the second time into an old space that does not move and is marked and swept (Lieberman and Hewitt, "A
 * Real-Time Garbage Collector Based on the Lifetimes of Objects", CACM 26(6), 1983; Ungar, "Generation
 * Scavenging", 1984). References from old objects to young ones are remembered by a barrier that logs the
 * object (Blackburn and Hosking, "Barriers: Friend or Foe?", ISMM 2004): old objects have a bit that says that
 * they are not logged. Of an object of many slots single slots are logged. Objects above GC_YOUNG_MAX go to the
 * old space at once.
 *
 * A minor collection cannot fail. Its queues are the bodies of what was copied, and bits for what stays: an
 * object stays where it is when the old space has no room. Then, as when a large object finds none, a full
 * collection marks all where it is, sweeps the old space (lazily), and is followed by a minor collection. What
 * stays even then leaves the gaps of the nursery to allocate from (generational_nursery.h); only when they are
 * too small is there no memory.
 *
 * Invariant: outside of a collection each strong slot of an old object that refers to a young one is
 * remembered: the object or the slot is in the table `remembered`, or else `forgot` is set. An object is in it
 * once, and not GC_UNLOGGED; other old objects are GC_UNLOGGED. No young object has a bit of the strategy's
 * own, no header is a forwarding address.
 * Bounds: a minor pause is proportional to what survives in the nursery, to the remembered objects and slots,
 * and to the weak objects, ephemerons and finalizers that are young or refer to young ones, and may sweep what
 * it takes to find room; when the remembered set could not grow (`forgot`), to the old space. A full one to
 * what is live, and to the number of blocks. No recursion; the mark stack has an emergency mode
 * (allocators/tracer.h). Space: that of allocators/blocks.h, and the nursery: an eighth of the heap, 4 MiB at
 * most, of which an eighth is copy reserve. */
#ifndef HT_ALLOCATORS_GENERATIONAL_H
#define HT_ALLOCATORS_GENERATIONAL_H

#include "allocators/blocks.h"
#include "allocators/generational_nursery.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"
#include "allocators/specials.h"
#include "allocators/tracer.h"

enum {
    GC_YOUNG_MAX = 8 << 10, /* bytes of an object: larger ones are made old */
    GC_WIDE_SLOTS = 64,     /* from here on slots are remembered, not the object */
};

/* From which entry on a minor collection looks at a table of `specials`: those before are of old objects that
 * refer to old ones. An old object that comes to refer to a young one is noted again, at the end. */
struct gc_specials_first {
    size_t weak, ephemeron, finalizer;
};

struct gc_heap {
    struct gc_nursery nursery; /* first: what the inline operations touch */
    struct gc_blocks old;
    struct gc_cache cache;
    struct gc_mutator *mutator;
    const struct gc_options *options;
    struct gc_budget budget;
    struct gc_specials specials;
    struct gc_specials_first first;
    struct gc_trace trace;      /* of a full collection */
    struct gc_table remembered; /* an object; or an object with bit 0 set, followed by the number of a slot */
    size_t remembered_max;      /* words, from which on objects of many slots are remembered whole, too */
    bool forgot; /* `remembered` is not complete: the next collection looks at all old objects */
    bool stayed; /* during a minor collection: an object found no room */
    struct gc_object *promoted; /* during one: bodies of what was copied to the old space and not yet scanned,
                                   linked by their slot 0 */
    size_t promoted_bytes;
    char *scanned; /* during one: copies in the nursery below it were scanned */
    struct gc_stats stats;
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
};

int gc_generational_open(struct gc_heap *heap, const struct gc_options *options);
const char *gc_generational_open_error(struct gc_heap *heap, int error);
void gc_generational_close(struct gc_heap *heap);
/* What gc_alloc does where the nursery has no room, for a large object, and for one that is not plain. */
int gc_generational_alloc_slowly(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                                 uint32_t bytes);
/* Before a young object is stored in slot i of an old one that is GC_UNLOGGED. */
void gc_generational_remember(struct gc_heap *heap, struct gc_object *object, uint32_t i);
void gc_generational_collect(struct gc_mutator *m, enum gc_collection kind);
int gc_generational_verify(struct gc_heap *heap, char why[160]);
void gc_generational_each(struct gc_heap *heap, gc_visitor *visit, void *context);
void gc_generational_stats(struct gc_heap *heap, struct gc_stats *stats);

/* Between its files. A minor collection leaves `crowded` where something stayed. */
void gc_generational_minor(struct gc_heap *heap);
void gc_generational_full(struct gc_heap *heap);
void *gc_generational_old_slowly(struct gc_heap *heap, size_t size);
/* How many are held, dead ones that wait included. */
uint64_t gc_generational_objects(struct gc_heap *heap);
/* A strong slot of an old object that is GC_UNLOGGED, or any of them, refers to a young object. */
void gc_generational_remember_slot(struct gc_heap *heap, struct gc_object *object, uint32_t i);
void gc_generational_remember_slots(struct gc_heap *heap, struct gc_object *object);
/* A weak slot of an old object is to refer to a young one. */
void gc_generational_look_again(struct gc_heap *heap, struct gc_object *object);
void gc_generational_look_at_all(struct gc_heap *heap);
/* gc_specials_settle in a minor collection. */
void gc_generational_settle(struct gc_heap *heap, const struct gc_tracer *tracer);
/* Empties `remembered`. */
void gc_generational_forget(struct gc_heap *heap);
/* After marking: what is remembered of objects that are not marked goes. */
void gc_generational_forget_dead(struct gc_heap *heap);

/* Room for an old object of `size` bytes; NULL: there is none. */
static inline void *gc_generational_old(struct gc_heap *heap, size_t size)
{
    void *const p = gc_cache_alloc(&heap->cache, size);
    return p ? p : gc_generational_old_slowly(heap, size);
}

#define GC_OPTIONS "nursery mark-stack"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_generational_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    return gc_generational_open_error(heap, error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_generational_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    heap->mutator = m;
    return gc_roots_open(&m->roots);
}

static inline void gc_detach(struct gc_mutator *m)
{
    m->heap->mutator = NULL;
    gc_roots_close(&m->roots);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    struct gc_nursery *const nursery = &m->heap->nursery;
    const size_t size = gc_size(slots, bytes);
    char *const p = nursery->free;
    if (__builtin_expect(size > (size_t)(nursery->end - p) || size > GC_YOUNG_MAX || kind, 0))
        return gc_generational_alloc_slowly(m, dst, kind, slots, bytes);
    nursery->free = p + size;
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
    struct gc_object *const to = object->object;
    if (__builtin_expect((to->header & GC_UNLOGGED) != 0, 0) &&
        gc_nursery_has(&m->heap->nursery, value->object))
        gc_generational_remember(m->heap, to, i);
    to->slot[i] = value->object;
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
    gc_generational_collect(m, kind);
}

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_generational_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_generational_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_generational_stats(heap, stats);
}

static inline uint64_t gc_ended(const struct gc_heap *heap)
{
    return heap->stats.collections + heap->stats.minor_collections;
}
#define gc_ended gc_ended

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
