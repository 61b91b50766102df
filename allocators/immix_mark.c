#include "allocators/immix_own.h"

/* The lines that an object of more than one lies in. */
static void cover(uint64_t *covered, size_t first, size_t size)
{
    for (size_t line = first / GC_LINE_BYTES; line <= (first + size - 1) / GC_LINE_BYTES; line++)
        gc_line_set(covered, line);
}

static bool mark_large(struct gc_heap *heap, struct gc_object *object)
{
    struct gc_large *const large = gc_large_of(object);
    if (large->marked)
        return false;
    large->marked = 1;
    if (__builtin_expect(gc_is_awaited(object), 0))
        gc_specials_notice(&heap->specials, object);
    heap->stats.traced_bytes += large->bytes;
    return true;
}

GC_TRACE_INLINE bool is_marked(const struct gc_heap *heap, size_t offset)
{
    return heap->bits[offset / 512] >> offset / 8 % 64 & 1;
}

GC_TRACE_INLINE void set_mark(struct gc_heap *heap, struct gc_object *object, size_t offset)
{
    heap->bits[offset / 512] |= (uint64_t)1 << offset / 8 % 64;
    const size_t size = gc_header_size(object->header);
    struct gc_block *const block = &heap->block[offset / GC_BLOCK_BYTES];
    if (size > GC_LINE_BYTES)
        cover(block->covered, offset % GC_BLOCK_BYTES, size);
    block->live += (uint32_t)size;
}

GC_TRACE_INLINE bool mark(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    struct gc_object *const object = *slot;
    const size_t offset = (uintptr_t)object - (uintptr_t)heap->space;
    if (__builtin_expect(offset >= heap->space_bytes, 0))
        return mark_large(heap, object);
    if (is_marked(heap, offset))
        return false;
    if (__builtin_expect(gc_is_awaited(object), 0))
        gc_specials_notice(&heap->specials, object);
    set_mark(heap, object, offset);
    return true;
}

/* Where the object stands from now on. */
static struct gc_object *evacuated(struct gc_heap *heap, struct gc_object *object)
{
    const size_t size = gc_header_size(object->header);
    struct gc_object *const copy = heap->copying ? gc_immix_claim_copy(heap, size) : NULL;
    if (!copy)
        return object;
    memcpy(copy, object, size);
    object->header = (uint64_t)(uintptr_t)copy;
    heap->stats.moved_bytes += size;
    return copy;
}

static bool is_forwarded(const struct gc_object *object)
{
    return !(object->header & 3);
}

GC_TRACE_INLINE bool mark_or_move(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    struct gc_object *object = *slot;
    size_t offset = (uintptr_t)object - (uintptr_t)heap->space;
    if (__builtin_expect(offset >= heap->space_bytes, 0))
        return mark_large(heap, object);
    if (is_forwarded(object)) {
        *slot = (struct gc_object *)object->header;
        return false;
    }
    if (is_marked(heap, offset))
        return false;
    if (__builtin_expect(gc_is_awaited(object), 0))
        gc_specials_notice(&heap->specials, object);
    if (heap->block[offset / GC_BLOCK_BYTES].emptied) {
        *slot = object = evacuated(heap, object);
        offset = (uintptr_t)object - (uintptr_t)heap->space;
    }
    set_mark(heap, object, offset);
    return true;
}

GC_TRACE_INLINE void prefetch(void *context, const struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    const size_t offset = (uintptr_t)object - (uintptr_t)heap->space;
    __builtin_prefetch(object);
    __asm__ volatile(""); /* gcc takes out calls of a function that does nothing but prefetch */
    __builtin_prefetch(&heap->bits[offset / 512], 1);
}

static const struct gc_trace_ops mark_ops = {mark, prefetch, false};
static const struct gc_trace_ops move_ops = {mark_or_move, prefetch, true};

static struct gc_object *reached(void *context, struct gc_object *object)
{
    struct gc_heap *const heap = context;
    if (gc_is_large(heap, object))
        return gc_large_of(object)->marked ? object : NULL;
    if (heap->evacuating && is_forwarded(object))
        return (struct gc_object *)object->header;
    return is_marked(heap, (uintptr_t)object - (uintptr_t)heap->space) ? object : NULL;
}

static void reach(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    if (heap->evacuating)
        gc_trace_add(&heap->trace, &move_ops, heap, slot);
    else
        gc_trace_add(&heap->trace, &mark_ops, heap, slot);
}

static void drain(void *context)
{
    struct gc_heap *const heap = context;
    if (heap->evacuating)
        gc_trace_drain(&heap->trace, &move_ops, heap);
    else
        gc_trace_drain(&heap->trace, &mark_ops, heap);
}

static void mark_all(struct gc_heap *heap)
{
    const struct gc_tracer tracer = {heap, reached, reach, drain};
    for (struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top; r++)
        reach(heap, (struct gc_object **)&r->object);
    gc_specials_trace_queue(&heap->specials, &tracer);
    drain(heap);
    gc_specials_settle(&heap->specials, &tracer);
}

void gc_immix_collect_now(struct gc_heap *heap, bool evacuate)
{
    const uint64_t start = gc_pause_start(heap->options->log);
    heap->evacuating = heap->copying = evacuate;
    if (evacuate)
        gc_immix_choose(heap);
    gc_immix_clear_marks(heap);
    mark_all(heap);
    gc_immix_sweep(heap);
    heap->stats.collections++;
    heap->evacuating = heap->copying = false;
    gc_pause_stop(heap->options->log, GC_PAUSE_FULL, 0, start);
}
