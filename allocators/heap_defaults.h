/* Fills in what a strategy left out of the contract (allocators/heap.h). Included right after it. */
#ifndef HT_ALLOCATORS_HEAP_DEFAULTS_H
#define HT_ALLOCATORS_HEAP_DEFAULTS_H

#include <string.h>

#ifndef heap_open_error
static inline const char *heap_open_error(struct ht_heap *heap, int error)
{
    (void)heap;
    return strerror(-error);
}
#endif

#ifndef HEAP_OPTIONS
#define HEAP_OPTIONS ""
#endif

#ifndef heap_free
static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)p, (void)bytes;
}
#endif

/* For whoever has no way to grow in place: a new object, a copy, and the old one freed. */
#ifndef heap_resize
static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    void *q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (q) {
        memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
        heap_free(heap, p, old_bytes);
    }
    return q;
}
#endif

#ifndef heap_zalloc
static inline void *heap_zalloc(struct ht_heap *heap, size_t bytes)
{
    void *p = heap_alloc(heap, bytes, HT_MIN_ALIGNMENT);
    return p ? memset(p, 0, bytes) : NULL;
}
#endif

#ifndef heap_usable
static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)p;
    return bytes;
}
#endif

#ifndef heap_max_bytes
static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return SIZE_MAX;
}
#endif

#ifndef heap_mark
static inline struct ht_mark heap_mark(struct ht_heap *heap)
{
    (void)heap;
    return (struct ht_mark){{0, 0}};
}

static inline void heap_release(struct ht_heap *heap, struct ht_mark mark)
{
    (void)heap, (void)mark;
}
#endif

#ifndef heap_check
static inline int heap_check(struct ht_heap *heap, char why[128])
{
    (void)heap, (void)why;
    return 0;
}
#endif

#ifndef heap_thread_start
static inline void heap_thread_start(struct ht_heap *heap)
{
    (void)heap;
}

static inline void heap_thread_stop(struct ht_heap *heap)
{
    (void)heap;
}
#endif

#endif
