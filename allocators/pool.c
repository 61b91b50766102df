#include "allocators/pool.h"

#include <errno.h>
#include <stdbool.h>
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

/* Where a chunk is, or would be, below `root`. The bits of its hash are the way down; the hash is one to one, so
 * that two chunks part after 63 of them at the latest. */
static struct pool_chunk **place_of(struct pool_chunk **root, const struct pool_chunk *chunk)
{
    struct pool_chunk **link = root;
    for (uint64_t way = (uintptr_t)chunk * 0x9e3779b97f4a7c15u; *link && *link != chunk; way <<= 1)
        link = &(*link)->child[way >> 63];
    return link;
}

/* All chunks, to be found by their address. */
static struct pool_chunk *index_chunks(const struct ht_heap *heap)
{
    struct pool_chunk *root = NULL;
    for (struct pool_chunk *c = heap->chunks; c; c = c->next) {
        c->child[0] = c->child[1] = NULL;
        *place_of(&root, c) = c;
    }
    return root;
}

/* True when `p` is where an object of `list` starts that was carved. */
static bool is_object(const struct ht_heap *heap, struct pool_chunk *chunks, const void *p, size_t list)
{
    const size_t bytes = list * POOL_GRAIN;
    const struct pool_chunk *const home = *place_of(&chunks, chunk_of(p));
    if (!home || home->object_bytes != bytes)
        return false;
    const char *const first = (const char *)(home + 1), *end = (const char *)home + POOL_CHUNK_BYTES;
    if (end == heap->fresh_end[list])
        end = heap->fresh[list];
    const char *const object = p;
    return object >= first && object + bytes <= end && (size_t)(object - first) % bytes == 0;
}

static int check_list(const struct ht_heap *heap, struct pool_chunk *chunks, size_t list, char why[128])
{
    const size_t bytes = list * POOL_GRAIN, most = carved(heap, list);
    size_t length = 0;
    for (const struct pool_object *o = heap->list[list]; o; o = o->next) {
        if (!is_object(heap, chunks, o, list)) {
            snprintf(why, 128, "pool: the free list of %zu bytes leads to %p, no object", bytes, (void *)o);
            return -EUCLEAN;
        }
        /* More free objects than were carved: one is on the list twice. */
        if (++length > most) {
            snprintf(why, 128, "pool: the free list of %zu bytes runs in a circle", bytes);
            return -EUCLEAN;
        }
    }
    return 0;
}

int ht_pool_check(struct ht_heap *heap, char why[128])
{
    struct pool_chunk *const chunks = index_chunks(heap);
    int error = 0;
    for (size_t list = 1; list < POOL_LISTS && !error; list++)
        error = check_list(heap, chunks, list, why);
    return error;
}

void ht_pool_close(struct ht_heap *heap)
{
    for (struct pool_chunk *next, *c = heap->chunks; c; c = next) {
        next = c->next;
        ht_pages_unmap(c, POOL_CHUNK_BYTES);
    }
    *heap = (struct ht_heap){0};
}
