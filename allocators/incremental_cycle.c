/* A cycle, phase by phase. */
#include "allocators/incremental.h"

/* The root stack is copied; without memory for that, its slots are shaded now. */
static void copy_roots(struct gc_heap *heap)
{
    const struct gc_roots *const roots = &heap->mutator->roots;
    int error = 0;
    heap->roots.count = 0;
    for (const struct gc_root *r = roots->base; r < roots->top; r++) {
        if (!r->object)
            continue;
        if (!error)
            error = gc_table_add(&heap->roots, &heap->budget, GC_SITE_ROOT_BUFFER, (uintptr_t)r->object);
        if (error)
            gc_incremental_shade(heap, r->object);
    }
}

void gc_incremental_start(struct gc_heap *heap)
{
    gc_cache_flush(&heap->blocks, &heap->cache);
    gc_blocks_begin(&heap->blocks, false);
    heap->blocks.black = heap->barrier = true;
    heap->phase = GC_SCAN_ROOTS;
    heap->at = 0;
    heap->marked = 0;
    heap->at_most = (int64_t)heap->blocks.used_bytes;
    copy_roots(heap);
}

static bool scan(struct gc_heap *heap, const struct gc_table *table, int64_t *work)
{
    for (; *work > 0 && heap->at < table->count; *work -= GC_ENTRY_WORK)
        gc_incremental_shade(heap, (struct gc_object *)table->word[heap->at++]);
    return heap->at >= table->count;
}

/* What was called already is in a root, and was shaded by then. */
static bool scan_queue(struct gc_heap *heap, int64_t *work)
{
    if (heap->at < heap->specials.called)
        heap->at = heap->specials.called;
    return scan(heap, &heap->specials.queue, work);
}

static bool sweep_some(struct gc_heap *heap, int64_t *work)
{
    while (*work > 0) {
        const uint64_t held = heap->budget.held;
        if (!gc_blocks_sweep_one(&heap->blocks))
            return true;
        *work -= GC_SWEEP_WORK + (int64_t)(held - heap->budget.held) / 8;
    }
    return false;
}

/* True when the phase is done. */
static bool run_phase(struct gc_heap *heap, int64_t *work)
{
    struct gc_specials *const s = &heap->specials;
    switch (heap->phase) {
    case GC_SCAN_ROOTS:
        return scan(heap, &heap->roots, work);
    case GC_SCAN_QUEUE:
        return scan_queue(heap, work);
    case GC_TRACE:
    case GC_TRACE_DEAD:
        return gc_incremental_ephemerons(heap, work);
    case GC_CLEAR_WEAK:
        return gc_incremental_clear(heap, &s->weak, work);
    case GC_CLEAR_EPHEMERONS:
        return gc_incremental_clear(heap, &s->ephemeron, work);
    case GC_PART:
        return gc_incremental_part(heap, work);
    case GC_RESURRECT:
        return gc_incremental_resurrect(heap, work);
    case GC_FORGET_WEAK:
        return gc_incremental_forget(heap, &s->weak, work);
    case GC_FORGET_EPHEMERONS:
        return gc_incremental_forget(heap, &s->ephemeron, work);
    case GC_QUEUE:
        return gc_incremental_queue(heap, work);
    default:
        return sweep_some(heap, work);
    }
}

static void end_of_marking(struct gc_heap *heap)
{
    gc_cache_flush(&heap->blocks, &heap->cache);
    heap->blocks.black = false;
    gc_blocks_end(&heap->blocks);
    heap->expected = heap->marked + heap->marked / 8;
    heap->freed_before = heap->blocks.freed_bytes;
}

static void end_of_cycle(struct gc_heap *heap)
{
    const uint64_t freed = heap->blocks.freed_bytes - heap->freed_before;
    if (heap->stats.dead_peak_bytes < freed)
        heap->stats.dead_peak_bytes = freed;
    heap->used_before = heap->blocks.used_bytes;
    heap->stats.collections++;
}

static void next_phase(struct gc_heap *heap)
{
    heap->phase = (heap->phase + 1) % GC_PHASES;
    heap->at = heap->phase == GC_RESURRECT ? heap->dead_from : 0;
    heap->kept = 0;
    heap->barrier = heap->phase != GC_IDLE && heap->phase < GC_FORGET_WEAK;
    if (heap->phase == GC_TRACE || heap->phase == GC_TRACE_DEAD)
        gc_incremental_ephemerons_start(heap);
    else if (heap->phase == GC_SWEEP)
        end_of_marking(heap);
    else if (heap->phase == GC_IDLE)
        end_of_cycle(heap);
}

int64_t gc_incremental_advance(struct gc_heap *heap, int64_t work, enum gc_phase until)
{
    int64_t left = work;
    while (left > 0 && heap->phase != until && heap->phase != GC_IDLE) {
        const int64_t before = left;
        if (run_phase(heap, &left)) {
            next_phase(heap);
            left -= GC_ENTRY_WORK;
        }
        heap->marked += before - left;
    }
    return work - left;
}
