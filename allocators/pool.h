/* pool: fixed-size free lists (Knuth, TAOCP 1, §2.5; Kenwright, "Fast Efficient Fixed-Size Memory Pool",
 * 2012). One last-in first-out list for each multiple of 16 bytes up to 1 KiB; a free object holds the link,
 * a live one has no header. Chunks of 64 KiB are carved lazily, so that a fresh chunk costs no walk.
 *
 * Invariant: a chunk holds objects of one size only, each either live or on that size's list exactly once.
 * Bounds: alloc and free O(1), at most one page request an allocation; no splitting, no coalescing: external
 * fragmentation is what a size once took and never gives to another (worst: sizes × peak). Internal: 15
 * bytes. The heap walk is O(n log chunks). */
#ifndef HT_ALLOCATORS_POOL_H
#define HT_ALLOCATORS_POOL_H

#include "allocators/heap.h"

enum {
    POOL_GRAIN = 16,
    POOL_MAX_BYTES = 1024,
    POOL_LISTS = POOL_MAX_BYTES / POOL_GRAIN + 1,
    POOL_CHUNK_BYTES = 64 << 10,
};

struct pool_object {
    struct pool_object *next;
};

/* At the start of each chunk; chunks are aligned to their size, so an object finds its own. */
struct pool_chunk {
    struct pool_chunk *next;
    size_t object_bytes;
    struct pool_chunk *child[2]; /* the heap walk's: it finds chunks by their address */
};

struct ht_heap {
    struct pool_object *list[POOL_LISTS]; /* by size in grains */
    char *fresh[POOL_LISTS];              /* the uncarved rest of the newest chunk of each size */
    char *fresh_end[POOL_LISTS];
    struct pool_chunk *chunks;
};

/* Carves an object from the newest chunk of `list`, or from a new one. NULL when the system has no more. */
void *ht_pool_carve(struct ht_heap *heap, size_t list);
int ht_pool_check(struct ht_heap *heap, char why[128]);
void ht_pool_close(struct ht_heap *heap);

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)heap, (void)options;
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    ht_pool_close(heap);
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)alignment;
    const size_t list = (bytes + POOL_GRAIN - 1) / POOL_GRAIN;
    struct pool_object *const object = heap->list[list];
    if (__builtin_expect(!object, 0))
        return ht_pool_carve(heap, list);
    heap->list[list] = object->next;
    return object;
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    const size_t list = (bytes + POOL_GRAIN - 1) / POOL_GRAIN;
    struct pool_object *const object = p;
    object->next = heap->list[list];
    heap->list[list] = object;
}
#define heap_free heap_free

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)p;
    return (bytes + POOL_GRAIN - 1) / POOL_GRAIN * POOL_GRAIN;
}
#define heap_usable heap_usable

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return POOL_MAX_BYTES;
}
#define heap_max_bytes heap_max_bytes

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    return ht_pool_check(heap, why);
}
#define heap_check heap_check

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAP_FREE | HT_CAP_DISTINCT | HT_CAP_RESIZE | HT_CAP_FORK | HT_CAP_USABLE | HT_CAP_CHECK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
