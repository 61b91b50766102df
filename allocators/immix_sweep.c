#include "allocators/immix_own.h"

static size_t count_lines(const uint64_t *lines)
{
    size_t count = 0;
    for (int i = 0; i < GC_LINE_WORDS; i++)
        count += (size_t)__builtin_popcountll(lines[i]);
    return count;
}

/* ---- before marking ----------------------------------------------------------------------------------------- */

enum { CLASS_BYTES = 512, CLASSES = GC_BLOCK_BYTES / CLASS_BYTES / 8 * 7 };

/* Those in which the least lives first, as long as it fits into what is free; never one that is nearly full. */
void gc_immix_choose(struct gc_heap *heap)
{
    size_t bytes[CLASSES] = {0}, room = heap->free_blocks * GC_BLOCK_BYTES / 16 * 15;
    for (size_t b = 0; b < heap->blocks; b++)
        if (heap->block[b].state == GC_BLOCK_USED && heap->block[b].live / CLASS_BYTES < CLASSES)
            bytes[heap->block[b].live / CLASS_BYTES] += heap->block[b].live;
    size_t class = 0;
    for (; class < CLASSES && bytes[class] <= room; class ++)
        room -= bytes[class];
    for (size_t b = 0; b < heap->blocks; b++) {
        struct gc_block *const block = &heap->block[b];
        const size_t its_class = block->live / CLASS_BYTES;
        const bool fits = its_class == class && class < CLASSES && block->live <= room;
        room -= fits ? block->live : 0;
        block->emptied = block->state == GC_BLOCK_USED && (its_class < class || fits);
    }
}

void gc_immix_clear_marks(struct gc_heap *heap)
{
    for (size_t b = 0; b < heap->blocks; b++) {
        if (heap->block[b].state != GC_BLOCK_USED)
            continue;
        memset(heap->bits + b * GC_BLOCK_WORDS, 0, GC_BLOCK_WORDS * sizeof *heap->bits);
        memset(heap->block[b].covered, 0, sizeof heap->block[b].covered);
        heap->block[b].live = 0;
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

static void sweep_block(struct gc_heap *heap, size_t b)
{
    struct gc_block *const block = &heap->block[b];
    uint64_t starts[GC_LINE_WORDS] = {0}, before = 0, any = 0, all = ~(uint64_t)0;
    lines_with_starts(heap->bits + b * GC_BLOCK_WORDS, starts);
    for (int i = 0; i < GC_LINE_WORDS; i++) {
        block->used[i] = starts[i] | starts[i] << 1 | before | block->covered[i];
        before = starts[i] >> 63;
        any |= block->used[i];
        all &= block->used[i];
        block->opened[i] = 0;
    }
    block->state = any ? GC_BLOCK_USED : GC_BLOCK_FREE;
    block->has_holes = any && ~all;
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

/* How many blocks the mutator must leave for copies: more, from when a quarter of what lines hold does not live
 * until it is less than an eighth. */
static void set_reserve(struct gc_heap *heap, size_t lines, uint64_t live)
{
    const uint64_t eighth = lines * GC_LINE_BYTES / 8;
    heap->fragmented = !heap->stay && eighth * (heap->fragmented ? 7 : 6) > live;
    heap->reserve = heap->least_reserve;
    if (heap->fragmented && heap->free_blocks / 2 > heap->reserve)
        heap->reserve = heap->free_blocks / 2;
}

void gc_immix_sweep(struct gc_heap *heap)
{
    const struct gc_hole none = {NULL, NULL};
    size_t lines = 0;
    uint64_t live = 0;
    heap->free_blocks = 0;
    for (size_t b = 0; b < heap->blocks; b++) {
        struct gc_block *const block = &heap->block[b];
        if (block->state == GC_BLOCK_USED)
            sweep_block(heap, b);
        heap->free_blocks += block->state == GC_BLOCK_FREE;
        lines += count_lines(block->used);
        live += block->live;
    }
    sweep_large(heap);
    heap->hole = heap->over = heap->copy = none;
    heap->hole_block = heap->hole_line = heap->free_from = heap->none_from = 0;
    heap->stats.traced_bytes += live;
    set_reserve(heap, lines, live);
}
