/* incremental: a tri-colour mark and sweep that does not move, done in slices between the mutator's
 * allocations.
 *
 * Snapshot at the beginning (Yuasa, "Real-time garbage collection on general-purpose machines", Journal of
 * Systems and Software 11(3), 1990): a cycle marks what was reachable when it began. A store, while marking
 * goes on, shades the reference that it overwrites; new objects are black. The other choice, to shade what is
 * stored (Dijkstra et al., CACM 21(11), 1978), leaves root slots grey: marking ends when a scan of the root
 * stack finds nothing white, and a mutator that keeps its only reference to a large structure in a root can
 * put that off again and again. Here the root stack is copied once, at the start; no store adds work; a cycle
 * marks no more than what there was. Filling a new object overwrites empty slots, which costs nothing. The
 * price: what dies during a cycle is kept until the next one. A weak slot is no part of the snapshot, so a
 * load from one shades what it finds.
 *
 * Invariant: while marking goes on, every object that was reachable at the start is marked, on the mark
 * stack, or reached from what is through slots that were not written since; what a root slot holds is one of
 * these, or new, or was shaded. A new object is marked as long as marking goes on. When the mark stack is
 * empty and a pass over the ephemerons has found nothing new, all that the mutator can ever reach is marked:
 * the rest is dead, and is dealt with in slices too. A load from a weak slot that was not looked at yet looks
 * at it first, so that all weak references to an object are cleared at once. Dead objects with a finalizer
 * are found before one of them is reached (the finalizer table is parted in place, then traced), and are
 * queued when all that they reach is marked. Outside of marking no swept block has a mark.
 *
 * Pacing: work is counted in bytes of object headers and slots that are looked at; a slice is GC_SLICE of it.
 * H is what objects can have of the heap limit: all but 2 % for the heads of chunks, 1/64 and a chunk
 * (blocks->spare), and tables. A cycle begins when less than a twelfth of the limit is left of H (`start=N`:
 * at N percent in use), or, for a class that has no free cells, when free blocks fall below a quarter of
 * that. After each slice the mutator may allocate room x 3/4 x GC_SLICE / (what is left to mark), GC_SLICE at
 * most. What is left is first taken to be 9/8 of what the last cycle marked, and beyond that, everything that
 * was in use: so marking ends after 3/4 + 3/4 x 1/4 = 15/16 of the room, even if all of it turns out to live.
 * Sweeping does GC_SWEEP_BLOCKS blocks for each that is allocated: it ends after H/256. An allocation larger
 * than what it was allowed pays for as many slices, up to GC_SLICES_MAX.
 *
 * Dead data outstanding: what is dead when a cycle begins is reclaimed by it. In use, and so live and dead
 * together, are 11/12 H then, 11/12 H + 15/16 x H/12 = 0.995 H at most when marking ends, and H/256 more at
 * most when sweeping ends: dead data never passes H - live, which is 0.965 of the limit - live, and no object
 * is dead for more than 1.25 H of allocation. Where allocation outruns that (large objects, a heap that is
 * too small or in pieces) each pays more, and in the end the cycle is finished with the world stopped
 * (GC_PAUSE_FULL) before an allocation fails; dead data <= limit - live holds because the limit does.
 * stats.dead_peak_bytes is the most that one cycle reclaimed: all that was dead when it began.
 *
 * Bounds of a pause: GC_SLICE and one piece of an object (GC_TRACE_SLICE slots), the first touch of mark bits
 * included; at the start a copy of the root stack (256 KiB); at the end of marking, all blocks are linked
 * into lists (about 5 ns each: 0.5 ms with 2 GiB). A sweep slice is GC_SWEEP_BLOCKS blocks, or one MiB of a
 * dead large object that is given back. Finalizers run outside of pauses. The tables of weak references,
 * ephemerons and finalizers are walked in slices; ephemerons in the worst order take as many passes as there
 * are, so that the heap may be full before they end. Bounds of space: mark bits and states of blocks 1.8 %;
 * the mark stack as in allocators/tracer.h, and it grows by moving pages. Where it can't grow, what would be
 * pushed is traced at once by pointer reversal: linear, without memory, and no slice while it lasts. No
 * recursion. */
