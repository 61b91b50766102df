#include "allocators/incremental.h"

#include <string.h>

#include "allocators/variant.h"

static void finalize(struct gc_mutator *m, struct gc_root *object, void *context);

/* ---- open and close ------------------------------------------------------------------------------------------ */

int gc_incremental_open(struct gc_heap *heap, const struct gc_options *options)
{
    const char *const variant = options->variant;
    const uint64_t start = ht_variant(variant, "start", 0);
    if (!ht_variant_is_known(variant, GC_OPTIONS) || start >= 100)
        return -EINVAL;
    heap->options = options;
    heap->hooked = *options;
    heap->hooked.finalize = finalize;
    heap->hooked.context = heap;
    heap->budget.limit = options->heap_bytes;
    heap->specials.budget = &heap->budget;
    heap->reserve = (int64_t)(start ? options->heap_bytes / 100 * (100 - start) : options->heap_bytes / 12);
    heap->allowance = INT64_MAX;
    gc_blocks_open(&heap->blocks, &heap->budget);
    heap->blocks.sweep_max = GC_SWEEP_BLOCKS;
    gc_trace_open(&heap->trace, &heap->budget,
                  ht_variant(variant, "reversal", 0) ? 0 : ht_variant(variant, "mark-stack", SIZE_MAX));
    return 0;
}

const char *gc_incremental_open_error(int error)
{
    return error == -EINVAL ? "the options of incremental are: mark-stack=ENTRIES reversal start=PERCENT"
                            : strerror(-error);
}

void gc_incremental_close(struct gc_heap *heap)
{
    gc_blocks_close(&heap->blocks);
    gc_trace_close(&heap->trace);
    gc_table_close(&heap->roots, &heap->budget);
    gc_specials_close(&heap->specials);
}

/* ---- pacing --------------------------------------------------------------------------------------------------- */

/* What may still be allocated, if free cells were free for all classes: the rest of the limit, less what the heads
 * of chunks, a chunk that does not fit, and the tables take. */
static int64_t room(const struct gc_heap *heap)
{
    const struct gc_specials *const s = &heap->specials;
    const struct gc_blocks *const blocks = &heap->blocks;
    const size_t words = heap->trace.stack.room + heap->roots.room + s->weak.room + s->ephemeron.room +
                         s->finalizer.room + s->queue.room;
    const uint64_t limit = heap->budget.limit;
    const uint64_t heads = limit / 50 + blocks->chunk_mask, tables = blocks->spare + 8 * words;
    return limit ? (int64_t)(limit - heads - tables - blocks->used_bytes) : INT64_MAX;
}

/* The same without cells: free blocks, and chunks that can be mapped. */
static int64_t room_in_blocks(const struct gc_heap *heap)
{
    const struct gc_blocks *const blocks = &heap->blocks;
    const uint64_t limit = heap->budget.limit, taken = heap->budget.held + blocks->spare;
    const uint64_t chunks = taken < limit ? (limit - taken) & ~blocks->chunk_mask : 0;
    return limit ? (int64_t)(chunks + blocks->free_blocks * GC_BLOCK_BYTES) : INT64_MAX;
}

/* True when there is no block with free cells for objects of this size. */
static bool needs_block(const struct gc_heap *heap, size_t size)
{
    return size > GC_CELL_MAX || !heap->blocks.partial[gc_class(size)];
}

static int64_t room_for(const struct gc_heap *heap, size_t size)
{
    const int64_t all = room(heap), blocks = room_in_blocks(heap);
    return needs_block(heap, size) && blocks < all ? blocks : all;
}

/* Work that is left until marking ends, of what can be known. */
static int64_t work_left(const struct gc_heap *heap)
{
    const struct gc_specials *const s = &heap->specials;
    const int64_t entries = (int64_t)(s->weak.count + s->ephemeron.count + s->finalizer.count);
    const int64_t most = heap->marked < heap->expected ? heap->expected : heap->at_most;
    const int64_t left = most > heap->marked ? most - heap->marked : 0;
    return left + 4 * GC_ENTRY_WORK * entries + 4 * GC_SLICE;
}

