#include "allocators/blocks_own.h"
#include "allocators/pages.h"

_Static_assert(offsetof(struct gc_chunk, mark) == 64, "the bit of a large object is in mark[0]");
_Static_assert(GC_LARGE_OFFSET >> GC_GRAIN_SHIFT < 64 && GC_LARGE_OFFSET >= 64 + 8, "and so is that word");

/* For n cells in a block: 112 96 80 64 56 48 40 32 28 24 20 16 14 12 10 8 7 6 5 4 3 2. */
#define CELL(n) (GC_BLOCK_BYTES / (n) & -8)
const uint16_t gc_class_table[GC_CLASSES - GC_STEP_CLASSES] = {
    CELL(112), CELL(96), CELL(80), CELL(64), CELL(56), CELL(48), CELL(40), CELL(32),
    CELL(28),  CELL(24), CELL(20), CELL(16), CELL(14), CELL(12), CELL(10), CELL(8),
    CELL(7),   CELL(6),  CELL(5),  CELL(4),  CELL(3),  CELL(2)};

/* The first class with at most so many cells. */
#define FROM(n, class)   [n] = GC_STEP_CLASSES + (class)
#define FROM2(n, class)  FROM(n, class), FROM((n) + 1, class)
#define FROM4(n, class)  FROM2(n, class), FROM2((n) + 2, class)
#define FROM8(n, class)  FROM4(n, class), FROM4((n) + 4, class)
#define FROM16(n, class) FROM8(n, class), FROM8((n) + 8, class)
const uint8_t gc_class_of_cells[GC_BLOCK_BYTES / GC_STEP_MAX] = {
    FROM(2, 21),   FROM(3, 20),   FROM(4, 19),   FROM(5, 18),   FROM(6, 17),   FROM(7, 16),
    FROM2(8, 15),  FROM2(10, 14), FROM2(12, 13), FROM2(14, 12), FROM4(16, 11), FROM4(20, 10),
    FROM4(24, 9),  FROM4(28, 8),  FROM8(32, 7),  FROM8(40, 6),  FROM8(48, 5),  FROM8(56, 4),
    FROM16(64, 3), FROM16(80, 2), FROM16(96, 1), FROM16(112, 0)};

static struct gc_chunk *chunk_of(const struct gc_blocks *blocks, const void *p)
{
    return (struct gc_chunk *)((uintptr_t)p & ~blocks->chunk_mask);
}

void gc_blocks_open(struct gc_blocks *blocks, struct gc_budget *budget)
{
    unsigned shift = GC_CHUNK_SHIFT_MIN;
    while (shift < GC_CHUNK_SHIFT_MAX && (!budget->limit || budget->limit >> shift >= 128))
        shift++;
    *blocks = (struct gc_blocks){
        .chunk_mask = ((uintptr_t)1 << shift) - 1, .budget = budget, .spare = budget->limit / 64};
    blocks->free_tail = &blocks->free_chunks;
}

static void close_list(struct gc_blocks *blocks, struct gc_chunk *list)
{
    while (list) {
        struct gc_chunk *const chunk = list;
        list = chunk->next;
        gc_budget_unmap(blocks->budget, chunk, chunk->bytes);
    }
}

void gc_blocks_close(struct gc_blocks *blocks)
{
    close_list(blocks, blocks->chunks);
    close_list(blocks, blocks->large);
    close_list(blocks, blocks->unswept_large);
    blocks->chunks = blocks->large = blocks->unswept_large = NULL;
}

/* ---- free blocks: those of the fullest chunks come first, those of empty chunks last ------------------------ */

static void unlink_chunk(struct gc_blocks *blocks, struct gc_chunk *chunk)
{
    *chunk->free_link = chunk->free_next;
    if (chunk->free_next)
        chunk->free_next->free_link = chunk->free_link;
    else
        blocks->free_tail = chunk->free_link;
    chunk->free_link = NULL;
}

static void link_chunk(struct gc_blocks *blocks, struct gc_chunk *chunk, struct gc_chunk **at)
{
    chunk->free_link = at;
    chunk->free_next = *at;
    *at = chunk;
    if (chunk->free_next)
        chunk->free_next->free_link = &chunk->free_next;
    else
        blocks->free_tail = &chunk->free_next;
}

