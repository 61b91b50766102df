#include "allocators/buddy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ht_buddy_open(struct ht_heap *heap)
{
    for (size_t i = 0; i < BUDDY_ORDERS; i++)
        heap->list[i] = (struct buddy_link){&heap->list[i], &heap->list[i]};
    return 0;
}

/* Gives back the page of header with what it belongs to. */
static void unmap_large(struct buddy_large *large)
{
    ht_pages_unmap(large, HT_PAGE_BYTES + large->bytes);
}

void ht_buddy_close(struct ht_heap *heap)
{
    for (struct buddy_region *next, *r = heap->regions; r; r = next) {
        next = r->next;
        ht_pages_unmap(r, BUDDY_REGION_BYTES);
    }
    for (struct buddy_large *next, *l = heap->large; l; l = next) {
        next = l->next;
        unmap_large(l);
    }
    memset(heap, 0, sizeof *heap);
}

/* Nothing is live in a region when what is left beside the map is one free block of each order. */
static int is_empty(const unsigned char *map)
{
    for (unsigned order = BUDDY_MAP_ORDER; order < BUDDY_ORDERS; order++)
        if (map[(size_t)1 << order] != (BUDDY_FREE | order))
            return 0;
    return 1;
}

/* Maps a region, empty. Returns 0 or a negative errno. */
static int add_region(struct ht_heap *heap)
{
    struct buddy_region *const region = ht_pages_map(BUDDY_REGION_BYTES, BUDDY_REGION_BYTES);
    if (!region)
        return -ENOMEM;
    *region = (struct buddy_region){.order_of_map = BUDDY_MAP_ORDER, .next = heap->regions};
    if (region->next)
        region->next->previous = region;
    heap->regions = region;
    for (unsigned order = BUDDY_MAP_ORDER; order < BUDDY_ORDERS; order++)
        buddy_put(heap, (unsigned char *)region, (size_t)1 << order, order);
    heap->empty++;
    return 0;
}

/* Gives an empty region back. */
static void drop_region(struct ht_heap *heap, struct buddy_region *region)
{
    for (unsigned order = BUDDY_MAP_ORDER; order < BUDDY_ORDERS; order++)
        buddy_unlink(heap, buddy_block((unsigned char *)region, (size_t)1 << order), order);
    if (region->next)
        region->next->previous = region->previous;
    if (region->previous)
        region->previous->next = region->next;
    else
        heap->regions = region->next;
    ht_pages_unmap(region, BUDDY_REGION_BYTES);
}

void ht_buddy_put_high(struct ht_heap *heap, unsigned char *map, size_t unit, unsigned order)
{
    buddy_put(heap, map, unit, order);
    if (!is_empty(map))
        return;
    if (heap->empty == BUDDY_RESERVE)
        drop_region(heap, (struct buddy_region *)map);
    else
        heap->empty++;
}

/* Maps `bytes` at a multiple of `alignment`, and a page of header before. */
static void *alloc_large(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    const size_t whole = (bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    const size_t outer = alignment < BUDDY_REGION_BYTES ? BUDDY_REGION_BYTES : alignment;
    const size_t lead = alignment <= HT_PAGE_BYTES ? HT_PAGE_BYTES : outer;
    char *const base = ht_pages_map(lead + whole, outer);
    if (!base)
        return NULL;
    if (lead > HT_PAGE_BYTES)
        ht_pages_unmap(base, lead - HT_PAGE_BYTES);
    struct buddy_large *const large = buddy_large_of(base + lead);
    *large = (struct buddy_large){.next = heap->large, .bytes = whole};
    if (large->next)
        large->next->previous = large;
    heap->large = large;
    return base + lead;
}

void ht_buddy_free_large(struct ht_heap *heap, void *p)
{
    struct buddy_large *const large = buddy_large_of(p);
    if (large->next)
        large->next->previous = large->previous;
    if (large->previous)
        large->previous->next = large->next;
    else
        heap->large = large->next;
    unmap_large(large);
}

void *ht_buddy_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    if (bytes > BUDDY_MAX_BYTES || alignment > BUDDY_MAX_BYTES)
        return NULL;
    const unsigned least = buddy_order(bytes < alignment ? alignment : bytes);
    if (least >= BUDDY_ORDERS)
        return alloc_large(heap, bytes, alignment);
    if (!(heap->orders >> least) && add_region(heap))
        return NULL;
    const unsigned from = (unsigned)__builtin_ctz(heap->orders & ~0u << least);
    struct buddy_link *const block = heap->list[from].next;
    if (from >= BUDDY_MAP_ORDER && is_empty(buddy_map(block)))
        heap->empty--;
    buddy_unlink(heap, block, from);
    return buddy_halve(heap, block, from, buddy_order(bytes));
}

/* Merges a live block with free buddies to its right until it is of `order`. Returns 0, or -1 when one of them
 * is not free or lies to the left; then nothing is changed. */
static int grow(struct ht_heap *heap, void *p, unsigned order)
{
    unsigned char *const map = buddy_map(p);
    const size_t unit = buddy_unit(p);
    for (unsigned k = map[unit]; k < order; k++)
        if (unit >> k & 1 || map[unit + ((size_t)1 << k)] != (BUDDY_FREE | k))
            return -1;
    for (unsigned k = map[unit]; k < order; k++)
        buddy_unlink(heap, buddy_block(map, unit + ((size_t)1 << k)), k);
    map[unit] = (unsigned char)order;
    return 0;
}

