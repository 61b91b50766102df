#include "allocators/marksweep.h"

#include <errno.h>

#include "allocators/variant.h"

/* Later, when the heap is full, there may be no room; if there is none now, it works without. */
static void reserve_mark_stack(struct gc_heap *heap)
{
    gc_trace_reserve(&heap->trace, heap->budget.limit / 256 / 16);
}

int gc_marksweep_open(struct gc_heap *heap, const struct gc_options *options)
{
    const char *const variant = options->variant;
    heap->options = options;
    if (!ht_variant_is_known(variant, GC_OPTIONS))
        return -EINVAL;
    heap->eager = ht_variant(variant, "eager", 0);
    heap->budget.limit = options->heap_bytes;
    heap->specials.budget = &heap->budget;
    gc_blocks_open(&heap->blocks, &heap->budget);
    gc_trace_open(&heap->trace, &heap->budget,
                  ht_variant(variant, "reversal", 0) ? 0 : ht_variant(variant, "mark-stack", SIZE_MAX));
    reserve_mark_stack(heap);
    gc_world_open(&heap->world, options->log);
    return 0;
}

const char *gc_marksweep_open_error(int error)
{
    return error == -EINVAL ? "options of marksweep: " GC_OPTIONS : strerror(-error);
}

void gc_marksweep_close(struct gc_heap *heap)
{
    gc_world_close(&heap->world);
    gc_trace_close(&heap->trace);
    gc_specials_close(&heap->specials);
    gc_blocks_close(&heap->blocks);
}

int gc_marksweep_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    const int error = gc_roots_open(&m->roots);
    if (error)
        return error;
    m->heap = heap;
    gc_world_enter(&heap->world, 0);
    gc_world_lock(&heap->world, 0);
    m->number = heap->attached++;
    m->next = heap->mutators;
    heap->mutators = m;
    gc_world_unlock(&heap->world);
    return 0;
}

void gc_marksweep_detach(struct gc_mutator *m)
{
    struct gc_heap *const heap = m->heap;
    gc_world_lock(&heap->world, m->number);
    gc_cache_flush(&heap->blocks, &m->cache);
    struct gc_mutator **link = &heap->mutators;
    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    gc_world_unlock(&heap->world);
    gc_world_leave(&heap->world);
    gc_roots_close(&m->roots);
}

/* ---- a collection ------------------------------------------------------------------------------------------ */

static bool mark(void *context, struct gc_object **object)
{
    return gc_mark(context, *object);
}

static void prefetch(void *context, const struct gc_object *object)
{
    gc_mark_prefetch(context, object);
}

static const struct gc_trace_ops ops = {mark, prefetch, false};

static struct gc_object *reached(void *context, struct gc_object *object)
{
    struct gc_heap *const heap = context;
    return gc_is_marked(&heap->blocks, object) ? object : NULL;
}

static void reach(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    gc_trace_add(&heap->trace, &ops, &heap->blocks, slot);
}

static void drain(void *context)
{
    struct gc_heap *const heap = context;
    gc_trace_drain(&heap->trace, &ops, &heap->blocks);
}

static void mark_all(struct gc_heap *heap)
{
    const struct gc_tracer tracer = {heap, reached, reach, drain};
    for (struct gc_mutator *m = heap->mutators; m; m = m->next)
        for (struct gc_root *r = m->roots.base; r < m->roots.top; r++)
            reach(heap, (struct gc_object **)&r->object);
    gc_specials_trace_queue(&heap->specials, &tracer);
    drain(heap);
    gc_specials_settle(&heap->specials, &tracer);
}

static void collect(struct gc_mutator *m)
{
    struct gc_heap *const heap = m->heap;
    gc_world_stop(&heap->world, m->number);
    const uint64_t start = gc_pause_start(heap->options->log);
    for (struct gc_mutator *other = heap->mutators; other; other = other->next)
        gc_cache_flush(&heap->blocks, &other->cache);
    gc_blocks_begin(&heap->blocks, true);
    mark_all(heap);
    gc_blocks_end(&heap->blocks);
    if (heap->eager)
        gc_blocks_sweep_all(&heap->blocks);
    heap->collections++;
    gc_pause_stop(heap->options->log, GC_PAUSE_FULL, m->number, start);
    gc_world_start(&heap->world);
}

/* A finalizer is a mutator's code: it runs without the lock, and others may collect meanwhile. */
static void finalize_unlocked(struct gc_mutator *m, struct gc_root *object, void *context)
{
    struct gc_heap *const heap = context;
    gc_world_unlock(&heap->world);
    heap->options->finalize(m, object, heap->options->context);
    gc_world_lock(&heap->world, m->number);
}

static void finalize(struct gc_mutator *m)
{
    const struct gc_options unlocked = {.finalize = finalize_unlocked, .context = m->heap};
    gc_specials_finalize(&m->heap->specials, m, &unlocked);
}

void gc_marksweep_collect(struct gc_mutator *m)
{
    gc_world_lock(&m->heap->world, m->number);
    collect(m);
    finalize(m);
    gc_world_unlock(&m->heap->world);
}