void gc_block_free(struct gc_blocks *blocks, struct gc_block *block)
{
    struct gc_chunk *const chunk = chunk_of(blocks, block);
    block->state = GC_BLOCK_FREE;
    block->next = chunk->free;
    chunk->free = block;
    blocks->free_blocks++;
    chunk->free_blocks++;
    const bool empty = chunk->free_blocks == chunk->blocks;
    if (empty && chunk->free_link)
        unlink_chunk(blocks, chunk);
    if (!chunk->free_link)
        link_chunk(blocks, chunk, empty ? blocks->free_tail : &blocks->free_chunks);
}

static void make_blocks(struct gc_blocks *blocks, struct gc_chunk *chunk)
{
    const unsigned count = gc_chunk_bytes(blocks) >> GC_BLOCK_SHIFT;
    struct gc_block *const block = gc_chunk_states(blocks, chunk);
    char *const cells = (char *)(block + count);
    const unsigned first = (unsigned)((cells - (char *)chunk) >> GC_BLOCK_SHIFT);
    chunk->bytes = gc_chunk_bytes(blocks);
    chunk->blocks = count - first;
    for (unsigned i = count; i-- > first;) {
        block[i].start = i == first ? cells : (char *)chunk + ((size_t)i << GC_BLOCK_SHIFT);
        gc_block_free(blocks, &block[i]);
    }
}

static bool add_chunk(struct gc_blocks *blocks)
{
    const struct gc_budget *const budget = blocks->budget;
    if (budget->limit && budget->held + blocks->spare + gc_chunk_bytes(blocks) > budget->limit)
        return false;
    struct gc_chunk *const chunk =
        gc_budget_map(blocks->budget, GC_SITE_HEAP, gc_chunk_bytes(blocks), gc_chunk_bytes(blocks));
    if (!chunk)
        return false;
    chunk->next = blocks->chunks;
    blocks->chunks = chunk;
    make_blocks(blocks, chunk);
    return true;
}

static struct gc_block *take_free_block(struct gc_blocks *blocks, unsigned class)
{
    struct gc_chunk *const chunk = blocks->free_chunks;
    if (!chunk)
        return NULL;
    struct gc_block *const block = chunk->free;
    chunk->free = block->next;
    blocks->free_blocks--;
    if (--chunk->free_blocks == 0)
        unlink_chunk(blocks, chunk);
    const size_t end = ((uintptr_t)block->start | (GC_BLOCK_BYTES - 1)) + 1;
    block->class = (uint8_t) class;
    block->cell_bytes = (uint32_t)gc_class_bytes(class);
    block->cells = (uint32_t)(end - (uintptr_t)block->start) / block->cell_bytes;
    block->end = block->start + block->cells * block->cell_bytes;
    block->cursor = block->start;
    block->used = 0;
    return block;
}

/* NULL when there is none. */
static struct gc_chunk *empty_chunk(const struct gc_blocks *blocks)
{
    if (!blocks->free_chunks)
        return NULL;
    struct gc_chunk *const last =
        (struct gc_chunk *)((char *)blocks->free_tail - offsetof(struct gc_chunk, free_next));
    return last->free_blocks == last->blocks ? last : NULL;
}

bool gc_blocks_trim_one(struct gc_blocks *blocks)
{
    struct gc_chunk *const chunk = empty_chunk(blocks), **link = &blocks->chunks;
    if (!chunk)
        return false;
    while (*link != chunk)
        link = &(*link)->next;
    *link = chunk->next;
    unlink_chunk(blocks, chunk);
    blocks->free_blocks -= chunk->blocks;
    gc_budget_unmap(blocks->budget, chunk, chunk->bytes);
    return true;
}

bool gc_blocks_trim(struct gc_blocks *blocks)
{
    const bool any = gc_blocks_trim_one(blocks);
    while (gc_blocks_trim_one(blocks))
        ;
    return any;
}

/* ---- allocation --------------------------------------------------------------------------------------------- */

/* The first held cell from `cell` on, or the end of the block. */
static char *next_held(const struct gc_blocks *blocks, const struct gc_block *block, const char *cell)
{
    const uint64_t *const held = gc_held_word(blocks, cell);
    const unsigned n = (unsigned)(gc_held_word(blocks, block->end - 1) - held);
    uint64_t word = held[0] & -gc_mark_bit(cell);
    for (unsigned i = 0;; word = held[i]) {
        if (word) {
            const uintptr_t grain = ((uintptr_t)cell >> GC_GRAIN_SHIFT & -(uintptr_t)64) + i * 64 +
                                    (unsigned)__builtin_ctzll(word);
            const size_t at = (grain << GC_GRAIN_SHIFT) - (uintptr_t)block->start;
            return block->start +
                   (uint32_t)(at + block->cell_bytes - 1) / block->cell_bytes * block->cell_bytes;
        }
        if (++i > n)
            return block->end;
    }
}

