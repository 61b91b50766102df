#include "allocators/generational.h"

/* Where in the table of its kind, a weak object's or an ephemeron's, a minor collection begins. */
static size_t *first_of(struct gc_heap *heap, const struct gc_object *object, struct gc_table **table)
{
    const bool weak = (gc_header_kind(object->header) & GC_KIND_MASK) == GC_WEAK;
    *table = weak ? &heap->specials.weak : &heap->specials.ephemeron;
    return weak ? &heap->first.weak : &heap->first.ephemeron;
}

void gc_generational_look_again(struct gc_heap *heap, struct gc_object *object)
{
    struct gc_table *table;
    size_t *const first = first_of(heap, object, &table);
    if (!gc_first_strong(object->header) || !*first || object->header & GC_AGAIN)
        return;
    if (gc_table_add(table, &heap->budget, GC_SITE_WEAK, (uintptr_t)object))
        *first = 0; /* at all of them */
    else
        object->header |= GC_AGAIN;
}

void gc_generational_look_at_all(struct gc_heap *heap)
{
    heap->first.weak = heap->first.ephemeron = heap->first.finalizer = 0;
}

/* ---- a minor collection ------------------------------------------------------------------------------------ */

static struct gc_table tail(const struct gc_table *table, size_t first)
{
    return table->room ? (struct gc_table){table->word + first, table->count - first, table->room - first}
                       : *table;
}

/* Old, refers to old ones, and the barrier tells when that changes. */
static bool is_settled(const struct gc_heap *heap, const struct gc_object *object)
{
    bool young = !(object->header & GC_UNLOGGED);
    for (uint32_t i = 0; i < gc_first_strong(object->header); i++)
        young |= gc_nursery_has(&heap->nursery, object->slot[i]);
    return !young;
}

/* Settled ones go before `first`. Of an object that is in the table `again` one entry goes altogether. */
static void retire(const struct gc_heap *heap, struct gc_table *table, size_t *first, uint64_t again)
{
    for (size_t i = *first; i < table->count; i++) {
        struct gc_object *const object = (struct gc_object *)table->word[i];
        if (!is_settled(heap, object))
            continue;
        if (object->header & again) {
            object->header &= ~again;
            table->word[i--] = table->word[--table->count];
        } else {
            table->word[i] = table->word[*first];
            table->word[(*first)++] = (uintptr_t)object;
        }
    }
}

void gc_generational_settle(struct gc_heap *heap, const struct gc_tracer *tracer)
{
    struct gc_specials *const all = &heap->specials, part = *all;
    part.weak = tail(&all->weak, heap->first.weak);
    part.ephemeron = tail(&all->ephemeron, heap->first.ephemeron);
    part.finalizer = tail(&all->finalizer, heap->first.finalizer);
    gc_specials_settle(&part, tracer);
    all->weak.count = heap->first.weak + part.weak.count;
    all->ephemeron.count = heap->first.ephemeron + part.ephemeron.count;
    all->finalizer.count = heap->first.finalizer + part.finalizer.count;
    all->queue = part.queue;
    retire(heap, &all->weak, &heap->first.weak, GC_AGAIN);
    retire(heap, &all->ephemeron, &heap->first.ephemeron, GC_AGAIN);
    retire(heap, &all->finalizer, &heap->first.finalizer, 0);
}
