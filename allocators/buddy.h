/* buddy: binary buddies (Knowlton, "A Fast Storage Allocator", CACM 1965; Knuth, TAOCP 1, §2.5, algorithms R
 * and S). Blocks are powers of two, at multiples of their size; one too large is halved until it fits, and a
 * freed one is merged with its other half, its buddy, for as long as that is free. The buddy's address differs
 * in one bit.
 *
 * Regions of 1 MiB from the page source, aligned to their size. A region starts with its map, one byte for
 * each 16: the order of the block that starts there, and whether it is free; so a live block has no header,
 * and a merge looks at the map before it touches a buddy. Orders count from 16 bytes (0) to 512 KiB (15); a
 * free block holds two links of the list of its order. What no block can hold, or align, gets a mapping of its
 * own, with a page of header before it.
 *
 * Invariant: a free block is in the list of its order, and its buddy is not free as a whole.
 * Bounds: alloc 15 halvings, free 15 merges, at most one page request; the first alloc in a region touches
 * 13 pages; a resize that moves copies; 200 bytes of stack. Internal: a block is less than twice its
 * object; the map is 1/16 of a region. External: in the worst case each region is held by one small object. */
#ifndef HT_ALLOCATORS_BUDDY_H
#define HT_ALLOCATORS_BUDDY_H

#include "allocators/heap.h"
#include "allocators/pages.h"

enum {
    BUDDY_GRAIN = 16,
    BUDDY_REGION_BYTES = 1 << 20,
    BUDDY_UNITS = BUDDY_REGION_BYTES / BUDDY_GRAIN, /* a region in grains: the bytes of its map */
    BUDDY_ORDERS = 16,
    BUDDY_MAX_BLOCK_BYTES = BUDDY_GRAIN << (BUDDY_ORDERS - 1),
    BUDDY_MAP_ORDER = 12, /* the map is a live block of this order */
    BUDDY_FREE = 0x80,    /* in the map, beside the order */
    BUDDY_RESERVE = 1,    /* empty regions that are kept */
};
/* The largest object. */
#define BUDDY_MAX_BYTES ((size_t)1 << 39)

struct buddy_link {
    struct buddy_link *next, *previous;
};

/* The map covers itself: its first byte says that it is live, and what stands for its inside, which nobody
 * asks about, links the regions. */
struct buddy_region {
    unsigned char order_of_map;
    struct buddy_region *next, *previous;
};

/* In the page before a mapping of its own. */
struct buddy_large {
    struct buddy_large *next, *previous;
    size_t bytes; /* of the object, in whole pages */
};

struct ht_heap {
    uint32_t orders;                      /* bit k: list k is not empty */
    struct buddy_link list[BUDDY_ORDERS]; /* heads of circles */
    struct buddy_region *regions;
    struct buddy_large *large;
    size_t empty; /* regions without an object */
};

int ht_buddy_open(struct ht_heap *heap);
void ht_buddy_close(struct ht_heap *heap);
/* What the inline path leaves: no free block below BUDDY_MAP_ORDER, large objects, growing. */
void *ht_buddy_alloc(struct ht_heap *heap, size_t bytes, size_t alignment);
void ht_buddy_free_large(struct ht_heap *heap, void *p);
/* Puts a merged free block into its list, or gives the region back when all of it is free. */
void ht_buddy_put_high(struct ht_heap *heap, unsigned char *map, size_t unit, unsigned order);
void *ht_buddy_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes);
int ht_buddy_check(struct ht_heap *heap, char why[128]);

/* The map of the region that a block lies in. */
static inline unsigned char *buddy_map(const void *block)
{
    return (unsigned char *)((uintptr_t)block & -(uintptr_t)BUDDY_REGION_BYTES);
}

static inline size_t buddy_unit(const void *block)
{
    return ((uintptr_t)block & (BUDDY_REGION_BYTES - 1)) / BUDDY_GRAIN;
}

static inline struct buddy_link *buddy_block(unsigned char *map, size_t unit)
{
    return (struct buddy_link *)(map + unit * BUDDY_GRAIN);
}

