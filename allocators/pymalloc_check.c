/* The heap walk of pymalloc: every arena, every pool, every free object, every link. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "allocators/pymalloc.h"

struct walk {
    const struct ht_heap *heap;
    char *why;
};

__attribute__((format(printf, 2, 3))) static int broken(const struct walk *walk, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(walk->why, 128, format, args);
    va_end(args);
    return -EUCLEAN;
}

/* True when `p` is the header of a pool of the heap that was used before. */
static bool is_pool(const struct ht_heap *heap, const struct pymalloc_pool *p)
{
    const struct pymalloc_arena *const home = pymalloc_arena_of(p);
    for (size_t n = 0; n <= PYMALLOC_ARENA_POOLS; n++)
        for (const struct pymalloc_arena *arena = heap->with_free[n]; arena; arena = arena->next)
            if (arena == home)
                return p >= arena->pool && p < arena->pool + arena->carved &&
                       ((uintptr_t)p - (uintptr_t)arena->pool) % sizeof *p == 0;
    return false;
}

/* True when `p` is where an object of the pool starts. */
static bool is_object(const struct pymalloc_pool *pool, const void *p)
{
    const size_t offset = (uintptr_t)p - (uintptr_t)pymalloc_arena_of(pool);
    return offset >= pool->first && offset < pool->fresh &&
           (offset - pool->first) % pymalloc_object_bytes(pool->size_class) == 0;
}

static bool has_sane_header(const struct pymalloc_pool *pool)
{
    return pool->size_class < PYMALLOC_CLASSES && pool->first == pymalloc_pool_start(pool) &&
           pool->fresh >= pool->first && pool->fresh <= pymalloc_pool_end(pool) &&
           (pool->fresh - pool->first) % pymalloc_object_bytes(pool->size_class) == 0;
}

/* Each object that was carved is live or on the free list once. */
static int check_pool(const struct walk *walk, const struct pymalloc_pool *pool)
{
    const void *const at = pool;
    if (!has_sane_header(pool))
        return broken(walk, "pymalloc: the header of pool %p makes no sense", at);
    const size_t bytes = pymalloc_object_bytes(pool->size_class);
    const size_t carved = (pool->fresh - pool->first) / bytes;
    size_t length = 0;
    for (const struct pymalloc_object *o = pool->free; o; o = o->next) {
        if (!is_object(pool, o))
            return broken(walk, "pymalloc: the free list of pool %p leads to %p, no object", at, (void *)o);
        if (++length > carved)
            return broken(walk, "pymalloc: the free list of pool %p runs in a circle", at);
    }
    const bool full = pool->live < 0;
    const size_t live = (size_t)(full ? pool->live + PYMALLOC_FULL : pool->live);
    if (live + length != carved)
        return broken(walk, "pymalloc: pool %p: %zu live and %zu free, but %zu carved", at, live, length,
                      carved);
    if (full && (pool->free || pool->fresh + bytes <= pymalloc_pool_end(pool)))
        return broken(walk, "pymalloc: pool %p counts as full and has room", at);
    return 0;
}

/* The free pools of an arena. */
static int check_free_pools(const struct walk *walk, const struct pymalloc_arena *arena)
{
    size_t length = 0;
    for (const struct pymalloc_pool *pool = arena->free; pool; pool = pool->next) {
        if (pool < arena->pool || pool >= arena->pool + arena->carved || pool->live)
            return broken(walk, "pymalloc: a free list of pools leads to %p, no free pool", (void *)pool);
        if (++length > arena->carved)
            return broken(walk, "pymalloc: the free pools of arena %p run in a circle", (void *)arena);
    }
    if (length + PYMALLOC_ARENA_POOLS - arena->carved != arena->free_pools)
        return broken(walk, "pymalloc: arena %p counts %u free pools and has %zu", (void *)arena,
                      arena->free_pools, length + PYMALLOC_ARENA_POOLS - arena->carved);
    return 0;
}

/* Adds the pools that are neither full nor free to in_use, by class. */
static int check_arena(const struct walk *walk, const struct pymalloc_arena *arena,
                       size_t in_use[PYMALLOC_CLASSES])
{
    if (arena->carved > PYMALLOC_ARENA_POOLS)
        return broken(walk, "pymalloc: arena %p has %u pools", (void *)arena, arena->carved);
    int error = check_free_pools(walk, arena);
    size_t live_pools = 0;
    for (size_t i = 0; i < arena->carved && !error; i++) {
        const struct pymalloc_pool *const pool = &arena->pool[i];
        error = check_pool(walk, pool);
        live_pools += pool->live != 0;
        if (!error && pool->live > 0)
            in_use[pool->size_class]++;
    }
    if (!error && live_pools + arena->free_pools != PYMALLOC_ARENA_POOLS)
        return broken(walk, "pymalloc: arena %p: a pool without objects is not free", (void *)arena);
    return error;
}

static int check_arenas(const struct walk *walk, size_t in_use[PYMALLOC_CLASSES])
{
    for (uint32_t n = 0; n <= PYMALLOC_ARENA_POOLS; n++) {
        const struct pymalloc_arena *prev = NULL, *const first = walk->heap->with_free[n];
        if (n && (walk->heap->any_with_free >> (n - 1) & 1) != (first != NULL))
            return broken(walk, "pymalloc: the bit of arenas with %u free pools is wrong", n);
        for (const struct pymalloc_arena *arena = first; arena; prev = arena, arena = arena->next) {
            if (pymalloc_arena_of(arena) != arena || arena->prev != prev || arena->free_pools != n)
                return broken(walk, "pymalloc: the list of arenas with %u free pools leads astray", n);
            const int error = check_arena(walk, arena, in_use);
            if (error)
                return error;
        }
    }
    return 0;
}

/* The list of a class holds the pools that are neither full nor free, all and only. A back link that is right
 * all along rules out a circle. */
static int check_class(const struct walk *walk, size_t size_class, size_t in_use)
{
    const size_t bytes = pymalloc_object_bytes(size_class);
    const struct pymalloc_pool *prev = NULL, *pool = walk->heap->used[size_class];
    size_t length = 0;
    for (; pool != &walk->heap->none; prev = pool, pool = pool->next) {
        if (!is_pool(walk->heap, pool))
            return broken(walk, "pymalloc: the pools of %zu bytes lead to %p, no pool", bytes, (void *)pool);
        if (pool->prev != prev || pool->size_class != size_class || pool->live <= 0 || (prev && !pool->free))
            return broken(walk, "pymalloc: pool %p is wrong in the list of %zu bytes", (void *)pool, bytes);
        length++;
    }
    if (length != in_use)
        return broken(walk, "pymalloc: %zu pools of %zu bytes are in use and %zu are listed", in_use, bytes,
                      length);
    return 0;
}

static int check_large(const struct walk *walk)
{
    const struct pymalloc_large *prev = NULL;
    for (const struct pymalloc_large *l = walk->heap->large; l; prev = l, l = l->next)
        if (l->prev != prev)
            return broken(walk, "pymalloc: the links of large object %p are wrong", (void *)(l + 1));
    return 0;
}

int ht_pymalloc_check(struct ht_heap *heap, char why[128])
{
    const struct walk walk = {.heap = heap, .why = why};
    size_t in_use[PYMALLOC_CLASSES] = {0};
    int error = check_arenas(&walk, in_use);
    if (!error && heap->none.free)
        error = broken(&walk, "pymalloc: an object was freed into no pool");
    for (size_t c = 0; c < PYMALLOC_CLASSES && !error; c++)
        error = check_class(&walk, c, in_use[c]);
    return error ? error : check_large(&walk);
}
