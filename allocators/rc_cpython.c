#include "allocators/rc_cpython.h"

#include <stdio.h>

#include "allocators/variant.h"

int gc_rc_cpython_open(struct gc_heap *heap, const struct gc_options *options)
{
    if (!ht_variant_is_known(options->variant, GC_OPTIONS))
        return -EINVAL;
    gc_counted_open(&heap->counted, options);
    heap->threshold[0] = (int64_t)ht_variant(options->variant, "threshold", 700);
    heap->threshold[1] = heap->threshold[2] = 10;
    if (gc_table_add(&heap->tracked, &heap->counted.budget, GC_SITE_ROOT_BUFFER, 0))
        return -ENOMEM;
    for (int i = 0; i < GC_REGIONS; i++)
        heap->start[i] = 1;
    return 0;
}

void gc_rc_cpython_close(struct gc_heap *heap)
{
    gc_table_close(&heap->tracked, &heap->counted.budget);
    gc_counted_close(&heap->counted);
}

/* ---- the table --------------------------------------------------------------------------------------------- */

static inline void put_at(struct gc_heap *heap, size_t place, size_t from)
{
    if (place == from)
        return;
    struct gc_object *const object = (struct gc_object *)heap->tracked.word[from];
    union gc_count *const c = gc_count_of(object);
    heap->tracked.word[place] = (uintptr_t)object;
    c->aux = (c->aux & ~GC_PLACE) | (uint32_t)place;
}

/* The last one of each region behind closes the gap. */
static void untrack(struct gc_heap *heap, struct gc_object *object)
{
    size_t gap = gc_count_of(object)->aux & GC_PLACE;
    if (!gap)
        return;
    for (int region = GC_OLDEST + 1; region < GC_REGIONS; region++)
        if (gap < heap->start[region]) {
            put_at(heap, gap, --heap->start[region]);
            gap = heap->start[region];
        }
    put_at(heap, gap, --heap->tracked.count);
    heap->count[0] -= heap->count[0] > 0;
}

/* ---- death ------------------------------------------------------------------------------------------------- */

static void release(struct gc_counted *c, struct gc_object *object);

static inline void end(struct gc_counted *c, struct gc_object *object)
{
    const bool watched = object->header & GC_WATCHED;
    if (__builtin_expect(gc_is_special(object), 0) && gc_has_finalizer(object)) {
        gc_await_finalizer(c, object);
    } else {
        untrack((struct gc_heap *)c, object);
        gc_bury(c, object);
    }
    if (__builtin_expect(watched, 0))
        gc_unwatch(c, object, release);
}

static void release(struct gc_counted *c, struct gc_object *object)
{
    if (gc_drop(object))
        end(c, object);
}

static void drain(struct gc_counted *c)
{
    struct gc_log *const log = c->options->log;
    const uint64_t start = gc_pause_start(log);
    if (GC_ALL_UNITS - gc_drain(c, GC_ALL_UNITS, release) >= GC_PAUSE_UNITS)
        gc_pause_stop(log, GC_PAUSE_RELEASE, 0, start);
}

void gc_rc_cpython_zero(struct gc_counted *c, struct gc_object *object)
{
    end(c, object);
    drain(c);
}

/* ---- what is unreachable ----------------------------------------------------------------------------------- */

static struct gc_object *object_at(const struct gc_heap *heap, size_t place)
{
    return (struct gc_object *)heap->tracked.word[place];
}

static bool any_is_special(const struct gc_heap *heap, size_t first, size_t last)
{
    uint64_t any = 0;
    for (size_t i = first; i < last; i++)
        any |= object_at(heap, i)->header;
    return any & (GC_WATCHED | (uint64_t)GC_FINALIZER << 1);
}

/* Values of ephemerons are released after all: what dies of it moves places. */
static void unwatch_unreachable(struct gc_heap *heap)
{
    heap->counted.settling = true;
    for (size_t i = heap->start[GC_UNREACHABLE]; i < heap->start[GC_YOUNGEST]; i++)
        if (object_at(heap, i)->header & GC_WATCHED)
            gc_unwatch(&heap->counted, object_at(heap, i), release);
    gc_release_orphans(&heap->counted, release);
}

/* The pause is over while finalizers run. */
static void call_finalizers(struct gc_mutator *m, int generation, uint64_t *pause)
{
    struct gc_heap *const heap = m->heap;
    struct gc_log *const log = heap->counted.options->log;
    for (size_t i = heap->start[GC_UNREACHABLE]; i < heap->start[GC_YOUNGEST]; i++)
        if (gc_has_finalizer(object_at(heap, i)))
            gc_await_finalizer(&heap->counted, object_at(heap, i));
    gc_pause_stop(log, generation == 2 ? GC_PAUSE_FULL : GC_PAUSE_MINOR, 0, *pause);
    gc_run_finalizers(m);
    *pause = gc_pause_start(log);
}

