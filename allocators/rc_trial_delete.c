/* rc-trial: the phases of a collection, each over all candidates.
 *
 * The value of an ephemeron is kept by it and by its key, together. Its reference is taken off when the first of both
 * becomes grey (the slot is then tagged by bit 0), and put back when both are black. */
#include "allocators/rc_trial.h"

enum { END = 1 }; /* of the list of what is to be looked at; no link is 1 */

static inline uint64_t colour_of(const struct gc_object *object)
{
    return object->header & GC_COLOURS;
}

static inline void paint(struct gc_object *object, uint64_t colour)
{
    object->header = (object->header & ~GC_COLOURS) | colour;
}

/* ---- what is to be looked at ------------------------------------------------------------------------------- */

/* Once: an object that is on the list stays where it is. */
static inline void push(struct gc_heap *heap, struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    if (c->aux)
        return;
    c->aux = heap->pending;
    heap->pending = gc_cells_link(c);
}

static inline struct gc_object *pop(struct gc_heap *heap)
{
    if (heap->pending == END)
        return NULL;
    union gc_count *const c = gc_cells_at(&heap->counted.cells, heap->pending);
    heap->pending = c->aux;
    c->aux = 0;
    if (heap->pending != END)
        __builtin_prefetch(gc_cells_at(&heap->counted.cells, heap->pending), 1);
    return (struct gc_object *)(c + 1);
}

/* Calls `phase` for each candidate: those of the table, or all objects with slots when some were lost. */
static GC_FOLDED void for_candidates(struct gc_heap *heap,
                                     void (*phase)(struct gc_heap *, struct gc_object *))
{
    for (size_t i = 0; i < heap->candidates.count && !heap->lost; i++) {
        if (i + 4 < heap->candidates.count)
            __builtin_prefetch((void *)heap->candidates.word[i + 4], 1);
        phase(heap, (struct gc_object *)heap->candidates.word[i]);
    }
    struct gc_cells_walk walk = {.chunk = heap->lost ? heap->counted.cells.chunks : NULL};
    for (struct gc_object *o; (o = gc_counted_next(&walk));)
        if (!(o->header & GC_DEAD))
            phase(heap, o);
}

static void forget_place(struct gc_heap *heap, struct gc_object *object)
{
    (void)heap;
    gc_count_of(object)->aux = 0;
}

/* ---- ephemerons -------------------------------------------------------------------------------------------- */

