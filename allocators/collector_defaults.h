/* Fills in what a strategy left out of the contract (allocators/collector.h). Included right after it. */
#ifndef HT_ALLOCATORS_COLLECTOR_DEFAULTS_H
#define HT_ALLOCATORS_COLLECTOR_DEFAULTS_H

#include <string.h>

#ifndef gc_open_error
static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return strerror(-error);
}
#endif

#ifndef GC_OPTIONS
#define GC_OPTIONS ""
#endif

#ifndef gc_free
static inline void gc_free(struct gc_mutator *m, struct gc_root *object)
{
    gc_clear(m, object);
}
#endif

#ifndef gc_ended
static inline uint64_t gc_ended(struct gc_heap *heap)
{
    struct gc_stats stats = {.collections = GC_UNKNOWN, .minor_collections = GC_UNKNOWN};
    gc_stats(heap, &stats);
    if (stats.collections == GC_UNKNOWN || stats.minor_collections == GC_UNKNOWN)
        return stats.collections == GC_UNKNOWN ? stats.minor_collections : stats.collections;
    return stats.collections + stats.minor_collections;
}
#endif

#ifndef gc_step
static inline bool gc_step(struct gc_mutator *m, size_t work)
{
    (void)m, (void)work;
    return false;
}
#endif

#ifndef gc_poll
static inline void gc_poll(struct gc_mutator *m)
{
    (void)m;
}
#endif

#ifndef gc_park
static inline void gc_park(struct gc_mutator *m)
{
    (void)m;
}

static inline void gc_unpark(struct gc_mutator *m)
{
    (void)m;
}
#endif

#ifndef gc_verify
static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    (void)heap, (void)why;
    return 0;
}
#endif

#ifndef gc_each
static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    (void)heap, (void)visit, (void)context;
}
#endif

#endif
