#include "allocators/immix_own.h"

static size_t count_lines(const uint64_t *lines)
{
    size_t count = 0;
    for (int i = 0; i < GC_LINE_WORDS; i++)
        count += (size_t)__builtin_popcountll(lines[i]);
    return count;
}

/* ---- before marking ----------------------------------------------------------------------------------------- */

/* Blocks with the most holes first, as long as what the last sweep found in them fits into what is free. */
void gc_immix_choose(struct gc_heap *heap)
{
    size_t lines[GC_EMPTIED_HOLES + 1] = {0};
    for (size_t b = 0; b < heap->blocks; b++)
        lines[heap->block[b].holes] += count_lines(heap->block[b].used);
    size_t room = heap->free_blocks * GC_BLOCK_LINES, least = GC_EMPTIED_HOLES + 1;
    while (least > 1 && lines[least - 1] <= room)
        room -= lines[--least];
    for (size_t b = 0; b < heap->blocks; b++) {
        struct gc_block *const block = &heap->block[b];
        if (block->holes + 1u == least && count_lines(block->used) <= room) {
            room -= count_lines(block->used);
            block->emptied = true;
        } else {
            block->emptied = block->holes >= least;
        }
    }
}

void gc_immix_clear_marks(struct gc_heap *heap)
{
    for (size_t b = 0; b < heap->blocks; b++) {
        if (heap->block[b].state != GC_BLOCK_USED)
            continue;
        memset(heap->bits + b * GC_BLOCK_WORDS, 0, GC_BLOCK_WORDS * sizeof *heap->bits);
        memset(heap->block[b].covered, 0, sizeof heap->block[b].covered);
    }
}

/* ---- after it ----------------------------------------------------------------------------------------------- */

/* Lines in which an object starts that was reached. */
static void lines_with_starts(const uint64_t *bits, uint64_t *lines)
{
    for (int i = 0; i < GC_BLOCK_WORDS; i++) {
        const uint64_t pair = (uint64_t)((uint32_t)bits[i] != 0) | (uint64_t)(bits[i] >> 32 != 0) << 1;
        lines[i / 32] |= pair << i % 32 * 2;
    }
}

static uint8_t count_holes(const uint64_t *used)
{
    uint64_t before = 1;
    size_t holes = 0;
    for (int i = 0; i < GC_LINE_WORDS; i++) {
        holes += (size_t)__builtin_popcountll(~used[i] & (used[i] << 1 | before));
        before = used[i] >> 63;
    }
    return (uint8_t)holes;
}

static void sweep_block(struct gc_heap *heap, size_t b)
{
    struct gc_block *const block = &heap->block[b];
    uint64_t starts[GC_LINE_WORDS] = {0}, before = 0, any = 0;
    lines_with_starts(heap->bits + b * GC_BLOCK_WORDS, starts);
    for (int i = 0; i < GC_LINE_WORDS; i++) {
        block->used[i] = starts[i] | starts[i] << 1 | before | block->covered[i];
        before = starts[i] >> 63;
        any |= block->used[i];
        block->opened[i] = 0;
    }
    block->emptied = false;
    block->state = any ? GC_BLOCK_USED : GC_BLOCK_FREE;
    block->holes = any ? count_holes(block->used) : 0;
}

static void sweep_large(struct gc_heap *heap)
{
    struct gc_large **link = &heap->large;
    while (*link) {
        struct gc_large *const large = *link;
        if (large->marked) {
            large->marked = 0;
            link = &large->next;
        } else {
            *link = large->next;
            gc_immix_free_large(heap, large);
        }
    }
}

void gc_immix_sweep(struct gc_heap *heap)
{
    const struct gc_hole none = {NULL, NULL};
    size_t lines = 0;
    heap->free_blocks = 0;
    for (size_t b = 0; b < heap->blocks; b++) {
        if (heap->block[b].state == GC_BLOCK_USED)
            sweep_block(heap, b);
        heap->free_blocks += heap->block[b].state == GC_BLOCK_FREE;
        lines += count_lines(heap->block[b].used);
    }
    sweep_large(heap);
    heap->hole = heap->over = heap->copy = none;
    heap->hole_block = heap->hole_line = heap->free_from = heap->none_from = 0;
    /* A quarter of what the lines hold is dead, or no object. */
    heap->fragmented = lines * GC_LINE_BYTES / 4 * 3 > heap->live_bytes;
}
