/* null: a bump pointer that wraps around 1 MiB of memory, and does nothing on free. No allocator at all: what
 * a workload costs on it is the floor of the harness and of the workload's own touching, in cache.
 *
 * Objects that are live at once may overlap, so nothing that a workload writes can be relied on (no
 * HT_CAP_DISTINCT), and stamps are written but not checked. Each thread bumps in a window of its own.
 * Bound: five instructions an allocation, none a free; 1 MiB and the largest object a thread. */
#ifndef HT_ALLOCATORS_NULL_H
#define HT_ALLOCATORS_NULL_H

#include <string.h>

#include "allocators/heap.h"

enum { NULL_RING_BYTES = 1 << 20, NULL_TAIL_BYTES = 256 << 20 };

struct ht_heap {
    int opened;
};

/* `next` is where the next object starts: in a ring that is aligned to twice its size, so that to wrap around is
 * to clear one bit. */
struct null_ring {
    uintptr_t next;
};

/* One a thread; it must be one for all files of the cell, so it is defined in null.c. */
extern _Thread_local struct null_ring null_ring;

int ht_null_open(void);
void ht_null_close(void);
void ht_null_thread_start(void);
void ht_null_thread_stop(void);

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)heap, (void)options;
    return ht_null_open();
}

static inline void heap_close(struct ht_heap *heap)
{
    (void)heap;
    ht_null_close();
}

static inline void heap_thread_start(struct ht_heap *heap)
{
    (void)heap;
    ht_null_thread_start();
}

static inline void heap_thread_stop(struct ht_heap *heap)
{
    (void)heap;
    ht_null_thread_stop();
}
#define heap_thread_start heap_thread_start

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)heap;
    const size_t step = (bytes + HT_MIN_ALIGNMENT - 1) & (NULL_RING_BYTES - HT_MIN_ALIGNMENT);
    uintptr_t p = null_ring.next;
    if (alignment > HT_MIN_ALIGNMENT)
        p = (p + alignment - 1) & -(uintptr_t)alignment;
    null_ring.next = (null_ring.next + step) & ~(uintptr_t)NULL_RING_BYTES;
    return (void *)p;
}

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return NULL_TAIL_BYTES / 2;
}
#define heap_max_bytes heap_max_bytes

/* As the default does, but the ring may have come round to where the old object is. */
static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    return q ? memmove(q, p, old_bytes < new_bytes ? old_bytes : new_bytes) : NULL;
}
#define heap_resize heap_resize

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return (HT_CAPS_GENERAL | HT_CAP_THREADS) & ~HT_CAP_DISTINCT;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