#ifndef HT_ALLOCATORS_INCREMENTAL_H
#define HT_ALLOCATORS_INCREMENTAL_H

#include "allocators/blocks.h"
#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"
#include "allocators/specials.h"
#include "allocators/tracer.h"

enum {
    GC_SLICE = 64 << 10,
    GC_SLICES_MAX = 8,
    GC_SWEEP_BLOCKS = 256,
    GC_SWEEP_WORK = GC_SLICE / GC_SWEEP_BLOCKS,
    GC_ENTRY_WORK = 64, /* an entry of a table: it is not near its object, nor that near its mark */
};

/* Of a cycle, in this order. */
enum gc_phase {
    GC_IDLE,
    GC_SCAN_ROOTS, /* the copy of the root stack */
    GC_SCAN_QUEUE, /* objects that wait for their finalizer */
    GC_TRACE,      /* grey objects and ephemerons, until nothing is grey */
    GC_CLEAR_WEAK, /* from here on what is not marked is dead */
    GC_CLEAR_EPHEMERONS,
    GC_PART,       /* the finalizer table: those that live, those that are dead */
    GC_RESURRECT,  /* dead objects with a finalizer */
    GC_TRACE_DEAD, /* what they reach */
    GC_FORGET_WEAK,
    GC_FORGET_EPHEMERONS,
    GC_QUEUE, /* the dead ones, for their finalizer */
    GC_SWEEP,
    GC_PHASES
};

/* Passes over the ephemerons, forwards and backwards in turn, until one changes nothing. */
struct gc_ephemeron_pass {
    size_t at, count;
    bool backwards, again;
};

struct gc_heap {
    int64_t allowance; /* bytes that may be allocated before the next slice */
    enum gc_phase phase;
    bool barrier; /* marking goes on */
    struct gc_cache cache;
    struct gc_blocks blocks;
    struct gc_mutator *mutator;
    const struct gc_options *options;
    struct gc_options
        hooked; /* what gc_specials_finalize is given: shades, and then calls options->finalize */
    struct gc_budget budget;
    struct gc_specials specials;
    struct gc_trace trace;
    struct gc_table roots;     /* the copy of the root stack */
    size_t at, kept;           /* of the table that the phase walks */
    size_t dead_from, dead_to; /* of the finalizer table */
    struct gc_ephemeron_pass ephemerons;
    int64_t reserve; /* a cycle begins when less room is left */
    int64_t marked, expected,
        at_most;           /* work: done by this cycle; of the last one and a bit; that there can be */
    uint64_t used_before;  /* blocks.used_bytes when the last cycle ended */
    uint64_t freed_before; /* blocks.freed_bytes when the sweep began */
    struct gc_stats stats;
    int64_t longest_work; /* of a slice, in any collection but a forced one: what the tests look at */
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
};

int gc_incremental_open(struct gc_heap *heap, const struct gc_options *options);
void gc_incremental_close(struct gc_heap *heap);
const char *gc_incremental_open_error(int error);
/* What a slice is given to do: GC_SLICE. With 0, which fault injection sets, a cycle gets no further between the
 * mutator's allocations, and what is needed is done in one go. */
extern int64_t gc_incremental_work;

/* A cell for `size` bytes after a slice, with more memory, or both; NULL when there is none after all. Runs
 * finalizers. */
void *gc_incremental_alloc_slowly(struct gc_mutator *m, size_t size);
/* Notes the new object in the tables of allocators/specials.h; 0 or -ENOMEM, then it is garbage. */
int gc_incremental_add_special(struct gc_mutator *m, struct gc_object *object);
void gc_incremental_collect(struct gc_mutator *m, enum gc_collection kind);
bool gc_incremental_step(struct gc_mutator *m, size_t work);
int gc_incremental_verify(struct gc_heap *heap, char why[160]);
void gc_incremental_each(struct gc_heap *heap, gc_visitor *visit, void *context);
void gc_incremental_stats(struct gc_heap *heap, struct gc_stats *stats);

/* ---- barriers (allocators/incremental_mark.c) --------------------------------------------------------------- */

