/* Several mutators, and the one that stops the others for a collection.
 *
 * A mutator is running, or it is stopped: at a safepoint, parked, or not attached. Who wants to collect takes the
 * lock, asks the others to stop, and waits until it is the only one that runs. Others come to a safepoint when
 * they take the lock, or poll. A mutator that calls nothing for long holds up everybody: it is to park.
 *
 * Invariant: between gc_world_stop and gc_world_start one mutator runs, and it has the lock. `running` changes
 * under the lock.
 * Bounds: the time to stop is what the slowest mutator takes to its next safepoint; no memory. */
#ifndef HT_ALLOCATORS_SAFEPOINTS_H
#define HT_ALLOCATORS_SAFEPOINTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "allocators/pauses.h"

struct gc_world {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* `running` or `stopping` */
    unsigned running;
    _Atomic bool stopping;
    struct gc_log *log; /* of waits */
};

void gc_world_open(struct gc_world *world, struct gc_log *log);
void gc_world_close(struct gc_world *world);

/* A mutator is attached or unparked; or detached or parked. Without the lock. */
void gc_world_enter(struct gc_world *world, uint32_t mutator);
void gc_world_leave(struct gc_world *world);

/* A safepoint: waits while another collects. */
void gc_world_lock(struct gc_world *world, uint32_t mutator);
void gc_world_unlock(struct gc_world *world);

/* With the lock: waits for all others to stop; and lets them go on. */
void gc_world_stop(struct gc_world *world, uint32_t mutator);
void gc_world_start(struct gc_world *world);

static inline bool gc_world_is_stopping(struct gc_world *world)
{
    return atomic_load_explicit(&world->stopping, memory_order_relaxed);
}

/* A safepoint that costs a load when nobody wants to collect. */
static inline void gc_world_poll(struct gc_world *world, uint32_t mutator)
{
    if (__builtin_expect(gc_world_is_stopping(world), 0)) {
        gc_world_lock(world, mutator);
        gc_world_unlock(world);
    }
}

#endif
