#include "allocators/generational.h"

enum { SLOT = 1 }; /* bit 0 of a word of `remembered`: the next word is the number of a slot */

/* Two words, or none. */
static bool add_slot(struct gc_heap *heap, struct gc_object *object, uint32_t i)
{
    struct gc_table *const t = &heap->remembered;
    if (t->room - t->count < 2 && gc_table_grow(t, &heap->budget, GC_SITE_REMEMBERED))
        return false;
    t->word[t->count++] = (uintptr_t)object | SLOT;
    t->word[t->count++] = i;
    return true;
}

static bool add_object(struct gc_heap *heap, struct gc_object *object)
{
    if (gc_table_add(&heap->remembered, &heap->budget, GC_SITE_REMEMBERED, (uintptr_t)object))
        return false;
    object->header &= ~GC_UNLOGGED;
    return true;
}

static void forgot(struct gc_heap *heap)
{
    if (!heap->forgot)
        heap->stats.mark_stack_overflows++;
    heap->forgot = true;
}

/* Where the set is to have slots and not the object: it has many, or some of them are weak. */
static bool has_slots_remembered(const struct gc_heap *heap, const struct gc_object *object)
{
    return heap->remembered.count < heap->remembered_max &&
           (gc_header_slots(object->header) >= GC_WIDE_SLOTS || gc_first_strong(object->header));
}

void gc_generational_remember_slot(struct gc_heap *heap, struct gc_object *object, uint32_t i)
{
    if (heap->forgot)
        return;
    if (!(has_slots_remembered(heap, object) ? add_slot(heap, object, i) : add_object(heap, object)))
        forgot(heap);
}

void gc_generational_remember_slots(struct gc_heap *heap, struct gc_object *object)
{
    const uint32_t slots = gc_header_slots(object->header);
    for (uint32_t i = gc_first_strong(object->header); i < slots && object->header & GC_UNLOGGED; i++)
        if (gc_nursery_has(&heap->nursery, object->slot[i]))
            gc_generational_remember_slot(heap, object, i);
}

void gc_generational_remember(struct gc_heap *heap, struct gc_object *object, uint32_t i)
{
    heap->stats.barriers++;
    if (gc_nursery_has(&heap->nursery, object->slot[i]))
        return; /* so it is remembered */
    if (i >= gc_first_strong(object->header))
        gc_generational_remember_slot(heap, object, i);
    /* While the whole object is remembered its weak slots are not heard of. */
    if (i < gc_first_strong(object->header) || !(object->header & GC_UNLOGGED))
        gc_generational_look_again(heap, object);
}

void gc_generational_forget(struct gc_heap *heap)
{
    const struct gc_table *const t = &heap->remembered;
    for (size_t i = 0; i < t->count; i += t->word[i] & SLOT ? 2 : 1)
        ((struct gc_object *)(t->word[i] & ~(uintptr_t)SLOT))->header |= GC_UNLOGGED;
    heap->remembered.count = 0;
}

void gc_generational_forget_dead(struct gc_heap *heap)
{
    struct gc_table *const t = &heap->remembered;
    size_t kept = 0;
    for (size_t i = 0, words; i < t->count; i += words) {
        words = t->word[i] & SLOT ? 2 : 1;
        if (!gc_is_marked(&heap->old, (void *)(t->word[i] & ~(uintptr_t)SLOT)))
            continue;
        for (size_t w = 0; w < words; w++)
            t->word[kept++] = t->word[i + w];
    }
    t->count = kept;
}
