/* What the files of allocators/blocks.h share. */
#ifndef HT_ALLOCATORS_BLOCKS_OWN_H
#define HT_ALLOCATORS_BLOCKS_OWN_H

#include "allocators/blocks.h"

static inline size_t gc_chunk_bytes(const struct gc_blocks *blocks)
{
    return blocks->chunk_mask + 1;
}

static inline size_t gc_chunk_words(const struct gc_blocks *blocks)
{
    return gc_chunk_bytes(blocks) >> GC_GRAIN_SHIFT >> 6;
}

static inline uint64_t *gc_held_word(const struct gc_blocks *blocks, const void *p)
{
    return gc_mark_word(blocks, p) + gc_chunk_words(blocks);
}

static inline bool gc_is_held(const struct gc_blocks *blocks, const void *cell)
{
    return *gc_held_word(blocks, cell) & gc_mark_bit(cell);
}

/* The mark bits of a block, GC_BLOCK_WORDS of them. */
static inline uint64_t *gc_block_marks(const struct gc_blocks *blocks, const struct gc_block *block)
{
    return gc_mark_word(blocks, (void *)((uintptr_t)block->start & -(uintptr_t)GC_BLOCK_BYTES));
}

/* The states of all blocks of a chunk, the place of those that its head takes included. */
static inline struct gc_block *gc_chunk_states(const struct gc_blocks *blocks, const struct gc_chunk *chunk)
{
    return (struct gc_block *)(chunk->mark + 2 * gc_chunk_words(blocks));
}

/* The first of chunk->blocks. */
static inline struct gc_block *gc_chunk_first(const struct gc_blocks *blocks, const struct gc_chunk *chunk)
{
    return gc_chunk_states(blocks, chunk) + (gc_chunk_bytes(blocks) >> GC_BLOCK_SHIFT) - chunk->blocks;
}

static inline struct gc_block *gc_block_pop(struct gc_block **list)
{
    struct gc_block *const block = *list;
    if (block)
        *list = block->next;
    return block;
}

static inline void gc_block_push(struct gc_block **list, struct gc_block *block)
{
    block->next = *list;
    *list = block;
}

/* Gives a block without objects, in no list, to its chunk. */
void gc_block_free(struct gc_blocks *blocks, struct gc_block *block);

/* Sweeps a block that no list has. Unless it is free then, no list has it afterwards either. */
void gc_block_sweep(struct gc_blocks *blocks, struct gc_block *block);

#endif
