/* tlsf: two-level segregated fit (Masmano, Ripoll, Crespo, Real, "TLSF: a New Dynamic Memory Allocator for
 * Real-Time Systems", ECRTS 2004). Free blocks hang in lists by size: rows are powers of two, each cut into 64
 * columns; two levels of bitmaps find a list that fits in a few instructions. A freed block is merged with
 * its free neighbours at once (Knuth's boundary tags, TAOCP 1, §2.5).
 *
 * A block is a multiple of 16 bytes and has 8 bytes of header: its size, and whether it and the block before
 * it are free. What a free block adds lies where the object was: two links, and its size again in the last
 * word, for the block behind it to find its start. Regions of 256 KiB come from the page source; an object
 * that fits in none gets a region of its own.
 *
 * Invariant: no two free blocks are adjacent; each free block is in the list of its size; a bit is set where
 * a list is not empty.
 * Bounds: alloc, free and shrinking O(1), no loop, at most one page request or two returns, 200 bytes of
 * stack; a resize that moves copies. Internal: 8 bytes of header and 15 of rounding (a block has 32 at
 * least), and a rest of less than 32 bytes, or below 2 KiB 32 and 1/16 of the block: slivers are split and
 * merged again and again, and serve nobody. External: good fit passes over a free block that is less than
 * 1/64 larger than the request; otherwise as best fit, good in practice, and in the worst case live bytes
 * times the range of sizes (Robson, 1977). Empty regions are kept up to 1 MiB or 1/8 of what is mapped; when
 * a large region goes, the share shrinks at once, and what is above it goes with the regions that are emptied
 * next, two for each. */
#ifndef HT_ALLOCATORS_TLSF_H
#define HT_ALLOCATORS_TLSF_H

#include "allocators/heap.h"

enum {
    TLSF_GRAIN = 16,
    TLSF_COLUMNS = 64,
    TLSF_ROWS = 32,
    TLSF_MIN_BYTES = 32,                              /* header, links, tag: the smallest block */
    TLSF_EXACT_LISTS = 2 * TLSF_COLUMNS,              /* the lists with blocks of one size only... */
    TLSF_EXACT_BYTES = TLSF_EXACT_LISTS * TLSF_GRAIN, /* ...for all blocks below this size */
    TLSF_REGION_BYTES = 256 << 10,
    TLSF_SMALL_REST = 16,         /* a rest below 32 bytes and this part of a small block is not cut off */
    TLSF_RESERVE_BYTES = 1 << 20, /* of empty regions that are kept, and 1/8 of what is mapped */
    TLSF_RESERVE_SHARE = 8,

    /* In the header, below the size. */
    TLSF_FREE = 1,
    TLSF_PREVIOUS_FREE = 2,
    TLSF_FLAGS = TLSF_GRAIN - 1,
};
/* For the two operations that programs call in their loops: the compiler finds them too long by itself. */
#define TLSF_INLINE static inline __attribute__((always_inline))

/* The largest object. */
#define TLSF_MAX_BYTES ((size_t)1 << 39)

struct tlsf_link {
    struct tlsf_link *next, *previous;
};

/* A block starts with the last word of the block before, which belongs to that one. */
struct tlsf_block {
    size_t previous_bytes; /* the tag: only while the block before is free */
    size_t header;
    struct tlsf_link link; /* only while free; an object starts here */
};

/* Where a region begins; the first block follows, and a block of size 0 closes the row of blocks. */
struct tlsf_region {
    struct tlsf_region *next, *previous;
    size_t bytes, reserved;
};

enum {
    TLSF_ENDS_BYTES = sizeof(struct tlsf_region) + sizeof(struct tlsf_block),
    TLSF_ENTIRE_BYTES = TLSF_REGION_BYTES - TLSF_ENDS_BYTES, /* a block of this size fills a region */
};

struct ht_heap {
    uint64_t rows;                                   /* bit r: some list of row r is not empty */
    uint64_t row[TLSF_ROWS];                         /* bit c: the list of column c is not empty */
    struct tlsf_link list[TLSF_ROWS * TLSF_COLUMNS]; /* heads of circles */
    struct tlsf_region *used, *empty;                /* an empty one is a single free block */
    size_t mapped_bytes, empty_bytes;                /* of all regions, and of the empty ones */
};

