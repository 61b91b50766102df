/* gslice: GLib's slices: thread magazines over slabs of one size each (Bonwick & Adams 2001), for objects up
 * to 1008 bytes; larger ones go to malloc. The caller says the size when it frees.
 *
 * From GLib 2.76 on a slice is a malloc, and so it is before when G_SLICE=always-malloc stands in the
 * environment; the version says which. GLib prints a message and aborts where memory runs out: no NULL ever
 * comes back. What slabs took is not given back, not even on close. Alignment is 16 for every object.
 * Bounds: alloc and free O(1), amortised over a magazine; slabs of each multiple of 16 bytes keep their
 * pages. */
#ifndef HT_ALLOCATORS_GSLICE_H
#define HT_ALLOCATORS_GSLICE_H

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/heap.h"

struct ht_heap {
    char version[64];
};

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    const char *const debug = getenv("G_SLICE");
    const int is_malloc = glib_minor_version >= 76 || (debug && strstr(debug, "always-malloc"));
    snprintf(heap->version, sizeof heap->version, "GLib %u.%u.%u%s", glib_major_version, glib_minor_version,
             glib_micro_version, is_malloc ? " (slices are malloc)" : "");
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    (void)heap;
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    return g_slice_alloc(bytes);
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap;
    g_slice_free1(bytes, p);
}
#define heap_free heap_free

static inline void *heap_zalloc(struct ht_heap *heap, size_t bytes)
{
    (void)heap;
    return g_slice_alloc0(bytes);
}
#define heap_zalloc heap_zalloc

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAP_FREE | HT_CAP_THREADS | HT_CAP_RESIZE | HT_CAP_DISTINCT | HT_CAP_FORK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    return heap->version;
}

#define heap_reopen HT_REOPEN_WARM

#endif