/* Returns 0 when `p` holds `bytes` now, without a block more than twice as large; -1 when it must move. */
static int resize_in_place(struct ht_heap *heap, void *p, size_t bytes)
{
    if (!buddy_is_large(p)) {
        const unsigned order = buddy_order(bytes), now = buddy_map(p)[buddy_unit(p)];
        if (order > now)
            return order < BUDDY_ORDERS ? grow(heap, p, order) : -1;
        buddy_halve(heap, p, now, order);
        return 0;
    }
    struct buddy_large *const large = buddy_large_of(p);
    const size_t whole = (bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    if (bytes <= BUDDY_MAX_BLOCK_BYTES || whole > large->bytes)
        return -1;
    if (whole < large->bytes)
        ht_pages_unmap((char *)p + whole, large->bytes - whole);
    large->bytes = whole;
    return 0;
}

void *ht_buddy_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes > BUDDY_MAX_BYTES)
        return NULL;
    if (!resize_in_place(heap, p, new_bytes))
        return p;
    void *const q = heap_alloc(heap, new_bytes, HT_MIN_ALIGNMENT);
    if (q) {
        memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
        heap_free(heap, p, old_bytes);
    }
    return q;
}

/* What a walk over all regions has counted, to be compared with the lists. */
struct tally {
    size_t free[BUDDY_ORDERS], empty;
};

__attribute__((format(printf, 2, 3))) static int unclean(char why[128], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = snprintf(why, 128, "buddy: ");
    vsnprintf(why + n, 128 - (size_t)n, format, arguments);
    va_end(arguments);
    return -EUCLEAN;
}

static int check_region(struct buddy_region *region, struct tally *tally, char why[128])
{
    unsigned char *const map = (unsigned char *)region;
    if (region->order_of_map != BUDDY_MAP_ORDER)
        return unclean(why, "the map of region %p begins with %#x", (void *)region, region->order_of_map);
    unsigned order;
    for (size_t unit = BUDDY_UNITS / BUDDY_GRAIN; unit < BUDDY_UNITS; unit += (size_t)1 << order) {
        order = map[unit] & (BUDDY_FREE - 1);
        if (order >= BUDDY_ORDERS || unit & (((size_t)1 << order) - 1))
            return unclean(why, "the map says %#x for block %p", map[unit], (void *)buddy_block(map, unit));
        if (!(map[unit] & BUDDY_FREE))
            continue;
        if (map[unit ^ (size_t)1 << order] == map[unit])
            return unclean(why, "block %p and its buddy are both free", (void *)buddy_block(map, unit));
        tally->free[order]++;
    }
    tally->empty += is_empty(map) != 0;
    return 0;
}

/* True when `link` is a free block of `order` by the map of its region. */
static int is_free(const struct ht_heap *heap, const struct buddy_link *link, unsigned order)
{
    for (const struct buddy_region *r = heap->regions; r; r = r->next)
        if ((const void *)r == buddy_map(link))
            return (uintptr_t)link % BUDDY_GRAIN == 0 && !buddy_is_large(link) &&
                   buddy_map(link)[buddy_unit(link)] == (BUDDY_FREE | order);
    return 0;
}

/* Takes the free blocks of a list from the tally. */
static int check_list(const struct ht_heap *heap, unsigned order, struct tally *tally, char why[128])
{
    const struct buddy_link *const head = &heap->list[order], *previous = head;
    for (const struct buddy_link *link = head->next; link != head; previous = link, link = link->next) {
        if (!is_free(heap, link, order))
            return unclean(why, "list %u leads to %p, no free block", order, (const void *)link);
        if (link->previous != previous)
            return unclean(why, "block %p in list %u has lost the way back", (const void *)link, order);
        if (!tally->free[order]--)
            return unclean(why, "list %u has more blocks than are free", order);
    }
    if (head->previous != previous)
        return unclean(why, "the head of list %u has lost its end", order);
    if (tally->free[order])
        return unclean(why, "%zu free blocks are not in list %u", tally->free[order], order);
    if ((heap->orders >> order & 1) != (previous != head))
        return unclean(why, "the bit of list %u is wrong", order);
    return 0;
}

static int check_large(const struct ht_heap *heap, char why[128])
{
    const struct buddy_large *previous = NULL;
    for (const struct buddy_large *l = heap->large; l; previous = l, l = l->next)
        if (l->previous != previous || l->bytes % HT_PAGE_BYTES || !l->bytes)
            return unclean(why, "the header of the mapping at %p is damaged", (const void *)l);
    return 0;
}

int ht_buddy_check(struct ht_heap *heap, char why[128])
{
    struct tally tally = {0};
    const struct buddy_region *previous = NULL;
    int error = check_large(heap, why);
    for (struct buddy_region *r = heap->regions; r && !error; previous = r, r = r->next)
        error = r->previous == previous ? check_region(r, &tally, why)
                                        : unclean(why, "region %p has lost the way back", (void *)r);
    for (unsigned order = 0; order < BUDDY_ORDERS && !error; order++)
        error = check_list(heap, order, &tally, why);
    if (!error && tally.empty != heap->empty)
        error = unclean(why, "%zu regions are empty, not %zu", tally.empty, heap->empty);
    return error;
}
