#include "allocators/cells.h"

#include "allocators/pages.h"

struct gc_cells_block gc_no_block;

enum { LARGE = GC_CELL_CLASSES /* the class of a large object's block */ };

static size_t class_bytes(size_t bytes)
{
    if (bytes <= GC_CELL_STEP_MAX)
        return bytes;
    const unsigned step = 60 - (unsigned)__builtin_clzl(bytes - 1);
    return ((bytes - 1) >> step << step) + ((size_t)1 << step);
}

void gc_cells_open(struct gc_cells *cells, struct gc_budget *budget)
{
    cells->budget = budget;
    for (unsigned class = 0; class < GC_CELL_CLASSES; class ++)
        cells->block[class] = &gc_no_block;
}

/* ---- numbers ----------------------------------------------------------------------------------------------- */

enum { NUMBERS_MAX = 1 << 20 };

/* So many numbers can be taken. */
static bool have_numbers(struct gc_cells *cells, uint64_t blocks)
{
    if (cells->number.count + blocks > NUMBERS_MAX)
        return false;
    while (cells->number.count + blocks > cells->number.room)
        if (gc_table_grow(&cells->number, cells->budget, GC_SITE_HEAP))
            return false;
    return true;
}

static void number_block(struct gc_cells *cells, struct gc_cells_block *block)
{
    block->number = cells->free_number;
    if (block->number == cells->number.count)
        cells->free_number = (uint32_t)++cells->number.count;
    else
        cells->free_number = (uint32_t)(cells->number.word[block->number] >> 1);
    cells->number.word[block->number] = (uintptr_t)block;
}

static void forget_number(struct gc_cells *cells, const struct gc_cells_block *block)
{
    cells->number.word[block->number] = (uintptr_t)cells->free_number << 1 | 1;
    cells->free_number = block->number;
}

/* ---- chunks ------------------------------------------------------------------------------------------------ */

static struct gc_cells_block *block_at(struct gc_cells_block *chunk, uint32_t i)
{
    return (struct gc_cells_block *)((char *)chunk + (size_t)i * GC_CELLS_BYTES);
}

static void link_chunk(struct gc_cells *cells, struct gc_cells_block *chunk)
{
    chunk->chunk_next = cells->chunks;
    if (cells->chunks)
        cells->chunks->chunk_previous = chunk;
    cells->chunks = chunk;
}

static void unmap_chunk(struct gc_cells *cells, struct gc_cells_block *chunk)
{
    *(chunk->chunk_previous ? &chunk->chunk_previous->chunk_next : &cells->chunks) = chunk->chunk_next;
    if (chunk->chunk_next)
        chunk->chunk_next->chunk_previous = chunk->chunk_previous;
    for (uint32_t i = 0; i == 0 || i < chunk->chunk_blocks; i++)
        forget_number(cells, block_at(chunk, i));
    cells->blocks -= chunk->chunk_blocks;
    gc_budget_unmap(cells->budget, chunk, chunk->chunk_bytes);
}

static void pool_block(struct gc_cells *cells, struct gc_cells_block *block)
{
    block->cells = block->used = 0;
    block->free = NULL;
    block->previous = NULL;
    block->next = cells->pool;
    if (cells->pool)
        cells->pool->previous = block;
    cells->pool = block;
}

static void unpool_block(struct gc_cells *cells, struct gc_cells_block *block)
{
    *(block->previous ? &block->previous->next : &cells->pool) = block->next;
    if (block->next)
        block->next->previous = block->previous;
}

/* A quarter of what there is, or what the limit leaves. */
static bool map_chunk(struct gc_cells *cells)
{
    uint64_t blocks = cells->blocks / 4 + 1;
    if (blocks > GC_CELLS_CHUNK_BLOCKS)
        blocks = GC_CELLS_CHUNK_BLOCKS;
    struct gc_cells_block *chunk;
    if (!have_numbers(cells, blocks))
        return false;
    while (!(chunk = gc_budget_map(cells->budget, GC_SITE_HEAP, blocks * GC_CELLS_BYTES, GC_CELLS_BYTES)))
        if (!(blocks /= 2))
            return false;
    chunk->chunk_bytes = blocks * GC_CELLS_BYTES;
    chunk->chunk_blocks = (uint32_t)blocks;
    cells->blocks += blocks;
    cells->empty += blocks;
    link_chunk(cells, chunk);
    for (uint32_t i = chunk->chunk_blocks; i--;) {
        block_at(chunk, i)->chunk = chunk;
        number_block(cells, block_at(chunk, i));
        pool_block(cells, block_at(chunk, i));
    }
    return true;
}

static void drop_chunk(struct gc_cells *cells, struct gc_cells_block *chunk)
{
    for (uint32_t i = 0; i < chunk->chunk_blocks; i++)
        unpool_block(cells, block_at(chunk, i));
    cells->empty -= chunk->chunk_blocks;
    unmap_chunk(cells, chunk);
}

static struct gc_cells_block *take_block(struct gc_cells *cells)
{
    struct gc_cells_block *const block = cells->pool;
    unpool_block(cells, block);
    cells->taken_bytes += GC_CELLS_BYTES;
    if (!block->chunk->chunk_used++)
        cells->empty -= block->chunk->chunk_blocks;
    return block;
}

