/* Cells: memory of the collectors that free one object at a time. Blocks of 32 KiB hold cells of one size class
 * each, with a free list of their own, so that a block whose cells are all free is noticed and serves any class
 * (free lists sharded by page: Leijen, Zorn, de Moura, "Mimalloc: Free List Sharding in Action", APLAS 2019).
 *
 * Blocks come in chunks of 1 to 32, which grow with the heap and shrink to what the limit leaves. An object above
 * GC_CELL_MAX has a chunk of its own. Any cell finds its block by masking its address.
 *
 * Invariant: the second word of a cell is 0 when it is free, and not 0 when it is in use; a free cell is on the list
 * of its block once; a block with a free cell is on the list of its class once, a full one on none. The first
 * block of a class may be empty, no other; blocks without a class are in the pool. Empty chunks are kept up to a half
 * of what is in use, and one. A block has a number of its own.
 * Bounds: allocating and freeing take constant time, but for a new block (its cells are listed, 1300 at most) and
 * a new chunk. Cells are 8 bytes apart up to 256, then at most an eighth larger than the object; a block loses
 * 0.3 % to its header and its number. No recursion. */
#ifndef HT_ALLOCATORS_CELLS_H
#define HT_ALLOCATORS_CELLS_H

#include "allocators/budget.h"

enum {
    GC_CELLS_BYTES = 32 << 10, /* a block */
    GC_CELLS_CHUNK_BLOCKS = 32,
    GC_CELL_STEP_MAX = 256, /* a class for each 8 bytes up to here */
    GC_CELL_MAX = 7680,
    GC_CELL_CLASSES = GC_CELL_STEP_MAX / 8 + 1 + 5 * 8,
};

struct gc_cell {
    struct gc_cell *next; /* of a free one */
    uint64_t in_use;
};

struct gc_cells_block {
    struct gc_cell *free;
    uint32_t used, cells; /* no cells: in the pool */
    uint32_t cell_bytes;
    uint32_t number;
    uint16_t class;
    bool listed;
    struct gc_cells_block *next, *previous; /* in the list of its class, or the pool */
    struct gc_cells_block *chunk;           /* its first block, which has what follows */
    struct gc_cells_block *chunk_next, *chunk_previous;
    size_t chunk_bytes;
    uint32_t chunk_blocks, chunk_used;
};

struct gc_cells {
    struct gc_cells_block
        *block[GC_CELL_CLASSES]; /* with free cells; the last one of each list is gc_no_block */
    struct gc_cells_block *pool;
    struct gc_cells_block *chunks;
    struct gc_table number; /* blocks by their number; where there is none, the next such number, and bit 0 */
    uint32_t free_number;
    struct gc_budget *budget;
    uint64_t blocks, empty; /* of all chunks, without large objects; of empty ones */
    uint64_t taken_bytes;   /* of blocks that have a class, and of large objects */
};

/* Where the first cell of a block starts. */
enum { GC_CELLS_FIRST = sizeof(struct gc_cells_block) };

/* Full, and in no chunk. */
extern struct gc_cells_block gc_no_block;

/* An empty space; needs no memory. */
void gc_cells_open(struct gc_cells *cells, struct gc_budget *budget);
void gc_cells_close(struct gc_cells *cells);

void *gc_cells_alloc_slowly(struct gc_cells *cells, size_t bytes);
void gc_cells_free_slowly(struct gc_cells *cells, struct gc_cells_block *block);

/* Gives all that is empty back to the budget; true when there was something. */
bool gc_cells_trim(struct gc_cells *cells);

/* The class for `bytes`, a multiple of 8 and GC_CELL_MAX at most: folded where the size is a constant. */
static inline unsigned gc_cell_class(size_t bytes)
{
    if (bytes <= GC_CELL_STEP_MAX)
        return (unsigned)(bytes / 8);
    const unsigned log = 63 - (unsigned)__builtin_clzl(bytes - 1);
    return GC_CELL_STEP_MAX / 8 + 1 + (log - 8) * 8 + ((bytes - 1) >> (log - 3) & 7);
}

static inline struct gc_cells_block *gc_cells_block_of(const void *p)
{
    return (struct gc_cells_block *)((uintptr_t)p & -(uintptr_t)GC_CELLS_BYTES);
}

/* A cell of at least `bytes`, a multiple of 8 and at least 16, with anything in it; its second word is to be
 * written. NULL: no memory. */
static inline void *gc_cells_alloc(struct gc_cells *cells, size_t bytes)
{
    if (__builtin_expect(bytes > GC_CELL_MAX, 0))
        return gc_cells_alloc_slowly(cells, bytes);
    struct gc_cells_block *const block = cells->block[gc_cell_class(bytes)];
    struct gc_cell *const cell = block->free;
    if (__builtin_expect(!cell, 0))
        return gc_cells_alloc_slowly(cells, bytes);
    block->free = cell->next;
    block->used++;
    return cell;
}

static inline void gc_cells_free(struct gc_cells *cells, void *p)
{
    struct gc_cells_block *const block = gc_cells_block_of(p);
    struct gc_cell *const cell = p, *const free = block->free;
    *cell = (struct gc_cell){free, 0};
    block->free = cell;
    block->used--;
    if (__builtin_expect(!free | !block->used, 0))
        gc_cells_free_slowly(cells, block);
}

/* ---- links -------------------------------------------------------------------------------------------------- */

/* A place in a cell in 32 bits; never 0 nor 1. Up to 32 GiB of blocks have numbers. */
static inline uint32_t gc_cells_link(const void *p)
{
    const struct gc_cells_block *const block = gc_cells_block_of(p);
    return block->number << 12 | (uint32_t)((uintptr_t)p - (uintptr_t)block) / 8;
}

static inline void *gc_cells_at(const struct gc_cells *cells, uint32_t link)
{
    return (char *)cells->number.word[link >> 12] + (link & 4095) * 8;
}

/* ---- the heap walk ------------------------------------------------------------------------------------------ */

/* Where a walk stands; zeroed but for `chunk`, which is cells->chunks, it has not begun. */
struct gc_cells_walk {
    struct gc_cells_block *chunk;
    uint32_t block, cell;
};

/* The next cell in use, or NULL. Cells that are freed or allocated meanwhile may be seen or not; no chunk may be
 * given back. */
void *gc_cells_next(struct gc_cells_walk *walk);

/* How many cells of all are in use. */
uint64_t gc_cells_used(const struct gc_cells *cells);

/* Checks the invariant; 0, or -EUCLEAN with the reason in words. */
int gc_cells_check(const struct gc_cells *cells, char why[160]);

/* All blocks, to be looked up by address: for a check of references. From outside the heap and its limit. */
struct gc_cells_index {
    struct gc_cells_block **block; /* hashed; NULL: no memory, every address is taken for a cell's */
    size_t room;
};

void gc_cells_index_open(struct gc_cells_index *index, const struct gc_cells *cells);
void gc_cells_index_close(struct gc_cells_index *index);
/* True when a cell in use starts at p. */
bool gc_cells_is_cell(const struct gc_cells_index *index, const void *p);

#endif
