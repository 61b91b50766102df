/* Counted objects, for the collectors that count references: what stands around an object of allocators/object.h,
 * its death, and its release.
 *
 *     [count, aux] [header] [slots] [data] [links of a weak object] [link of an object with a finalizer]
 *
 * A reference leads to the header. A count has 31 bits; one that would pass them sticks, and its object stays for
 * ever. An object whose count falls to zero dies: weak references to it are emptied; then it waits for its
 * finalizer, which keeps it as a reference would; or it is buried: put on the release queue, which is threaded
 * through the counts of the dead. Draining the queue takes the first, releases what it refers to (which may die,
 * and goes to the end), and frees it. So a release never recurses, and can stop after any number of slots.
 *
 * Weak objects stand in a list of those that watch the same target; targets are hashed. An ephemeron's value is
 * counted, and is given up when the key dies. The room for what a weak object needs is made when it is allocated:
 * nothing here can fail later.
 *
 * Invariant: between operations, the count of each object that is not dead is the number of slots, root slots
 * (where they count) and waits for a finalizer that refer to it; no live object or root refers to a dead one; an
 * object is watched iff a weak slot refers to it. */
#ifndef HT_ALLOCATORS_COUNTED_H
#define HT_ALLOCATORS_COUNTED_H

#include "allocators/budget.h"
#include "allocators/cells.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"

/* In the header of an object. */
#define GC_DEAD    GC_OWN(0) /* waits to be freed */
#define GC_WATCHED GC_OWN(1) /* weak references refer to it */

#define GC_STICKY      0xc0000000u /* the count of an object that had too many references to be counted */
#define GC_ALL_UNITS   SIZE_MAX
#define GC_FOLDED      inline __attribute__((always_inline))
#define GC_PAUSE_UNITS 16 /* a release of fewer slots and objects is no pause: that is what a store costs */

/* Before the header. */
union gc_count {
    struct {
        uint32_t count;
        uint32_t aux; /* the strategy's own; 0 in a new object */
    };
    struct gc_object *next; /* of a dead one */
};

struct gc_weak_links {
    struct gc_object *next, *previous; /* watch the same target */
};

/* Targets of weak references: their first watchers, hashed by target. */
struct gc_watchers {
    struct gc_object **first;
    size_t room, objects; /* room is twice the weak objects that there are, at least */
};

struct gc_counted {
    struct gc_object *dead, *last_dead; /* the release queue */
    uint32_t released;                  /* slots of the first one */
    bool settling;
    bool any_special;          /* an object was made that is not plain */
    struct gc_object *orphans; /* ephemerons whose key has died, and whose value is to be released */
    struct gc_object *finalizer, *last_finalizer; /* wait for theirs; `finalizer` NULL: none */
    struct gc_object *called;                     /* its finalizer runs; counted as if it waited */
    uint64_t dead_objects, dead_bytes;            /* on the queue */
    struct gc_cells cells;
    struct gc_watchers watchers;
    struct gc_budget budget;
    const struct gc_options *options;
    struct gc_mutator *mutator;
    struct gc_stats stats;
};

/* The word in front of an object, and those behind its data. */
static inline union gc_count *gc_count_of(const struct gc_object *object)
{
    return (union gc_count *)(uintptr_t)object - 1;
}

static inline struct gc_weak_links *gc_weak_links(const struct gc_object *object)
{
    return (struct gc_weak_links *)((uintptr_t)object + gc_header_size(object->header));
}

/* Bit 0: the finalizer waits or was called; the rest: the next one that waits. */
static inline uintptr_t *gc_finalizer_link(const struct gc_object *object)
{
    const uint64_t header = object->header;
    const size_t weak = gc_header_kind(header) & GC_KIND_MASK ? sizeof(struct gc_weak_links) : 0;
    return (uintptr_t *)((uintptr_t)object + gc_header_size(header) + weak);
}

static inline size_t gc_counted_size(uint32_t kind, uint32_t slots, uint32_t bytes)
{
    return sizeof(union gc_count) + gc_size(slots, bytes) +
           (kind & GC_KIND_MASK ? sizeof(struct gc_weak_links) : 0) +
           (kind & GC_FINALIZER ? sizeof(uintptr_t) : 0);
}

/* The first slot whose reference is counted. */
static inline uint32_t gc_first_counted(uint64_t header)
{
    return (gc_header_kind(header) & GC_KIND_MASK) != 0;
}

/* It has a finalizer that was not called. */
static inline bool gc_has_finalizer(const struct gc_object *object)
{
    return gc_header_kind(object->header) & GC_FINALIZER && !(*gc_finalizer_link(object) & 1);
}

/* Finalizers wait, and can be called now. */
static inline bool gc_has_waiting(const struct gc_counted *c)
{
    return c->finalizer && !c->called;
}

void gc_counted_open(struct gc_counted *c, const struct gc_options *options);
void gc_counted_close(struct gc_counted *c);
/* A cell of gc_counted_size bytes, and the room that its kind needs; NULL: no memory. */
void *gc_counted_alloc(struct gc_counted *c, uint32_t kind, size_t bytes);
/* Readies what stands behind a new object of a kind. */
void gc_counted_ready(struct gc_object *object);

