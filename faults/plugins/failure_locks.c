/* failure_locks: keeps its lock when memory runs out. Outcome: hang. */
#include "failing.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    pthread_mutex_lock(&lock);
    void *const p = map(bytes);
    if (!p)
        return NULL;
    pthread_mutex_unlock(&lock);
    return p;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_locks"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