int ht_tlsf_open(struct ht_heap *heap);
void ht_tlsf_close(struct ht_heap *heap);
/* What the inline path leaves: alignment and large objects. */
void *ht_tlsf_alloc(struct ht_heap *heap, size_t bytes, size_t alignment);
/* A block of `size` from `list`, whose blocks are large enough; from a new region when it is 0. */
void *ht_tlsf_alloc_from(struct ht_heap *heap, size_t list, size_t size);
/* Puts a free block of TLSF_EXACT_BYTES at least into its list, or gives the region that it fills back. */
void ht_tlsf_put_large(struct ht_heap *heap, struct tlsf_block *block, size_t size);
void *ht_tlsf_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes);
int ht_tlsf_check(struct ht_heap *heap, char why[128]);

static inline struct tlsf_block *tlsf_block_of(const void *p)
{
    return (struct tlsf_block *)((char *)p - offsetof(struct tlsf_block, link));
}

static inline struct tlsf_block *tlsf_after(const struct tlsf_block *block, size_t size)
{
    return (struct tlsf_block *)((char *)block + size);
}

static inline size_t tlsf_size(const struct tlsf_block *block)
{
    return block->header & ~(size_t)TLSF_FLAGS;
}

/* The size of a block that holds an object of `bytes`. */
static inline size_t tlsf_block_bytes(size_t bytes)
{
    const size_t size = (bytes + sizeof(size_t) + TLSF_GRAIN - 1) & ~(size_t)TLSF_FLAGS;
    return size < TLSF_MIN_BYTES ? TLSF_MIN_BYTES : size;
}

/* The list of a free block: the paper's mapping, row and column in one number. The first two rows are
 * linear, one list for each size; row r > 1 holds [2^(r+9), 2^(r+10)) in steps of 2^(r+3). */
static inline unsigned tlsf_list(size_t size)
{
    const size_t grains = size / TLSF_GRAIN;
    const unsigned row = 57 - (unsigned)__builtin_clzll(grains | TLSF_COLUMNS);
    return row * TLSF_COLUMNS + (unsigned)(grains >> row);
}

/* The first list whose every block holds `size`: rounds up to the next list where a list has a range. */
static inline unsigned tlsf_fitting_list(size_t size)
{
    const size_t grains = size / TLSF_GRAIN;
    const unsigned row = 57 - (unsigned)__builtin_clzll(grains | TLSF_COLUMNS);
    return tlsf_list(size + (((size_t)1 << row) - 1) * TLSF_GRAIN);
}

/* Into its list goes a free block; header and tag are the caller's. */
static inline void tlsf_link(struct ht_heap *heap, struct tlsf_block *block, size_t list)
{
    struct tlsf_link *const head = &heap->list[list], *const next = head->next;
    const size_t row = list / TLSF_COLUMNS;
    const uint64_t columns = heap->row[row];
    if (__builtin_expect(!columns, 0))
        heap->rows |= (uint64_t)1 << row;
    heap->row[row] = columns | (uint64_t)1 << list % TLSF_COLUMNS;
    block->link.next = next;
    head->next = next->previous = &block->link;
    block->link.previous = head;
}

/* Out of its list, whichever that is. */
static inline void tlsf_unlink(struct ht_heap *heap, struct tlsf_block *block)
{
    struct tlsf_link *const next = block->link.next, *const previous = block->link.previous;
    next->previous = previous;
    previous->next = next;
    if (next == previous) {
        /* Both are the head: the list is empty now. */
        const size_t list = (size_t)(next - heap->list), row = list / TLSF_COLUMNS;
        heap->row[row] &= ~((uint64_t)1 << list % TLSF_COLUMNS);
        if (__builtin_expect(!heap->row[row], 0))
            heap->rows &= ~((uint64_t)1 << row);
    }
}

/* Makes [block, block + size) a free block, of the size that `list` is for. What is before it is live, and
 * what is after it knows already that it follows a free block. */
static inline void tlsf_put(struct ht_heap *heap, struct tlsf_block *block, size_t size, size_t list)
{
    block->header = size | TLSF_FREE;
    tlsf_after(block, size)->previous_bytes = size;
    tlsf_link(heap, block, list);
}