/* ---- allocation --------------------------------------------------------------------------------------------- */

/* What can be had without a collection. */
static void *find(struct gc_mutator *m, size_t bytes)
{
    struct gc_blocks *const blocks = &m->heap->blocks;
    struct gc_log *const log = m->heap->options->log;
    const uint64_t start = gc_pause_start(log), swept = blocks->swept;
    /* Finalizers may have refilled the cache: a run that is not used up must not be left. */
    void *p = gc_cache_alloc(&m->cache, bytes);
    if (p)
        return p;
    if (bytes > GC_CELL_MAX)
        p = gc_blocks_large(blocks, bytes);
    else if (gc_cache_next(blocks, &m->cache, gc_class(bytes)) ||
             gc_cache_refill(blocks, &m->cache, gc_class(bytes)))
        p = gc_cache_alloc(&m->cache, bytes);
    if (blocks->swept > swept)
        gc_pause_stop(log, GC_PAUSE_SWEEP, m->number, start);
    return p;
}

/* What the mark stack has grown to, for objects; false when it has not. */
static bool give_mark_stack(struct gc_heap *heap)
{
    const size_t room = heap->trace.stack.room;
    gc_table_close(&heap->trace.stack, &heap->budget);
    reserve_mark_stack(heap);
    return heap->trace.stack.room < room;
}

static void *find_or_collect(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    void *p = find(m, bytes);
    if (p)
        return p;
    const uint64_t finalized = heap->specials.finalized;
    collect(m);
    finalize(m);
    p = find(m, bytes);
    if (!p && heap->specials.finalized > finalized) {
        /* What finalizers held back, or made, may be garbage by now. */
        collect(m);
        p = find(m, bytes);
    }
    return p || !give_mark_stack(heap) ? p : find(m, bytes);
}

void *gc_marksweep_alloc_slowly(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    if (bytes <= GC_CELL_MAX && !gc_world_is_stopping(&heap->world) &&
        gc_cache_next(&heap->blocks, &m->cache, gc_class(bytes)))
        return gc_cache_alloc(&m->cache, bytes);
    gc_world_lock(&heap->world, m->number);
    void *p = gc_cache_alloc(&m->cache, bytes);
    if (!p)
        p = find_or_collect(m, bytes);
    gc_world_unlock(&heap->world);
    return p;
}

/* The tables grow in what chunks leave to them; when that is used up, in chunks without objects. */
static int note(struct gc_mutator *m, struct gc_object *object)
{
    struct gc_heap *const heap = m->heap;
    if (!gc_specials_add(&heap->specials, object))
        return 0;
    collect(m);
    finalize(m);
    gc_blocks_sweep_all(&heap->blocks);
    gc_blocks_trim(&heap->blocks);
    return gc_specials_add(&heap->specials, object);
}

int gc_marksweep_note(struct gc_mutator *m, struct gc_object *object)
{
    gc_roots_push(&m->roots, 1)->object = object;
    gc_world_lock(&m->heap->world, m->number);
    const int error = note(m, object);
    gc_roots_pop(&m->roots, 1);
    if (error) /* the object is nobody's: it does not stay */
        collect(m);
    gc_world_unlock(&m->heap->world);
    return error;
}

/* ---- the heap walk ------------------------------------------------------------------------------------------ */

static void sync_caches(struct gc_heap *heap)
{
    for (struct gc_mutator *m = heap->mutators; m; m = m->next)
        gc_cache_sync(&m->cache);
}

int gc_marksweep_verify(struct gc_heap *heap, char why[160])
{
    sync_caches(heap);
    int error = gc_blocks_verify(&heap->blocks, why);
    for (struct gc_mutator *m = heap->mutators; m && !error; m = m->next)
        error = gc_blocks_verify_roots(&heap->blocks, &m->roots, why);
    return error;
}

struct walk {
    gc_visitor *visit;
    void *context;
};

static void visit_object(void *context, struct gc_object *object)
{
    const struct walk *const walk = context;
    const uint64_t h = object->header;
    walk->visit(walk->context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h),
                gc_object_data(object));
}

void gc_marksweep_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    struct walk walk = {visit, context};
    sync_caches(heap);
    gc_blocks_each(&heap->blocks, visit_object, &walk);
}

void gc_marksweep_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    pthread_mutex_lock(&heap->world.lock);
    stats->collections = heap->collections;
    stats->traced_objects = heap->trace.objects;
    stats->freed_objects = heap->blocks.freed_objects;
    stats->freed_bytes = heap->blocks.freed_bytes;
    stats->finalized = heap->specials.finalized;
    stats->mark_stack_high = heap->trace.high;
    stats->mark_stack_overflows = heap->trace.overflows;
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
    /* Other mutators' caches are known at safepoints only. */
    if (!heap->mutators || !heap->mutators->next) {
        sync_caches(heap);
        stats->live_objects = gc_blocks_objects(&heap->blocks);
    }
    pthread_mutex_unlock(&heap->world.lock);
}