static void reverse(struct gc_heap *heap, size_t first, size_t last)
{
    for (; first + 1 < last; first++, last--) {
        const uintptr_t word = heap->tracked.word[first];
        heap->tracked.word[first] = heap->tracked.word[last - 1];
        heap->tracked.word[last - 1] = word;
    }
}

/* Takes what is unreachable out of the table, to beyond its end; returns where it begins there. Generation 0, which
 * finalizers may have filled, is in front of it then. */
static size_t set_aside(struct gc_heap *heap)
{
    const size_t first = heap->start[GC_UNREACHABLE], last = heap->tracked.count,
                 young = last - heap->start[GC_YOUNGEST];
    if (young) {
        reverse(heap, first, heap->start[GC_YOUNGEST]);
        reverse(heap, heap->start[GC_YOUNGEST], last);
        reverse(heap, first, last);
        for (size_t i = first; i < last; i++) {
            union gc_count *const c = gc_count_of(object_at(heap, i));
            c->aux = (c->aux & ~GC_PLACE) | (uint32_t)i;
        }
    }
    heap->start[GC_YOUNGEST] = first;
    heap->tracked.count = first + young;
    return first + young;
}

/* Takes the collector's own reference back from those that finalizers brought back. */
static void let_go(struct gc_heap *heap, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++)
        gc_drop(object_at(heap, i));
}

/* Weak references, finalizers, and what they bring back; the rest of the unreachable stays held by one reference,
 * which does not matter any more. Returns where it begins. */
static size_t settle(struct gc_mutator *m, int generation, uint64_t *pause)
{
    struct gc_heap *const heap = m->heap;
    const size_t first = heap->start[GC_UNREACHABLE];
    for (size_t i = first; i < heap->start[GC_YOUNGEST]; i++) {
        gc_retain(object_at(heap, i));
        gc_count_of(object_at(heap, i))->aux = (uint32_t)i;
    }
    unwatch_unreachable(heap);
    call_finalizers(m, generation, pause);
    const size_t now = heap->start[GC_UNREACHABLE],
                 rest = gc_rc_cpython_part(heap, now, heap->start[GC_YOUNGEST], 1);
    let_go(heap, now, rest);
    return rest;
}

/* It refers to itself and to what lives: the latter is released first, while the former is still there to be told
 * apart. Nothing is written beyond the end of the table meanwhile. */
static void free_unreachable(struct gc_heap *heap, size_t first, size_t last)
{
    struct gc_counted *const c = &heap->counted;
    for (size_t i = first; i < last && c->watchers.objects; i++)
        if (gc_first_counted(object_at(heap, i)->header))
            gc_stop_watching(c, object_at(heap, i));
    for (size_t i = first; i < last; i++) {
        struct gc_object *const object = object_at(heap, i);
        const uint32_t slots = gc_header_slots(object->header);
        for (uint32_t k = gc_first_counted(object->header); k < slots; k++)
            if (object->slot[k] && !(gc_count_of(object->slot[k])->aux & GC_COLLECTED))
                release(c, object->slot[k]);
    }
    for (size_t i = first; i < last; i++)
        gc_counted_free(c, object_at(heap, i));
    const int64_t freed = (int64_t)(last - first);
    heap->count[0] -= heap->count[0] < freed ? heap->count[0] : freed;
}

/* ---- a collection ------------------------------------------------------------------------------------------ */

/* What survives joins the next generation, or stays in the last. */
static void promote(struct gc_heap *heap, int generation, size_t end)
{
    if (generation > 0)
        heap->start[GC_MIDDLE] = end;
    heap->start[GC_UNREACHABLE] = end;
}

static void count_survivors(struct gc_heap *heap, int generation, size_t survivors)
{
    if (generation == 1)
        heap->long_lived_pending += survivors;
    if (generation != 2)
        return;
    heap->long_lived_pending = 0;
    heap->long_lived_total = survivors;
}

static void collect_unreachable(struct gc_mutator *m, int generation, uint64_t *pause)
{
    struct gc_heap *const heap = m->heap;
    if (heap->counted.any_special &&
        any_is_special(heap, heap->start[GC_UNREACHABLE], heap->start[GC_YOUNGEST])) {
        promote(heap, generation, settle(m, generation, pause));
        unwatch_unreachable(heap);
    }
    const size_t last = heap->tracked.count, first = set_aside(heap);
    free_unreachable(heap, first, last);
}

