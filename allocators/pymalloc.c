#include "allocators/pymalloc.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/pages.h"

enum { PYMALLOC_CARVE_BYTES = 1 << 10 };

/* ---- arenas, in one list for each number of free pools ---------------------------------------------------- */

static void link_arena(struct ht_heap *heap, struct pymalloc_arena *arena)
{
    const uint32_t n = arena->free_pools;
    arena->prev = NULL;
    arena->next = heap->with_free[n];
    if (arena->next)
        arena->next->prev = arena;
    heap->with_free[n] = arena;
    if (n)
        heap->any_with_free |= (uint64_t)1 << (n - 1);
}

static void unlink_arena(struct ht_heap *heap, struct pymalloc_arena *arena)
{
    const uint32_t n = arena->free_pools;
    if (arena->next)
        arena->next->prev = arena->prev;
    if (arena->prev)
        arena->prev->next = arena->next;
    else
        heap->with_free[n] = arena->next;
    if (n && !heap->with_free[n])
        heap->any_with_free &= ~((uint64_t)1 << (n - 1));
}

/* The fullest arena that has a free pool, or a new one. NULL when the system has no more. */
static struct pymalloc_arena *arena_with_free(struct ht_heap *heap)
{
    if (heap->any_with_free)
        return heap->with_free[__builtin_ctzll(heap->any_with_free) + 1];
    struct pymalloc_arena *const arena = ht_pages_map(PYMALLOC_ARENA_BYTES, PYMALLOC_ARENA_BYTES);
    if (!arena)
        return NULL;
    arena->free_pools = PYMALLOC_ARENA_POOLS;
    link_arena(heap, arena);
    return arena;
}

static struct pymalloc_pool *take_pool(struct ht_heap *heap)
{
    struct pymalloc_arena *const arena = arena_with_free(heap);
    if (!arena)
        return NULL;
    unlink_arena(heap, arena);
    arena->free_pools--;
    link_arena(heap, arena);
    struct pymalloc_pool *const pool = arena->free;
    if (!pool)
        return &arena->pool[arena->carved++];
    arena->free = pool->next;
    return pool;
}

/* ---- pools ------------------------------------------------------------------------------------------------ */

/* Objects come from the first pool until it is full; one that gets its first free object goes second, and
 * gathers more before it is used. */
static void link_pool(struct ht_heap *heap, struct pymalloc_pool *pool)
{
    struct pymalloc_pool *const first = heap->used[pool->size_class];
    if (first == &heap->none) {
        pool->prev = NULL;
        pool->next = first;
        heap->used[pool->size_class] = pool;
        return;
    }
    pool->prev = first;
    pool->next = first->next;
    pool->next->prev = pool;
    first->next = pool;
}

static void unlink_pool(struct ht_heap *heap, struct pymalloc_pool *pool)
{
    pool->next->prev = pool->prev;
    if (pool->prev)
        pool->prev->next = pool->next;
    else
        heap->used[pool->size_class] = pool->next;
}

/* pre: the pool has no free object. Makes some: what fits into 1 KiB, so that little is touched ahead of
 * need. False when there is no room. */
static bool carve(struct pymalloc_pool *pool)
{
    const uint32_t bytes = (uint32_t)pymalloc_object_bytes(pool->size_class);
    char *const base = (char *)pymalloc_arena_of(pool);
    struct pymalloc_object **end = &pool->free;
    for (uint32_t n = PYMALLOC_CARVE_BYTES / bytes; n; n--) {
        if (pool->fresh + bytes > pymalloc_pool_end(pool))
            break;
        *end = (struct pymalloc_object *)(base + pool->fresh);
        end = &(*end)->next;
        pool->fresh += bytes;
    }
    *end = NULL;
    return pool->free;
}

/* A pool that last served the same size is as it should be; another is carved anew. */
static void set_class(struct pymalloc_pool *pool, size_t size_class)
{
    if (pool->first && pool->size_class == size_class)
        return;
    pool->size_class = (uint32_t)size_class;
    pool->first = pymalloc_pool_start(pool);
    pool->fresh = pool->first;
    pool->free = NULL;
    carve(pool);
}

static struct pymalloc_pool *open_pool(struct ht_heap *heap, size_t size_class)
{
    struct pymalloc_pool *const pool = take_pool(heap);
    if (pool) {
        set_class(pool, size_class);
        link_pool(heap, pool);
    }
    return pool;
}