int64_t gc_incremental_work = GC_SLICE;

/* What may be allocated before the next slice, by one that allocates objects of this size. */
static int64_t allowance(const struct gc_heap *heap, size_t size)
{
    if (heap->phase == GC_IDLE)
        return INT64_MAX;
    if (heap->phase == GC_SWEEP)
        return GC_BLOCK_BYTES;
    const int64_t may = room_for(heap, size) / 4 * 3, left = work_left(heap);
    if (may <= 0)
        return 0;
    return may > left ? GC_SLICE : (int64_t)((double)may / (double)left * GC_SLICE);
}

/* True when room is low for `size` more bytes. Where it is in pieces, so that there are hardly any blocks, and many
 * cells of other classes: only when enough was allocated since the last cycle that another can help. */
static bool is_time(const struct gc_heap *heap, size_t size)
{
    if (room(heap) - (int64_t)size < heap->reserve)
        return true;
    return needs_block(heap, size) && room_in_blocks(heap) - (int64_t)size < heap->reserve / 4 &&
           heap->blocks.used_bytes > heap->used_before + (uint64_t)heap->reserve / 8;
}

/* The slices that are due before `size` bytes are allocated. */
static void pay(struct gc_heap *heap, size_t size)
{
    const uint64_t begin = gc_pause_start(heap->options->log);
    if (heap->phase == GC_IDLE && is_time(heap, size)) {
        gc_incremental_start(heap);
        heap->allowance = -1;
    }
    if (heap->allowance >= 0)
        return;
    const bool sweeps = heap->phase == GC_SWEEP;
    for (unsigned i = 0; i < GC_SLICES_MAX && heap->allowance < 0; i++) {
        const int64_t work = gc_incremental_advance(heap, gc_incremental_work, sweeps ? GC_IDLE : GC_SWEEP);
        heap->longest_work = work > heap->longest_work ? work : heap->longest_work;
        heap->stats.steps++;
        heap->allowance = heap->phase == GC_IDLE ? INT64_MAX : heap->allowance + allowance(heap, size);
    }
    if (heap->allowance < 0)
        heap->allowance = 0;
    gc_pause_stop(heap->options->log, sweeps ? GC_PAUSE_SWEEP : GC_PAUSE_STEP, 0, begin);
}

/* ---- collections in one go ------------------------------------------------------------------------------------ */

/* Ends the cycle that goes on; where that does not find all that is dead now, or there was none, does another. */
static void collect(struct gc_heap *heap, bool all)
{
    const uint64_t begin = gc_pause_start(heap->options->log);
    const bool midway = heap->barrier;
    gc_incremental_advance(heap, INT64_MAX, GC_IDLE);
    if (all || !midway) {
        gc_incremental_start(heap);
        gc_incremental_advance(heap, INT64_MAX, GC_IDLE);
    }
    heap->allowance = INT64_MAX;
    gc_pause_stop(heap->options->log, GC_PAUSE_FULL, 0, begin);
}

static void finalize(struct gc_mutator *m, struct gc_root *object, void *context)
{
    struct gc_heap *const heap = context;
    if (heap->barrier)
        gc_incremental_shade(heap, object->object);
    heap->options->finalize(m, object, heap->options->context);
}

static void run_finalizers(struct gc_mutator *m)
{
    struct gc_heap *const heap = m->heap;
    if (heap->specials.called < heap->specials.queue.count)
        gc_specials_finalize(&heap->specials, m, &heap->hooked);
}

void gc_incremental_collect(struct gc_mutator *m, enum gc_collection kind)
{
    collect(m->heap, kind == GC_FULL);
    run_finalizers(m);
}

