/* rc-trial: reference counts, and cycles found by trial deletion (Bacon and Rajan, "Concurrent cycle collection in
 * reference counted systems", ECOOP 2001, the synchronous algorithm; Lins had it one root at a time).
 *
 * An object that loses a reference and keeps others may be held by a cycle: it is a candidate. A collection takes
 * all candidates at once. It marks grey what can be reached from them, and takes off the references that it finds;
 * what has some left is referred to from outside, and is restored with all that it refers to (black); the rest is
 * garbage (white). Objects to be looked at are linked through their aux word, so that no phase needs memory or
 * stack. When the candidates' table can't grow, every object is a candidate for the next collection.
 *
 * A collection is due at `threshold` candidates: two thirds of it after one that freed half of what it touched,
 * three halves after another (Nim's ORC). Where most candidates die by their counts the threshold rises past what
 * lives, and would never be reached again. So a collection is also due when the heap has grown by `growth` per cent
 * since the last one (what is acyclic is freed at once: growth is live objects or dead cycles), and when `turns` times
 * as much was freed by counts as the heap took. After a collection that found nothing both wait for twice as much, up
 * to 4 times.
 *
 * Invariant: that of allocators/counted.h; a cycle of garbage has a candidate from which it can be reached, unless
 * some were `lost`; candidate i of the table has i + 1 in its aux word; between collections all objects are black.
 * Bounds: a collection is proportional to what can be reached from the candidates, which may be all that lives;
 * releases are bounded as those of rc. Garbage in cycles: half (`growth`) of what the heap took after the last
 * collection, 128 KiB at least; what is freed from the death of a cycle to its end: 4 times that heap (`turns`). Both
 * are 4 times that where nothing was found for long. Space: 8 bytes an object, and 8 a candidate.
 *
 * Variants: threshold=N   of candidates, at first (128)
 *           growth=N      per cent (50)
 *           turns=N       of the heap (4)
 *           release=N     slots and objects that a safepoint releases (64) */
#ifndef HT_ALLOCATORS_RC_TRIAL_H
#define HT_ALLOCATORS_RC_TRIAL_H

#include "allocators/counted.h"

enum {
    GC_TRIAL_UNITS = 64,
    GC_TRIAL_THRESHOLD = 128,
    GC_TRIAL_THRESHOLD_MIN = 16,
    GC_TRIAL_GROWTH = 50,
    GC_TRIAL_HEAP_MIN = 256 << 10, /* what a smaller heap counts as */
    GC_TRIAL_TURNS = 4,
    GC_TRIAL_PATIENCE_MAX = 4,
};

/* The colour of an object, in its header, while a collection goes on. */
#define GC_COLOURS (GC_OWN(2) | GC_OWN(3))
#define GC_BLACK   ((uint64_t)0)
#define GC_GREY    GC_OWN(2)
#define GC_WHITE   GC_OWN(3)
#define GC_GARBAGE GC_COLOURS /* white, and weak references to it are empty */

struct gc_heap {
    struct gc_counted counted;
    struct gc_table candidates;
    size_t lost; /* candidates that are not in the table */
    size_t threshold, units;
    uint64_t growth, turns;
    uint64_t patience;             /* how many times both count, from 1 on */
    uint64_t due_bytes, due_freed; /* a collection is due when the cells take more, or more was freed */
    uint32_t pending;              /* the first object that is to be looked at */
    size_t touched;                /* by this collection */
    struct gc_object *garbage, *last_garbage; /* that it found */
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
};

int gc_rc_trial_open(struct gc_heap *heap, const struct gc_options *options);
void gc_rc_trial_close(struct gc_heap *heap);
void gc_rc_trial_zero(struct gc_counted *c, struct gc_object *object);
/* The table is full. */
void gc_rc_trial_grow(struct gc_heap *heap, struct gc_object *candidate);
void gc_rc_trial_safepoint(struct gc_mutator *m, size_t bytes);
void *gc_rc_trial_alloc_slowly(struct gc_mutator *m, uint32_t kind, size_t bytes);
void gc_rc_trial_collect(struct gc_mutator *m, enum gc_collection kind);
int gc_rc_trial_verify(struct gc_heap *heap, char why[160]);
void gc_rc_trial_stats(struct gc_heap *heap, struct gc_stats *stats);

/* Frees the garbage that can be reached from the candidates, of which there are none afterwards; returns how many
 * objects (allocators/rc_trial_delete.c). */
size_t gc_rc_trial_delete(struct gc_heap *heap);

static inline bool gc_rc_trial_is_due(const struct gc_heap *heap)
{
    return heap->candidates.count + heap->lost >= heap->threshold ||
           heap->counted.cells.taken_bytes > heap->due_bytes;
}

/* An object without slots is in no cycle. */
static inline void gc_add_candidate(struct gc_heap *heap, struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    if (c->aux || !gc_header_slots(object->header))
        return;
    if (__builtin_expect(heap->candidates.count == heap->candidates.room, 0)) {
        gc_rc_trial_grow(heap, object);
        return;
    }
    heap->candidates.word[heap->candidates.count++] = (uintptr_t)object;
    c->aux = (uint32_t)heap->candidates.count;
}

static inline void gc_slot_release(struct gc_counted *c, struct gc_object *object)
{
    if (gc_drop(object))
        gc_rc_trial_zero(c, object);
    else
        gc_add_candidate((struct gc_heap *)c, object);
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

#define GC_OPTIONS "threshold growth turns release"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_rc_trial_open(heap, options);
}

static inline void gc_close(struct gc_heap *heap)
{
    gc_rc_trial_close(heap);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return error == -EINVAL ? "options of rc-trial are threshold=N, growth=N, turns=N and release=N"
                            : strerror(-error);
}
#define gc_open_error gc_open_error

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    heap->counted.mutator = m;
    return gc_roots_open(&m->roots);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    struct gc_counted *const c = &heap->counted;
    const size_t size = gc_counted_size(kind, slots, bytes);
    if (c->dead || c->finalizer || gc_rc_trial_is_due(heap))
        gc_rc_trial_safepoint(m, size);
    void *cell = kind ? NULL : gc_cells_alloc(&c->cells, size);
    if (__builtin_expect(!cell, 0)) {
        cell = gc_rc_trial_alloc_slowly(m, kind, size);
        if (!cell)
            return -ENOMEM;
    }
    gc_root_set(m, dst, gc_counted_make(cell, kind, slots, bytes, 1));
    return 0;
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    gc_rc_trial_collect(m, kind);
}

static inline void gc_poll(struct gc_mutator *m)
{
    gc_rc_trial_safepoint(m, 0);
}
#define gc_poll gc_poll

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_rc_trial_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_counted_each(&heap->counted, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_rc_trial_stats(heap, stats);
}

#endif