/* The first block of a list that has one, out of it. Whether it was the only one stands in the head, so that
 * the bitmaps do not wait for the block to come into the cache. */
static inline struct tlsf_block *tlsf_pop(struct ht_heap *heap, size_t list)
{
    struct tlsf_link *const head = &heap->list[list], *const link = head->next;
    const size_t row = list / TLSF_COLUMNS;
    const uint64_t only = link == head->previous;
    const uint64_t columns = heap->row[row] & ~(only << list % TLSF_COLUMNS);
    heap->row[row] = columns;
    if (__builtin_expect(!columns, 0))
        heap->rows &= ~((uint64_t)1 << row);
    struct tlsf_link *const next = link->next;
    head->next = next;
    next->previous = head;
    return tlsf_block_of(link);
}

/* The first list from `list` on that is not empty; 0 when there is none. */
static inline size_t tlsf_find_list(const struct ht_heap *heap, size_t list)
{
    size_t row = list / TLSF_COLUMNS;
    uint64_t columns = heap->row[row] & ~(uint64_t)0 << list % TLSF_COLUMNS;
    if (!columns) {
        const uint64_t rows = heap->rows & ~(uint64_t)1 << row;
        if (!rows)
            return 0;
        row = (size_t)__builtin_ctzll(rows);
        columns = heap->row[row];
    }
    return row * TLSF_COLUMNS + (size_t)__builtin_ctzll(columns);
}

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    return ht_tlsf_open(heap);
}

static inline void heap_close(struct ht_heap *heap)
{
    ht_tlsf_close(heap);
}

TLSF_INLINE void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    if (__builtin_expect(alignment > HT_MIN_ALIGNMENT || bytes >= TLSF_EXACT_BYTES - 2 * TLSF_GRAIN, 0))
        return ht_tlsf_alloc(heap, bytes, alignment);
    const size_t size = tlsf_block_bytes(bytes), want = size / TLSF_GRAIN;
    const size_t list = tlsf_find_list(heap, want);
    if (__builtin_expect(list - 1 >= TLSF_EXACT_LISTS - 1, 0))
        return ht_tlsf_alloc_from(heap, list, size);
    /* The list says how large the block is, so no branch below waits for the block to come into the cache. */
    struct tlsf_block *const block = tlsf_pop(heap, list);
    struct tlsf_block *const after = tlsf_after(block, list * TLSF_GRAIN);
    if (list - want >= TLSF_MIN_BYTES / TLSF_GRAIN + want / TLSF_SMALL_REST) {
        block->header = size;
        tlsf_put(heap, tlsf_after(block, size), (list - want) * TLSF_GRAIN, list - want);
    } else {
        block->header = list * TLSF_GRAIN;
        after->header &= ~(size_t)TLSF_PREVIOUS_FREE;
    }
    return &block->link;
}

TLSF_INLINE void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)bytes;
    struct tlsf_block *block = tlsf_block_of(p);
    size_t size = tlsf_size(block);
    struct tlsf_block *const after = tlsf_after(block, size);
    if (after->header & TLSF_FREE) {
        size += tlsf_size(after);
        tlsf_unlink(heap, after);
    } else {
        after->header |= TLSF_PREVIOUS_FREE;
    }
    if (block->header & TLSF_PREVIOUS_FREE) {
        size += block->previous_bytes;
        block = (struct tlsf_block *)((char *)block - block->previous_bytes);
        tlsf_unlink(heap, block);
    }
    if (__builtin_expect(size < TLSF_EXACT_BYTES, 1))
        tlsf_put(heap, block, size, size / TLSF_GRAIN);
    else
        ht_tlsf_put_large(heap, block, size);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    return ht_tlsf_resize(heap, p, old_bytes, new_bytes);
}
#define heap_resize heap_resize

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    (void)heap, (void)bytes;
    return tlsf_size(tlsf_block_of(p)) - sizeof(size_t);
}
#define heap_usable heap_usable

static inline size_t heap_max_bytes(const struct ht_heap *heap)
{
    (void)heap;
    return TLSF_MAX_BYTES;
}
#define heap_max_bytes heap_max_bytes

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    return ht_tlsf_check(heap, why);
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
