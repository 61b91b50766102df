/* The log of pauses: when a mutator was kept waiting, and by what. A strategy brackets each stretch in which it
 * works instead of the mutator, the outermost one only, of whatever length: a full collection, a step of one,
 * a batch of releases, a lazy sweep of a block. Without a log a bracket costs a branch. */
#ifndef HT_ALLOCATORS_PAUSES_H
#define HT_ALLOCATORS_PAUSES_H

#include <stdatomic.h>

#include "allocators/collector.h"
#include "base/clock.h"

/* X(id, word, meaning) */
#define GC_PAUSES(X)                                                                                         \
    X(GC_PAUSE_FULL, "full", "a collection of the whole heap")                                               \
    X(GC_PAUSE_MINOR, "minor", "a collection of a part of the heap")                                         \
    X(GC_PAUSE_STEP, "step", "an increment of a collection")                                                 \
    X(GC_PAUSE_SWEEP, "sweep", "a lazy sweep")                                                               \
    X(GC_PAUSE_RELEASE, "release", "a batch of releases")                                                    \
    X(GC_PAUSE_WAIT, "wait", "for other mutators to stop, or for their collection to end")

enum gc_pause_kind {
#define X(id, word, meaning) id,
    GC_PAUSES(X)
#undef X
        GC_PAUSE_KINDS
};

struct gc_pause {
    uint64_t start_ns, end_ns; /* monotonic */
    uint32_t kind;
    uint32_t mutator; /* which mutator waited */
};

struct gc_log {
    struct gc_pause *pause;
    size_t room;
    _Atomic size_t count; /* may pass `room`: what came after is not in `pause` */
};

static inline uint64_t gc_pause_start(const struct gc_log *log)
{
    return log ? ht_wall_ns() : 0;
}

static inline void gc_pause_stop(struct gc_log *log, enum gc_pause_kind kind, uint32_t mutator,
                                 uint64_t start)
{
    if (!log)
        return;
    const size_t i = atomic_fetch_add_explicit(&log->count, 1, memory_order_relaxed);
    if (i < log->room)
        log->pause[i] = (struct gc_pause){start, ht_wall_ns(), kind, mutator};
}

#endif
