#include "allocators/immix.h"

#include <errno.h>

#include "allocators/immix_own.h"
#include "allocators/variant.h"

/* Blocks for copies, as far as they can be had. */
static void set_reserve_aside(struct gc_heap *heap)
{
    size_t wanted = heap->blocks / 40;
    if (!wanted && heap->blocks >= 8)
        wanted = 1;
    while (!heap->stay && heap->reserve < wanted &&
           gc_budget_take(&heap->budget, GC_SITE_COPY_RESERVE, GC_BLOCK_BYTES))
        heap->block[heap->reserve++].state = GC_BLOCK_FREE;
    heap->free_blocks = heap->least_reserve = heap->reserve;
}

int gc_immix_open(struct gc_heap *heap, const struct gc_options *options)
{
    const char *const variant = options->variant;
    heap->options = options;
    if (!ht_variant_is_known(variant, GC_OPTIONS))
        return -EINVAL;
    heap->stay = ht_variant(variant, "stay", 0);
    heap->always = ht_variant(variant, "evacuate", 0);
    heap->budget.limit = options->heap_bytes;
    heap->specials.budget = &heap->budget;
    heap->specials.notices = true;
    heap->blocks = options->heap_bytes / GC_BLOCK_BYTES;
    heap->space_bytes = heap->blocks * GC_BLOCK_BYTES;
    const size_t bits_bytes = heap->space_bytes / 64;
    heap->meta_bytes =
        (bits_bytes + heap->blocks * sizeof *heap->block + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    if (!heap->blocks)
        return -ENOMEM;
    /* Addresses: each block is charged for when it is used. */
    heap->space = ht_pages_map(heap->space_bytes, GC_BLOCK_BYTES);
    heap->bits = gc_budget_map(&heap->budget, GC_SITE_HEAP, heap->meta_bytes, HT_PAGE_BYTES);
    if (!heap->space || !heap->bits) {
        gc_immix_close(heap);
        return -ENOMEM;
    }
    heap->block = (struct gc_block *)((char *)heap->bits + bits_bytes);
    gc_trace_open(&heap->trace, &heap->budget,
                  ht_variant(variant, "reversal", 0) ? 0 : ht_variant(variant, "mark-stack", SIZE_MAX));
    /* Later, when the heap is full, there is no room; if there is none now, it works without. */
    gc_trace_reserve(&heap->trace, options->heap_bytes / 256 / 16);
    set_reserve_aside(heap);
    return 0;
}

const char *gc_immix_open_error(int error)
{
    return error == -EINVAL ? "options of immix: " GC_OPTIONS : strerror(-error);
}

void gc_immix_close(struct gc_heap *heap)
{
    for (struct gc_large *next, *large = heap->large; large; large = next) {
        next = large->next;
        gc_immix_free_large(heap, large);
    }
    if (heap->space)
        ht_pages_unmap(heap->space, heap->space_bytes);
    if (heap->bits)
        gc_budget_unmap(&heap->budget, heap->bits, heap->meta_bytes);
    gc_trace_close(&heap->trace);
    gc_specials_close(&heap->specials);
}

/* ---- allocation --------------------------------------------------------------------------------------------- */

/* Moves objects when the last sweep said that it pays. */
static void collect(struct gc_mutator *m, bool evacuate)
{
    struct gc_heap *const heap = m->heap;
    gc_immix_collect_now(heap, !heap->stay && (evacuate || heap->always || heap->fragmented));
    gc_specials_finalize(&heap->specials, m, heap->options);
}

void gc_immix_collect(struct gc_mutator *m)
{
    collect(m, false);
}

void *gc_immix_alloc_slowly(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    void *p = gc_immix_claim(heap, bytes, false);
    size_t free_blocks = 0;
    /* The second time also for what finalizers held back, or made; then as often as a block becomes free by it. */
    for (int attempt = 0; !p && (attempt < 2 || heap->free_blocks > free_blocks); attempt++) {
        free_blocks = heap->free_blocks;
        collect(m, attempt > 0);
        p = gc_immix_claim(heap, bytes, false);
    }
    return p ? p : gc_immix_claim(heap, bytes, true);
}

int gc_immix_note(struct gc_mutator *m, struct gc_root *root)
{
    struct gc_heap *const heap = m->heap;
    if (!gc_specials_add(&heap->specials, root->object))
        return 0;
    /* Dead entries make room in the tables, and free blocks are memory for them. */
    struct gc_root *const frame = gc_roots_push(&m->roots, 1);
    *frame = *root;
    collect(m, false);
    gc_immix_release(heap, SIZE_MAX);
    *root = *frame;
    gc_roots_pop(&m->roots, 1);
    const int error = gc_specials_add(&heap->specials, root->object);
    if (error) /* the object is nobody's: it does not stay */
        collect(m, false);
    return error;
}

void gc_immix_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->collections = heap->stats.collections;
    stats->traced_objects = heap->trace.objects;
    stats->traced_bytes = heap->stats.traced_bytes;
    stats->moved_bytes = heap->stats.moved_bytes;
    stats->finalized = heap->specials.finalized;
    stats->mark_stack_high = heap->trace.high;
    stats->mark_stack_overflows = heap->trace.overflows;
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
}
