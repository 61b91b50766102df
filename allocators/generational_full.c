#include "allocators/generational.h"

/* Marks the object where it is; true when it was not marked. */
static bool mark(void *context, struct gc_object **object)
{
    struct gc_heap *const heap = context;
    struct gc_object *const o = *object;
    if (!gc_nursery_has(&heap->nursery, o))
        return gc_mark(&heap->old, o);
    const uint64_t header = o->header;
    o->header = header | GC_MARKED;
    return !(header & GC_MARKED);
}

/* Of a young object the address of the mark bit is nowhere, which a prefetch may be. */
static void prefetch(void *context, const struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    gc_mark_prefetch(&heap->old, object);
}

static const struct gc_trace_ops ops = {mark, prefetch, false};

static struct gc_object *reached(void *context, struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    const bool marked = gc_nursery_has(&heap->nursery, object) ? (object->header & GC_MARKED) != 0
                                                               : gc_is_marked(&heap->old, object);
    return marked ? object : NULL;
}

static void reach(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    gc_trace_add(&heap->trace, &ops, heap, slot);
}

static void drain(void *context)
{
    struct gc_heap *const heap = context;
    gc_trace_drain(&heap->trace, &ops, heap);
}

void gc_generational_full(struct gc_heap *heap)
{
    const struct gc_tracer tracer = {heap, reached, reach, drain};
    gc_cache_flush(&heap->old, &heap->cache);
    gc_blocks_begin(&heap->old, true);
    for (struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top; r++)
        reach(heap, (struct gc_object **)&r->object);
    gc_specials_trace_queue(&heap->specials, &tracer);
    drain(heap);
    gc_specials_settle(&heap->specials, &tracer);
    gc_generational_look_at_all(heap);
    gc_generational_forget_dead(heap);
    gc_blocks_end(&heap->old);
    /* To the room that this has made. */
    gc_generational_minor(heap);
}
