#include "allocators/arena.h"

#include <errno.h>
#include <stdio.h>

#include "allocators/pages.h"

static uintptr_t seal_of(const struct arena_chunk *chunk)
{
    return ((uintptr_t)chunk ^ chunk->bytes) * 0x9e3779b97f4a7c15u;
}

/* Unlinks and returns a reserved chunk of at least `bytes`, but not more than twice that. NULL: there is
 * none. */
static struct arena_chunk *reuse(struct ht_heap *heap, size_t bytes)
{
    for (struct arena_chunk **link = &heap->reserve; *link; link = &(*link)->next) {
        struct arena_chunk *const chunk = *link;
        if (chunk->bytes >= bytes && chunk->bytes / 2 <= bytes) {
            *link = chunk->next;
            heap->reserve_bytes -= chunk->bytes;
            return chunk;
        }
    }
    return NULL;
}

/* Puts a chunk of at least `bytes` on `stack`, from the reserve or from the page source. */
static struct arena_chunk *push(struct ht_heap *heap, struct arena_chunk **stack, size_t bytes)
{
    struct arena_chunk *chunk = reuse(heap, bytes);
    if (!chunk) {
        chunk = ht_pages_map(bytes, HT_PAGE_BYTES);
        if (!chunk)
            return NULL;
        chunk->bytes = bytes;
        chunk->seal = seal_of(chunk);
        heap->held_bytes += bytes;
    }
    chunk->next = *stack;
    return *stack = chunk;
}

/* Takes the newest chunk off `stack`, into the reserve while there is room, else back to the system. */
static void pop(struct ht_heap *heap, struct arena_chunk **stack)
{
    struct arena_chunk *const chunk = *stack;
    *stack = chunk->next;
    if (chunk->bytes <= ARENA_RESERVE_BYTES - heap->reserve_bytes) {
        chunk->next = heap->reserve;
        heap->reserve = chunk;
        heap->reserve_bytes += chunk->bytes;
    } else {
        heap->held_bytes -= chunk->bytes;
        ht_pages_unmap(chunk, chunk->bytes);
    }
}

/* Goes on in the newest chunk, from `bump`. */
static void enter(struct ht_heap *heap, char *bump)
{
    heap->bump = heap->floor = bump;
    heap->end = heap->chunks ? (char *)heap->chunks + heap->chunks->bytes : bump;
}

static size_t next_chunk_bytes(const struct ht_heap *heap)
{
    if (!heap->chunks)
        return ARENA_MIN_CHUNK_BYTES;
    const size_t bytes = 2 * heap->chunks->bytes;
    return bytes < ARENA_MAX_CHUNK_BYTES ? bytes : ARENA_MAX_CHUNK_BYTES;
}

/* `bytes` with the header and the alignment's slack. */
static void *alloc_large(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    struct arena_chunk *const chunk =
        push(heap, &heap->large, (bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES);
    if (!chunk)
        return NULL;
    char *const object = (char *)(chunk + 1);
    return object + (-(uintptr_t)object & (alignment - 1));
}

void *ht_arena_alloc_slow(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    /* The header, and the most that an alignment can skip after it. */
    const size_t extra = sizeof(struct arena_chunk) + alignment - HT_MIN_ALIGNMENT;
    if (bytes > PTRDIFF_MAX - extra)
        return NULL;
    if (bytes + extra > ARENA_LARGE_BYTES)
        return alloc_large(heap, bytes + extra, alignment);
    struct arena_chunk *const chunk = push(heap, &heap->chunks, next_chunk_bytes(heap));
    if (!chunk)
        return NULL;
    enter(heap, (char *)(chunk + 1));
    return heap_alloc(heap, bytes, alignment);
}

static int holds_mark(const struct arena_chunk *chunk, uintptr_t bump)
{
    return bump > (uintptr_t)chunk && bump <= (uintptr_t)chunk + chunk->bytes;
}

void ht_arena_release_slow(struct ht_heap *heap, struct ht_mark mark)
{
    while ((uintptr_t)heap->large != mark.word[1])
        pop(heap, &heap->large);
    while (heap->chunks && !holds_mark(heap->chunks, mark.word[0]))
        pop(heap, &heap->chunks);
    enter(heap, heap->chunks ? (char *)mark.word[0] : NULL);
}

/* Adds the bytes of a list of chunks to `sum`. More than the heap holds: the list runs in a circle. */
static int check_list(const struct ht_heap *heap, const char *name, const struct arena_chunk *chunk,
                      size_t *sum, char why[128])
{
    for (; chunk; chunk = chunk->next) {
        if (chunk->seal != seal_of(chunk)) {
            snprintf(why, 128, "arena: the header of the %s chunk at %p is overwritten", name,
                     (const void *)chunk);
            return -EUCLEAN;
        }
        *sum += chunk->bytes;
        if (*sum > heap->held_bytes) {
            snprintf(why, 128, "arena: the list of %s chunks holds more than was mapped", name);
            return -EUCLEAN;
        }
    }
    return 0;
}

int ht_arena_check(const struct ht_heap *heap, char why[128])
{
    size_t reserved = 0;
    int error = check_list(heap, "reserved", heap->reserve, &reserved, why);
    size_t sum = reserved;
    if (!error)
        error = check_list(heap, "bumped", heap->chunks, &sum, why);
    if (!error)
        error = check_list(heap, "large", heap->large, &sum, why);
    if (error)
        return error;
    if (reserved != heap->reserve_bytes || reserved > ARENA_RESERVE_BYTES || sum != heap->held_bytes) {
        snprintf(why, 128, "arena: chunks of %zu bytes, %zu of them in reserve, but %zu and %zu were counted",
                 sum, reserved, heap->held_bytes, heap->reserve_bytes);
        return -EUCLEAN;
    }
    if (heap->chunks ? heap->bump < (char *)(heap->chunks + 1) || heap->bump > heap->end ||
                           heap->end != (char *)heap->chunks + heap->chunks->bytes
                     : heap->bump != heap->end) {
        snprintf(why, 128, "arena: the bump pointer %p is not in the newest chunk", (void *)heap->bump);
        return -EUCLEAN;
    }
    return 0;
}

static void unmap_list(struct arena_chunk *chunk)
{
    for (struct arena_chunk *next; chunk; chunk = next) {
        next = chunk->next;
        ht_pages_unmap(chunk, chunk->bytes);
    }
}

void ht_arena_close(struct ht_heap *heap)
{
    unmap_list(heap->chunks);
    unmap_list(heap->large);
    unmap_list(heap->reserve);
    *heap = (struct ht_heap){0};
}
