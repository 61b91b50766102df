/* Weak references, ephemerons and finalizers in pieces: what gc_specials_settle does in one call, on the same
 * tables, with the mutator at work in between. Why that is right is said in allocators/incremental.h. */
#include "allocators/incremental.h"

enum { SETTLED = 1 }; /* bit 0 of a word of the ephemerons' table */

static struct gc_object *object_of(uintptr_t word)
{
    return (struct gc_object *)(word & ~(uintptr_t)SETTLED);
}

static bool is_reached(struct gc_heap *heap, struct gc_object *object)
{
    return object && gc_incremental_is_marked(heap, object);
}

/* ---- ephemerons --------------------------------------------------------------------------------------------- */

void gc_incremental_ephemerons_start(struct gc_heap *heap)
{
    heap->ephemerons = (struct gc_ephemeron_pass){.count = heap->specials.ephemeron.count};
}

/* One that is settled stays so: what the mutator stores into it later is reached without it. */
static void settle_ephemeron(struct gc_heap *heap, uintptr_t *word)
{
    struct gc_object *const e = object_of(*word);
    if (*word & SETTLED || !is_reached(heap, e) || !is_reached(heap, e->slot[0]))
        return;
    *word |= SETTLED;
    if (!e->slot[1])
        return;
    gc_incremental_shade(heap, e->slot[1]);
}

static bool another_pass(struct gc_ephemeron_pass *pass)
{
    const bool again = pass->again;
    pass->at = 0;
    pass->again = false;
    pass->backwards = !pass->backwards;
    return again;
}

bool gc_incremental_ephemerons(struct gc_heap *heap, int64_t *work)
{
    struct gc_ephemeron_pass *const pass = &heap->ephemerons;
    while (*work > 0) {
        if (!gc_incremental_is_drained(heap)) {
            pass->again = true;
            gc_incremental_drain(heap, work);
        } else if (pass->at < pass->count) {
            const size_t i = pass->backwards ? pass->count - 1 - pass->at : pass->at;
            settle_ephemeron(heap, &heap->specials.ephemeron.word[i]);
            pass->at++;
            *work -= GC_ENTRY_WORK;
        } else if (!another_pass(pass)) {
            return true;
        }
    }
    return false;
}

/* ---- weak slots --------------------------------------------------------------------------------------------- */

void gc_incremental_clear_dead(struct gc_heap *heap, struct gc_object *object)
{
    if (is_reached(heap, object->slot[0]))
        return;
    object->slot[0] = NULL;
    if ((gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON)
        object->slot[1] = NULL;
}

bool gc_incremental_clear(struct gc_heap *heap, const struct gc_table *table, int64_t *work)
{
    for (; *work > 0 && heap->at < table->count; *work -= GC_ENTRY_WORK)
        gc_incremental_clear_dead(heap, object_of(table->word[heap->at++]));
    return heap->at >= table->count;
}

bool gc_incremental_forget(struct gc_heap *heap, struct gc_table *table, int64_t *work)
{
    for (; *work > 0 && heap->at < table->count; *work -= GC_ENTRY_WORK) {
        struct gc_object *const object = object_of(table->word[heap->at++]);
        if (is_reached(heap, object))
            table->word[heap->kept++] = (uintptr_t)object;
    }
    if (heap->at < table->count)
        return false;
    table->count = heap->kept;
    return true;
}

/* ---- finalizers --------------------------------------------------------------------------------------------- */

bool gc_incremental_part(struct gc_heap *heap, int64_t *work)
{
    struct gc_table *const table = &heap->specials.finalizer;
    for (; *work > 0 && heap->at < table->count; *work -= GC_ENTRY_WORK) {
        const uintptr_t word = table->word[heap->at];
        if (is_reached(heap, object_of(word))) {
            table->word[heap->at] = table->word[heap->kept];
            table->word[heap->kept++] = word;
        }
        heap->at++;
    }
    if (heap->at < table->count)
        return false;
    heap->dead_from = heap->kept;
    heap->dead_to = table->count;
    return true;
}

bool gc_incremental_resurrect(struct gc_heap *heap, int64_t *work)
{
    for (; *work > 0 && heap->at < heap->dead_to; *work -= GC_ENTRY_WORK)
        gc_incremental_shade(heap, object_of(heap->specials.finalizer.word[heap->at++]));
    return heap->at >= heap->dead_to;
}

/* The room in the queue was made when the objects were. */
bool gc_incremental_queue(struct gc_heap *heap, int64_t *work)
{
    struct gc_table *const table = &heap->specials.finalizer, *const queue = &heap->specials.queue;
    for (; *work > 0 && heap->dead_to > heap->dead_from; *work -= GC_ENTRY_WORK) {
        queue->word[queue->count++] = table->word[--heap->dead_to];
        table->word[heap->dead_to] = table->word[--table->count];
    }
    return heap->dead_to == heap->dead_from;
}
