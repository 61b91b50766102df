/* malloc: the C library's names, called directly. Serves `system` and, by LD_PRELOAD, every drop-in.
 *
 * Bounds: the library's own. */
#ifndef HT_ALLOCATORS_MALLOC_H
#define HT_ALLOCATORS_MALLOC_H

#include <malloc.h>
#include <stdlib.h>

#include "allocators/heap.h"
#include "allocators/malloc_version.h"

struct ht_heap {
    char version[64];
};

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    ht_malloc_version(heap->version, sizeof heap->version);
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    (void)heap;
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)heap;
    if (alignment <= HT_MIN_ALIGNMENT)
        return malloc(bytes);
    void *p;
    return posix_memalign(&p, alignment, bytes) ? NULL : p;
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)bytes;
    free(p);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    (void)heap, (void)old_bytes;
    return realloc(p, new_bytes);
}
#define heap_resize heap_resize

static inline void *heap_zalloc(struct ht_heap *heap, size_t bytes)
{
    (void)heap;
    return calloc(1, bytes);
}
#define heap_zalloc heap_zalloc

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)bytes;
    return malloc_usable_size(p);
}
#define heap_usable heap_usable

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAPS_GENERAL | HT_CAP_THREADS | HT_CAP_USABLE;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    return heap->version;
}

/* What malloc promises of errno when it fails. */
#define heap_sets_errno 1
#define heap_reopen     HT_REOPEN_WARM

#endif
