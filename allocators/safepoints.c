#include "allocators/safepoints.h"

void gc_world_open(struct gc_world *world, struct gc_log *log)
{
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->log = log;
}

void gc_world_close(struct gc_world *world)
{
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
}

/* Takes the lock while nobody collects; `stopped` is how many mutators are so while they wait. Only a wait for a
 * collection is logged. */
static void lock_between_collections(struct gc_world *world, uint32_t mutator, unsigned stopped)
{
    bool waited = gc_world_is_stopping(world);
    uint64_t start = waited ? gc_pause_start(world->log) : 0;
    pthread_mutex_lock(&world->lock);
    if (gc_world_is_stopping(world)) {
        start = waited ? start : gc_pause_start(world->log);
        waited = true;
        world->running -= stopped;
        pthread_cond_broadcast(&world->changed);
        while (gc_world_is_stopping(world))
            pthread_cond_wait(&world->changed, &world->lock);
        world->running += stopped;
    }
    if (waited)
        gc_pause_stop(world->log, GC_PAUSE_WAIT, mutator, start);
}

void gc_world_enter(struct gc_world *world, uint32_t mutator)
{
    lock_between_collections(world, mutator, 0);
    world->running++;
    pthread_mutex_unlock(&world->lock);
}

void gc_world_leave(struct gc_world *world)
{
    pthread_mutex_lock(&world->lock);
    world->running--;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

void gc_world_lock(struct gc_world *world, uint32_t mutator)
{
    lock_between_collections(world, mutator, 1);
}

void gc_world_unlock(struct gc_world *world)
{
    pthread_mutex_unlock(&world->lock);
}

void gc_world_stop(struct gc_world *world, uint32_t mutator)
{
    atomic_store_explicit(&world->stopping, true, memory_order_relaxed);
    if (world->running == 1)
        return;
    const uint64_t start = gc_pause_start(world->log);
    while (world->running > 1)
        pthread_cond_wait(&world->changed, &world->lock);
    gc_pause_stop(world->log, GC_PAUSE_WAIT, mutator, start);
}

void gc_world_start(struct gc_world *world)
{
    atomic_store_explicit(&world->stopping, false, memory_order_relaxed);
    pthread_cond_broadcast(&world->changed);
}
