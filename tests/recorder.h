/* A strategy for tests of workloads: malloc with a record of what was asked for. It knows the size of each
 * object, so a free that names another is caught; and it can spoil objects, to see that a workload notices. */
#ifndef HT_TESTS_RECORDER_H
#define HT_TESTS_RECORDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/heap.h"
#include "base/rng.h"

enum { RECORDED_SIZES = 1 << 18 };

struct ht_heap {
    atomic_uint_fast64_t allocs, frees, live_bytes, largest, wrong_frees;
    atomic_uint_fast64_t resizes;     /* each is also an allocation and a free */
    atomic_uint size[RECORDED_SIZES]; /* how many of each; the last one also counts all larger ones */
    bool ordered;                     /* one thread at a time: keep `stream` */
    uint64_t stream;                  /* a digest of what was asked for and what was freed, in order */
    bool spoils;                      /* objects lose their first byte behind the workload's back */
};

/* Before each object. */
struct recorder_head {
    size_t bytes;
    uint32_t room, serial;
};

extern _Thread_local unsigned char *recorder_newest; /* NULL when it was freed */

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)heap, (void)options;
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    (void)heap;
}

static inline void recorder_digest(struct ht_heap *heap, uint64_t what)
{
    if (heap->ordered)
        heap->stream = ht_mix64(heap->stream ^ what);
}

static inline void recorder_count(struct ht_heap *heap, size_t bytes)
{
    heap->allocs++;
    heap->live_bytes += bytes;
    heap->size[bytes < RECORDED_SIZES ? bytes : RECORDED_SIZES - 1]++;
    uint_fast64_t largest = heap->largest;
    while (bytes > largest && !atomic_compare_exchange_weak(&heap->largest, &largest, bytes))
        ;
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    const size_t room = alignment > sizeof(struct recorder_head) ? alignment : sizeof(struct recorder_head);
    void *block;
    if (posix_memalign(&block, room, room + bytes))
        return NULL;
    if (heap->spoils && recorder_newest)
        *recorder_newest ^= 0xff;
    recorder_newest = (unsigned char *)block + room;
    ((struct recorder_head *)recorder_newest)[-1] =
        (struct recorder_head){bytes, (uint32_t)room, (uint32_t)heap->allocs};
    recorder_count(heap, bytes);
    recorder_digest(heap, bytes);
    return recorder_newest;
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    const struct recorder_head head = ((struct recorder_head *)p)[-1];
    if (p == recorder_newest)
        recorder_newest = NULL;
    heap->wrong_frees += head.bytes != bytes;
    heap->live_bytes -= head.bytes;
    heap->frees++;
    recorder_digest(heap, ~(uint64_t)head.serial);
    /* What is spoilt next may be an object that another thread has freed. */
    if (!heap->spoils)
        free((char *)p - head.room);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (!q)
        return NULL;
    memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    heap_free(heap, p, old_bytes);
    heap->resizes++;
    return q;
}
#define heap_resize heap_resize

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAPS_GENERAL | HT_CAP_THREADS;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return "";
}

#endif
