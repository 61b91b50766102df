/* Weak references, ephemerons and finalizers of the tracing collectors (allocators/object.h): the tables, and
 * what a collection does with them. The tables are off the heap and under its limit; they grow only when such
 * an object is allocated, so that a collection needs no memory.
 *
 * After everything that the roots reach was marked or copied, a collection calls gc_specials_settle once. It
 * does, in this order: ephemerons whose key is reached have their value reached, to a fixpoint; weak slots, and
 * ephemerons, whose target was not reached are cleared; objects with a finalizer that were not reached are
 * queued, and reached now; and ephemerons are brought to their fixpoint once more.
 *
 * To bring ephemerons to their fixpoint in linear time, one that can't be settled yet waits for the object that
 * is missing, itself or its key: the header of that object leads to the ephemeron's place in the table instead
 * (gc_is_awaited), where the header, or the next that waits for the same, is kept. A collector that looks for
 * it and calls gc_specials_notice says so with `notices`. For one that does not, each pass looks at every ephemeron,
 * forwards and backwards in turn: a chain in the order of allocation, or against it, takes two passes; the worst
 * order takes as many as the chain has links. */
#ifndef HT_ALLOCATORS_SPECIALS_H
#define HT_ALLOCATORS_SPECIALS_H

#include "allocators/budget.h"
#include "allocators/object.h"

struct gc_specials {
    struct gc_budget *budget;
    struct gc_table weak;      /* objects of kind GC_WEAK */
    struct gc_table ephemeron; /* objects of kind GC_EPHEMERON; the low bits are used during a collection */
    struct gc_table wait;      /* beside `ephemeron`, during a collection: a header, or the next in a list */
    size_t ready;              /* a list of ephemerons: what they waited for was reached. Index + 1, or 0 */
    struct gc_table finalizer; /* objects with GC_FINALIZER whose finalizer was not yet called */
    struct gc_table queue;     /* dead ones among them, to be called: these are roots */
    size_t called;             /* of the queue */
    uint64_t finalized;
    bool running; /* a finalizer runs */
    /* Set once by the collector: it calls gc_specials_notice for each object that gc_is_awaited when it reaches
     * it, before anything else looks at the header; gc_tracer.reached is asked about such objects, too. */
    bool notices;
};

/* How a collection looks at objects. */
struct gc_tracer {
    void *context;
    /* Where the object stands now, if it was reached; NULL if it was not (yet). What was returned once is
     * answered with itself; in a collection of a part, what is outside of it was reached. */
    struct gc_object *(*reached)(void *context, struct gc_object *object);
    /* Reaches the object in *slot, and writes where it stands now. */
    void (*reach)(void *context, struct gc_object **slot);
    /* Reaches all that can be reached from what was reached. */
    void (*drain)(void *context);
};

/* True when the header is not one: ephemerons wait for the object, which was not reached yet. Elsewhere than in
 * gc_specials_settle no object is awaited. */
static inline bool gc_is_awaited(const struct gc_object *object)
{
    return (object->header & 3) == 2;
}

/* The object is reached now: gives it its header back. */
void gc_specials_notice(struct gc_specials *specials, struct gc_object *object);

/* Notes a new object, where its kind asks for it; 0, or -ENOMEM with the tables as they were. */
int gc_specials_add(struct gc_specials *specials, struct gc_object *object);

void gc_specials_settle(struct gc_specials *specials, const struct gc_tracer *tracer);

/* Reaches the queue: with the other roots of a collection. */
void gc_specials_trace_queue(struct gc_specials *specials, const struct gc_tracer *tracer);

/* For who moves objects after they were settled: writes in the tables where each stands now. */
void gc_specials_move(struct gc_specials *specials,
                      struct gc_object *(*moved)(void *context, struct gc_object *), void *context);

/* Calls the finalizers that wait, and those that come to wait meanwhile; inside of a finalizer it does nothing. To
 * be called after each collection, at the safepoint, outside of the pause. */
void gc_specials_finalize(struct gc_specials *specials, struct gc_mutator *m,
                          const struct gc_options *options);

void gc_specials_close(struct gc_specials *specials);

#endif
