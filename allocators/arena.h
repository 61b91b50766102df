/* arena: a region with mark and release (Hanson, "Fast Allocation and Deallocation of Memory Based on Object
 * Lifetimes", 1990; Gay & Aiken, "Memory Management with Explicit Regions", 1998). A pointer is bumped
 * through a stack of chunks, which double from 64 KiB to 1 MiB; an object over 32 KiB gets a chunk of its
 * own on a second stack, so that the bumped one is not cut short. A mark is the top of both stacks, and a
 * release pops down to it. Released chunks stay in a reserve of at most 4 MiB for reuse.
 *
 * Marks nest: a release makes every later mark invalid, and may be repeated. One object can't be freed. An
 * object that moves when it is resized was allocated then, and goes with the marks from before that.
 * Invariant: all live bytes lie below the bump pointer of their chunk; every chunk starts with its seal.
 * Bounds: alloc O(1), but for a new chunk, which looks through the reserve (113 chunks at most) and makes at
 * most one page request; resize O(1) when the object shrinks or is the last one, else a copy; mark O(1);
 * release O(chunks released). Internal fragmentation: 15 bytes an object up to 32 KiB; a page and 32 bytes
 * for a larger one, or as much as it takes once more where its chunk comes from the reserve; the end of a
 * chunk, at most 32 KiB, is left when the next object does not fit. */
#ifndef HT_ALLOCATORS_ARENA_H
#define HT_ALLOCATORS_ARENA_H

#include <string.h>

#include "allocators/heap.h"

enum {
    ARENA_MIN_CHUNK_BYTES = 64 << 10,
    ARENA_MAX_CHUNK_BYTES = 1 << 20,
    ARENA_LARGE_BYTES = 32 << 10,
    ARENA_RESERVE_BYTES = 4 << 20,
};

/* At the start of each chunk. */
struct arena_chunk {
    _Alignas(HT_MIN_ALIGNMENT) struct arena_chunk *next; /* the one below it on its stack */
    size_t bytes;                                        /* with this header */
    uintptr_t seal; /* made of the two; an object that ran over its chunk's end breaks the next one's */
};

struct ht_heap {
    char *bump, *end;            /* in the newest chunk; equal before there is one */
    char *floor;                 /* objects of the newest chunk below it are older than the newest mark */
    struct arena_chunk *chunks;  /* newest first */
    struct arena_chunk *large;   /* newest first */
    struct arena_chunk *reserve; /* last released first */
    size_t held_bytes, reserve_bytes;
};

/* Allocates where the newest chunk has no room. NULL when the system has no more. */
void *ht_arena_alloc_slow(struct ht_heap *heap, size_t bytes, size_t alignment);
void ht_arena_release_slow(struct ht_heap *heap, struct ht_mark mark);
int ht_arena_check(const struct ht_heap *heap, char why[128]);
void ht_arena_close(struct ht_heap *heap);

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)heap, (void)options;
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    ht_arena_close(heap);
}

static inline size_t ht_arena_round(size_t bytes)
{
    return (bytes + HT_MIN_ALIGNMENT - 1) & -(size_t)HT_MIN_ALIGNMENT;
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    /* The bump pointer and the end are multiples of 16: what fits still fits when it is rounded up. */
    const size_t pad = alignment > HT_MIN_ALIGNMENT ? -(uintptr_t)heap->bump & (alignment - 1) : 0;
    const size_t room = (size_t)(heap->end - heap->bump);
    if (__builtin_expect(pad > room || bytes > room - pad, 0))
        return ht_arena_alloc_slow(heap, bytes, alignment);
    char *const object = heap->bump + pad;
    heap->bump = object + ht_arena_round(bytes);
    return object;
}

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    char *const object = p;
    /* One from before the mark stays as it is: a release would cut off what it grew by. */
    if (object + ht_arena_round(old_bytes) == heap->bump && object >= heap->floor &&
        new_bytes <= (size_t)(heap->end - object)) {
        heap->bump = object + ht_arena_round(new_bytes);
        return object;
    }
    if (new_bytes <= old_bytes)
        return object;
    void *const moved = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    return moved ? memcpy(moved, object, old_bytes) : NULL;
}
#define heap_resize heap_resize

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)p;
    return ht_arena_round(bytes);
}
#define heap_usable heap_usable

static inline struct ht_mark heap_mark(struct ht_heap *heap)
{
    heap->floor = heap->bump;
    return (struct ht_mark){{(uintptr_t)heap->bump, (uintptr_t)heap->large}};
}

static inline void heap_release(struct ht_heap *heap, struct ht_mark mark)
{
    if ((uintptr_t)heap->large == mark.word[1] && mark.word[0] > (uintptr_t)heap->chunks &&
        mark.word[0] <= (uintptr_t)heap->end)
        heap->bump = heap->floor = (char *)mark.word[0];
    else
        ht_arena_release_slow(heap, mark);
}
#define heap_mark heap_mark

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    return ht_arena_check(heap, why);
}
#define heap_check heap_check

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAP_REGION | HT_CAP_DISTINCT | HT_CAP_ALIGN | HT_CAP_RESIZE | HT_CAP_USABLE | HT_CAP_CHECK |
           HT_CAP_FORK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