/* ---- counts ------------------------------------------------------------------------------------------------ */

static inline void gc_retain(struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    const uint32_t count = c->count + 1;
    c->count = (int32_t)count < 0 ? GC_STICKY : count;
}

/* True when that was the last reference. */
static inline bool gc_drop(struct gc_object *object)
{
    union gc_count *const c = gc_count_of(object);
    const uint32_t count = c->count - 1;
    if (__builtin_expect((int32_t)count < 0, 0))
        return false;
    c->count = count;
    return !count;
}

/* ---- weak references and finalizers ------------------------------------------------------------------------ */

/* How a strategy releases a reference; here only for what is rare. */
typedef void gc_releaser(struct gc_counted *c, struct gc_object *object);

/* Slot 0 of a weak object becomes target, or empty; an ephemeron that loses its key so loses its value. */
void gc_watch(struct gc_counted *c, struct gc_object *weak, struct gc_object *target, gc_releaser *release);
/* The first watcher of a watched object; others follow by gc_weak_links. */
struct gc_object *gc_watcher(const struct gc_counted *c, const struct gc_object *target);
/* Empties what is weak and refers to a watched object, which is found unreachable. */
void gc_unwatch(struct gc_counted *c, struct gc_object *target, gc_releaser *release);
/* While `settling` is set by the caller, gc_unwatch leaves the values of ephemerons to this. */
void gc_release_orphans(struct gc_counted *c, gc_releaser *release);
/* A dead weak object is about to be released: it watches nothing any more. */
void gc_stop_watching(struct gc_counted *c, struct gc_object *weak);
/* A weak object is freed. */
void gc_forget_weak(struct gc_counted *c, struct gc_object *weak);

/* Puts the object with the ones that wait for their finalizer, and counts that as a reference. */
void gc_await_finalizer(struct gc_counted *c, struct gc_object *object);
/* The first that waits is `called` now. */
void gc_next_finalizer(struct gc_counted *c);

/* ---- death ------------------------------------------------------------------------------------------------- */

/* Something is to be done with it when it dies. */
static inline bool gc_is_special(const struct gc_object *object)
{
    return object->header & (GC_WATCHED | (uint64_t)GC_FINALIZER << 1);
}

static inline void gc_bury(struct gc_counted *c, struct gc_object *object)
{
    object->header |= GC_DEAD;
    gc_count_of(object)->next = NULL;
    *(c->dead ? &gc_count_of(c->last_dead)->next : &c->dead) = object;
    c->last_dead = object;
    c->dead_bytes += gc_header_size(object->header);
    c->dead_objects++;
    if (c->dead_bytes > c->stats.dead_peak_bytes)
        c->stats.dead_peak_bytes = c->dead_bytes;
    if (c->dead_objects > c->stats.mark_stack_high)
        c->stats.mark_stack_high = c->dead_objects;
}

/* Frees the memory. What the object referred to was released. */
static inline void gc_counted_free(struct gc_counted *c, struct gc_object *object)
{
    const uint64_t header = object->header;
    if (__builtin_expect(gc_first_counted(header), 0))
        gc_forget_weak(c, object);
    c->stats.freed_objects++;
    c->stats.freed_bytes += gc_header_size(header);
    gc_cells_free(&c->cells, gc_count_of(object));
}

/* Drains the queue: so many slots and objects of it, or all; returns how many of them were left to do. The
 * function is the strategy's, and folds. */
static GC_FOLDED size_t gc_drain(struct gc_counted *c, size_t units, gc_releaser *release)
{
    while (c->dead && units) {
        struct gc_object *const object = c->dead;
        const uint32_t slots = gc_header_slots(object->header);
        uint32_t i = c->released;
        __builtin_prefetch(gc_count_of(object)->next);
        if (__builtin_expect(gc_first_counted(object->header) > i, 0)) {
            gc_stop_watching(c, object);
            i = 1;
        }
        for (; i < slots && units; i++, units--)
            if (object->slot[i])
                release(c, object->slot[i]);
        c->released = i;
        if (i < slots)
            break;
        c->released = 0;
        c->dead = gc_count_of(object)->next;
        c->dead_objects--;
        c->dead_bytes -= gc_header_size(object->header);
        gc_counted_free(c, object);
        units -= units != 0;
    }
    return units;
}

/* ---- the heap walk ----------------------------------------------------------------------------------------- */

/* The next object of a walk (allocators/cells.h), or NULL; dead ones too. */
static inline struct gc_object *gc_counted_next(struct gc_cells_walk *walk)
{
    union gc_count *const cell = gc_cells_next(walk);
    return cell ? (struct gc_object *)(cell + 1) : NULL;
}

void gc_counted_each(struct gc_counted *c, gc_visitor *visit, void *context);

/* Checks the invariant of this page, and that each reference leads to an object. Counts of all objects are taken
 * down by what refers to them, and up again. 0, or -EUCLEAN with the reason in words. */
int gc_counted_verify(struct gc_counted *c, bool roots_count, char why[160]);

void gc_counted_stats(struct gc_counted *c, struct gc_stats *stats);

#endif
