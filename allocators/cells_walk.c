/* The heap walk of allocators/cells.h: every cell, the check of the invariant, and blocks by their address. */
#include <errno.h>
#include <stdio.h>

#include "allocators/cells.h"
#include "allocators/pages.h"

static struct gc_cells_block *block_at(const struct gc_cells_block *chunk, uint32_t i)
{
    return (struct gc_cells_block *)((char *)(uintptr_t)chunk + (size_t)i * GC_CELLS_BYTES);
}

static struct gc_cell *cell_at(const struct gc_cells_block *block, uint32_t i)
{
    return (struct gc_cell *)((char *)(uintptr_t)block + GC_CELLS_FIRST + (size_t)i * block->cell_bytes);
}

void *gc_cells_next(struct gc_cells_walk *walk)
{
    for (; walk->chunk; walk->chunk = walk->chunk->chunk_next, walk->block = 0)
        for (; walk->block == 0 || walk->block < walk->chunk->chunk_blocks; walk->block++, walk->cell = 0) {
            const struct gc_cells_block *const block = block_at(walk->chunk, walk->block);
            while (walk->cell < block->cells) {
                struct gc_cell *const cell = cell_at(block, walk->cell++);
                if (cell->in_use)
                    return cell;
            }
        }
    return NULL;
}

uint64_t gc_cells_used(const struct gc_cells *cells)
{
    uint64_t used = 0;
    for (const struct gc_cells_block *chunk = cells->chunks; chunk; chunk = chunk->chunk_next)
        for (uint32_t i = 0; i == 0 || i < chunk->chunk_blocks; i++)
            used += block_at(chunk, i)->used;
    return used;
}

/* ---- the check --------------------------------------------------------------------------------------------- */

static bool starts_cell(const struct gc_cells_block *block, const void *p)
{
    const uintptr_t at = (uintptr_t)p - (uintptr_t)block - GC_CELLS_FIRST;
    return block->cell_bytes ? at % block->cell_bytes == 0 && at / block->cell_bytes < block->cells
                             : at == 0 && block->cells;
}

static int check_block(const struct gc_cells_block *block, char why[160])
{
    uint32_t free = 0, used = 0;
    for (const struct gc_cell *cell = block->free; cell; cell = cell->next) {
        if (gc_cells_block_of(cell) != block || !starts_cell(block, cell) || cell->in_use ||
            ++free > block->cells) {
            snprintf(why, 160, "the free list of the block at %p leads to %p", (const void *)block,
                     (const void *)cell);
            return -EUCLEAN;
        }
    }
    for (uint32_t i = 0; i < block->cells; i++)
        used += cell_at(block, i)->in_use != 0;
    if (used == block->used && used + free == block->cells)
        return 0;
    snprintf(why, 160, "the block at %p of %u cells has %u in use and %u free, and counts %u",
             (const void *)block, block->cells, used, free, block->used);
    return -EUCLEAN;
}

static int check_lists(const struct gc_cells *cells, char why[160])
{
    for (unsigned class = 0; class < GC_CELL_CLASSES; class ++) {
        const struct gc_cells_block *previous = NULL;
        for (const struct gc_cells_block *b = cells->block[class]; b != &gc_no_block; b = b->next) {
            if (b->class != class || !b->listed || b->previous != previous) {
                snprintf(why, 160, "the list of class %u leads to the block at %p", class, (const void *)b);
                return -EUCLEAN;
            }
            previous = b;
        }
    }
    return 0;
}

int gc_cells_check(const struct gc_cells *cells, char why[160])
{
    int error = check_lists(cells, why);
    for (const struct gc_cells_block *chunk = cells->chunks; chunk && !error; chunk = chunk->chunk_next)
        for (uint32_t i = 0; i < chunk->chunk_blocks && !error; i++)
            error = check_block(block_at(chunk, i), why);
    return error;
}

/* ---- blocks by their address ------------------------------------------------------------------------------- */

static size_t hash(const struct gc_cells_index *index, const struct gc_cells_block *block)
{
    return (size_t)((uintptr_t)block / GC_CELLS_BYTES * 0x9e3779b97f4a7c15u >> 20) & (index->room - 1);
}

static void add_block(struct gc_cells_index *index, struct gc_cells_block *block)
{
    size_t i = hash(index, block);
    while (index->block[i])
        i = (i + 1) & (index->room - 1);
    index->block[i] = block;
}

void gc_cells_index_open(struct gc_cells_index *index, const struct gc_cells *cells)
{
    size_t blocks = 0;
    for (const struct gc_cells_block *chunk = cells->chunks; chunk; chunk = chunk->chunk_next)
        blocks += chunk->chunk_blocks ? chunk->chunk_blocks : 1;
    index->room = HT_PAGE_BYTES / sizeof index->block[0];
    while (index->room < 2 * blocks)
        index->room *= 2;
    index->block = ht_pages_map(index->room * sizeof index->block[0], HT_PAGE_BYTES);
    if (!index->block)
        return;
    for (struct gc_cells_block *chunk = cells->chunks; chunk; chunk = chunk->chunk_next)
        for (uint32_t i = 0; i == 0 || i < chunk->chunk_blocks; i++)
            add_block(index, block_at(chunk, i));
}

void gc_cells_index_close(struct gc_cells_index *index)
{
    if (index->block)
        ht_pages_unmap(index->block, index->room * sizeof index->block[0]);
}

bool gc_cells_is_cell(const struct gc_cells_index *index, const void *p)
{
    if (!index->block)
        return true;
    const struct gc_cells_block *const block = gc_cells_block_of(p);
    for (size_t i = hash(index, block); index->block[i]; i = (i + 1) & (index->room - 1))
        if (index->block[i] == block)
            return starts_cell(block, p) && ((const struct gc_cell *)p)->in_use;
    return false;
}
