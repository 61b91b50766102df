#include "allocators/generational.h"

enum { PREFETCH_WORDS = 24 }; /* of `remembered`, that are in flight */

static struct gc_object *copy_to(void *p, const struct gc_object *object, uint64_t header, size_t size)
{
    struct gc_object *const copy = memcpy(p, object, size);
    copy->header = header;
    return copy;
}

/* Where the young object stands from now on. */
static struct gc_object *evacuate(struct gc_heap *heap, struct gc_object *object)
{
    struct gc_nursery *const n = &heap->nursery;
    const uint64_t header = object->header & ~GC_MARKED;
    const size_t size = gc_header_size(header);
    struct gc_object *copy;
    void *p;
    if ((char *)object < n->eden_end && size <= (size_t)(n->to_end - n->to_free)) {
        copy = copy_to(n->to_free, object, header, size);
        n->to_free += size;
    } else if ((p = gc_generational_old(heap, size))) {
        copy = copy_to(p, object, header | GC_UNLOGGED, size);
        if (gc_header_slots(header)) {
            object->slot[0] = heap->promoted;
            heap->promoted = object;
        }
        heap->promoted_bytes += size;
    } else {
        object->header = header | GC_STAYS;
        gc_nursery_add_pending(n, object);
        heap->stayed = true;
        return object;
    }
    object->header = (uint64_t)(uintptr_t)copy;
    heap->stats.moved_bytes += size;
    heap->stats.traced_objects++;
    return copy;
}

/* Where the object stands, if it is old or was reached; otherwise NULL. */
static struct gc_object *reached(void *context, struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    if (!gc_nursery_has(&heap->nursery, object))
        return object;
    if (!(object->header & 1))
        return (struct gc_object *)object->header;
    return object->header & GC_STAYS || gc_nursery_is_copy(&heap->nursery, object) ? object : NULL;
}

static inline void reach(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    struct gc_object *const now = reached(heap, *slot);
    *slot = now ? now : evacuate(heap, *slot);
}

/* Reaches what the object refers to; true when something of it is still young. */
static bool scan(struct gc_heap *heap, struct gc_object *object)
{
    const uint64_t header = object->header;
    const uint32_t slots = gc_header_slots(header);
    bool young = false;
    for (uint32_t i = gc_first_strong(header); i < slots; i++) {
        if (!gc_nursery_has(&heap->nursery, object->slot[i]))
            continue;
        reach(heap, &object->slot[i]);
        young |= gc_nursery_has(&heap->nursery, object->slot[i]);
    }
    return young;
}

static void scan_promoted(struct gc_heap *heap)
{
    struct gc_object *const body = heap->promoted, *const object = (struct gc_object *)body->header;
    heap->promoted = body->slot[0];
    if (scan(heap, object))
        gc_generational_remember_slots(heap, object);
}

static void drain(void *context)
{
    struct gc_heap *const heap = context;
    struct gc_nursery *const n = &heap->nursery;
    struct gc_object *object;
    for (;;) {
        if (heap->promoted) {
            scan_promoted(heap);
        } else if (heap->scanned < n->to_free) {
            object = (struct gc_object *)heap->scanned;
            heap->scanned += gc_header_size(object->header);
            scan(heap, object);
        } else if (heap->stayed && (object = gc_nursery_take_pending(n))) {
            scan(heap, object);
        } else {
            return;
        }
    }
}

/* ---- from old objects -------------------------------------------------------------------------------------- */

/* In the emergency, for each old object; and it is remembered again. */
static void scan_old(void *context, struct gc_object *object)
{
    struct gc_heap *const heap = context;
    if (scan(heap, object))
        gc_generational_remember_slots(heap, object);
}

/* True when the object is to be remembered further. */
static bool scan_logged(struct gc_heap *heap, struct gc_object *object)
{
    const bool young = scan(heap, object);
    if (!young)
        object->header |= GC_UNLOGGED;
    return young;
}

static bool reach_logged(struct gc_heap *heap, struct gc_object *object, uintptr_t i)
{
    if (object->slot[i])
        reach(heap, &object->slot[i]);
    return gc_nursery_has(&heap->nursery, object->slot[i]);
}

/* Has what entry i of the table leads to come into the cache; the entry after it. */
static size_t prefetch_entry(const struct gc_table *table, size_t i)
{
    const uintptr_t word = table->word[i];
    if (!(word & 1)) {
        __builtin_prefetch((void *)word);
        return i + 1;
    }
    __builtin_prefetch(&((struct gc_object *)(word - 1))->slot[table->word[i + 1]], 1);
    return i + 2;
}

static void trace_remembered(struct gc_heap *heap)
{
    struct gc_table *const t = &heap->remembered;
    size_t kept = 0, ahead = 0;
    for (size_t i = 0; i < t->count; i++) {
        while (ahead < t->count && ahead < i + PREFETCH_WORDS)
            ahead = prefetch_entry(t, ahead);
        const uintptr_t word = t->word[i];
        struct gc_object *const object = (struct gc_object *)(word & ~(uintptr_t)1);
        if (!(word & 1)) {
            if (scan_logged(heap, object))
                t->word[kept++] = word;
        } else if (reach_logged(heap, object, t->word[++i])) {
            t->word[kept++] = word;
            t->word[kept++] = t->word[i];
        }
    }
    t->count = kept;
}

static void trace_old(struct gc_heap *heap)
{
    if (!heap->forgot) {
        trace_remembered(heap);
        return;
    }
    gc_generational_forget(heap);
    heap->forgot = false;
    gc_cache_sync(&heap->cache);
    gc_blocks_each(&heap->old, scan_old, heap);
}

/* ---- the collection ---------------------------------------------------------------------------------------- */

void gc_generational_minor(struct gc_heap *heap)
{
    const struct gc_tracer tracer = {heap, reached, reach, drain};
    gc_nursery_start(&heap->nursery);
    const size_t before = heap->nursery.used;
    heap->stayed = false;
    heap->promoted_bytes = 0;
    heap->scanned = heap->nursery.to;
    for (struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top; r++)
        if (r->object)
            reach(heap, (struct gc_object **)&r->object);
    gc_specials_trace_queue(&heap->specials, &tracer);
    trace_old(heap);
    drain(heap);
    gc_generational_settle(heap, &tracer);
    gc_nursery_stop(&heap->nursery, heap->stayed);
    heap->stats.freed_bytes += before - heap->nursery.used - heap->promoted_bytes;
}