/* Before slot i is written, while marking goes on. */
void gc_incremental_before_store(struct gc_heap *heap, struct gc_object *object, uint32_t i);
/* Before slot i, a weak one, is read, while marking goes on. */
void gc_incremental_before_weak_load(struct gc_heap *heap, struct gc_object *object, uint32_t i);

/* ---- marking (allocators/incremental_mark.c) ---------------------------------------------------------------- */

static inline bool gc_incremental_is_marked(const struct gc_heap *heap, const struct gc_object *object)
{
    return gc_is_marked(&heap->blocks, object);
}

static inline bool gc_incremental_is_drained(const struct gc_heap *heap)
{
    return !heap->trace.stack.count && !heap->trace.queue_count;
}

/* White becomes grey. */
void gc_incremental_shade(struct gc_heap *heap, struct gc_object *object);
/* Scans grey objects until none is left, or the work is done. */
void gc_incremental_drain(struct gc_heap *heap, int64_t *work);

/* ---- a cycle (allocators/incremental_cycle.c) --------------------------------------------------------------- */

/* A cycle begins: from here on what it must keep is what is reachable now. */
void gc_incremental_start(struct gc_heap *heap);
/* Goes on for about `work`, up to the phase `until` at most; the work that was done. */
int64_t gc_incremental_advance(struct gc_heap *heap, int64_t work, enum gc_phase until);

/* ---- the phases on tables (allocators/incremental_specials.c): each takes from *work what it costs, and is true
 * when it is done. Table walks start with heap->at = heap->kept = 0 ------------------------------------------- */

void gc_incremental_ephemerons_start(struct gc_heap *heap);
bool gc_incremental_ephemerons(struct gc_heap *heap, int64_t *work);
/* Clears the weak slots of one object if slot 0 is dead. */
void gc_incremental_clear_dead(struct gc_heap *heap, struct gc_object *object);
bool gc_incremental_clear(struct gc_heap *heap, const struct gc_table *table, int64_t *work);
bool gc_incremental_forget(struct gc_heap *heap, struct gc_table *table, int64_t *work);
bool gc_incremental_part(struct gc_heap *heap, int64_t *work);
bool gc_incremental_resurrect(struct gc_heap *heap, int64_t *work);
bool gc_incremental_queue(struct gc_heap *heap, int64_t *work);

/* ---- the contract ------------------------------------------------------------------------------------------- */

#define GC_OPTIONS "mark-stack reversal start"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_incremental_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return gc_incremental_open_error(error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_incremental_close(heap);
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
    struct gc_heap *const heap = m->heap;
    const size_t size = gc_size(slots, bytes);
    heap->allowance -= (int64_t)size;
    void *p = __builtin_expect(heap->allowance >= 0, 1) ? gc_cache_alloc(&heap->cache, size) : NULL;
    if (__builtin_expect(!p, 0)) {
        p = gc_incremental_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
    }
    struct gc_object *const object = gc_object_make(p, kind, slots, bytes);
    if (__builtin_expect(kind, 0) && gc_incremental_add_special(m, object))
        return -ENOMEM;
    dst->object = object;
    return 0;
}

static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    struct gc_object *const from = object->object;
    if (__builtin_expect(m->heap->barrier, 0) && i < gc_first_strong(from->header))
        gc_incremental_before_weak_load(m->heap, from, i);
    dst->object = from->slot[i];
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    struct gc_object *const to = object->object;
    if (__builtin_expect(m->heap->barrier, 0))
        gc_incremental_before_store(m->heap, to, i);
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
    gc_incremental_collect(m, kind);
}

static inline bool gc_step(struct gc_mutator *m, size_t work)
{
    return gc_incremental_step(m, work);
}
#define gc_step gc_step

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    return gc_incremental_verify(heap, why);
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_incremental_each(heap, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_incremental_stats(heap, stats);
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_WEAK | GC_CAP_EPHEMERON | GC_CAP_FINALIZER | GC_CAP_EXACT |
           GC_CAP_STEP | GC_CAP_LIMIT | GC_CAP_WALK | GC_CAP_VERIFY;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
