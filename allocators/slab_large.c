/* What slab serves outside its fast path: objects with a mapping of their own, and alignments that the class
 * of a size does not have. */
#include <stdbool.h>

#include "allocators/pages.h"
#include "allocators/slab.h"

static size_t round_up(size_t bytes, size_t multiple)
{
    return (bytes + multiple - 1) & -multiple;
}

/* ---- mappings: a header and the object behind it, at the end of the header's page if alignment asks --------- */

static void link_large(struct ht_heap *heap, struct slab_large *large)
{
    pthread_mutex_lock(&heap->lock);
    large->prev = NULL;
    large->next = heap->large;
    if (large->next)
        large->next->prev = large;
    heap->large = large;
    pthread_mutex_unlock(&heap->lock);
}

static void unlink_large(struct ht_heap *heap, struct slab_large *large)
{
    pthread_mutex_lock(&heap->lock);
    if (large->next)
        large->next->prev = large->prev;
    if (large->prev)
        large->prev->next = large->next;
    else
        heap->large = large->next;
    pthread_mutex_unlock(&heap->lock);
}

/* The object stands `offset` behind its header, in the header's page or at the start of the next. */
static struct slab_large *map_large(size_t bytes, size_t offset, size_t alignment)
{
    const size_t mapped_bytes = round_up(offset + bytes, HT_PAGE_BYTES);
    if (alignment <= HT_PAGE_BYTES) {
        struct slab_large *const large = ht_pages_map(mapped_bytes, HT_PAGE_BYTES);
        if (large)
            large->mapped_bytes = mapped_bytes;
        return large;
    }
    /* The header takes the page in front of the aligned address; what is in front of that goes back. */
    const size_t lead = alignment - HT_PAGE_BYTES;
    char *const start = ht_pages_map(lead + mapped_bytes, alignment);
    if (!start)
        return NULL;
    ht_pages_unmap(start, lead);
    struct slab_large *const large = (struct slab_large *)(start + lead);
    large->mapped_bytes = mapped_bytes;
    return large;
}

static void *alloc_large(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    const size_t least = alignment < 64 ? 64 : alignment;
    const size_t offset = least < HT_PAGE_BYTES ? least : HT_PAGE_BYTES;
    if (alignment > SIZE_MAX / 4 || bytes > SIZE_MAX / 4)
        return NULL;
    struct slab_large *const large = map_large(bytes, offset, alignment);
    if (!large)
        return NULL;
    link_large(heap, large);
    return (char *)large + offset;
}

static void free_large(struct ht_heap *heap, void *p)
{
    struct slab_large *const large = slab_large_of(p);
    unlink_large(heap, large);
    ht_pages_unmap(large, large->mapped_bytes);
}

/* ---- alignment ---------------------------------------------------------------------------------------------- */

static bool has_alignment(const struct slab_class *class, size_t alignment)
{
    return class->object_bytes % alignment == 0;
}

/* A class of small slabs that has the alignment; SLAB_CLASSES when there is none. */
static size_t class_with_alignment(const struct ht_heap *heap, size_t bytes, size_t alignment)
{
    size_t c = slab_class_of(heap, bytes);
    while (c < SLAB_CLASSES && !has_alignment(&heap->size_class[c], alignment))
        c++;
    return c < SLAB_CLASSES && heap->size_class[c].slab_bytes == SLAB_SMALL_BYTES ? c : SLAB_CLASSES;
}

/* A mapping for an object whose size says that it is in a slab starts where no object of a slab does, so that
 * free can tell. */
static void *alloc_stray(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    atomic_store_explicit(&heap->fast_bytes, 0, memory_order_relaxed);
    const size_t c = class_with_alignment(heap, bytes, alignment);
    if (c < SLAB_CLASSES)
        return heap_alloc(heap, heap->size_class[c].object_bytes, HT_MIN_ALIGNMENT);
    return alloc_large(heap, bytes, alignment < SLAB_BIG_BYTES ? SLAB_BIG_BYTES : alignment);
}

void *ht_slab_alloc_odd(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    if (bytes > SLAB_MAX_BYTES)
        return alloc_large(heap, bytes, alignment);
    if (has_alignment(&heap->size_class[slab_class_of(heap, bytes)], alignment))
        return heap_alloc(heap, bytes, HT_MIN_ALIGNMENT);
    return alloc_stray(heap, bytes, alignment);
}

void ht_slab_free_odd(struct ht_heap *heap, void *p, size_t bytes)
{
    if (bytes > SLAB_MAX_BYTES || ((uintptr_t)p & (SLAB_BIG_BYTES - 1)) == 0) {
        free_large(heap, p);
        return;
    }
    const size_t c = slab_class_of(heap, bytes);
    const struct slab *const slab = (const struct slab *)((uintptr_t)p & -(uintptr_t)SLAB_SMALL_BYTES);
    slab_free_to(heap, heap->size_class[c].slab_bytes == SLAB_SMALL_BYTES ? slab->size_class : c, p);
}

/* ---- resize ------------------------------------------------------------------------------------------------- */

/* The pages go along, so nothing is copied. */
static void *resize_large(struct ht_heap *heap, void *p, size_t new_bytes)
{
    struct slab_large *large = slab_large_of(p);
    const size_t offset = (uintptr_t)p - (uintptr_t)large;
    const size_t needed = round_up(offset + new_bytes, HT_PAGE_BYTES);
    if (needed == large->mapped_bytes)
        return p;
    unlink_large(heap, large);
    struct slab_large *const moved = ht_pages_resize(large, large->mapped_bytes, needed);
    if (moved) {
        large = moved;
        large->mapped_bytes = needed;
    }
    link_large(heap, large);
    return moved ? (char *)large + offset : NULL;
}

static bool stays(struct ht_heap *heap, size_t old_bytes, size_t new_bytes)
{
    return old_bytes <= SLAB_MAX_BYTES && new_bytes <= SLAB_MAX_BYTES &&
           slab_class_of(heap, old_bytes) == slab_class_of(heap, new_bytes);
}

void *ht_slab_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes > SIZE_MAX / 4)
        return NULL;
    if (stays(heap, old_bytes, new_bytes))
        return p;
    if (old_bytes > SLAB_MAX_BYTES && new_bytes > SLAB_MAX_BYTES)
        return resize_large(heap, p, new_bytes);
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (q) {
        memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
        heap_free(heap, p, old_bytes);
    }
    return q;
}
