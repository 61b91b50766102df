#include "allocators/rc.h"

#include <stdio.h>

#include "allocators/variant.h"

int gc_rc_open(struct gc_heap *heap, const struct gc_options *options)
{
    if (!ht_variant_is_known(options->variant, GC_OPTIONS))
        return -EINVAL;
    gc_counted_open(&heap->counted, options);
    heap->deferred = ht_variant(options->variant, "deferred", 0);
    heap->units = ht_variant(options->variant, "release", GC_RC_UNITS);
    return 0;
}

void gc_rc_close(struct gc_heap *heap)
{
    gc_table_close(&heap->zero, &heap->counted.budget);
    gc_counted_close(&heap->counted);
}

void gc_rc_end(struct gc_counted *c, struct gc_object *object)
{
    const bool watched = object->header & GC_WATCHED;
    if (__builtin_expect(gc_is_special(object), 0) && gc_has_finalizer(object))
        gc_await_finalizer(c, object);
    else
        gc_bury(c, object);
    if (watched)
        gc_unwatch(c, object, gc_slot_release);
}

void gc_rc_zero(struct gc_counted *c, struct gc_object *object)
{
    struct gc_heap *const heap = (struct gc_heap *)c;
    if (heap->deferred)
        gc_rc_list(heap, object);
    else
        gc_rc_end(c, object);
}

/* ---- safepoints -------------------------------------------------------------------------------------------- */

static void release(struct gc_heap *heap, size_t units)
{
    struct gc_log *const log = heap->counted.options->log;
    const uint64_t start = gc_pause_start(log);
    if (heap->deferred)
        gc_rc_reconcile(heap, units);
    else if (units - gc_drain(&heap->counted, units, gc_slot_release) < GC_PAUSE_UNITS)
        return;
    gc_pause_stop(log, GC_PAUSE_RELEASE, 0, start);
}

void gc_rc_safepoint(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t units = heap->units + bytes / 8;
    if (!heap->deferred) {
        release(heap, units);
    } else {
        heap->owed += units;
        if (heap->zero.count >= heap->zero_limit || (heap->counted.dead && heap->owed >= 64 * heap->units))
            release(heap, heap->owed);
    }
    gc_run_finalizers(m);
}

/* Only with `deferred` can something be dead that is not on the queue. */
static void release_all(struct gc_heap *heap)
{
    if (heap->deferred || heap->counted.dead)
        release(heap, GC_ALL_UNITS);
}

/* What a finalizer held back may have one, too: a full collection goes to the end of such a chain. It is no longer than
 * there are objects now, or finalizers add to it. */
void gc_rc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    struct gc_heap *const heap = m->heap;
    if (kind == GC_MINOR) {
        release(heap, heap->units);
        gc_run_finalizers(m);
        return;
    }
    release_all(heap);
    for (uint64_t left = gc_cells_used(&heap->counted.cells); gc_has_waiting(&heap->counted) && left;
         left--) {
        gc_run_finalizers(m);
        release_all(heap);
    }
    heap->counted.stats.collections++;
}

/* A little at first: that may do. */
void *gc_rc_alloc_slowly(struct gc_mutator *m, uint32_t kind, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    struct gc_counted *const c = &heap->counted;
    void *cell = gc_counted_alloc(c, kind, bytes);
    while (!cell && c->dead && !heap->deferred) {
        release(heap, heap->units + bytes / 8);
        cell = gc_counted_alloc(c, kind, bytes);
    }
    if (!cell) {
        gc_rc_collect(m, GC_FULL);
        cell = gc_counted_alloc(c, kind, bytes);
    }
    return cell;
}

int gc_rc_verify(struct gc_heap *heap, char why[160])
{
    const int error = gc_counted_verify(&heap->counted, !heap->deferred, why);
    struct gc_cells_walk walk = {.chunk = heap->counted.cells.chunks};
    for (struct gc_object *o; !error && heap->deferred && (o = gc_counted_next(&walk));) {
        if (o->header & (GC_DEAD | GC_LISTED) || gc_count_of(o)->count)
            continue;
        snprintf(why, 160, "the object at %p has a count of zero, and is not in the table", (void *)o);
        return -EUCLEAN;
    }
    return error;
}

void gc_rc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_counted_stats(&heap->counted, stats);
    stats->collections = heap->counted.stats.collections;
    stats->minor_collections = heap->counted.stats.minor_collections;
}
