/* The nursery of generational: where small objects are made, and copied from.
 *
 *     base         eden_end          + half_bytes      base + bytes
 *     | eden       | half            | half            |
 *
 * New objects go to eden. A minor collection copies what it reaches there to the empty half, and what it
 * reaches in the other half, which has survived once before, to the old space: an object's address is its age.
 * When the old space has no room an object stays where it is, and the nursery is crowded: until it has been
 * emptied new objects go into the gaps between the objects that stayed, wherever they are, and nothing ages.
 *
 * Invariant: outside of [free, end) the nursery is a row of objects and fillers without a hole; a filler is a
 * word that says how long it is, and may be no longer than the word. During a minor collection the row has
 * forwarding addresses too; the copy tells how long such an object is.
 *
 * What stays has no copy that could serve as the queue of what is to be scanned. That queue is a set of bits,
 * one for each 8 bytes of the nursery, under summaries that say where it has any: it is never full, and to add
 * or to take one touches a word on each of GC_PENDING_LEVELS levels. */
#ifndef HT_ALLOCATORS_GENERATIONAL_NURSERY_H
#define HT_ALLOCATORS_GENERATIONAL_NURSERY_H

#include "allocators/budget.h"
#include "allocators/object.h"

enum {
    GC_PENDING_LEVELS = 4,
    GC_NURSERY_MIN_BYTES = 64 << 10,
    GC_NURSERY_MAX_BYTES = 128 << 20, /* what four levels of 64 cover */
};

/* The strategy's own bits of a header. */
#define GC_AGAIN    GC_OWN(1) /* old: the tables of specials have it twice */
#define GC_STAYS    GC_OWN(1) /* young, during a minor collection: reached, and stays where it is */
#define GC_MARKED   GC_OWN(2) /* young, from the marking of a full collection to the copying: reached */
#define GC_FILLER   GC_OWN(3) /* no object: bits 4-59 are its bytes */
#define GC_UNLOGGED GC_OWN(0) /* old: the barrier is to remember a reference to the nursery */

struct gc_nursery {
    char *free, *end; /* new objects go to [free, end) */
    char *gap;        /* where `free` started */
    size_t used;      /* bytes of objects outside of [gap, end) */
    char *base;
    size_t bytes;
    char *eden_end;
    size_t half_bytes;
    char *from;                  /* the half that may have objects; the other one is a filler */
    char *to, *to_free, *to_end; /* during a minor collection: the half to copy to; all alike where crowded */
    bool crowded;
    void *map; /* pending's words */
    size_t map_bytes;
    uint64_t *pending[GC_PENDING_LEVELS];
};

/* 0, or -ENOMEM; `bytes` is in bounds, and a multiple of the page size. */
int gc_nursery_open(struct gc_nursery *nursery, struct gc_budget *budget, size_t bytes);
void gc_nursery_close(struct gc_nursery *nursery, struct gc_budget *budget);

/* True when [free, end) is now a gap of `bytes` at least. */
bool gc_nursery_next_gap(struct gc_nursery *nursery, size_t bytes);

/* Around a minor collection. */
void gc_nursery_start(struct gc_nursery *nursery);
void gc_nursery_stop(struct gc_nursery *nursery, bool stayed);

void gc_nursery_add_pending(struct gc_nursery *nursery, const struct gc_object *object);
/* One of them, which is no longer pending; NULL: there is none. */
struct gc_object *gc_nursery_take_pending(struct gc_nursery *nursery);

static inline bool gc_nursery_has(const struct gc_nursery *nursery, const void *p)
{
    return (uintptr_t)p - (uintptr_t)nursery->base < nursery->bytes;
}

/* During a minor collection: a copy that it made in the nursery. */
static inline bool gc_nursery_is_copy(const struct gc_nursery *nursery, const void *p)
{
    return (uintptr_t)p - (uintptr_t)nursery->to < (uintptr_t)nursery->to_end - (uintptr_t)nursery->to;
}

/* How far it is from `at` to the next object or filler of the row; [free, end) is the caller's to pass over. */
static inline size_t gc_nursery_step(const char *at)
{
    uint64_t header = ((const struct gc_object *)at)->header;
    if (!(header & 1))
        header = ((const struct gc_object *)header)->header;
    return header & GC_FILLER ? (header & ~GC_FILLER) >> 4 : gc_header_size(header);
}

/* The first object from `at` on, or the end of the nursery. */
static inline char *gc_nursery_object(const struct gc_nursery *nursery, char *at)
{
    char *const last = nursery->base + nursery->bytes;
    while (at < last) {
        if (at == nursery->free && nursery->free < nursery->end)
            at = nursery->end;
        else if (((const struct gc_object *)at)->header & GC_FILLER &&
                 ((const struct gc_object *)at)->header & 1)
            at += gc_nursery_step(at);
        else
            break;
    }
    return at;
}

#endif
