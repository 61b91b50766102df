/* pymalloc: the small-object allocator of CPython (Marangozov, 2000; as of CPython 3.10: arenas of 1 MiB,
 * pools of 16 KiB). A pool serves one size, a multiple of 16 up to 512 bytes; an arena is 64 pools; larger
 * objects go to the system's malloc. A new pool is taken from the arena that has the fewest free ones, so
 * that the emptiest arenas drain and can go back to the system.
 *
 * Arenas are aligned to their size, so an object finds its own by its address. Three things differ from
 * CPython. The headers of an arena's pools stand together at its start, because headers that are 16 KiB apart
 * fall into the same cache sets. Arenas are kept in one list for each number of free pools instead of one
 * sorted list. And the size that the caller gives to free says whether the object is small, where CPython
 * asks the address: a resize across 512 bytes always moves, so that size and place agree.
 *
 * Invariants: a pool is full (in no list), in use (in its size's list) or free (in its arena's list). Only
 * the first pool in use of a size may have run out of free objects: it is found full, and leaves the list,
 * when the next is asked for. An arena is in the list of its number of free pools.
 * Bounds: alloc and free of a small object O(1), at most one page request each; an arena goes back when its
 * pools are free and it is not the last that has any. Internal fragmentation: 15 bytes. External: a pool
 * with one live object serves no other size (worst: 1/1024 of a pool in use).
 * Larger objects: 16 bytes for the links by which close finds them; the time is the system's. */
#ifndef HT_ALLOCATORS_PYMALLOC_H
#define HT_ALLOCATORS_PYMALLOC_H

#include "allocators/heap.h"

enum {
    PYMALLOC_GRAIN = 16,
    PYMALLOC_MAX_BYTES = 512,
    PYMALLOC_CLASSES = PYMALLOC_MAX_BYTES / PYMALLOC_GRAIN,
    PYMALLOC_POOL_BYTES = 16 << 10,
    PYMALLOC_ARENA_BYTES = 1 << 20,
    PYMALLOC_ARENA_POOLS = PYMALLOC_ARENA_BYTES / PYMALLOC_POOL_BYTES,
    PYMALLOC_FULL = 1 << 16,
};

struct pymalloc_object {
    struct pymalloc_object *next;
};

/* One cache line. */
struct pymalloc_pool {
    struct pymalloc_object *free;      /* carved and free */
    struct pymalloc_pool *next, *prev; /* among the pools of its size, or next among the free of its arena */
    int32_t live;                      /* objects; PYMALLOC_FULL less in a full pool, so that one test of the
                                          sign finds both ends */
    uint32_t size_class;
    uint32_t first, fresh; /* offset in the arena of the first object, and of what was never carved */
} __attribute__((aligned(64)));

/* At the start of each arena, in what is memory of its first pool. */
struct pymalloc_arena {
    struct pymalloc_arena *next, *prev; /* among the arenas with as many free pools */
    struct pymalloc_pool *free;         /* pools that were used before */
    uint32_t carved;                    /* pools that were ever used */
    uint32_t free_pools;                /* those in `free` and those never used */
    struct pymalloc_pool pool[PYMALLOC_ARENA_POOLS];
};

/* In front of each larger object. */
struct pymalloc_large {
    struct pymalloc_large *next, *prev;
};

struct ht_heap {
    struct pymalloc_pool *used[PYMALLOC_CLASSES];               /* pools with a free object; `none` ends */
    struct pymalloc_pool none;                                  /* a pool without objects */
    struct pymalloc_arena *with_free[PYMALLOC_ARENA_POOLS + 1]; /* arenas by number of free pools */
    uint64_t any_with_free;                                     /* bit n - 1: with_free[n] is not empty */
    struct pymalloc_large *large;
};

void ht_pymalloc_open(struct ht_heap *heap);

/* pre: the first pool of the class has no free object. NULL when the system has no more. */
void *ht_pymalloc_alloc(struct ht_heap *heap, size_t size_class);
/* pre: an object of `pool` was just freed, the first of a full pool or the last live one. */
void ht_pymalloc_turn(struct ht_heap *heap, struct pymalloc_pool *pool);

void *ht_pymalloc_alloc_large(struct ht_heap *heap, size_t bytes);
void ht_pymalloc_free_large(struct ht_heap *heap, void *p);
void *ht_pymalloc_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes);
size_t ht_pymalloc_usable_large(void *p);
int ht_pymalloc_check(struct ht_heap *heap, char why[128]);
void ht_pymalloc_close(struct ht_heap *heap);

static inline struct pymalloc_arena *pymalloc_arena_of(const void *p)
{
    return (struct pymalloc_arena *)((uintptr_t)p & -(uintptr_t)PYMALLOC_ARENA_BYTES);
}

/* pre: `p` is in an arena: an object, not a pool header. */
static inline struct pymalloc_pool *pymalloc_pool_of(const void *p)
{
    return &pymalloc_arena_of(p)->pool[(uintptr_t)p / PYMALLOC_POOL_BYTES % PYMALLOC_ARENA_POOLS];
}

/* Where a pool starts and ends in its arena; the first starts after the headers. */
static inline uint32_t pymalloc_pool_start(const struct pymalloc_pool *pool)
{
    const size_t index = (size_t)(pool - pymalloc_arena_of(pool)->pool);
    return index ? (uint32_t)index * PYMALLOC_POOL_BYTES : sizeof(struct pymalloc_arena);
}

static inline uint32_t pymalloc_pool_end(const struct pymalloc_pool *pool)
{
    return ((uint32_t)(pool - pymalloc_arena_of(pool)->pool) + 1) * PYMALLOC_POOL_BYTES;
}

static inline size_t pymalloc_object_bytes(size_t size_class)
{
    return (size_class + 1) * PYMALLOC_GRAIN;
}

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    ht_pymalloc_open(heap);
    return 0;
}

static inline void heap_close(struct ht_heap *heap)
{
    ht_pymalloc_close(heap);
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    (void)alignment;
    if (__builtin_expect(bytes > PYMALLOC_MAX_BYTES, 0))
        return ht_pymalloc_alloc_large(heap, bytes);
    const size_t size_class = (bytes - 1) / PYMALLOC_GRAIN;
    struct pymalloc_pool *const pool = heap->used[size_class];
    struct pymalloc_object *const object = pool->free;
    if (__builtin_expect(!object, 0))
        return ht_pymalloc_alloc(heap, size_class);
    pool->live++;
    pool->free = object->next;
    return object;
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    if (__builtin_expect(bytes > PYMALLOC_MAX_BYTES, 0)) {
        ht_pymalloc_free_large(heap, p);
        return;
    }
    struct pymalloc_pool *const pool = pymalloc_pool_of(p);
    struct pymalloc_object *const object = p;
    const int32_t live = --pool->live;
    object->next = pool->free;
    pool->free = object;
    if (__builtin_expect(live <= 0, 0))
        ht_pymalloc_turn(heap, pool);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    return ht_pymalloc_resize(heap, p, old_bytes, new_bytes);
}
#define heap_resize heap_resize

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap;
    return bytes > PYMALLOC_MAX_BYTES ? ht_pymalloc_usable_large(p)
                                      : pymalloc_object_bytes(pymalloc_pool_of(p)->size_class);
}
#define heap_usable heap_usable

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    return ht_pymalloc_check(heap, why);
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
