/* The space of the collectors that do not move: chunks of blocks, each block of one size class, found from any
 * object by masking its address; mark bits at the side; runs of free cells to allocate from.
 *
 * A chunk is aligned to its size, which is fixed when the space is opened (64 KiB to 4 MiB, a sixty-fourth of the
 * limit). It starts with its mark bits (one for 16 bytes), its held bits (the same), what is known of its blocks;
 * then blocks of 32 KiB. The first one is shorter by what stands before it. An object above GC_CELL_MAX has pages
 * and a chunk of its own. Mark bits of objects anywhere are found in the same way.
 *
 * A cell is an object when it lies below the cursor of its block, or its held bit is set. A block hands out its
 * free cells in runs, in the order of addresses, to the one cache that has taken it; a run is allocated from by
 * bumping. To sweep a block is to copy its mark bits to its held bits, whatever lay there: nothing is written to
 * dead cells, and nothing is read from live ones. Blocks without a held cell go back to their chunk, and serve
 * any class.
 *
 * A collection: flush every cache; gc_blocks_begin; mark; flush every cache that took a block meanwhile;
 * gc_blocks_end: from now on each block is unswept, what is not marked is dead, and blocks are swept when they are
 * allocated from (gc_cache_refill), or by gc_blocks_sweep_one and gc_blocks_sweep_all. What was not swept when the
 * next collection begins is not allocated from while it goes on. Colour: while `black` is set, cells are marked
 * when they are handed out, so that what is allocated survives; a flush takes the marks of unused cells back.
 * Sticky marks: while `sticky` is set, a sweep leaves the mark bits as they are.
 *
 * Functions take the space as one thread's: lock around them. Only gc_cache_alloc and gc_cache_next need no lock,
 * as long as no collection goes on at the same time; a cache is one thread's.
 *
 * Invariant: bits stand only where a cell starts; a free block has none; between collections a swept block has no
 * mark bits unless `sticky`; the counts of used cells agree with the held bits and the cursor.
 * Bounds: sweeping a block takes 32 words; gc_blocks_begin and _end are proportional to the number of blocks.
 * Space: 1.8 % of a chunk is bits and blocks' state; cells are exact up to 256 bytes, at most a quarter larger than
 * the object up to 8 KiB, half above. No tables, no recursion. */
#ifndef HT_ALLOCATORS_BLOCKS_H
#define HT_ALLOCATORS_BLOCKS_H

#include <string.h>

#include "allocators/budget.h"
#include "allocators/object.h"

enum {
    GC_BLOCK_SHIFT = 15,
    GC_BLOCK_BYTES = 1 << GC_BLOCK_SHIFT,
    GC_GRAIN_SHIFT = 4, /* a bit for so many bytes: no two objects start in the same */
    GC_BLOCK_WORDS = GC_BLOCK_BYTES >> GC_GRAIN_SHIFT >> 6,
    GC_CHUNK_SHIFT_MIN = 16,
    GC_CHUNK_SHIFT_MAX = 22,
    GC_STEP_MAX = 256,                /* a class for each 8 bytes up to here */
    GC_CELL_MAX = GC_BLOCK_BYTES / 2, /* objects above are large */
    GC_STEP_CLASSES = GC_STEP_MAX / 8 + 1,
    GC_CLASSES = GC_STEP_CLASSES + 22,
    GC_PREFETCH_BYTES = 256, /* so far ahead of an allocation: gcbench 0.9 times as long */
};

/* Bytes of a cell, for each class above GC_STEP_MAX; and the class, for the number of cells that a block has. */
extern const uint16_t gc_class_table[GC_CLASSES - GC_STEP_CLASSES];
extern const uint8_t gc_class_of_cells[GC_BLOCK_BYTES / GC_STEP_MAX];

/* The class of objects of `size` bytes (allocators/object.h), GC_CELL_MAX at most. */
static inline unsigned gc_class(size_t size)
{
    return size <= GC_STEP_MAX ? size / 8 : gc_class_of_cells[GC_BLOCK_BYTES / size];
}

