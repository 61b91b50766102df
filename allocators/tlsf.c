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

static void unmap_all(struct tlsf_region *region)
{
    for (struct tlsf_region *next; region; region = next) {
        next = region->next;
        ht_pages_unmap(region, region->bytes);
    }
}

void ht_tlsf_close(struct ht_heap *heap)
{
    unmap_all(heap->used);
    unmap_all(heap->empty);
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

static void link_region(struct tlsf_region **list, struct tlsf_region *region)
{
    region->next = *list;
    region->previous = NULL;
    if (*list)
        (*list)->previous = region;
    *list = region;
}

static void unlink_region(struct tlsf_region **list, const struct tlsf_region *region)
{
    if (region->next)
        region->next->previous = region->previous;
    if (region->previous)
        region->previous->next = region->next;
    else
        *list = region->next;
}

/* Maps a region whose one block has `size` bytes at least. The block is free, but in no list. */
static struct tlsf_block *add_region(struct ht_heap *heap, size_t size)
{
    const size_t need = (size + TLSF_ENDS_BYTES + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    const size_t bytes = need < TLSF_REGION_BYTES ? TLSF_REGION_BYTES : need;
    struct tlsf_region *const region = ht_pages_map(bytes, HT_PAGE_BYTES);
    if (!region)
        return NULL;
    region->bytes = bytes;
    link_region(&heap->used, region);
    heap->mapped_bytes += bytes;
    struct tlsf_block *const block = first_of(region), *const last = last_of(region);
    block->header = (bytes - TLSF_ENDS_BYTES) | TLSF_FREE;
    last->previous_bytes = bytes - TLSF_ENDS_BYTES;
    last->header = TLSF_PREVIOUS_FREE;
    last->link.next = (struct tlsf_link *)region;
    return block;
}

/* Gives an empty region back when there are too many. */
static void trim(struct ht_heap *heap)
{
    const size_t share = heap->mapped_bytes / TLSF_RESERVE_SHARE;
    if (heap->empty_bytes <= (share < TLSF_RESERVE_BYTES ? TLSF_RESERVE_BYTES : share))
        return;
    struct tlsf_region *const region = heap->empty;
    tlsf_unlink(heap, first_of(region));
    unlink_region(&heap->empty, region);
    heap->empty_bytes -= region->bytes;
    heap->mapped_bytes -= region->bytes;
    ht_pages_unmap(region, region->bytes);
}

static void put(struct ht_heap *heap, struct tlsf_block *block, size_t size)
{
    tlsf_put(heap, block, size, tlsf_list(size));
}

void ht_tlsf_put_large(struct ht_heap *heap, struct tlsf_block *block, size_t size)
{
    put(heap, block, size);
    struct tlsf_region *const region = size < TLSF_ENTIRE_BYTES ? NULL : filled_region(block, size);
    if (!region)
        return;
    unlink_region(&heap->used, region);
    link_region(&heap->empty, region);
    heap->empty_bytes += region->bytes;
    /* The reserve shrinks with the heap: twice, so that it catches up. */
    trim(heap);
    trim(heap);
}

/* A free block, out of its list, that holds `size`; from a new region when `list` is 0. */
static struct tlsf_block *take(struct ht_heap *heap, size_t list, size_t size)
{
    if (!list)
        return add_region(heap, size);
    struct tlsf_block *const block = tlsf_pop(heap, list);
    const size_t all = tlsf_size(block);
    struct tlsf_region *const region = all < TLSF_ENTIRE_BYTES ? NULL : filled_region(block, all);
    if (region) {
        unlink_region(&heap->empty, region);
        link_region(&heap->used, region);
        heap->empty_bytes -= region->bytes;
    }
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

/* Makes the first `size` bytes of a free block live when the rest belongs into the list where the block is: it
 * takes the block's place there. A heap that grows does little else. Returns NULL otherwise. */
static void *carve_in_place(struct tlsf_block *block, size_t list, size_t size)
{
    const size_t all = tlsf_size(block);
    if (all >= TLSF_ENTIRE_BYTES || all - size < TLSF_EXACT_BYTES || tlsf_list(all - size) != list)
        return NULL;
    struct tlsf_block *const rest = tlsf_after(block, size);
    rest->header = (all - size) | TLSF_FREE;
    tlsf_after(block, all)->previous_bytes = all - size;
    rest->link = block->link;
    rest->link.next->previous = rest->link.previous->next = &rest->link;
    block->header = size;
    return &block->link;
}

void *ht_tlsf_alloc_from(struct ht_heap *heap, size_t list, size_t size)
{
    void *const p = list ? carve_in_place(tlsf_block_of(heap->list[list].next), list, size) : NULL;
    if (p)
        return p;
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
    if (size > tlsf_size(block) && after->header & TLSF_FREE && size <= tlsf_size(block) + tlsf_size(after))
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

/* What a walk over all regions has counted, to be compared with the lists. */
struct tally {
    size_t free, mapped_bytes;
};

__attribute__((format(printf, 2, 3))) static int unclean(char why[128], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = snprintf(why, 128, "tlsf: ");
    vsnprintf(why + n, 128 - (size_t)n, format, arguments);
    va_end(arguments);
    return -EUCLEAN;
}

/* A block against what was before it: nothing is read beyond its region. */
static int check_block(const struct tlsf_region *region, const struct tlsf_block *block, size_t before,
                       int before_free, char why[128])
{
    const size_t size = tlsf_size(block), room = (size_t)((char *)region + region->bytes - (char *)block);
    const int is_free = block->header & TLSF_FREE, is_last = room == sizeof *block;
    if (block->header & TLSF_FLAGS & ~(TLSF_FREE | TLSF_PREVIOUS_FREE) ||
        (is_last ? size != 0 || is_free : size < TLSF_MIN_BYTES || size > room - sizeof *block))
        return unclean(why, "the header of block %p is %#zx", (void *)block, block->header);
    if (!(block->header & TLSF_PREVIOUS_FREE) != !before_free)
        return unclean(why, "block %p does not know what is before it", (void *)block);
    if (before_free && block->previous_bytes != before)
        return unclean(why, "block %p says that the free block before it has %zu bytes, not %zu",
                       (void *)block, block->previous_bytes, before);
    if (before_free && is_free)
        return unclean(why, "block %p and the one before it are both free", (void *)block);
    return 0;
}

static int check_region(struct tlsf_region *region, struct tally *tally, char why[128])
{
    const struct tlsf_block *const last = last_of(region);
    const struct tlsf_block *block = first_of(region);
    size_t before = 0;
    for (int before_free = 0;; block = tlsf_after(block, before)) {
        const int error = check_block(region, block, before, before_free, why);
        if (error)
            return error;
        if (block == last)
            break;
        before = tlsf_size(block);
        before_free = block->header & TLSF_FREE;
        tally->free += before_free != 0;
    }
    if (last->link.next != (const void *)region)
        return unclean(why, "region %p does not end as it should", (void *)region);
    return 0;
}

/* All regions of a list; `empty` says which list it is. */
static int check_regions(struct tlsf_region *list, int empty, struct tally *tally, char why[128])
{
    const struct tlsf_region *previous = NULL;
    for (struct tlsf_region *r = list; r; previous = r, r = r->next) {
        if (r->previous != previous)
            return unclean(why, "region %p has lost the way back", (void *)r);
        const int error = check_region(r, tally, why);
        if (error)
            return error;
        const struct tlsf_block *const block = first_of(r);
        if (!empty != !(block->header & TLSF_FREE && filled_region(first_of(r), tlsf_size(block))))
            return unclean(why, "region %p is in the list of %s regions", (void *)r,
                           empty ? "empty" : "used");
        tally->mapped_bytes += r->bytes;
    }
    return 0;
}

/* True when `link` is where a block of one of the regions can have its links. */
static int is_inside(const struct tlsf_region *list, const struct tlsf_link *link)
{
    for (const struct tlsf_region *r = list; r; r = r->next) {
        const uintptr_t offset = (uintptr_t)link - (uintptr_t) & ((const struct tlsf_block *)(r + 1))->link;
        if (offset < r->bytes - TLSF_ENDS_BYTES)
            return offset % TLSF_GRAIN == 0;
    }
    return 0;
}

/* Takes the free blocks of a list from the tally. */
static int check_list(const struct ht_heap *heap, size_t list, struct tally *tally, char why[128])
{
    const struct tlsf_link *const head = &heap->list[list];
    const int bit = heap->row[list / TLSF_COLUMNS] >> list % TLSF_COLUMNS & 1;
    if (bit != (head->next != head))
        return unclean(why, "list %zu is %s, but its bit is %d", list, bit ? "empty" : "not empty", bit);
    const struct tlsf_link *previous = head;
    for (const struct tlsf_link *link = head->next; link != head; previous = link, link = link->next) {
        if (!is_inside(heap->used, link) && !is_inside(heap->empty, link))
            return unclean(why, "list %zu leads to %p, no block", list, (const void *)link);
        const struct tlsf_block *const block = tlsf_block_of(link);
        if (!(block->header & TLSF_FREE) || tlsf_list(tlsf_size(block)) != list)
            return unclean(why, "block %p is in list %zu, but its header is %#zx", (const void *)block, list,
                           block->header);
        if (link->previous != previous)
            return unclean(why, "block %p in list %zu has lost the way back", (const void *)block, list);
        if (!tally->free--)
            return unclean(why, "list %zu has more blocks than are free", list);
    }
    return head->previous == previous ? 0 : unclean(why, "the head of list %zu has lost its end", list);
}

int ht_tlsf_check(struct ht_heap *heap, char why[128])
{
    struct tally tally = {0};
    int error = check_regions(heap->empty, 1, &tally, why);
    if (!error && tally.mapped_bytes != heap->empty_bytes)
        error =
            unclean(why, "%zu bytes are in empty regions, not %zu", tally.mapped_bytes, heap->empty_bytes);
    if (!error)
        error = check_regions(heap->used, 0, &tally, why);
    if (!error && tally.mapped_bytes != heap->mapped_bytes)
        error = unclean(why, "%zu bytes are mapped, not %zu", tally.mapped_bytes, heap->mapped_bytes);
    for (size_t row = 0; row < TLSF_ROWS && !error; row++)
        if ((heap->rows >> row & 1) != (heap->row[row] != 0))
            error = unclean(why, "the bit of row %zu is wrong", row);
    for (size_t list = 0; list < TLSF_ROWS * TLSF_COLUMNS && !error; list++)
        error = check_list(heap, list, &tally, why);
    if (!error && tally.free)
        error = unclean(why, "%zu free blocks are in no list", tally.free);
    return error;
}
