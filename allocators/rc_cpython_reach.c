/* rc-cpython: what of some generations can be reached from elsewhere, in two passes over their end of the table.
 * CPython takes four: it copies all counts before it takes references off, and sorts when all is known.
 *
 * The first pass: an object is looked at when its turn comes, or when a reference to it from inside is found, which is
 * taken off its count at once; that it is inside is told by its place. The second: who has references left is reached;
 * who has none is tentative. What is reached moves to the front, and is scanned there, as in a copying
 * collector; what was tentative, and is referred to by it, follows.
 *
 * There are two builds of each pass: without a weak object in the heap all slots are alike. */
#include "allocators/rc_cpython.h"

enum { AHEAD = 8 };

static struct gc_object *object_at(const struct gc_heap *heap, size_t place)
{
    return (struct gc_object *)heap->tracked.word[place];
}

static inline void prefetch(const struct gc_heap *heap, size_t place, size_t end)
{
    if (place + AHEAD < end)
        __builtin_prefetch(gc_count_of(object_at(heap, place + AHEAD)), 1);
}

static inline bool is_ephemeron(const struct gc_object *object)
{
    return (gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON;
}

/* ---- references from outside ------------------------------------------------------------------------------- */

struct inside {
    uint32_t first; /* the first place */
    uint32_t held;  /* references that are the collector's own */
};

/* More than fit are taken for references from outside. */
static inline uint32_t collected(const union gc_count *c, uint32_t off)
{
    const uint32_t count = c->count - off;
    return __builtin_expect(count >= GC_PLACE, 0) ? GC_REACHED : GC_COLLECTED | count;
}

static inline void take_off(struct gc_object *object, struct inside inside)
{
    union gc_count *const c = gc_count_of(object);
    if (c->aux & GC_COLLECTED)
        c->aux--;
    else if (c->aux >= inside.first)
        c->aux = collected(c, inside.held + 1);
}

/* The value of an ephemeron that is outside, whose key is inside. */
static void take_off_values(struct gc_heap *heap, struct gc_object *key, struct inside inside)
{
    for (struct gc_object *e = gc_watcher(&heap->counted, key); e; e = gc_weak_links(e)->next)
        if (is_ephemeron(e) && e->slot[1] && gc_count_of(e)->aux < inside.first)
            take_off(e->slot[1], inside);
}

static GC_FOLDED void take_off_all(struct gc_heap *heap, struct inside inside, size_t end, bool any_weak)
{
    for (size_t i = inside.first; i < end; i++) {
        struct gc_object *const object = object_at(heap, i);
        union gc_count *const c = gc_count_of(object);
        const uint64_t header = object->header;
        const uint32_t slots = gc_header_slots(header);
        prefetch(heap, i, end);
        if (!(c->aux & GC_COLLECTED))
            c->aux = collected(c, inside.held);
        for (uint32_t k = any_weak ? gc_first_counted(header) : 0; k < slots; k++)
            if (object->slot[k])
                take_off(object->slot[k], inside);
        if (any_weak && header & GC_WATCHED)
            take_off_values(heap, object, inside);
    }
}

/* ---- what can be reached from there ------------------------------------------------------------------------ */

/* It goes to place `next`, and what stands there, which is tentative, to its place. */
static inline void move_to_front(struct gc_heap *heap, struct gc_object *object, size_t place)
{
    const size_t next = heap->reached++;
    if (place != next) {
        struct gc_object *const other = object_at(heap, next);
        heap->tracked.word[place] = (uintptr_t)other;
        gc_count_of(other)->aux = GC_TENTATIVE | (uint32_t)place;
        heap->tracked.word[next] = (uintptr_t)object;
    }
    gc_count_of(object)->aux = (uint32_t)next;
}

static inline void reach(struct gc_heap *heap, struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    const uint32_t aux = c->aux;
    if (!(aux & GC_COLLECTED))
        return; /* outside, or reached */
    if ((aux & GC_TENTATIVE) == GC_TENTATIVE)
        move_to_front(heap, object, aux & GC_PLACE);
    else if (aux == GC_COLLECTED)
        c->aux = aux + 1; /* its turn comes */
}

static bool is_reached(const struct gc_object *object)
{
    return !(gc_count_of(object)->aux & GC_COLLECTED);
}

/* The value of an ephemeron, when the second of both is reached: it, or its key. */
static void reach_value(struct gc_heap *heap, const struct gc_object *ephemeron)
{
    const struct gc_object *const key = ephemeron->slot[0];
    if (ephemeron->slot[1] && is_reached(ephemeron) && (!key || is_reached(key)))
        reach(heap, ephemeron->slot[1]);
}

static void reach_values(struct gc_heap *heap, const struct gc_object *object)
{
    if (is_ephemeron(object))
        reach_value(heap, object);
    if (!(object->header & GC_WATCHED))
        return;
    for (struct gc_object *e = gc_watcher(&heap->counted, object); e; e = gc_weak_links(e)->next)
        if (is_ephemeron(e))
            reach_value(heap, e);
}

static GC_FOLDED void scan(struct gc_heap *heap, const struct gc_object *object, bool any_weak)
{
    const uint64_t header = object->header;
    const uint32_t slots = gc_header_slots(header);
    for (uint32_t k = any_weak ? gc_first_strong(header) : 0; k < slots; k++)
        if (object->slot[k])
            reach(heap, object->slot[k]);
    if (any_weak)
        reach_values(heap, object);
}

static GC_FOLDED void reach_all(struct gc_heap *heap, size_t first, size_t end, bool any_weak)
{
    size_t scanned = heap->reached = first;
    for (size_t i = first; i < end; i++) {
        struct gc_object *const object = object_at(heap, i);
        union gc_count *const c = gc_count_of(object);
        prefetch(heap, i, end);
        if (c->aux == GC_COLLECTED) {
            c->aux = GC_TENTATIVE | (uint32_t)i;
            continue;
        }
        move_to_front(heap, object, i);
        while (scanned < heap->reached)
            scan(heap, object_at(heap, scanned++), any_weak);
    }
}

size_t gc_rc_cpython_part(struct gc_heap *heap, size_t first, size_t end, uint32_t held)
{
    const struct inside inside = {(uint32_t)first, held};
    heap->counted.stats.traced_objects += end - first;
    if (heap->counted.watchers.objects) {
        take_off_all(heap, inside, end, true);
        reach_all(heap, first, end, true);
    } else {
        take_off_all(heap, inside, end, false);
        reach_all(heap, first, end, false);
    }
    return heap->reached;
}
