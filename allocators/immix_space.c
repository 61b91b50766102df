#include "allocators/immix_own.h"

/* ---- blocks ------------------------------------------------------------------------------------------------- */

/* The first block from *from on that is in this state; *from says afterwards where. */
static struct gc_block *find_block(struct gc_heap *heap, enum gc_block_state state, size_t *from)
{
    while (*from < heap->blocks && heap->block[*from].state != state)
        ++*from;
    return *from < heap->blocks ? &heap->block[*from] : NULL;
}

static struct gc_block *take_free(struct gc_heap *heap)
{
    struct gc_block *const block = find_block(heap, GC_BLOCK_FREE, &heap->free_from);
    heap->free_blocks -= block != NULL;
    return block;
}

static struct gc_block *take_none(struct gc_heap *heap, enum gc_site site)
{
    struct gc_block *const block = find_block(heap, GC_BLOCK_NONE, &heap->none_from);
    return block && gc_budget_take(&heap->budget, site, GC_BLOCK_BYTES) ? block : NULL;
}

/* All of it becomes `hole`. */
static bool open_block(struct gc_heap *heap, struct gc_block *block, struct gc_hole *hole)
{
    if (!block)
        return false;
    block->state = GC_BLOCK_USED;
    block->live = GC_BLOCK_BYTES;
    gc_line_set(block->opened, 0);
    hole->free = gc_block_start(heap, (size_t)(block - heap->block));
    hole->end = hole->free + GC_BLOCK_BYTES;
    return true;
}

static bool next_block(struct gc_heap *heap, struct gc_hole *hole, bool reserve)
{
    struct gc_block *block = heap->free_blocks > heap->reserve ? take_free(heap) : NULL;
    if (!block)
        block = take_none(heap, GC_SITE_HEAP);
    if (!block && reserve)
        block = take_free(heap);
    if (block)
        gc_hole_fill(hole);
    return open_block(heap, block, hole);
}

void gc_immix_release(struct gc_heap *heap, size_t bytes)
{
    for (size_t b = 0, given = 0; b < heap->blocks && given < bytes && heap->free_blocks > heap->reserve;
         b++) {
        if (heap->block[b].state != GC_BLOCK_FREE)
            continue;
        heap->block[b].state = GC_BLOCK_NONE;
        ht_pages_discard(gc_block_start(heap, b), GC_BLOCK_BYTES);
        gc_budget_give(&heap->budget, GC_BLOCK_BYTES);
        heap->free_blocks--;
        given += GC_BLOCK_BYTES;
        if (b < heap->none_from)
            heap->none_from = b;
    }
}

/* ---- holes -------------------------------------------------------------------------------------------------- */

/* The next run of free lines in a block that is in use; false when there is none. */
static bool next_hole(struct gc_heap *heap)
{
    for (; heap->hole_block < heap->blocks; heap->hole_block++, heap->hole_line = 0) {
        struct gc_block *const block = &heap->block[heap->hole_block];
        if (!block->has_holes)
            continue;
        const size_t first = gc_line_find(block->used, heap->hole_line, false);
        if (first == GC_BLOCK_LINES)
            continue;
        const size_t end = gc_line_find(block->used, first, true);
        char *const start = gc_block_start(heap, heap->hole_block);
        gc_hole_fill(&heap->hole);
        gc_line_set(block->opened, first);
        block->live += (uint32_t)(end - first) * GC_LINE_BYTES;
        heap->hole = (struct gc_hole){start + first * GC_LINE_BYTES, start + end * GC_LINE_BYTES};
        heap->hole_line = end;
        return true;
    }
    return false;
}

static void *bump(struct gc_hole *hole, size_t bytes)
{
    if (bytes > (size_t)(hole->end - hole->free))
        return NULL;
    char *const p = hole->free;
    hole->free += bytes;
    return p;
}

/* For an object of more than a line, that would leave many small holes behind it unused: a block, where there is
 * one. */
static void *claim_medium(struct gc_heap *heap, size_t bytes, bool reserve)
{
    void *const p = bump(&heap->over, bytes);
    return p || !next_block(heap, &heap->over, reserve) ? p : bump(&heap->over, bytes);
}

static void *claim_large(struct gc_heap *heap, size_t bytes)
{
    const size_t pages = (sizeof(struct gc_large) + bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    struct gc_large *large = gc_budget_map(&heap->budget, GC_SITE_HEAP, pages, HT_PAGE_BYTES);
    if (!large && heap->free_blocks > heap->reserve) {
        gc_immix_release(heap, pages);
        large = gc_budget_map(&heap->budget, GC_SITE_HEAP, pages, HT_PAGE_BYTES);
    }
    if (!large)
        return NULL;
    large->next = heap->large;
    large->bytes = pages;
    heap->large = large;
    return large->object;
}

void gc_immix_free_large(struct gc_heap *heap, struct gc_large *large)
{
    gc_budget_unmap(&heap->budget, large, large->bytes);
}

void *gc_immix_claim(struct gc_heap *heap, size_t bytes, bool reserve)
{
    if (bytes > GC_IMMIX_LARGE)
        return claim_large(heap, bytes);
    void *p = bump(&heap->hole, bytes);
    if (!p && bytes > GC_LINE_BYTES)
        p = claim_medium(heap, bytes, reserve);
    while (!p && next_hole(heap))
        p = bump(&heap->hole, bytes);
    if (!p && next_block(heap, &heap->hole, reserve))
        p = bump(&heap->hole, bytes);
    return p;
}

void *gc_immix_claim_copy(struct gc_heap *heap, size_t bytes)
{
    void *p = bump(&heap->copy, bytes);
    if (p)
        return p;
    struct gc_block *block = NULL;
    /* Asked even for a block that is there, so that a failure can be injected. */
    if (gc_budget_take(&heap->budget, GC_SITE_COPY_RESERVE, 0))
        block = take_free(heap);
    if (!block)
        block = take_none(heap, GC_SITE_COPY_RESERVE);
    heap->copying = open_block(heap, block, &heap->copy);
    return bump(&heap->copy, bytes);
}
