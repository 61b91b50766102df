/* talloc: Samba's hierarchical allocator. Every object is the child of a context; freeing a context frees its
 * children, so a mark is a new context, and a release frees it. One malloc an object, with a header of 96
 * bytes (parent, siblings, children, destructor, name) that keeps malloc's alignment of 16.
 *
 * An object has less than 256 MiB: the library refuses more. Its lists have no lock: threads may each have
 * their own tree, not share one, so this heap takes one thread at a time. A mark that finds no memory marks
 * nothing, and its objects go with the mark before it. A mark is released once.
 * Bounds: alloc and free malloc's, and O(1) on top; release O(objects). */
#ifndef HT_ALLOCATORS_TALLOC_H
#define HT_ALLOCATORS_TALLOC_H

#include <errno.h>
#include <stdio.h>
#include <talloc.h>

#include "allocators/heap.h"

struct ht_heap {
    void *root, *context; /* the newest mark's, or the root */
    char version[24];
};

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    snprintf(heap->version, sizeof heap->version, "%d.%d", talloc_version_major(), talloc_version_minor());
    heap->root = heap->context = talloc_new(NULL);
    return heap->root ? 0 : -ENOMEM;
}

static inline void heap_close(struct ht_heap *heap)
{
    talloc_free(heap->root);
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)alignment;
    return talloc_size(heap->context, bytes);
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)bytes;
    talloc_free(p);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    (void)old_bytes;
    return talloc_realloc_size(heap->context, p, new_bytes);
}
#define heap_resize heap_resize

static inline void *heap_zalloc(struct ht_heap *heap, size_t bytes)
{
    return talloc_zero_size(heap->context, bytes);
}
#define heap_zalloc heap_zalloc

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return (256 << 20) - 1;
}
#define heap_max_bytes heap_max_bytes

static inline struct ht_mark heap_mark(struct ht_heap *heap)
{
    void *const outer = heap->context, *const inner = talloc_new(outer);
    if (!inner)
        return (struct ht_mark){{0, 0}};
    heap->context = inner;
    return (struct ht_mark){{(uintptr_t)inner, (uintptr_t)outer}};
}

static inline void heap_release(struct ht_heap *heap, struct ht_mark mark)
{
    if (!mark.word[0])
        return;
    talloc_free((void *)mark.word[0]);
    heap->context = (void *)mark.word[1];
}
#define heap_mark heap_mark

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAP_FREE | HT_CAP_RESIZE | HT_CAP_REGION | HT_CAP_DISTINCT | HT_CAP_FORK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    return heap->version;
}

#define heap_reopen HT_REOPEN_WARM

#endif
