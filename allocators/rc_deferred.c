/* rc with `deferred`: the table of objects whose count is zero, and its reconciliation with the root stack. */
#include "allocators/rc.h"

enum { ZERO_LIMIT_MIN = 1024 };

void gc_rc_list(struct gc_heap *heap, struct gc_object *object)
{
    if (object->header & GC_LISTED)
        return;
    object->header |= GC_LISTED;
    if (!heap->walking &&
        !gc_table_add(&heap->zero, &heap->counted.budget, GC_SITE_ROOT_BUFFER, (uintptr_t)object))
        return;
    heap->counted.stats.mark_stack_overflows += !heap->lost;
    heap->lost = true;
}

/* While root slots are flagged: to who is in none of them, zero is death. */
static void release_flagged(struct gc_counted *c, struct gc_object *object)
{
    if (!gc_drop(object))
        return;
    if (object->header & (GC_ROOTED | GC_LISTED))
        gc_rc_list((struct gc_heap *)c, object);
    else
        gc_rc_end(c, object);
}

static void flag_roots(const struct gc_roots *roots, uint64_t flag)
{
    for (const struct gc_root *r = roots->base; r < roots->top; r++) {
        struct gc_object *const object = r->object;
        if (object)
            object->header = (object->header & ~GC_ROOTED) | flag;
    }
}

/* True when it stays in the table. */
static bool reconcile_one(struct gc_heap *heap, struct gc_object *object)
{
    if (gc_count_of(object)->count) {
        object->header &= ~GC_LISTED;
        return false;
    }
    if (object->header & GC_ROOTED)
        return true;
    object->header &= ~GC_LISTED;
    gc_rc_end(&heap->counted, object);
    return false;
}

/* What comes to the table meanwhile is looked at, too. */
static void reconcile_table(struct gc_heap *heap)
{
    size_t kept = 0;
    for (size_t i = 0; i < heap->zero.count; i++) {
        struct gc_object *const object = (struct gc_object *)heap->zero.word[i];
        if (i + 8 < heap->zero.count)
            __builtin_prefetch((void *)heap->zero.word[i + 8], 1);
        if (reconcile_one(heap, object))
            heap->zero.word[kept++] = (uintptr_t)object;
    }
    heap->zero.count = kept;
}

/* The table was too small: every object that is flagged, wherever it is. The table is made anew. */
static void reconcile_heap(struct gc_heap *heap)
{
    struct gc_cells_walk walk = {.chunk = heap->counted.cells.chunks};
    heap->zero.count = 0;
    heap->lost = false;
    heap->walking = true;
    for (struct gc_object *o; (o = gc_counted_next(&walk));)
        if (o->header & GC_LISTED && !(o->header & GC_DEAD) && reconcile_one(heap, o) &&
            gc_table_add(&heap->zero, &heap->counted.budget, GC_SITE_ROOT_BUFFER, (uintptr_t)o))
            heap->lost = true;
    heap->walking = false;
}

void gc_rc_reconcile(struct gc_heap *heap, size_t units)
{
    static const struct gc_roots none;
    struct gc_counted *const c = &heap->counted;
    const struct gc_roots *const roots = c->mutator ? &c->mutator->roots : &none;
    flag_roots(roots, GC_ROOTED);
    if (heap->lost)
        reconcile_heap(heap);
    else
        reconcile_table(heap);
    gc_drain(c, units, release_flagged);
    flag_roots(roots, 0);
    heap->owed = 0;
    heap->zero_limit = 2 * heap->zero.count + ZERO_LIMIT_MIN;
    c->stats.minor_collections++;
}