void *ht_pymalloc_alloc(struct ht_heap *heap, size_t size_class)
{
    struct pymalloc_pool *pool = heap->used[size_class];
    if (pool != &heap->none && !carve(pool)) {
        unlink_pool(heap, pool);
        pool->live -= PYMALLOC_FULL;
        pool = heap->used[size_class];
    }
    if (pool == &heap->none && !(pool = open_pool(heap, size_class)))
        return NULL;
    struct pymalloc_object *const object = pool->free;
    pool->free = object->next;
    pool->live++;
    return object;
}

static void close_pool(struct ht_heap *heap, struct pymalloc_pool *pool)
{
    struct pymalloc_arena *const arena = pymalloc_arena_of(pool);
    unlink_pool(heap, pool);
    unlink_arena(heap, arena);
    pool->next = arena->free;
    arena->free = pool;
    arena->free_pools++;
    /* The last arena with free pools stays, or a program that lives on the edge would map one each time. */
    if (arena->free_pools == PYMALLOC_ARENA_POOLS && heap->any_with_free)
        ht_pages_unmap(arena, PYMALLOC_ARENA_BYTES);
    else
        link_arena(heap, arena);
}

void ht_pymalloc_turn(struct ht_heap *heap, struct pymalloc_pool *pool)
{
    if (pool->live == 0) {
        close_pool(heap, pool);
    } else {
        pool->live += PYMALLOC_FULL;
        link_pool(heap, pool);
    }
}

/* ---- larger objects: the system's malloc, and links so that close finds them ------------------------------ */

static void link_large(struct ht_heap *heap, struct pymalloc_large *large)
{
    large->prev = NULL;
    large->next = heap->large;
    if (large->next)
        large->next->prev = large;
    heap->large = large;
}

static void unlink_large(struct ht_heap *heap, struct pymalloc_large *large)
{
    if (large->next)
        large->next->prev = large->prev;
    if (large->prev)
        large->prev->next = large->next;
    else
        heap->large = large->next;
}

static struct pymalloc_large *large_of(void *p)
{
    return (struct pymalloc_large *)p - 1;
}

void *ht_pymalloc_alloc_large(struct ht_heap *heap, size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(struct pymalloc_large))
        return NULL;
    struct pymalloc_large *const large = malloc(sizeof *large + bytes);
    if (!large)
        return NULL;
    link_large(heap, large);
    return large + 1;
}

void ht_pymalloc_free_large(struct ht_heap *heap, void *p)
{
    unlink_large(heap, large_of(p));
    free(large_of(p));
}

size_t ht_pymalloc_usable_large(void *p)
{
    return malloc_usable_size(large_of(p)) - sizeof(struct pymalloc_large);
}

static void *resize_large(struct ht_heap *heap, void *p, size_t new_bytes)
{
    struct pymalloc_large *const large = large_of(p);
    if (new_bytes > SIZE_MAX - sizeof *large)
        return NULL;
    unlink_large(heap, large);
    struct pymalloc_large *const moved = realloc(large, sizeof *large + new_bytes);
    link_large(heap, moved ? moved : large);
    return moved ? moved + 1 : NULL;
}

/* ---- both ------------------------------------------------------------------------------------------------- */

/* A small object stays while it fits and would not waste more than a quarter. */
static bool stays(const struct pymalloc_pool *pool, size_t new_bytes)
{
    const size_t bytes = pymalloc_object_bytes(pool->size_class);
    return new_bytes <= bytes && 4 * new_bytes > 3 * bytes;
}

void *ht_pymalloc_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    const bool was_large = old_bytes > PYMALLOC_MAX_BYTES;
    if (was_large && new_bytes > PYMALLOC_MAX_BYTES)
        return resize_large(heap, p, new_bytes);
    if (!was_large && stays(pymalloc_pool_of(p), new_bytes))
        return p;
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (q) {
        memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
        heap_free(heap, p, old_bytes);
    }
    return q;
}

void ht_pymalloc_open(struct ht_heap *heap)
{
    for (size_t c = 0; c < PYMALLOC_CLASSES; c++)
        heap->used[c] = &heap->none;
}

static void unmap_arenas(struct pymalloc_arena *arena)
{
    for (struct pymalloc_arena *next; arena; arena = next) {
        next = arena->next;
        ht_pages_unmap(arena, PYMALLOC_ARENA_BYTES);
    }
}

void ht_pymalloc_close(struct ht_heap *heap)
{
    for (size_t n = 0; n <= PYMALLOC_ARENA_POOLS; n++)
        unmap_arenas(heap->with_free[n]);
    for (struct pymalloc_large *next, *large = heap->large; large; large = next) {
        next = large->next;
        free(large);
    }
    *heap = (struct ht_heap){0};
}