static inline size_t gc_class_bytes(unsigned class)
{
    return class < GC_STEP_CLASSES ? (size_t) class * 8 : gc_class_table[class - GC_STEP_CLASSES];
}

enum gc_block_state {
    GC_BLOCK_FREE,    /* in its chunk's list */
    GC_BLOCK_UNSWEPT, /* in its class's list, or held back while a collection goes on */
    GC_BLOCK_PARTIAL, /* swept, with free cells: in its class's list */
    GC_BLOCK_FULL,    /* swept, without free cells */
    GC_BLOCK_TAKEN,   /* a cache allocates from it */
};

struct gc_block {
    struct gc_block *next; /* in the list of its state */
    char *start, *end;     /* of its cells */
    char *cursor;          /* cells below are objects; others are where their held bit is set */
    uint32_t cell_bytes;
    uint32_t cells, used; /* a cache that takes a block uses all of it */
    uint8_t class, state; /* enum gc_block_state */
};

struct gc_chunk {
    struct gc_chunk *next;                   /* of all chunks with blocks, or of all large objects */
    struct gc_chunk *free_next, **free_link; /* of the chunks with free blocks; free_link NULL: not in it */
    struct gc_block *free;
    size_t bytes;
    uint32_t blocks, free_blocks; /* blocks 0: this is a large object */
    bool dead;                    /* a large object that a sweep was kept from reaching; not marked */
    _Alignas(64)
        uint64_t mark[]; /* from offset 64 on; in a chunk with blocks the held bits follow, and the blocks */
};

enum { GC_LARGE_OFFSET = 80 }; /* where a large object stands in its chunk: its bit is in mark[0] */

struct gc_blocks {
    uintptr_t chunk_mask; /* chunk bytes - 1 */
    bool black, sticky;   /* the collector's to set */
    const char *beside;   /* and so is another space of its own, to which slots may lead, too: [beside, */
    size_t beside_bytes;  /* beside + beside_bytes); the heap walk looks no further there */
    struct gc_budget *budget;
    struct gc_chunk *chunks, *free_chunks, **free_tail;
    struct gc_chunk *large, *unswept_large;
    struct gc_block *partial[GC_CLASSES], *unswept[GC_CLASSES];
    unsigned sweep_class; /* gc_blocks_sweep_one: below it no class has unswept blocks */
    unsigned sweep_max;   /* blocks that a refill sweeps while there are free ones; 0: any number */
    uint64_t used_bytes;  /* cells in use, large objects; what is dead and unswept included */
    uint64_t free_blocks;
    uint64_t spare; /* bytes below the limit that chunks leave to tables: a sixty-fourth, unless the collector
                       sets it */
    uint64_t freed_objects, freed_bytes; /* by sweeping, since the start */
    uint64_t swept;                      /* blocks and large objects, since the start */
};

struct gc_run {
    char *free, *end;
    struct gc_block *block;
};

/* One thread's runs of free cells, one a class. Zeroed, it is empty. */
struct gc_cache {
    struct gc_run run[GC_CLASSES];
};

/* Prepares an empty space, for a heap of budget->limit bytes; needs no memory. */
void gc_blocks_open(struct gc_blocks *blocks, struct gc_budget *budget);
void gc_blocks_close(struct gc_blocks *blocks);

/* ---- mark bits ---------------------------------------------------------------------------------------------- */

static inline uint64_t *gc_mark_word(const struct gc_blocks *blocks, const void *object)
{
    const uintptr_t p = (uintptr_t)object, at = p & blocks->chunk_mask;
    return ((struct gc_chunk *)(p - at))->mark + (at >> GC_GRAIN_SHIFT >> 6);
}

static inline uint64_t gc_mark_bit(const void *object)
{
    return (uint64_t)1 << ((uintptr_t)object >> GC_GRAIN_SHIFT & 63);
}

static inline bool gc_is_marked(const struct gc_blocks *blocks, const void *object)
{
    return *gc_mark_word(blocks, object) & gc_mark_bit(object);
}

