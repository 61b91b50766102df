/* The barriers, and the mark loop of allocators/tracer.h in slices. */
#include "allocators/incremental.h"

static bool reach(void *context, struct gc_object **object)
{
    struct gc_heap *const heap = context;
    if (!gc_mark(&heap->blocks, *object))
        return false;
    heap->stats.traced_bytes += gc_header_size((*object)->header);
    return true;
}

static void prefetch(void *context, const struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    gc_mark_prefetch(&heap->blocks, object);
}

static const struct gc_trace_ops ops = {reach, prefetch, false};

/* Not by the queue of the mark loop, which would have to be drained when it is full. */
void gc_incremental_shade(struct gc_heap *heap, struct gc_object *object)
{
    struct gc_trace *const t = &heap->trace;
    if (!reach(heap, &object))
        return;
    const uint32_t first = gc_first_strong(object->header), slots = gc_header_slots(object->header);
    t->objects++;
    heap->ephemerons.again = true; /* it may be the key of one that was passed */
    if (slots <= first || gc_trace_push(t, object->slot + first, object->slot + slots))
        return;
    t->overflows += t->cap > 0;
    gc_trace_reverse(t, &ops, heap, object, first);
}

/* One entry of the stack, or of the queue; how many slots were looked at, and one. */
static size_t drain_one(struct gc_heap *heap)
{
    struct gc_trace *const t = &heap->trace;
    if (t->stack.count && t->queue_count <= GC_TRACE_AHEAD)
        return gc_trace_pop(t, &ops, heap) + 1;
    struct gc_object *const object = gc_trace_next(t, &ops, heap);
    return object ? gc_trace_object(t, &ops, heap, object) + 1 : 1;
}

void gc_incremental_drain(struct gc_heap *heap, int64_t *work)
{
    int64_t left = *work;
    while (left > 0 && !gc_incremental_is_drained(heap))
        left -= 8 * (int64_t)drain_one(heap);
    *work = left;
}

/* ---- barriers ----------------------------------------------------------------------------------------------- */

static bool is_clearing(const struct gc_heap *heap)
{
    return heap->phase >= GC_CLEAR_WEAK && heap->phase <= GC_CLEAR_EPHEMERONS;
}

/* A new key may live where the old one did not: then the value must. */
static void before_weak_store(struct gc_heap *heap, struct gc_object *object)
{
    if (is_clearing(heap))
        gc_incremental_clear_dead(heap, object);
    else if ((gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON && object->slot[1])
        gc_incremental_shade(heap, object->slot[1]);
}

void gc_incremental_before_store(struct gc_heap *heap, struct gc_object *object, uint32_t i)
{
    struct gc_object *const old = object->slot[i];
    if (__builtin_expect(i < gc_first_strong(object->header), 0)) {
        before_weak_store(heap, object);
    } else if (old && !gc_incremental_is_marked(heap, old)) {
        heap->stats.barriers++;
        gc_incremental_shade(heap, old);
    }
}

void gc_incremental_before_weak_load(struct gc_heap *heap, struct gc_object *object, uint32_t i)
{
    if (is_clearing(heap))
        gc_incremental_clear_dead(heap, object);
    else if (object->slot[i])
        gc_incremental_shade(heap, object->slot[i]);
}