/* No block starts where the map is, but mappings of their own do. */
static inline int buddy_is_large(const void *p)
{
    return ((uintptr_t)p & (BUDDY_REGION_BYTES - 1)) < BUDDY_UNITS;
}

/* The order of the smallest block that holds `bytes`. */
static inline unsigned buddy_order(size_t bytes)
{
    return bytes <= BUDDY_GRAIN ? 0 : 60 - (unsigned)__builtin_clzll(bytes - 1);
}

/* Puts a block into the list of `order`, and says so in the map. */
static inline void buddy_put(struct ht_heap *heap, unsigned char *map, size_t unit, unsigned order)
{
    struct buddy_link *const link = buddy_block(map, unit), *const head = &heap->list[order];
    map[unit] = (unsigned char)(BUDDY_FREE | order);
    *link = (struct buddy_link){head->next, head};
    head->next->previous = link;
    head->next = link;
    heap->orders |= 1u << order;
}

/* Takes a free block out of the list of `order`; the map is the caller's. */
static inline void buddy_unlink(struct ht_heap *heap, const struct buddy_link *link, unsigned order)
{
    struct buddy_link *const next = link->next, *const previous = link->previous;
    next->previous = previous;
    previous->next = next;
    /* The same on both sides: the head. */
    heap->orders &= ~((uint32_t)(next == previous) << order);
}

/* Halves a block that is in no list from order `from` down to `order`; the right halves are free. */
static inline void *buddy_halve(struct ht_heap *heap, struct buddy_link *block, unsigned from, unsigned order)
{
    unsigned char *const map = buddy_map(block);
    const size_t unit = buddy_unit(block);
    while (from > order) {
        from--;
        buddy_put(heap, map, unit + ((size_t)1 << from), from);
    }
    map[unit] = (unsigned char)order;
    return block;
}

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    return ht_buddy_open(heap);
}

static inline void heap_close(struct ht_heap *heap)
{
    ht_buddy_close(heap);
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    /* A block lies at a multiple of its size, and its first part stays there when it is halved. */
    const unsigned least = buddy_order(bytes < alignment ? alignment : bytes);
    if (__builtin_expect(least >= BUDDY_MAP_ORDER, 0))
        return ht_buddy_alloc(heap, bytes, alignment);
    const uint32_t orders = heap->orders & ((1u << BUDDY_MAP_ORDER) - 1) & ~0u << least;
    if (__builtin_expect(!orders, 0))
        return ht_buddy_alloc(heap, bytes, alignment);
    const unsigned from = (unsigned)__builtin_ctz(orders);
    struct buddy_link *const block = heap->list[from].next;
    buddy_unlink(heap, block, from);
    return buddy_halve(heap, block, from, buddy_order(bytes));
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)bytes;
    if (__builtin_expect(buddy_is_large(p), 0)) {
        ht_buddy_free_large(heap, p);
        return;
    }
    unsigned char *const map = buddy_map(p);
    size_t unit = buddy_unit(p);
    unsigned order = map[unit];
    for (size_t buddy; map[buddy = unit ^ (size_t)1 << order] == (BUDDY_FREE | order); order++) {
        buddy_unlink(heap, buddy_block(map, buddy), order);
        unit &= buddy;
    }
    if (__builtin_expect(order < BUDDY_MAP_ORDER, 1))
        buddy_put(heap, map, unit, order);
    else
        ht_buddy_put_high(heap, map, unit, order);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    return ht_buddy_resize(heap, p, old_bytes, new_bytes);
}
#define heap_resize heap_resize

static inline struct buddy_large *buddy_large_of(const void *p)
{
    return (struct buddy_large *)((char *)p - HT_PAGE_BYTES);
}

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)bytes;
    return buddy_is_large(p) ? buddy_large_of(p)->bytes : (size_t)BUDDY_GRAIN << buddy_map(p)[buddy_unit(p)];
}
#define heap_usable heap_usable

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return BUDDY_MAX_BYTES;
}
#define heap_max_bytes heap_max_bytes

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    return ht_buddy_check(heap, why);
}
#define heap_check heap_check

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAPS_GENERAL | HT_CAP_USABLE | HT_CAP_CHECK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