/* Marks the object; true when it was not marked. */
static inline bool gc_mark(const struct gc_blocks *blocks, const void *object)
{
    uint64_t *const word = gc_mark_word(blocks, object);
    const uint64_t bit = gc_mark_bit(object), old = *word;
    *word = old | bit;
    return !(old & bit);
}

/* Into the cache: what gc_mark, and then a look at the object, will need. */
static inline void gc_mark_prefetch(const struct gc_blocks *blocks, const void *object)
{
    __builtin_prefetch(object);
    __builtin_prefetch(gc_mark_word(blocks, object), 1);
}

/* ---- allocation --------------------------------------------------------------------------------------------- */

/* A cell for `size` bytes, with anything in it; NULL when the run is used up, or the object is large. */
static inline void *gc_cache_alloc(struct gc_cache *cache, size_t size)
{
    if (__builtin_expect(size > GC_CELL_MAX, 0))
        return NULL;
    const unsigned class = gc_class(size);
    struct gc_run *const run = &cache->run[class];
    char *const p = run->free;
    if (__builtin_expect(p == run->end, 0))
        return NULL;
    run->free = p + gc_class_bytes(class);
    __builtin_prefetch(p + GC_PREFETCH_BYTES, 1);
    return p;
}

/* The next run of the block that the cache has; false when there is none (and the cache has the block no more). */
bool gc_cache_next(const struct gc_blocks *blocks, struct gc_cache *cache, unsigned class);

/* A run of another block: one with free cells, one that is swept now, a free one, one of a new chunk, one of
 * another class that is swept now and found empty; in this order. False: no memory, and nothing is unswept. */
bool gc_cache_refill(struct gc_blocks *blocks, struct gc_cache *cache, unsigned class);

/* Writes to the blocks how far the cache has come, for gc_blocks_each and gc_blocks_verify. */
void gc_cache_sync(const struct gc_cache *cache);

/* Gives back what the cache has taken. */
void gc_cache_flush(struct gc_blocks *blocks, struct gc_cache *cache);

/* A large object, black or white as above; NULL: no memory. */
void *gc_blocks_large(struct gc_blocks *blocks, size_t size);

/* Gives a chunk without objects back to the budget, or all of them; true when there was one. */
bool gc_blocks_trim_one(struct gc_blocks *blocks);
bool gc_blocks_trim(struct gc_blocks *blocks);

/* ---- a collection ------------------------------------------------------------------------------------------- */

/* Before marking: with `clear`, no object is marked afterwards; without, marks stay (sticky). No cache has a run. */
void gc_blocks_begin(struct gc_blocks *blocks, bool clear);

/* After marking: all blocks and large objects are unswept. No cache has a run. */
void gc_blocks_end(struct gc_blocks *blocks);

/* Sweeps one block, or one large object, or gives back a MiB of a dead one; false when there was none. */
bool gc_blocks_sweep_one(struct gc_blocks *blocks);
void gc_blocks_sweep_all(struct gc_blocks *blocks);

/* ---- the heap walk ------------------------------------------------------------------------------------------ */

/* Every object that is not known to be dead. Caches were synced. */
void gc_blocks_each(const struct gc_blocks *blocks, void (*visit)(void *context, struct gc_object *object),
                    void *context);

/* The invariant above, and that every slot of an object leads to an object; 0, or -EUCLEAN with the reason in
 * words. Caches were synced. */
int gc_blocks_verify(const struct gc_blocks *blocks, char why[160]);

/* That every root leads to an object. */
struct gc_roots;
int gc_blocks_verify_roots(const struct gc_blocks *blocks, const struct gc_roots *roots, char why[160]);

/* How many objects there are, what is dead and unswept included. Caches were synced. */
uint64_t gc_blocks_objects(const struct gc_blocks *blocks);

/* True when an object that is not known to be dead stands at p. Looks at each chunk. Caches were synced. */
bool gc_blocks_has(const struct gc_blocks *blocks, const void *p);

#endif
