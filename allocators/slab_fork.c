/* Fork: the heap is whole in the child, because no thread is inside a lock when its memory is copied. */
#include "allocators/slab.h"

static struct ht_heap *heap;

static void lock_all(void)
{
    if (!heap)
        return;
    for (size_t c = 0; c < SLAB_CLASSES; c++)
        pthread_mutex_lock(&heap->size_class[c].lock);
    pthread_mutex_lock(&heap->lock);
}

static void unlock_all(void)
{
    if (!heap)
        return;
    pthread_mutex_unlock(&heap->lock);
    for (size_t c = 0; c < SLAB_CLASSES; c++)
        pthread_mutex_unlock(&heap->size_class[c].lock);
}

/* In the child the stacks of the other threads may be used again, and their caches stand there. */
static void forget_other_threads(void)
{
    if (!heap)
        return;
    struct slab_thread *thread = heap->threads;
    while (thread && thread != &ht_slab_thread)
        thread = thread->next;
    if (thread)
        thread->next = thread->prev = NULL;
    heap->threads = thread;
    unlock_all();
}

static void watch(void)
{
    pthread_atfork(lock_all, unlock_all, forget_other_threads);
}

void ht_slab_watch_forks(struct ht_heap *of)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch);
    heap = of;
}
