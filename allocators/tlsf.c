#include "allocators/tlsf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "allocators/pages.h"

int ht_tlsf_open(struct ht_heap *heap)
{
    for (size_t i = 0; i < TLSF_ROWS * TLSF_COLUMNS; i++)
        heap->list[i] = (struct tlsf_link){&heap->list[i], &heap->list[i]};
    return 0;
}

void ht_tlsf_close(struct ht_heap *heap)
{
    for (struct tlsf_region *next, *r = heap->regions; r; r = next) {
        next = r->next;
        ht_pages_unmap(r, r->bytes);
    }
    memset(heap, 0, sizeof *heap);
}

static struct tlsf_block *first_of(struct tlsf_region *region)
{
    return (struct tlsf_block *)(region + 1);
}

/* The block of size 0 that closes a region; its link says which region. */
static struct tlsf_block *last_of(struct tlsf_region *region)
{
    return (struct tlsf_block *)((char *)region + region->bytes) - 1;
}

/* The region that one free block fills; NULL when the block does not. */
static struct tlsf_region *filled_region(struct tlsf_block *block, size_t size)
{
    const struct tlsf_block *const after = tlsf_after(block, size);
    if (tlsf_size(after))
        return NULL;
    struct tlsf_region *const region = (struct tlsf_region *)after->link.next;
    return block == first_of(region) ? region : NULL;
}

/* Maps a region whose one block has `size` bytes at least. The block is free, but in no list. */
static struct tlsf_block *add_region(struct ht_heap *heap, size_t size)
{
    const size_t need = (size + TLSF_ENDS_BYTES + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    const size_t bytes = need < TLSF_REGION_BYTES ? TLSF_REGION_BYTES : need;
    struct tlsf_region *const region = ht_pages_map(bytes, HT_PAGE_BYTES);
    if (!region)
        return NULL;
    *region = (struct tlsf_region){.next = heap->regions, .bytes = bytes};
    if (region->next)
        region->next->previous = region;
    heap->regions = region;
    struct tlsf_block *const block = first_of(region), *const last = last_of(region);
    block->header = (bytes - TLSF_ENDS_BYTES) | TLSF_FREE;
    last->previous_bytes = bytes - TLSF_ENDS_BYTES;
    last->header = TLSF_PREVIOUS_FREE;
    last->link.next = (struct tlsf_link *)region;
    return block;
}

static void drop_region(struct ht_heap *heap, struct tlsf_region *region)
{
    if (region->next)
        region->next->previous = region->previous;
    if (region->previous)
        region->previous->next = region->next;
    else
        heap->regions = region->next;
    ht_pages_unmap(region, region->bytes);
}

static void put(struct ht_heap *heap, struct tlsf_block *block, size_t size)
{
    tlsf_put(heap, block, size, tlsf_list(size));
}

void ht_tlsf_put_large(struct ht_heap *heap, struct tlsf_block *block, size_t size)
{
    struct tlsf_region *const region = size < TLSF_ENTIRE_BYTES ? NULL : filled_region(block, size);
    if (region) {
        if (region->bytes > TLSF_REGION_BYTES || heap->empty == TLSF_RESERVE) {
            drop_region(heap, region);
            return;
        }
        heap->empty++;
    }
    put(heap, block, size);
}

/* A free block, out of its list, that holds `size`; from a new region when `list` is 0. */
static struct tlsf_block *take(struct ht_heap *heap, size_t list, size_t size)
{
    if (!list)
        return add_region(heap, size);
    struct tlsf_block *const block = tlsf_pop(heap, list);
    if (tlsf_size(block) == TLSF_ENTIRE_BYTES && filled_region(block, TLSF_ENTIRE_BYTES))
        heap->empty--;
    return block;
}

/* Makes the first `size` bytes of a free block that is in no list live, and the rest a free block if it can
 * be one. */
static void *carve(struct ht_heap *heap, struct tlsf_block *block, size_t size)
{
    const size_t all = tlsf_size(block), rest = all - size;
    if (rest >= TLSF_MIN_BYTES) {
        block->header -= rest + TLSF_FREE;
        put(heap, tlsf_after(block, size), rest);
    } else {
        block->header -= TLSF_FREE;
        tlsf_after(block, all)->header -= TLSF_PREVIOUS_FREE;
    }
    return &block->link;
}

void *ht_tlsf_alloc_from(struct ht_heap *heap, size_t list, size_t size)
{
    struct tlsf_block *const block = take(heap, list, size);
    return block ? carve(heap, block, size) : NULL;
}

/* Cuts what is before the first multiple of `alignment` off a free block that is in no list, and puts it
 * into one. The block has room for both. */
static struct tlsf_block *cut_front(struct ht_heap *heap, struct tlsf_block *block, size_t alignment)
{
    const size_t size = tlsf_size(block);
    size_t gap = -(uintptr_t)&block->link & (alignment - 1);
    if (!gap)
        return block;
    if (gap < TLSF_MIN_BYTES)
        gap += alignment;
    struct tlsf_block *const aligned = tlsf_after(block, gap);
    aligned->header = (size - gap) | TLSF_FREE | TLSF_PREVIOUS_FREE;
    put(heap, block, gap);
    return aligned;
}

void *ht_tlsf_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    if (bytes > TLSF_MAX_BYTES || alignment > TLSF_MAX_BYTES)
        return NULL;
    const size_t size = tlsf_block_bytes(bytes);
    const size_t room = size + (alignment > HT_MIN_ALIGNMENT ? alignment + TLSF_MIN_BYTES : 0);
    struct tlsf_block *const block = take(heap, tlsf_find_list(heap, tlsf_fitting_list(room)), room);
    return block ? carve(heap, cut_front(heap, block, alignment), size) : NULL;
}

/* Gives what a live block has behind its first `size` bytes to the free block after it, or makes it one. */
static void cut_back(struct ht_heap *heap, struct tlsf_block *block, size_t size)
{
    const size_t all = tlsf_size(block);
    struct tlsf_block *const after = tlsf_after(block, all);
    size_t rest = all - size;
    if (after->header & TLSF_FREE) {
        tlsf_unlink(heap, after);
        rest += tlsf_size(after);
    } else if (rest >= TLSF_MIN_BYTES) {
        after->header |= TLSF_PREVIOUS_FREE;
    } else {
        return;
    }
    block->header -= all - size;
    put(heap, tlsf_after(block, size), rest);
}

/* Makes the free block after a live one part of it. */
static void take_after(struct ht_heap *heap, struct tlsf_block *block)
{
    struct tlsf_block *const after = tlsf_after(block, tlsf_size(block));
    tlsf_unlink(heap, after);
    block->header += tlsf_size(after);
    tlsf_after(block, tlsf_size(block))->header &= ~(size_t)TLSF_PREVIOUS_FREE;
}

void *ht_tlsf_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes > TLSF_MAX_BYTES)
        return NULL;
    struct tlsf_block *const block = tlsf_block_of(p);
    const struct tlsf_block *const after = tlsf_after(block, tlsf_size(block));
    const size_t size = tlsf_block_bytes(new_bytes);
    if (size > tlsf_size(block) && after->header & TLSF_FREE &&
        size <= tlsf_size(block) + tlsf_size(after))
        take_after(heap, block);
    if (size <= tlsf_size(block)) {
        cut_back(heap, block, size);
        return p;
    }
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (q) {
        memcpy(q, p, old_bytes);
        heap_free(heap, p, old_bytes);
    }
    return q;
}

int ht_tlsf_check(struct ht_heap *heap, char why[128]) { (void)heap; (void)why; return 0; }
