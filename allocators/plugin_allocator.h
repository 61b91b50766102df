/* plugin-allocator: an allocator of the user's, loaded from a .so and called through its table of functions
 * (allocators/plugin.h). The table is copied into the heap when it opens, so that an operation is one load
 * and one indirect call away; what the plug-in leaves out of the hot path is replaced by a default there.
 *
 * heap_open refuses a file that is no plug-in, or one for another version of the interface; heap_open_error
 * says why in one line. What the heap can do, and with how many threads, is what the plug-in claims.
 * Bounds: the plug-in's own. */
#ifndef HT_ALLOCATORS_PLUGIN_ALLOCATOR_H
#define HT_ALLOCATORS_PLUGIN_ALLOCATOR_H

#include <string.h>

#include "allocators/heap.h"
#include "allocators/plugin.h"

struct ht_heap {
    struct ht_plugin_allocator table; /* without gaps, but for resize, zalloc, open and close */
    void *state;                      /* the plug-in's heap */
    void *library;
    char version[64];
    char error[512];
};

/* 0, or a negative errno with the reason in heap->error and nothing held. */
int ht_plugin_open(struct ht_heap *heap, const struct ht_heap_options *options);
void ht_plugin_close(struct ht_heap *heap);

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    return ht_plugin_open(heap, options);
}

static inline const char *heap_open_error(struct ht_heap *heap, int error)
{
    (void)error;
    return heap->error;
}
#define heap_open_error heap_open_error

static inline void heap_close(struct ht_heap *heap)
{
    ht_plugin_close(heap);
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    return heap->table.alloc(heap->state, bytes, alignment);
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    heap->table.free(heap->state, p, bytes);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    if (heap->table.resize)
        return heap->table.resize(heap->state, p, old_bytes, new_bytes);
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (q) {
        memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
        heap_free(heap, p, old_bytes);
    }
    return q;
}
#define heap_resize heap_resize

static inline void *heap_zalloc(struct ht_heap *heap, size_t bytes)
{
    if (heap->table.zalloc)
        return heap->table.zalloc(heap->state, bytes);
    void *const p = heap_alloc(heap, bytes, HT_MIN_ALIGNMENT);
    return p ? memset(p, 0, bytes) : NULL;
}
#define heap_zalloc heap_zalloc

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    return heap->table.usable(heap->state, p, bytes);
}
#define heap_usable heap_usable

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    return heap->table.max_bytes;
}
#define heap_max_bytes heap_max_bytes

static inline struct ht_mark heap_mark(struct ht_heap *heap)
{
    struct ht_mark mark;
    heap->table.mark(heap->state, mark.word);
    return mark;
}

static inline void heap_release(struct ht_heap *heap, struct ht_mark mark)
{
    heap->table.release(heap->state, mark.word);
}
#define heap_mark heap_mark

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    const int error = heap->table.check(heap->state, why);
    why[127] = 0; /* the plug-in may have forgotten */
    return error;
}
#define heap_check heap_check

static inline void heap_thread_start(struct ht_heap *heap)
{
    heap->table.thread_start(heap->state);
}

static inline void heap_thread_stop(struct ht_heap *heap)
{
    heap->table.thread_stop(heap->state);
}
#define heap_thread_start heap_thread_start

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    return heap->table.caps;
}

/* The plug-in's name and version. */
static inline const char *heap_version(struct ht_heap *heap)
{
    return heap->version;
}

#define heap_reopen HT_REOPEN_NEVER

#endif