static bool is_ephemeron(const struct gc_object *object)
{
    return (gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON;
}

static bool is_taken_off(const struct gc_object *ephemeron)
{
    return (uintptr_t)ephemeron->slot[1] & 1;
}

static struct gc_object *value_of(const struct gc_object *ephemeron)
{
    return (struct gc_object *)((uintptr_t)ephemeron->slot[1] & ~(uintptr_t)1);
}

static void flip_tag(struct gc_object *ephemeron)
{
    ephemeron->slot[1] = (struct gc_object *)((uintptr_t)ephemeron->slot[1] ^ 1);
}

/* Calls `reference` for each ephemeron that refers to a value for the sake of the object: itself, and those of
 * which it is the key. */
static void for_ephemerons(struct gc_heap *heap, struct gc_object *object,
                           void (*reference)(struct gc_heap *, struct gc_object *ephemeron))
{
    if (is_ephemeron(object) && object->slot[1])
        reference(heap, object);
    if (!(object->header & GC_WATCHED))
        return;
    for (struct gc_object *e = gc_watcher(&heap->counted, object); e; e = gc_weak_links(e)->next)
        if (is_ephemeron(e) && e->slot[1])
            reference(heap, e);
}

/* Calls `edge` for each object that the object refers to by an ordinary slot, and `reference` as above. */
static GC_FOLDED void for_slots(struct gc_heap *heap, struct gc_object *object,
                                void (*edge)(struct gc_heap *, struct gc_object *),
                                void (*reference)(struct gc_heap *, struct gc_object *))
{
    const uint64_t header = object->header;
    const uint32_t slots = gc_header_slots(header);
    for (uint32_t i = gc_first_strong(header); i < slots; i++)
        if (object->slot[i])
            edge(heap, object->slot[i]);
    if (__builtin_expect(header & (GC_WATCHED | (uint64_t)GC_KIND_MASK << 1), 0))
        for_ephemerons(heap, object, reference);
}

/* ---- grey: references from inside are taken off ------------------------------------------------------------ */

static inline void add(struct gc_object *object, uint32_t n)
{
    union gc_count *const c = gc_count_of(object);
    if (__builtin_expect((int32_t)c->count >= 0, 1))
        c->count += n;
}

static inline void make_grey(struct gc_heap *heap, struct gc_object *object)
{
    if (colour_of(object) != GC_BLACK)
        return;
    paint(object, GC_GREY);
    heap->touched++;
    push(heap, object);
}

static inline void take_off(struct gc_heap *heap, struct gc_object *object)
{
    add(object, (uint32_t)-1);
    make_grey(heap, object);
}

static void take_off_value(struct gc_heap *heap, struct gc_object *ephemeron)
{
    if (is_taken_off(ephemeron))
        return;
    struct gc_object *const value = ephemeron->slot[1];
    flip_tag(ephemeron);
    take_off(heap, value);
}

static void mark_grey(struct gc_heap *heap, struct gc_object *candidate)
{
    make_grey(heap, candidate);
    for (struct gc_object *o; (o = pop(heap));)
        for_slots(heap, o, take_off, take_off_value);
}

/* ---- black or white ---------------------------------------------------------------------------------------- */

static inline void put_back(struct gc_heap *heap, struct gc_object *object)
{
    add(object, 1);
    if (colour_of(object) == GC_BLACK)
        return;
    paint(object, GC_BLACK);
    push(heap, object);
}

/* When both it and its key are black. */
static void put_back_value(struct gc_heap *heap, struct gc_object *ephemeron)
{
    const struct gc_object *const key = ephemeron->slot[0];
    if (!is_taken_off(ephemeron) || colour_of(ephemeron) != GC_BLACK || (key && colour_of(key) != GC_BLACK))
        return;
    flip_tag(ephemeron);
    put_back(heap, ephemeron->slot[1]);
}

static inline void make_white(struct gc_heap *heap, struct gc_object *object)
{
    if (colour_of(object) != GC_GREY)
        return;
    paint(object, gc_count_of(object)->count ? GC_BLACK : GC_WHITE);
    push(heap, object);
}

static void make_white_value(struct gc_heap *heap, struct gc_object *ephemeron)
{
    make_white(heap, value_of(ephemeron));
}

/* A white object that is restored while it is on the list is black when its turn comes. */
static void scan_pending(struct gc_heap *heap)
{
    for (struct gc_object *o; (o = pop(heap));) {
        if (colour_of(o) == GC_BLACK)
            for_slots(heap, o, put_back, put_back_value);
        else
            for_slots(heap, o, make_white, make_white_value);
    }
}

static void scan(struct gc_heap *heap, struct gc_object *candidate)
{
    make_white(heap, candidate);
    scan_pending(heap);
}

/* ---- white: weak references, finalizers -------------------------------------------------------------------- */

static inline void find_garbage(struct gc_heap *heap, struct gc_object *object)
{
    if (colour_of(object) != GC_WHITE)
        return;
    paint(object, GC_GARBAGE);
    push(heap, object);
}

static void find_garbage_value(struct gc_heap *heap, struct gc_object *ephemeron)
{
    find_garbage(heap, value_of(ephemeron));
}

static void settle(struct gc_heap *heap, struct gc_object *candidate)
{
    struct gc_counted *const c = &heap->counted;
    find_garbage(heap, candidate);
    for (struct gc_object *o; (o = pop(heap));) {
        for_slots(heap, o, find_garbage, find_garbage_value);
        if (o->header & GC_WATCHED)
            gc_unwatch(c, o, NULL);
        if (gc_has_finalizer(o))
            gc_await_finalizer(c, o);
    }
}

/* Empties the ephemerons whose key is garbage. Their values are kept for the list of the dead; the references to
 * them were taken off. */
static void empty_orphans(struct gc_counted *c)
{
    for (struct gc_object *e = c->orphans; e; e = gc_weak_links(e)->next) {
        gc_weak_links(e)->previous = value_of(e);
        e->slot[1] = NULL;
    }
}

/* Restores what waits for its finalizer since now, and all that it reaches. */
static void restore_finalizable(struct gc_heap *heap, struct gc_object *first)
{
    for (struct gc_object *o = first; o; o = (struct gc_object *)(*gc_finalizer_link(o) & ~(uintptr_t)1)) {
        if (colour_of(o) == GC_BLACK)
            continue;
        paint(o, GC_BLACK);
        push(heap, o);
        scan_pending(heap);
    }
}

static void settle_all(struct gc_heap *heap)
{
    struct gc_counted *const c = &heap->counted;
    c->settling = true; /* orphans are ours */
    for_candidates(heap, settle);
    empty_orphans(c);
    c->settling = false;
    restore_finalizable(heap, c->finalizer);
}

/* ---- the end of garbage ------------------------------------------------------------------------------------ */

/* The list is threaded through the counts of the dead, which do not matter any more. What lives and is referred to
 * by them has lost these references already. */
static inline void add_dead(struct gc_heap *heap, struct gc_object *object)
{
    if (!(object->header & GC_WHITE)) /* white, or known as garbage */
        return;
    paint(object, GC_BLACK);
    object->header |= GC_DEAD;
    gc_count_of(object)->next = NULL;
    *(heap->garbage ? &gc_count_of(heap->last_garbage)->next : &heap->garbage) = object;
    heap->last_garbage = object;
}

static void add_dead_value(struct gc_heap *heap, struct gc_object *ephemeron)
{
    add_dead(heap, value_of(ephemeron));
}

static void list_dead(struct gc_heap *heap)
{
    struct gc_counted *const c = &heap->counted;
    heap->garbage = NULL;
    for_candidates(heap, add_dead);
    while (c->orphans) {
        struct gc_weak_links *const links = gc_weak_links(c->orphans);
        add_dead(heap, links->previous);
        c->orphans = links->next;
        *links = (struct gc_weak_links){NULL, NULL};
    }
    for (struct gc_object *o = heap->garbage; o; o = gc_count_of(o)->next)
        for_slots(heap, o, add_dead, add_dead_value);
}

static size_t free_dead(struct gc_heap *heap)
{
    size_t freed = 0;
    for (struct gc_object *next, *o = heap->garbage; o; o = next, freed++) {
        next = gc_count_of(o)->next;
        __builtin_prefetch(next, 1);
        gc_counted_free(&heap->counted, o);
    }
    return freed;
}

size_t gc_rc_trial_delete(struct gc_heap *heap)
{
    heap->pending = END;
    for_candidates(heap, forget_place);
    for_candidates(heap, mark_grey);
    for_candidates(heap, scan);
    if (heap->counted.any_special)
        settle_all(heap);
    list_dead(heap);
    heap->candidates.count = 0;
    heap->lost = 0;
    return free_dead(heap);
}