static void collect(struct gc_mutator *m, int generation)
{
    static const enum gc_region region_of[GC_GENERATIONS] = {GC_YOUNGEST, GC_MIDDLE, GC_OLDEST};
    struct gc_heap *const heap = m->heap;
    struct gc_counted *const c = &heap->counted;
    uint64_t pause = gc_pause_start(c->options->log);
    heap->collecting = true;
    if (generation < 2)
        heap->count[generation + 1]++;
    for (int g = 0; g <= generation; g++)
        heap->count[g] = 0;
    const size_t first = heap->start[region_of[generation]], last = heap->tracked.count,
                 rest = gc_rc_cpython_part(heap, first, last, 0);
    promote(heap, generation, rest);
    heap->start[GC_YOUNGEST] = last;
    count_survivors(heap, generation, rest - first);
    if (rest < last)
        collect_unreachable(m, generation, &pause);
    gc_drain(c, GC_ALL_UNITS, release);
    *(generation == 2 ? &c->stats.collections : &c->stats.minor_collections) += 1;
    heap->collecting = false;
    gc_pause_stop(c->options->log, generation == 2 ? GC_PAUSE_FULL : GC_PAUSE_MINOR, 0, pause);
}

/* The oldest generation whose threshold is passed. */
void gc_rc_cpython_collect_generations(struct gc_mutator *m)
{
    struct gc_heap *const heap = m->heap;
    gc_run_finalizers(m);
    if (heap->collecting || heap->count[0] <= heap->threshold[0])
        return;
    for (int g = GC_GENERATIONS - 1; g >= 0; g--) {
        if (heap->count[g] <= heap->threshold[g] ||
            (g == 2 && heap->long_lived_pending < heap->long_lived_total / 4))
            continue;
        collect(m, g);
        break;
    }
    gc_run_finalizers(m);
}

void gc_rc_cpython_collect(struct gc_mutator *m, enum gc_collection kind)
{
    if (m->heap->collecting)
        return;
    struct gc_counted *const c = &m->heap->counted;
    collect(m, kind == GC_FULL ? 2 : 0);
    gc_run_finalizers(m);
    /* What a finalizer held back may have one, too; a chain of them is no longer than there are objects now. */
    for (uint64_t left = gc_cells_used(&c->cells); kind == GC_FULL && gc_has_waiting(c) && left; left--) {
        gc_drain(c, GC_ALL_UNITS, release);
        gc_run_finalizers(m);
    }
}

static void *try_alloc(struct gc_heap *heap, uint32_t kind, size_t bytes)
{
    struct gc_counted *const c = &heap->counted;
    if (heap->tracked.count == heap->tracked.room &&
        (heap->tracked.count > GC_PLACE / 2 ||
         gc_table_grow(&heap->tracked, &c->budget, GC_SITE_ROOT_BUFFER)))
        return NULL;
    return gc_counted_alloc(c, kind, bytes);
}

/* Once for what is garbage, and once more for what finalizers held back. */
void *gc_rc_cpython_alloc_slowly(struct gc_mutator *m, uint32_t kind, bool is_tracked, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    void *cell = try_alloc(heap, kind, bytes);
    for (int i = 0; i < 2 && !cell; i++) {
        gc_rc_cpython_collect(m, GC_FULL);
        cell = try_alloc(heap, kind, bytes);
    }
    if (!cell && is_tracked && heap->count[0])
        heap->count[0]--;
    return cell;
}

/* ---- the heap walk ----------------------------------------------------------------------------------------- */

static int check_places(struct gc_heap *heap, char why[160])
{
    struct gc_cells_walk walk = {.chunk = heap->counted.cells.chunks};
    size_t tracked = 1;
    for (struct gc_object *o; (o = gc_counted_next(&walk));) {
        const uint32_t place = gc_count_of(o)->aux & GC_PLACE;
        if (o->header & GC_DEAD || !gc_is_tracked(gc_header_kind(o->header), gc_header_slots(o->header)))
            continue;
        if (!place || place >= heap->tracked.count || object_at(heap, place) != o) {
            snprintf(why, 160, "the object at %p is not at its place %u", (void *)o, place);
            return -EUCLEAN;
        }
        tracked++;
    }
    if (tracked == heap->tracked.count)
        return 0;
    snprintf(why, 160, "%zu objects are tracked, and the table has %zu", tracked - 1,
             heap->tracked.count - 1);
    return -EUCLEAN;
}

/* While finalizers run, what is unreachable is held by the collector, too. */
int gc_rc_cpython_verify(struct gc_heap *heap, char why[160])
{
    const size_t first = heap->start[GC_UNREACHABLE], last = heap->start[GC_YOUNGEST];
    let_go(heap, first, last);
    const int error = gc_counted_verify(&heap->counted, true, why);
    for (size_t i = first; i < last; i++)
        gc_retain(object_at(heap, i));
    return error ? error : check_places(heap, why);
}

void gc_rc_cpython_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_counted_stats(&heap->counted, stats);
    stats->collections = heap->counted.stats.collections;
    stats->minor_collections = heap->counted.stats.minor_collections;
    stats->traced_objects = heap->counted.stats.traced_objects;
}
