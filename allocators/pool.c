#include "allocators/pool.h"

#include <errno.h>
#include <stdio.h>

#include "allocators/pages.h"

static struct pool_chunk *chunk_of(const void *p)
{
    return (struct pool_chunk *)((uintptr_t)p & -(uintptr_t)POOL_CHUNK_BYTES);
}

void *ht_pool_carve(struct ht_heap *heap, size_t list)
{
    const size_t bytes = list * POOL_GRAIN;
    if ((size_t)(heap->fresh_end[list] - heap->fresh[list]) < bytes) {
        struct pool_chunk *const chunk = ht_pages_map(POOL_CHUNK_BYTES, POOL_CHUNK_BYTES);
        if (!chunk)
            return NULL;
        chunk->object_bytes = bytes;
        chunk->next = heap->chunks;
        heap->chunks = chunk;
        heap->fresh[list] = (char *)(chunk + 1);
        heap->fresh_end[list] = (char *)chunk + POOL_CHUNK_BYTES;
    }
    void *const object = heap->fresh[list];
    heap->fresh[list] += bytes;
    return object;
}

/* How many objects were ever carved for `list`. */
static size_t carved(const struct ht_heap *heap, size_t list)
{
    const size_t bytes = list * POOL_GRAIN;
    const size_t per_chunk = (POOL_CHUNK_BYTES - sizeof(struct pool_chunk)) / bytes;
    size_t chunks = 0;
    for (const struct pool_chunk *c = heap->chunks; c; c = c->next)
        chunks += c->object_bytes == bytes;
    return chunks * per_chunk - (size_t)(heap->fresh_end[list] - heap->fresh[list]) / bytes;
}

/* True when `p` is where an object of `bytes` can start in one of the heap's chunks. */
static int is_object(const struct ht_heap *heap, const void *p, size_t bytes)
{
    const struct pool_chunk *const home = chunk_of(p);
    for (const struct pool_chunk *c = heap->chunks; c; c = c->next)
        if (c == home)
            return c->object_bytes == bytes && ((uintptr_t)p - (uintptr_t)(c + 1)) % bytes == 0;
    return 0;
}

int ht_pool_check(struct ht_heap *heap, char why[128])
{
    for (size_t list = 1; list < POOL_LISTS; list++) {
        const size_t bytes = list * POOL_GRAIN, most = carved(heap, list);
        size_t length = 0;
        for (const struct pool_object *o = heap->list[list]; o; o = o->next) {
            if (!is_object(heap, o, bytes)) {
                snprintf(why, 128, "pool: the free list of %zu bytes leads to %p, no object", bytes,
                         (void *)o);
                return -EUCLEAN;
            }
            /* More free objects than were carved: one is on the list twice. */
            if (++length > most) {
                snprintf(why, 128, "pool: the free list of %zu bytes runs in a circle", bytes);
                return -EUCLEAN;
            }
        }
    }
    return 0;
}

void ht_pool_close(struct ht_heap *heap)
{
    for (struct pool_chunk *next, *c = heap->chunks; c; c = next) {
        next = c->next;
        ht_pages_unmap(c, POOL_CHUNK_BYTES);
    }
    *heap = (struct ht_heap){0};
}
