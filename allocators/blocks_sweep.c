#include "allocators/blocks_own.h"

enum { LARGE_PIECE = 1 << 20 };

/* The bits of each byte, in that byte. */
static uint64_t count_in_bytes(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    return (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
}

/* How many bits stand in n words, 16 at most. */
static unsigned count_bits(const uint64_t *word, unsigned n)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += count_in_bytes(word[i]);
    /* Each byte of `sum` is up to 128, so add them in pairs first. */
    sum = (sum & 0x00ff00ff00ff00ff) + (sum >> 8 & 0x00ff00ff00ff00ff);
    return (unsigned)(sum * 0x0001000100010001 >> 48);
}

/* Held are what is marked; how many these are. */
static unsigned take_marks(const struct gc_blocks *blocks, const struct gc_block *block)
{
    uint64_t *const mark = gc_block_marks(blocks, block);
    uint64_t *const held = mark + (gc_chunk_words(blocks));
    memcpy(held, mark, GC_BLOCK_WORDS * sizeof *held);
    if (!blocks->sticky)
        memset(mark, 0, GC_BLOCK_WORDS * sizeof *mark);
    return count_bits(held, 16) + count_bits(held + 16, 16);
}

void gc_block_sweep(struct gc_blocks *blocks, struct gc_block *block)
{
    const unsigned kept = take_marks(blocks, block), freed = block->used - kept;
    const uint64_t bytes = (uint64_t)freed * block->cell_bytes;
    blocks->used_bytes -= bytes;
    blocks->freed_bytes += bytes;
    blocks->freed_objects += freed;
    blocks->swept++;
    block->used = kept;
    block->cursor = block->start;
    block->state = kept == block->cells ? GC_BLOCK_FULL : GC_BLOCK_PARTIAL;
    if (!kept)
        gc_block_free(blocks, block);
}

/* From its end, a piece at a time: the system takes long to take much memory back. True when it is gone. */
static bool give_large(struct gc_blocks *blocks, struct gc_chunk *chunk)
{
    const size_t piece = chunk->bytes < LARGE_PIECE ? chunk->bytes : LARGE_PIECE;
    blocks->used_bytes -= piece;
    blocks->freed_bytes += piece;
    chunk->bytes -= piece;
    const bool last = !chunk->bytes;
    gc_budget_unmap(blocks->budget, (char *)chunk + chunk->bytes, piece);
    return last;
}

static bool sweep_large(struct gc_blocks *blocks)
{
    struct gc_chunk *const chunk = blocks->unswept_large, *const next = chunk ? chunk->next : NULL;
    if (!chunk)
        return false;
    if (chunk->mark[0]) {
        chunk->mark[0] = blocks->sticky ? chunk->mark[0] : 0;
        chunk->next = blocks->large;
        blocks->large = chunk;
    } else if (give_large(blocks, chunk)) {
        blocks->freed_objects++;
    } else {
        return true;
    }
    blocks->unswept_large = next;
    blocks->swept++;
    return true;
}

bool gc_blocks_sweep_one(struct gc_blocks *blocks)
{
    if (sweep_large(blocks))
        return true;
    while (blocks->sweep_class < GC_CLASSES && !blocks->unswept[blocks->sweep_class])
        blocks->sweep_class++;
    if (blocks->sweep_class == GC_CLASSES)
        return false;
    struct gc_block *const block = gc_block_pop(&blocks->unswept[blocks->sweep_class]);
    gc_block_sweep(blocks, block);
    if (block->state == GC_BLOCK_PARTIAL)
        gc_block_push(&blocks->partial[block->class], block);
    return true;
}

void gc_blocks_sweep_all(struct gc_blocks *blocks)
{
    while (gc_blocks_sweep_one(blocks))
        ;
}

static void clear_chunk(const struct gc_blocks *blocks, const struct gc_chunk *chunk)
{
    struct gc_block *const block = gc_chunk_first(blocks, chunk);
    for (unsigned i = 0; i < chunk->blocks; i++)
        if (blocks->sticky || block[i].state == GC_BLOCK_UNSWEPT)
            memset(gc_block_marks(blocks, &block[i]), 0, GC_BLOCK_WORDS * sizeof(uint64_t));
}

void gc_blocks_begin(struct gc_blocks *blocks, bool clear)
{
    memset(blocks->unswept, 0, sizeof blocks->unswept);
    blocks->sweep_class = GC_CLASSES;
    for (struct gc_chunk *chunk; (chunk = blocks->unswept_large);) {
        blocks->unswept_large = chunk->next;
        chunk->dead = !chunk->mark[0];
        chunk->next = blocks->large;
        blocks->large = chunk;
    }
    for (struct gc_chunk *chunk = blocks->chunks; clear && chunk; chunk = chunk->next)
        clear_chunk(blocks, chunk);
    for (struct gc_chunk *chunk = blocks->large; clear && chunk; chunk = chunk->next)
        chunk->mark[0] = 0;
}

void gc_blocks_end(struct gc_blocks *blocks)
{
    memset(blocks->partial, 0, sizeof blocks->partial);
    for (const struct gc_chunk *chunk = blocks->chunks; chunk; chunk = chunk->next)
        for (struct gc_block *const block = gc_chunk_first(blocks, chunk), *b = block + chunk->blocks;
             b-- > block;) {
            if (b->state == GC_BLOCK_FREE)
                continue;
            b->state = GC_BLOCK_UNSWEPT;
            gc_block_push(&blocks->unswept[b->class], b);
        }
    blocks->unswept_large = blocks->large;
    blocks->large = NULL;
    blocks->sweep_class = 0;
}