static void give_block(struct gc_cells *cells, struct gc_cells_block *block)
{
    struct gc_cells_block *const chunk = block->chunk;
    pool_block(cells, block);
    cells->taken_bytes -= GC_CELLS_BYTES;
    if (--chunk->chunk_used)
        return;
    cells->empty += chunk->chunk_blocks;
    if (cells->empty - chunk->chunk_blocks > (cells->blocks - cells->empty) / 2)
        drop_chunk(cells, chunk);
}

/* ---- lists of a class -------------------------------------------------------------------------------------- */

/* Behind the first one, which may be empty and is to stay first until it is full. */
static void list_block(struct gc_cells *cells, struct gc_cells_block *block)
{
    struct gc_cells_block **const first = &cells->block[block->class], *const head = *first;
    block->listed = true;
    if (head == &gc_no_block) {
        block->next = &gc_no_block;
        block->previous = NULL;
        *first = block;
        return;
    }
    block->next = head->next;
    block->previous = head;
    if (head->next != &gc_no_block)
        head->next->previous = block;
    head->next = block;
}

static void unlist_block(struct gc_cells *cells, struct gc_cells_block *block)
{
    block->listed = false;
    *(block->previous ? &block->previous->next : &cells->block[block->class]) = block->next;
    if (block->next != &gc_no_block)
        block->next->previous = block->previous;
}

bool gc_cells_trim(struct gc_cells *cells)
{
    const uint64_t held = cells->budget->held;
    bool any = false;
    for (unsigned class = 0; class < GC_CELL_CLASSES; class ++) {
        struct gc_cells_block *const block = cells->block[class];
        if (block == &gc_no_block || block->used)
            continue;
        unlist_block(cells, block);
        give_block(cells, block);
        any = true;
    }
    for (struct gc_cells_block *next, *chunk = cells->chunks; chunk && cells->empty; chunk = next) {
        next = chunk->chunk_next;
        if (chunk->chunk_blocks && !chunk->chunk_used)
            drop_chunk(cells, chunk);
    }
    return any || cells->budget->held < held;
}

/* ---- allocation -------------------------------------------------------------------------------------------- */

static void make_cells(struct gc_cells_block *block, size_t bytes)
{
    block->class = (uint16_t)gc_cell_class(bytes);
    block->cell_bytes = (uint32_t)class_bytes(bytes);
    block->cells = (GC_CELLS_BYTES - GC_CELLS_FIRST) / block->cell_bytes;
    char *const first = (char *)block + GC_CELLS_FIRST;
    struct gc_cell *next = NULL;
    for (uint32_t i = block->cells; i--;) {
        struct gc_cell *const cell = (struct gc_cell *)(first + (size_t)i * block->cell_bytes);
        *cell = (struct gc_cell){next, 0};
        next = cell;
    }
    block->free = next;
}

static void *alloc_large(struct gc_cells *cells, size_t bytes)
{
    const size_t chunk_bytes = (GC_CELLS_FIRST + bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    struct gc_cells_block *chunk;
    do
        chunk = have_numbers(cells, 1)
                    ? gc_budget_map(cells->budget, GC_SITE_HEAP, chunk_bytes, GC_CELLS_BYTES)
                    : NULL;
    while (!chunk && gc_cells_trim(cells));
    if (!chunk)
        return NULL;
    number_block(cells, chunk);
    chunk->class = LARGE;
    chunk->cells = chunk->used = 1;
    chunk->cell_bytes = 0;
    chunk->chunk = chunk;
    chunk->chunk_bytes = chunk_bytes;
    cells->taken_bytes += chunk_bytes;
    link_chunk(cells, chunk);
    return (char *)chunk + GC_CELLS_FIRST;
}

void *gc_cells_alloc_slowly(struct gc_cells *cells, size_t bytes)
{
    if (bytes > GC_CELL_MAX)
        return alloc_large(cells, bytes);
    struct gc_cells_block *const full = cells->block[gc_cell_class(bytes)];
    if (full != &gc_no_block)
        unlist_block(cells, full);
    if (cells->block[gc_cell_class(bytes)] == &gc_no_block) {
        if (!cells->pool && !map_chunk(cells) && !(gc_cells_trim(cells) && (cells->pool || map_chunk(cells))))
            return NULL;
        struct gc_cells_block *const block = take_block(cells);
        make_cells(block, bytes);
        list_block(cells, block);
    }
    return gc_cells_alloc(cells, bytes);
}

/* A cell of the block was freed: the block was full, or is empty. */
void gc_cells_free_slowly(struct gc_cells *cells, struct gc_cells_block *block)
{
    if (block->class == LARGE) {
        cells->taken_bytes -= block->chunk_bytes;
        unmap_chunk(cells, block);
        return;
    }
    if (!block->listed)
        list_block(cells, block);
    if (block->used || cells->block[block->class] == block)
        return;
    unlist_block(cells, block);
    give_block(cells, block);
}

void gc_cells_close(struct gc_cells *cells)
{
    while (cells->chunks)
        unmap_chunk(cells, cells->chunks);
    gc_table_close(&cells->number, cells->budget);
    *cells = (struct gc_cells){.budget = NULL};
}
