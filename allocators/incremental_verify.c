/* The invariant of allocators/incremental.h, beside that of allocators/blocks.h. */
#include <stdio.h>

#include "allocators/incremental.h"

struct check {
    const struct gc_heap *heap;
    char *why;
    int error;
};

static void complain(struct check *check, const char *what, const void *from, const void *to)
{
    if (!check->error)
        snprintf(check->why, 160, "%s: %p, from %p", what, to, from);
    check->error = -EUCLEAN;
}

/* Marking has ended, and nothing was swept: what is marked leads to what is marked. */
static bool marks_are_closed(const struct gc_heap *heap)
{
    return (heap->phase >= GC_CLEAR_WEAK && heap->phase <= GC_PART) ||
           (heap->phase >= GC_FORGET_WEAK && heap->phase < GC_SWEEP);
}

static bool is_ephemeron(const struct gc_object *object)
{
    return (gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON;
}

static bool is_marked(const struct gc_heap *heap, const struct gc_object *object)
{
    return object && gc_incremental_is_marked(heap, object);
}

static void check_marked(void *context, struct gc_object *object)
{
    struct check *const check = context;
    const struct gc_heap *const heap = check->heap;
    if (!gc_incremental_is_marked(heap, object))
        return;
    if (heap->phase == GC_IDLE)
        complain(check, "an object is marked though no cycle goes on", NULL, object);
    const uint32_t slots = gc_header_slots(object->header);
    if (marks_are_closed(heap) && is_ephemeron(object) && is_marked(heap, object->slot[0]) &&
        object->slot[1] && !is_marked(heap, object->slot[1]))
        complain(check, "the value of an ephemeron is not marked, and its key is", object, object->slot[1]);
    for (uint32_t i = gc_first_strong(object->header); marks_are_closed(heap) && i < slots; i++)
        if (object->slot[i] && !gc_incremental_is_marked(heap, object->slot[i]))
            complain(check, "a marked object refers to one that is not, after marking", object,
                     object->slot[i]);
}

static void check_roots(struct check *check, const struct gc_roots *roots)
{
    for (const struct gc_root *r = roots->base; r < roots->top && marks_are_closed(check->heap); r++)
        if (r->object && !gc_incremental_is_marked(check->heap, r->object))
            complain(check, "a root refers to an object that is not marked, after marking", r, r->object);
}

static void check_state(struct check *check)
{
    const struct gc_heap *const heap = check->heap;
    if (heap->barrier != (heap->phase != GC_IDLE && heap->phase < GC_FORGET_WEAK))
        complain(check, "the barrier is not what the phase asks for", NULL, heap);
    if (heap->blocks.black != (heap->phase != GC_IDLE && heap->phase < GC_SWEEP))
        complain(check, "new objects have not the colour that the phase asks for", NULL, heap);
    if (!gc_incremental_is_drained(heap) && !heap->barrier)
        complain(check, "there are grey objects though no marking goes on", NULL, heap);
}

int gc_incremental_verify(struct gc_heap *heap, char why[160])
{
    struct check check = {heap, why, 0};
    const struct gc_roots *const roots = heap->mutator ? &heap->mutator->roots : NULL;
    gc_cache_sync(&heap->cache);
    int error = gc_blocks_verify(&heap->blocks, why);
    if (!error && roots)
        error = gc_blocks_verify_roots(&heap->blocks, roots, why);
    if (error)
        return error;
    check_state(&check);
    gc_blocks_each(&heap->blocks, check_marked, &check);
    if (roots)
        check_roots(&check, roots);
    return check.error;
}
