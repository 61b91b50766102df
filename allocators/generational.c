#include "allocators/generational.h"

#include <errno.h>

#include "allocators/variant.h"

enum { MARK_STACK_MIN = 1024 }; /* entries */

/* An eighth of the heap, in bounds. */
static size_t nursery_bytes(const struct gc_options *options)
{
    const uint64_t heap = options->heap_bytes ? options->heap_bytes / 8 : UINT64_MAX;
    uint64_t bytes = ht_variant(options->variant, "nursery", heap < 4 << 20 ? heap : 4 << 20);
    bytes = bytes < GC_NURSERY_MIN_BYTES ? GC_NURSERY_MIN_BYTES : bytes;
    bytes = bytes > GC_NURSERY_MAX_BYTES ? GC_NURSERY_MAX_BYTES : bytes;
    return bytes & -(size_t)HT_PAGE_BYTES;
}

int gc_generational_open(struct gc_heap *heap, const struct gc_options *options)
{
    heap->options = options;
    if (!ht_variant_is_known(options->variant, GC_OPTIONS))
        return -EINVAL;
    heap->budget.limit = options->heap_bytes;
    heap->specials.budget = &heap->budget;
    gc_blocks_open(&heap->old, &heap->budget);
    const size_t bytes = nursery_bytes(options);
    /* Two words for each object of 16 bytes that the nursery can hold: so an object of many slots, each of which
     * refers to a young one, is never scanned whole (a fan of 10^7 was, at each of 76 minor collections). */
    heap->remembered_max = bytes / 8;
    gc_trace_open(&heap->trace, &heap->budget, ht_variant(options->variant, "mark-stack", SIZE_MAX));
    if (gc_nursery_open(&heap->nursery, &heap->budget, bytes))
        return -ENOMEM;
    heap->old.beside = heap->nursery.base;
    heap->old.beside_bytes = heap->nursery.bytes;
    /* While there is room: when there is none left, emergencies come earlier. */
    gc_trace_reserve(&heap->trace, MARK_STACK_MIN);
    while (heap->remembered.room < bytes / 256)
        if (gc_table_grow(&heap->remembered, &heap->budget, GC_SITE_REMEMBERED))
            break;
    return 0;
}

const char *gc_generational_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    if (error == -EINVAL)
        return "the options of generational are nursery=BYTES and mark-stack=ENTRIES";
    return error == -ENOMEM ? "the nursery does not fit in the heap limit" : strerror(-error);
}

void gc_generational_close(struct gc_heap *heap)
{
    gc_nursery_close(&heap->nursery, &heap->budget);
    gc_blocks_close(&heap->old);
    gc_table_close(&heap->remembered, &heap->budget);
    gc_trace_close(&heap->trace);
    gc_specials_close(&heap->specials);
}

/* ---- allocation -------------------------------------------------------------------------------------------- */

void *gc_generational_old_slowly(struct gc_heap *heap, size_t size)
{
    if (size > GC_CELL_MAX)
        return gc_blocks_large(&heap->old, size);
    const unsigned class = gc_class(size);
    if (!gc_cache_next(&heap->old, &heap->cache, class) && !gc_cache_refill(&heap->old, &heap->cache, class))
        return NULL;
    return gc_cache_alloc(&heap->cache, size);
}

/* Room for a new object without a collection; the caller takes it by moving nursery.free. */
static void *find_room(struct gc_heap *heap, size_t size)
{
    struct gc_nursery *const n = &heap->nursery;
    if (size > GC_YOUNG_MAX)
        return gc_generational_old(heap, size);
    return size <= (size_t)(n->end - n->free) || gc_nursery_next_gap(n, size) ? n->free : NULL;
}

static void collect(struct gc_mutator *m, enum gc_collection kind)
{
    struct gc_heap *const heap = m->heap;
    const uint64_t start = gc_pause_start(heap->options->log);
    enum gc_pause_kind pause = GC_PAUSE_MINOR;
    if (kind == GC_MINOR && !heap->nursery.crowded) {
        heap->stats.minor_collections++;
        gc_generational_minor(heap);
    }
    if (kind == GC_FULL || heap->nursery.crowded) {
        pause = GC_PAUSE_FULL;
        heap->stats.collections++;
        gc_generational_full(heap);
    }
    gc_pause_stop(heap->options->log, pause, 0, start);
}

void gc_generational_collect(struct gc_mutator *m, enum gc_collection kind)
{
    collect(m, kind);
    gc_specials_finalize(&m->heap->specials, m, m->heap->options);
}

/* As find_room, after whatever collections it takes. What finalizers held back, or made, may be garbage after
 * them: the last resort is a second full collection. */
static void *make_room(struct gc_mutator *m, size_t size)
{
    struct gc_heap *const heap = m->heap;
    void *p = find_room(heap, size);
    if (!p && size <= GC_YOUNG_MAX) {
        gc_generational_collect(m, GC_MINOR);
        p = find_room(heap, size);
    }
    for (int i = 0; !p && i < 2; i++) {
        gc_generational_collect(m, GC_FULL);
        p = find_room(heap, size);
    }
    return p;
}

/* The tables of allocators/specials.h take from the same limit: a full collection may give them room. */
static void give_back(struct gc_mutator *m)
{
    gc_generational_collect(m, GC_FULL);
    gc_blocks_sweep_all(&m->heap->old);
    gc_blocks_trim(&m->heap->old);
}

static bool note_special(struct gc_heap *heap, struct gc_object *object)
{
    return !gc_header_kind(object->header) || !gc_specials_add(&heap->specials, object);
}

int gc_generational_alloc_slowly(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                                 uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t size = gc_size(slots, bytes);
    for (int attempt = 0; attempt < 2; attempt++) {
        void *const p = make_room(m, size);
        if (!p)
            return -ENOMEM;
        struct gc_object *const object = gc_object_make(p, kind, slots, bytes);
        if (size > GC_YOUNG_MAX)
            object->header |= GC_UNLOGGED;
        if (note_special(heap, object)) {
            if (size <= GC_YOUNG_MAX)
                heap->nursery.free += size;
            dst->object = object;
            return 0;
        }
        /* An old object is garbage now; a young one was not taken. */
        give_back(m);
    }
    return -ENOMEM;
}

void gc_generational_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->collections = heap->stats.collections;
    stats->minor_collections = heap->stats.minor_collections;
    stats->traced_objects = heap->stats.traced_objects + heap->trace.objects;
    stats->moved_bytes = heap->stats.moved_bytes;
    stats->freed_bytes = heap->stats.freed_bytes + heap->old.freed_bytes;
    stats->barriers = heap->stats.barriers;
    stats->finalized = heap->specials.finalized;
    stats->mark_stack_high = heap->trace.high;
    stats->mark_stack_overflows = heap->stats.mark_stack_overflows + heap->trace.overflows;
    stats->live_objects = gc_generational_objects(heap);
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
}