bool gc_incremental_step(struct gc_mutator *m, size_t work)
{
    struct gc_heap *const heap = m->heap;
    const uint64_t begin = gc_pause_start(heap->options->log), before = heap->stats.collections;
    if (work) {
        if (heap->phase == GC_IDLE)
            gc_incremental_start(heap);
        gc_incremental_advance(heap, work < INT64_MAX ? (int64_t)work : INT64_MAX, GC_IDLE);
        heap->stats.steps++;
        heap->allowance = allowance(heap, GC_OBJECT_MIN_BYTES);
        gc_pause_stop(heap->options->log, GC_PAUSE_STEP, 0, begin);
    }
    run_finalizers(m);
    return heap->stats.collections != before;
}

/* ---- allocation ----------------------------------------------------------------------------------------------- */

static void *find_cell(struct gc_heap *heap, size_t size)
{
    if (size > GC_CELL_MAX)
        return gc_blocks_large(&heap->blocks, size);
    const unsigned class = gc_class(size);
    if (heap->cache.run[class].free == heap->cache.run[class].end &&
        !gc_cache_next(&heap->blocks, &heap->cache, class) &&
        !gc_cache_refill(&heap->blocks, &heap->cache, class))
        return NULL;
    return gc_cache_alloc(&heap->cache, size);
}

/* While blocks wait to be swept this may be a lazy sweep. */
static void *find_cell_timed(struct gc_heap *heap, size_t size)
{
    if (heap->phase != GC_SWEEP)
        return find_cell(heap, size);
    const uint64_t begin = gc_pause_start(heap->options->log);
    void *const cell = find_cell(heap, size);
    gc_pause_stop(heap->options->log, GC_PAUSE_SWEEP, 0, begin);
    return cell;
}

void *gc_incremental_alloc_slowly(struct gc_mutator *m, size_t size)
{
    struct gc_heap *const heap = m->heap;
    if (heap->allowance >= 0 && size <= GC_CELL_MAX &&
        gc_cache_next(&heap->blocks, &heap->cache, gc_class(size)))
        return gc_cache_alloc(&heap->cache, size);
    pay(heap, size);
    run_finalizers(m);
    void *cell = find_cell_timed(heap, size);
    /* What a cycle that had begun has kept may be garbage by now; and so may what finalizers held back, or made. */
    for (int again = heap->barrier ? 3 : 2; !cell && again > 0; again--) {
        collect(heap, false);
        run_finalizers(m);
        cell = find_cell_timed(heap, size);
    }
    return cell;
}

int gc_incremental_add_special(struct gc_mutator *m, struct gc_object *object)
{
    struct gc_heap *const heap = m->heap;
    if (!gc_specials_add(&heap->specials, object))
        return 0;
    struct gc_root *const root = gc_push(m, 1);
    root->object = object;
    collect(heap, true);
    gc_blocks_trim(&heap->blocks);
    gc_pop(m, 1);
    const int error = gc_specials_add(&heap->specials, object);
    if (error) /* the object is nobody's: it does not stay */
        collect(heap, true);
    return error;
}

/* ---- the heap walk -------------------------------------------------------------------------------------------- */

struct walk {
    gc_visitor *visit;
    void *context;
};

static void visit_object(void *context, struct gc_object *object)
{
    const struct walk *const walk = context;
    const uint64_t h = object->header;
    walk->visit(walk->context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h),
                gc_object_data(object));
}

void gc_incremental_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_cache_sync(&heap->cache);
    gc_blocks_each(&heap->blocks, visit_object, &(struct walk){visit, context});
}

void gc_incremental_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->collections = heap->stats.collections;
    stats->steps = heap->stats.steps;
    stats->traced_objects = heap->trace.objects;
    stats->traced_bytes = heap->stats.traced_bytes;
    stats->freed_objects = heap->blocks.freed_objects;
    stats->freed_bytes = heap->blocks.freed_bytes;
    stats->barriers = heap->stats.barriers;
    stats->finalized = heap->specials.finalized;
    stats->mark_stack_high = heap->trace.high;
    stats->mark_stack_overflows = heap->trace.overflows;
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
    stats->dead_peak_bytes = heap->stats.dead_peak_bytes;
}
