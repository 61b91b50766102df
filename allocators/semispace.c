#include "allocators/semispace.h"

#include <errno.h>

#include "allocators/linear.h"

int gc_semispace_open(struct gc_heap *heap, const struct gc_options *options)
{
    heap->options = options;
    if (options->variant[0])
        return -EINVAL;
    heap->budget.limit = options->heap_bytes;
    heap->specials.budget = &heap->budget;
    heap->specials.notices = true;
    /* A sixteenth is left for the tables of weak references and finalizers. */
    heap->half_bytes = options->heap_bytes / 2 / 16 * 15 & -(size_t)HT_PAGE_BYTES;
    heap->space = gc_budget_map(&heap->budget, GC_SITE_HEAP, heap->half_bytes, HT_PAGE_BYTES);
    heap->other = gc_budget_map(&heap->budget, GC_SITE_COPY_RESERVE, heap->half_bytes, HT_PAGE_BYTES);
    if (!heap->space || !heap->other) {
        gc_semispace_close(heap);
        return -ENOMEM;
    }
    heap->free = heap->space;
    heap->end = heap->space + heap->half_bytes;
    return 0;
}

void gc_semispace_close(struct gc_heap *heap)
{
    if (heap->space)
        gc_budget_unmap(&heap->budget, heap->space, heap->half_bytes);
    if (heap->other)
        gc_budget_unmap(&heap->budget, heap->other, heap->half_bytes);
    gc_specials_close(&heap->specials);
}

/* ---- a collection ------------------------------------------------------------------------------------------ */

static bool is_in(const char *space, size_t bytes, const void *p)
{
    return (uintptr_t)p - (uintptr_t)space < bytes;
}

/* During a collection `space` is where objects are copied to, `other` where they come from. */
static struct gc_object *reached(void *context, struct gc_object *object)
{
    struct gc_heap *const heap = context;
    if (is_in(heap->space, heap->half_bytes, object))
        return object;
    return object->header & 1 || gc_is_awaited(object) ? NULL : (struct gc_object *)object->header;
}

static void reach(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    struct gc_object *const object = *slot;
    struct gc_object *const now = reached(heap, object);
    if (now) {
        *slot = now;
        return;
    }
    if (__builtin_expect(gc_is_awaited(object), 0))
        gc_specials_notice(&heap->specials, object);
    const size_t size = gc_header_size(object->header);
    struct gc_object *const copy = (struct gc_object *)heap->free;
    memcpy(copy, object, size);
    heap->free += size;
    object->header = (uint64_t)(uintptr_t)copy;
    heap->live_objects++;
    *slot = copy;
}

static void drain(void *context)
{
    struct gc_heap *const heap = context;
    while (heap->scanned < heap->free) {
        struct gc_object *const object = (struct gc_object *)heap->scanned;
        const uint32_t slots = gc_header_slots(object->header);
        for (uint32_t i = gc_first_strong(object->header); i < slots; i++)
            if (object->slot[i])
                reach(heap, &object->slot[i]);
        heap->scanned += gc_header_size(object->header);
    }
}

static void flip(struct gc_heap *heap)
{
    char *const from = heap->space;
    heap->space = heap->free = heap->scanned = heap->other;
    heap->end = heap->space + heap->half_bytes;
    heap->other = from;
}

static void collect(struct gc_heap *heap)
{
    const uint64_t start = gc_pause_start(heap->options->log);
    const struct gc_tracer tracer = {heap, reached, reach, drain};
    const size_t before = (size_t)(heap->free - heap->space);
    flip(heap);
    heap->live_objects = 0;
    for (struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top; r++)
        if (r->object)
            reach(heap, (struct gc_object **)&r->object);
    gc_specials_trace_queue(&heap->specials, &tracer);
    drain(heap);
    gc_specials_settle(&heap->specials, &tracer);
    const size_t live = (size_t)(heap->free - heap->space);
    heap->stats.collections++;
    heap->stats.traced_objects += heap->live_objects;
    heap->stats.traced_bytes += live;
    heap->stats.moved_bytes += live;
    heap->stats.freed_bytes += before - live;
    gc_pause_stop(heap->options->log, GC_PAUSE_FULL, 0, start);
}

void gc_semispace_collect(struct gc_mutator *m)
{
    collect(m->heap);
    gc_specials_finalize(&m->heap->specials, m, m->heap->options);
}

void *gc_semispace_alloc_slowly(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    if (bytes > (size_t)(heap->end - heap->free))
        collect(heap);
    gc_specials_finalize(&heap->specials, m, heap->options);
    /* What finalizers held back, or made, may be garbage by now. */
    if (bytes > (size_t)(heap->end - heap->free))
        collect(heap);
    return bytes > (size_t)(heap->end - heap->free) ? NULL : heap->free;
}

int gc_semispace_alloc_special(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                               uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t size = gc_size(slots, bytes);
    for (int attempt = 0; attempt < 2; attempt++) {
        /* The second time to make room in the tables, which can't grow. */
        if (attempt)
            gc_semispace_collect(m);
        char *const p = gc_semispace_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
        struct gc_object *const object = gc_object_make(p, kind, slots, bytes);
        if (gc_specials_add(&heap->specials, object))
            continue;
        heap->free = p + size;
        dst->object = object;
        return 0;
    }
    return -ENOMEM;
}

/* ---- the heap walk ----------------------------------------------------------------------------------------- */

void gc_semispace_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_linear_each(heap->space, heap->free, visit, context);
}

int gc_semispace_verify(struct gc_heap *heap, char why[160])
{
    /* From outside the heap and its limit. */
    const size_t bytes = gc_linear_map_bytes(heap->half_bytes);
    uint64_t *const starts = ht_pages_map(bytes, HT_PAGE_BYTES);
    if (!starts)
        return 0; /* no memory to look: nothing was found */
    const int error =
        gc_linear_verify(heap->space, heap->free, heap->mutator ? &heap->mutator->roots : NULL, starts, why);
    ht_pages_unmap(starts, bytes);
    return error;
}

void gc_semispace_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->collections = heap->stats.collections;
    stats->traced_objects = heap->stats.traced_objects;
    stats->traced_bytes = heap->stats.traced_bytes;
    stats->moved_bytes = heap->stats.moved_bytes;
    stats->freed_bytes = heap->stats.freed_bytes;
    stats->finalized = heap->specials.finalized;
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
}