bool gc_cache_next(const struct gc_blocks *blocks, struct gc_cache *cache, unsigned class)
{
    struct gc_run *const run = &cache->run[class];
    struct gc_block *const block = run->block;
    if (!block)
        return false;
    char *cell = run->end;
    while (cell < block->end && gc_is_held(blocks, cell))
        cell += block->cell_bytes;
    if (cell == block->end) {
        block->state = GC_BLOCK_FULL;
        block->cursor = cell;
        *run = (struct gc_run){NULL, NULL, NULL};
        return false;
    }
    run->free = cell;
    run->end = next_held(blocks, block, cell);
    for (; blocks->black && cell < run->end; cell += block->cell_bytes)
        gc_mark(blocks, cell);
    return true;
}

static struct gc_block *find_block(struct gc_blocks *blocks, unsigned class)
{
    struct gc_block *block = gc_block_pop(&blocks->partial[class]);
    unsigned n = 0;
    while (!block) {
        if (blocks->sweep_max && n++ >= blocks->sweep_max && blocks->free_chunks)
            break;
        block = gc_block_pop(&blocks->unswept[class]);
        if (!block)
            break;
        gc_block_sweep(blocks, block);
        if (block->state == GC_BLOCK_FREE)
            return take_free_block(blocks, class);
        if (block->state == GC_BLOCK_FULL)
            block = NULL;
    }
    if (block)
        return block;
    while (!blocks->free_chunks && !add_chunk(blocks) && gc_blocks_sweep_one(blocks))
        ;
    return take_free_block(blocks, class);
}

bool gc_cache_refill(struct gc_blocks *blocks, struct gc_cache *cache, unsigned class)
{
    struct gc_block *const block = find_block(blocks, class);
    if (!block)
        return false;
    block->state = GC_BLOCK_TAKEN;
    blocks->used_bytes += (uint64_t)(block->cells - block->used) * block->cell_bytes;
    block->used = block->cells;
    cache->run[class] = (struct gc_run){block->cursor, block->cursor, block};
    return gc_cache_next(blocks, cache, class);
}

void gc_cache_sync(const struct gc_cache *cache)
{
    for (unsigned i = 0; i < GC_CLASSES; i++)
        if (cache->run[i].block)
            cache->run[i].block->cursor = cache->run[i].free;
}

/* Cells from the cursor on that are not held. */
static unsigned count_free(const struct gc_blocks *blocks, const struct gc_block *block)
{
    unsigned n = 0;
    for (const char *cell = block->cursor; cell < block->end; cell += block->cell_bytes)
        n += !gc_is_held(blocks, cell);
    return n;
}

static void give_back(struct gc_blocks *blocks, struct gc_run *run)
{
    struct gc_block *const block = run->block;
    for (char *cell = run->free; blocks->black && cell < run->end; cell += block->cell_bytes)
        *gc_mark_word(blocks, cell) &= ~gc_mark_bit(cell);
    block->cursor = run->free;
    const unsigned n = count_free(blocks, block);
    block->used -= n;
    blocks->used_bytes -= (uint64_t)n * block->cell_bytes;
    block->state = n ? GC_BLOCK_PARTIAL : GC_BLOCK_FULL;
    if (!block->used)
        gc_block_free(blocks, block);
    else if (n)
        gc_block_push(&blocks->partial[block->class], block);
}

void gc_cache_flush(struct gc_blocks *blocks, struct gc_cache *cache)
{
    for (unsigned i = 0; i < GC_CLASSES; i++)
        if (cache->run[i].block)
            give_back(blocks, &cache->run[i]);
    *cache = (struct gc_cache){.run = {{NULL, NULL, NULL}}};
}

void *gc_blocks_large(struct gc_blocks *blocks, size_t size)
{
    const size_t bytes = (GC_LARGE_OFFSET + size + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    struct gc_chunk *chunk;
    while (!(chunk = gc_budget_map(blocks->budget, GC_SITE_HEAP, bytes, gc_chunk_bytes(blocks))))
        if (!gc_blocks_trim_one(blocks) && !gc_blocks_sweep_one(blocks))
            return NULL;
    chunk->bytes = bytes;
    chunk->next = blocks->large;
    blocks->large = chunk;
    blocks->used_bytes += bytes;
    void *const object = (char *)chunk + GC_LARGE_OFFSET;
    if (blocks->black)
        gc_mark(blocks, object);
    return object;
}
