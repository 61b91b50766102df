/* rc-cpython: what of some generations can be reached from elsewhere. Two builds of each phase: without a weak
 * object in the heap all slots are alike. */
#include "allocators/rc_cpython.h"

enum { AHEAD = 8 };

static struct gc_object *object_at(const struct gc_heap *heap, size_t place)
{
    return (struct gc_object *)heap->tracked.word[place];
}

static inline void prefetch(const struct gc_heap *heap, size_t place)
{
    __builtin_prefetch(gc_count_of((struct gc_object *)heap->tracked.word[place]), 1);
}

static inline bool is_ephemeron(const struct gc_object *object)
{
    return (gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON;
}

/* ---- references from outside ------------------------------------------------------------------------------- */

static void copy_counts(struct gc_heap *heap, size_t first, size_t end, uint32_t held)
{
    for (size_t i = first; i < end; i++) {
        if (i + AHEAD < end)
            prefetch(heap, i + AHEAD);
        union gc_count *const c = gc_count_of(object_at(heap, i));
        const uint32_t count = c->count - held;
        /* More than fit are taken for references from outside. */
        c->aux = __builtin_expect(count >= GC_PLACE, 0) ? GC_REACHED : GC_COLLECTED | count;
    }
}

static inline void take_off(struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    if (c->aux & GC_COLLECTED)
        c->aux--;
}

/* The value of an ephemeron that is not looked at, whose key is. */
static void take_off_values(struct gc_heap *heap, struct gc_object *key)
{
    for (struct gc_object *e = gc_watcher(&heap->counted, key); e; e = gc_weak_links(e)->next)
        if (is_ephemeron(e) && e->slot[1] && !(gc_count_of(e)->aux & GC_TENTATIVE))
            take_off(e->slot[1]);
}

static GC_FOLDED void take_off_inside(struct gc_heap *heap, size_t first, size_t end, bool any_weak)
{
    for (size_t i = first; i < end; i++) {
        struct gc_object *const object = object_at(heap, i);
        const uint64_t header = object->header;
        const uint32_t slots = gc_header_slots(header);
        if (i + AHEAD < end)
            prefetch(heap, i + AHEAD);
        for (uint32_t k = any_weak ? gc_first_counted(header) : 0; k < slots; k++)
            if (object->slot[k])
                take_off(object->slot[k]);
        if (any_weak && header & GC_WATCHED)
            take_off_values(heap, object);
    }
}

/* ---- what can be reached from there ------------------------------------------------------------------------ */

static inline void reach(struct gc_heap *heap, struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    const uint32_t aux = c->aux;
    if (!(aux & GC_COLLECTED))
        return; /* not looked at, or reached */
    if ((aux & GC_TENTATIVE) != GC_TENTATIVE) {
        c->aux = aux == GC_COLLECTED ? aux + 1 : aux; /* its turn comes */
        return;
    }
    c->aux = GC_REACHED | (uint32_t)heap->late;
    heap->late = aux & GC_PLACE;
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

/* Returns how many were reached. */
static GC_FOLDED size_t reach_all(struct gc_heap *heap, size_t first, size_t end, bool any_weak)
{
    size_t reached = 0;
    heap->late = 0;
    for (size_t i = first; i < end; i++) {
        struct gc_object *const object = object_at(heap, i);
        union gc_count *const c = gc_count_of(object);
        if (i + AHEAD < end)
            prefetch(heap, i + AHEAD);
        if (c->aux == GC_COLLECTED) {
            c->aux = GC_TENTATIVE | (uint32_t)i;
            continue;
        }
        c->aux = GC_REACHED;
        reached++;
        scan(heap, object, any_weak);
    }
    for (; heap->late; reached++) {
        struct gc_object *const object = object_at(heap, heap->late);
        heap->late = gc_count_of(object)->aux & GC_PLACE;
        scan(heap, object, any_weak);
    }
    return reached;
}

/* Those that were reached come first, in their order. */
static size_t part(struct gc_heap *heap, size_t first, size_t end)
{
    uintptr_t *const word = heap->tracked.word;
    size_t next = first;
    for (size_t i = first; i < end; i++) {
        struct gc_object *const object = object_at(heap, i), *const other = object_at(heap, next);
        if (i + AHEAD < end)
            prefetch(heap, i + AHEAD);
        if (!is_reached(object))
            continue;
        if (i != next) {
            word[i] = (uintptr_t)other;
            gc_count_of(other)->aux = GC_TENTATIVE | (uint32_t)i;
            word[next] = (uintptr_t)object;
        }
        gc_count_of(object)->aux = (uint32_t)next++;
    }
    return next;
}

size_t gc_rc_cpython_part(struct gc_heap *heap, size_t first, size_t end, uint32_t held)
{
    size_t reached;
    copy_counts(heap, first, end, held);
    if (heap->counted.watchers.objects) {
        take_off_inside(heap, first, end, true);
        reached = reach_all(heap, first, end, true);
    } else {
        take_off_inside(heap, first, end, false);
        reached = reach_all(heap, first, end, false);
    }
    heap->counted.stats.traced_objects += end - first;
    return reached ? part(heap, first, end) : first;
}
