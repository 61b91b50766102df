/* obstack: the C library's obstacks, a stack of objects in chunks of 4 KiB from malloc; a mark is an object
 * of no bytes, and a release frees back to it.
 *
 * The interface counts in `int`, so an object has at most 2 GiB - 1. When malloc has no more, the library
 * calls a handler that may not return; it jumps back from here, and the allocation is NULL.
 * Bounds: alloc O(1), at most one malloc; release O(chunks released). Alignment is 16 for every object. */
#ifndef HT_ALLOCATORS_OBSTACK_H
#define HT_ALLOCATORS_OBSTACK_H

#include <limits.h>
#include <obstack.h>
#include <stdlib.h>

#include "allocators/heap.h"

struct ht_heap {
    struct obstack stack;
    char version[32];
};

int ht_obstack_open(struct ht_heap *heap);

/* Allocates where the newest chunk has no room. NULL when malloc has no more. */
void *ht_obstack_alloc_slow(struct ht_heap *heap, size_t bytes);

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    return ht_obstack_open(heap);
}

static inline void heap_close(struct ht_heap *heap)
{
    obstack_free(&heap->stack, NULL);
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)alignment;
    if (__builtin_expect(bytes > obstack_room(&heap->stack), 0))
        return ht_obstack_alloc_slow(heap, bytes);
    return obstack_alloc(&heap->stack, (int)bytes);
}

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return INT_MAX;
}
#define heap_max_bytes heap_max_bytes

static inline struct ht_mark heap_mark(struct ht_heap *heap)
{
    /* Without an object here, the library may free a chunk that holds nothing but the mark. */
    return (struct ht_mark){{(uintptr_t)obstack_alloc(&heap->stack, 0), 0}};
}

static inline void heap_release(struct ht_heap *heap, struct ht_mark mark)
{
    obstack_free(&heap->stack, (void *)mark.word[0]);
}
#define heap_mark heap_mark

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAP_REGION | HT_CAP_DISTINCT | HT_CAP_FORK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    return heap->version;
}

#define heap_reopen HT_REOPEN_WARM

#endif
