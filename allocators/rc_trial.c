#include "allocators/rc_trial.h"

#include <stdio.h>

#include "allocators/variant.h"

/* From what the heap takes now. */
static void set_due(struct gc_heap *heap)
{
    const uint64_t now = heap->counted.cells.taken_bytes, least = GC_TRIAL_HEAP_MIN;
    const uint64_t size = now > least ? now : least;
    heap->due_bytes = now + size / 100 * heap->growth * heap->patience;
    heap->due_freed = heap->counted.stats.freed_bytes + size * heap->turns * heap->patience;
}

int gc_rc_trial_open(struct gc_heap *heap, const struct gc_options *options)
{
    if (!ht_variant_is_known(options->variant, GC_OPTIONS))
        return -EINVAL;
    gc_counted_open(&heap->counted, options);
    heap->threshold = ht_variant(options->variant, "threshold", GC_TRIAL_THRESHOLD);
    heap->units = ht_variant(options->variant, "release", GC_TRIAL_UNITS);
    heap->growth = ht_variant(options->variant, "growth", GC_TRIAL_GROWTH);
    heap->turns = ht_variant(options->variant, "turns", GC_TRIAL_TURNS);
    heap->patience = 1;
    set_due(heap);
    return 0;
}

void gc_rc_trial_close(struct gc_heap *heap)
{
    gc_table_close(&heap->candidates, &heap->counted.budget);
    gc_counted_close(&heap->counted);
}

/* ---- candidates -------------------------------------------------------------------------------------------- */

void gc_rc_trial_grow(struct gc_heap *heap, struct gc_object *candidate)
{
    /* Once one is lost the next collection looks at all objects, and until then memory is not asked for again: this is
     * a barrier. */
    if (!heap->lost && !gc_table_grow(&heap->candidates, &heap->counted.budget, GC_SITE_ROOT_BUFFER)) {
        gc_add_candidate(heap, candidate);
        return;
    }
    heap->counted.stats.mark_stack_overflows += !heap->lost;
    heap->lost++;
}

/* The last one takes its place. */
static void remove_candidate(struct gc_heap *heap, struct gc_object *object)
{
    const uint32_t place = gc_count_of(object)->aux;
    if (!place)
        return;
    struct gc_object *const last = (struct gc_object *)heap->candidates.word[--heap->candidates.count];
    heap->candidates.word[place - 1] = (uintptr_t)last;
    gc_count_of(last)->aux = place;
    gc_count_of(object)->aux = 0;
}

void gc_rc_trial_zero(struct gc_counted *c, struct gc_object *object)
{
    const bool watched = object->header & GC_WATCHED;
    if (__builtin_expect(gc_is_special(object), 0) && gc_has_finalizer(object)) {
        gc_await_finalizer(c, object);
    } else {
        remove_candidate((struct gc_heap *)c, object);
        gc_bury(c, object);
    }
    if (__builtin_expect(watched, 0))
        gc_unwatch(c, object, gc_slot_release);
}

/* ---- safepoints -------------------------------------------------------------------------------------------- */

static void release(struct gc_heap *heap, size_t units)
{
    struct gc_log *const log = heap->counted.options->log;
    const uint64_t start = gc_pause_start(log);
    if (units - gc_drain(&heap->counted, units, gc_slot_release) >= GC_PAUSE_UNITS)
        gc_pause_stop(log, GC_PAUSE_RELEASE, 0, start);
}

static void adapt(struct gc_heap *heap, size_t freed)
{
    heap->patience = freed ? 1 : heap->patience < GC_TRIAL_PATIENCE_MAX ? 2 * heap->patience : heap->patience;
    if (2 * freed < heap->touched)
        heap->threshold += heap->threshold / 2 + 1;
    else if (heap->touched)
        heap->threshold = heap->threshold / 3 * 2;
    if (heap->threshold < GC_TRIAL_THRESHOLD_MIN)
        heap->threshold = GC_TRIAL_THRESHOLD_MIN;
}

static void delete_cycles(struct gc_heap *heap, enum gc_pause_kind kind)
{
    struct gc_counted *const c = &heap->counted;
    const uint64_t start = gc_pause_start(c->options->log);
    heap->touched = 0;
    adapt(heap, gc_rc_trial_delete(heap));
    set_due(heap);
    c->stats.traced_objects += heap->touched;
    *(kind == GC_PAUSE_FULL ? &c->stats.collections : &c->stats.minor_collections) += 1;
    gc_pause_stop(c->options->log, kind, 0, start);
}

void gc_rc_trial_safepoint(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    if (heap->counted.dead)
        release(heap, heap->units + bytes / 8);
    if (gc_rc_trial_is_due(heap) || heap->counted.stats.freed_bytes > heap->due_freed)
        delete_cycles(heap, GC_PAUSE_MINOR);
    gc_run_finalizers(m);
}

/* What is released may leave new candidates. What finalizers give up is left to the next time, if it is a cycle; a
 * chain of them is gone through, which is no longer than there are objects now. */
void gc_rc_trial_collect(struct gc_mutator *m, enum gc_collection kind)
{
    struct gc_heap *const heap = m->heap;
    release(heap, GC_ALL_UNITS);
    delete_cycles(heap, kind == GC_FULL ? GC_PAUSE_FULL : GC_PAUSE_MINOR);
    gc_table_close(&heap->candidates, &heap->counted.budget); /* memory may be short */
    for (uint64_t left = gc_cells_used(&heap->counted.cells); gc_has_waiting(&heap->counted) && left;
         left--) {
        gc_run_finalizers(m);
        release(heap, GC_ALL_UNITS);
    }
}

void *gc_rc_trial_alloc_slowly(struct gc_mutator *m, uint32_t kind, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    struct gc_counted *const c = &heap->counted;
    void *cell = gc_counted_alloc(c, kind, bytes);
    while (!cell && c->dead) {
        release(heap, heap->units + bytes / 8);
        cell = gc_counted_alloc(c, kind, bytes);
    }
    /* Once for what is garbage, and once more for what finalizers held back. */
    for (int i = 0; i < 2 && !cell; i++) {
        gc_rc_trial_collect(m, GC_FULL);
        cell = gc_counted_alloc(c, kind, bytes);
    }
    return cell;
}

/* ---- the heap walk ----------------------------------------------------------------------------------------- */

int gc_rc_trial_verify(struct gc_heap *heap, char why[160])
{
    const int error = gc_counted_verify(&heap->counted, true, why);
    if (error)
        return error;
    struct gc_cells_walk walk = {.chunk = heap->counted.cells.chunks};
    size_t candidates = 0;
    for (struct gc_object *o; (o = gc_counted_next(&walk));) {
        const uint32_t place = o->header & GC_DEAD ? 0 : gc_count_of(o)->aux;
        candidates += place != 0;
        if (!(o->header & GC_COLOURS) &&
            (!place || (place <= heap->candidates.count && heap->candidates.word[place - 1] == (uintptr_t)o)))
            continue;
        snprintf(why, 160, "the object at %p is not the candidate %u, or is not black", (void *)o, place);
        return -EUCLEAN;
    }
    if (candidates == heap->candidates.count)
        return 0;
    snprintf(why, 160, "%zu objects are candidates, and the table has %zu", candidates,
             heap->candidates.count);
    return -EUCLEAN;
}

void gc_rc_trial_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_counted_stats(&heap->counted, stats);
    stats->collections = heap->counted.stats.collections;
    stats->minor_collections = heap->counted.stats.minor_collections;
    stats->traced_objects = heap->counted.stats.traced_objects;
}
