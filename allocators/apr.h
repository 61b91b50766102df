/* apr: pools of the Apache Portable Runtime: a bump pointer through nodes of 8 KiB and more, kept by an
 * allocator of the heap's own until it closes. A mark is a subpool, which takes all that follows; a release
 * destroys it and those below it.
 *
 * Pools align to 8 bytes only: every object here is asked for with 8 more, and moved up where it must be
 * (8 bytes an object, whichever way it falls). apr_palloc calls the pool's abort function when memory runs
 * out, and returns NULL where the pool has none, as here; a mark that finds no memory marks nothing, and its
 * objects go with the mark before it. A mark is released once. Pools take one thread at a time.
 * Bounds: alloc O(1) and at most one malloc, if nodes of that size are at hand; release O(nodes). */
#ifndef HT_ALLOCATORS_APR_H
#define HT_ALLOCATORS_APR_H

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_version.h>
#include <errno.h>

#include "allocators/heap.h"

struct ht_heap {
    apr_pool_t *root, *pool; /* the newest subpool, or the root */
};

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    apr_allocator_t *nodes;
    if (apr_initialize())
        return -ENOMEM;
    if (apr_allocator_create(&nodes)) {
        apr_terminate();
        return -ENOMEM;
    }
    if (apr_pool_create_ex(&heap->root, NULL, NULL, nodes)) {
        apr_allocator_destroy(nodes);
        apr_terminate();
        return -ENOMEM;
    }
    apr_allocator_owner_set(nodes, heap->root);
    heap->pool = heap->root;
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    apr_pool_destroy(heap->root);
    apr_terminate();
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)alignment;
    const uintptr_t p = (uintptr_t)apr_palloc(heap->pool, bytes + HT_MIN_ALIGNMENT / 2);
    return (void *)((p + HT_MIN_ALIGNMENT / 2) & -(uintptr_t)HT_MIN_ALIGNMENT);
}

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return PTRDIFF_MAX;
}
#define heap_max_bytes heap_max_bytes

static inline struct ht_mark heap_mark(struct ht_heap *heap)
{
    apr_pool_t *const outer = heap->pool;
    if (apr_pool_create(&heap->pool, outer)) {
        heap->pool = outer;
        return (struct ht_mark){{0, 0}};
    }
    return (struct ht_mark){{(uintptr_t)heap->pool, (uintptr_t)outer}};
}

static inline void heap_release(struct ht_heap *heap, struct ht_mark mark)
{
    if (!mark.word[0])
        return;
    apr_pool_destroy((apr_pool_t *)mark.word[0]);
    heap->pool = (apr_pool_t *)mark.word[1];
}
#define heap_mark heap_mark

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAP_REGION | HT_CAP_DISTINCT | HT_CAP_FORK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return apr_version_string();
}

#define heap_reopen HT_REOPEN_WARM

#endif
