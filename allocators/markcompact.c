#include "allocators/markcompact.h"

#include <errno.h>

#include "allocators/linear.h"
#include "allocators/variant.h"

enum {
    WORD_BYTES = 512,       /* of the space, for a word of mark bits */
    STEP_BYTES = 256 << 10, /* by which `end` moves on, while it can */
};

static size_t round_up(size_t bytes, size_t to)
{
    return (bytes + to - 1) & -to;
}

int gc_markcompact_open(struct gc_heap *heap, const struct gc_options *options)
{
    const char *const variant = options->variant;
    heap->options = options;
    if (!ht_variant_is_known(variant, GC_OPTIONS))
        return -EINVAL;
    heap->budget.limit = options->heap_bytes;
    heap->specials.budget = &heap->budget;
    heap->specials.notices = true;
    /* `before` counts words in 32 bits: of a larger heap only so much is used. */
    const uint64_t most = (uint64_t)8 << 32;
    heap->space_bytes = (options->heap_bytes < most ? options->heap_bytes : most) & -(size_t)HT_PAGE_BYTES;
    const size_t words = heap->space_bytes / WORD_BYTES;
    heap->meta_bytes = round_up(words * (sizeof *heap->bits + sizeof *heap->before), HT_PAGE_BYTES);
    if (!heap->space_bytes)
        return -ENOMEM;
    /* Addresses: they are charged for when `end` passes them. */
    heap->space = ht_pages_map(heap->space_bytes, HT_PAGE_BYTES);
    heap->bits = gc_budget_map(&heap->budget, GC_SITE_HEAP, heap->meta_bytes, HT_PAGE_BYTES);
    if (!heap->space || !heap->bits) {
        gc_markcompact_close(heap);
        return -ENOMEM;
    }
    heap->before = (uint32_t *)(heap->bits + words);
    heap->free = heap->end = heap->space;
    gc_trace_open(&heap->trace, &heap->budget,
                  ht_variant(variant, "reversal", 0) ? 0 : ht_variant(variant, "mark-stack", SIZE_MAX));
    /* Later, when the heap is full, there is no room; if there is none now, it works without. */
    gc_trace_reserve(&heap->trace, options->heap_bytes / 256 / 16);
    return 0;
}

const char *gc_markcompact_open_error(int error)
{
    return error == -EINVAL ? "options of markcompact: " GC_OPTIONS : strerror(-error);
}

void gc_markcompact_close(struct gc_heap *heap)
{
    if (heap->space)
        ht_pages_unmap(heap->space, heap->space_bytes);
    if (heap->bits)
        gc_budget_unmap(&heap->budget, heap->bits, heap->meta_bytes);
    gc_trace_close(&heap->trace);
    gc_specials_close(&heap->specials);
}

/* ---- marking ------------------------------------------------------------------------------------------------ */

static size_t word_index(const struct gc_heap *heap, const void *p)
{
    return (size_t)((const char *)p - heap->space) / 8;
}

GC_TRACE_INLINE bool is_marked(const struct gc_heap *heap, const struct gc_object *object)
{
    const size_t i = word_index(heap, object);
    return heap->bits[i / 64] >> i % 64 & 1;
}

GC_TRACE_INLINE void set_bits(uint64_t *bits, size_t i, size_t n)
{
    while (i % 64 + n > 64) {
        bits[i / 64] |= ~(uint64_t)0 << i % 64;
        n -= 64 - i % 64;
        i += 64 - i % 64;
    }
    bits[i / 64] |= ~(uint64_t)0 >> (64 - n) << i % 64;
}

GC_TRACE_INLINE bool mark(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    struct gc_object *const object = *slot;
    if (is_marked(heap, object))
        return false;
    if (__builtin_expect(gc_is_awaited(object), 0))
        gc_specials_notice(&heap->specials, object);
    set_bits(heap->bits, word_index(heap, object), gc_header_size(object->header) / 8);
    return true;
}

GC_TRACE_INLINE void prefetch(void *context, const struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    __builtin_prefetch(object);
    __asm__ volatile(""); /* gcc takes out calls of a function that does nothing but prefetch */
    __builtin_prefetch(&heap->bits[word_index(heap, object) / 64], 1);
}

static const struct gc_trace_ops ops = {mark, prefetch, false};

static struct gc_object *reached(void *context, struct gc_object *object)
{
    return is_marked(context, object) ? object : NULL;
}

static void reach(void *context, struct gc_object **slot)
{
    struct gc_heap *const heap = context;
    gc_trace_add(&heap->trace, &ops, heap, slot);
}

static void drain(void *context)
{
    struct gc_heap *const heap = context;
    gc_trace_drain(&heap->trace, &ops, heap);
}

static void mark_all(struct gc_heap *heap)
{
    const struct gc_tracer tracer = {heap, reached, reach, drain};
    for (struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top; r++)
        reach(heap, (struct gc_object **)&r->object);
    gc_specials_trace_queue(&heap->specials, &tracer);
    drain(heap);
    gc_specials_settle(&heap->specials, &tracer);
}

/* ---- sliding ------------------------------------------------------------------------------------------------ */

/* As many as are set. In line, because not every machine that runs this has an instruction for it. */
static uint32_t count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)(x * 0x0101010101010101u >> 56);
}

static size_t words_in_use(const struct gc_heap *heap)
{
    return round_up((size_t)(heap->free - heap->space), WORD_BYTES) / WORD_BYTES;
}

/* How many bits are set before each word; and where the first gap is. */
static void sum_up(struct gc_heap *heap)
{
    const size_t words = words_in_use(heap);
    size_t i = 0;
    for (; i < words && heap->bits[i] == ~(uint64_t)0; i++)
        heap->before[i] = (uint32_t)i * 64;
    heap->still_bytes = i * WORD_BYTES;
    uint32_t sum = (uint32_t)i * 64;
    for (; i < words; i++) {
        heap->before[i] = sum;
        sum += count_bits(heap->bits[i]);
    }
}

static struct gc_object *moved(void *context, struct gc_object *object)
{
    const struct gc_heap *const heap = context;
    if ((size_t)((char *)object - heap->space) < heap->still_bytes)
        return object;
    const size_t i = word_index(heap, object);
    const uint64_t below = heap->bits[i / 64] & (((uint64_t)1 << i % 64) - 1);
    return (struct gc_object *)heap->space + heap->before[i / 64] + count_bits(below);
}

/* The next word from i on that is marked, or `end`. */
static size_t next_marked(const struct gc_heap *heap, size_t i, size_t end)
{
    while (i < end) {
        const uint64_t bits = heap->bits[i / 64] >> i % 64;
        if (bits)
            return i + (size_t)__builtin_ctzll(bits);
        i = (i / 64 + 1) * 64;
    }
    return end;
}

/* To a lower address; what it refers to, as that will stand. */
static void move(struct gc_heap *heap, struct gc_object *to, const struct gc_object *from, size_t size)
{
    const uint64_t header = from->header;
    const uint32_t slots = gc_header_slots(header);
    const size_t data = size - 8 - 8 * (size_t)slots;
    to->header = header;
    for (uint32_t i = 0; i < slots; i++)
        to->slot[i] = from->slot[i] ? moved(heap, from->slot[i]) : NULL;
    if (data == 8) /* the most frequent, and a call would be most of the work */
        to->slot[slots] = from->slot[slots];
    else
        memmove(&to->slot[slots], &from->slot[slots], data);
}

/* What the objects at the start refer to, which stay where they are. */
static char *update_still(struct gc_heap *heap)
{
    char *at = heap->space, *const end = heap->space + heap->still_bytes;
    while (at < end) {
        struct gc_object *const object = (struct gc_object *)at;
        const uint64_t header = object->header;
        const uint32_t slots = gc_header_slots(header);
        for (uint32_t i = 0; i < slots; i++)
            if ((char *)object->slot[i] >= end)
                object->slot[i] = moved(heap, object->slot[i]);
        at += gc_header_size(header);
    }
    return at;
}

static void slide(struct gc_heap *heap)
{
    const size_t end = (size_t)(heap->free - heap->space) / 8;
    char *to = update_still(heap);
    for (size_t i = next_marked(heap, word_index(heap, to), end); i < end;) {
        struct gc_object *const from = (struct gc_object *)(heap->space + i * 8);
        const size_t size = gc_header_size(from->header);
        move(heap, (struct gc_object *)to, from, size);
        heap->stats.moved_bytes += size;
        to += size;
        i = next_marked(heap, i + size / 8, end);
    }
    memset(heap->bits, 0, words_in_use(heap) * sizeof *heap->bits);
    heap->free = to;
}

static void collect(struct gc_heap *heap)
{
    const uint64_t start = gc_pause_start(heap->options->log);
    const size_t before = (size_t)(heap->free - heap->space);
    mark_all(heap);
    sum_up(heap);
    for (struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top; r++)
        if (r->object)
            r->object = moved(heap, r->object);
    gc_specials_move(&heap->specials, moved, heap);
    slide(heap);
    const size_t live = (size_t)(heap->free - heap->space);
    heap->stats.collections++;
    heap->stats.traced_bytes += live;
    heap->stats.freed_bytes += before - live;
    gc_pause_stop(heap->options->log, GC_PAUSE_FULL, 0, start);
}

void gc_markcompact_collect(struct gc_mutator *m)
{
    collect(m->heap);
    gc_specials_finalize(&m->heap->specials, m, m->heap->options);
}

/* ---- allocation --------------------------------------------------------------------------------------------- */

/* True when `bytes` fit, once `end` was moved on if it must: by `step` if that can be, by half of it, and so on. */
static bool fits(struct gc_heap *heap, size_t bytes, size_t step)
{
    const size_t room = (size_t)(heap->end - heap->free);
    const size_t left = (size_t)(heap->space + heap->space_bytes - heap->end);
    if (bytes <= room)
        return true;
    const size_t least = round_up(bytes - room, HT_PAGE_BYTES);
    for (;; step = step / 2 & -(size_t)HT_PAGE_BYTES) {
        const size_t more = step < least ? least : step;
        if (more <= left && gc_budget_take(&heap->budget, GC_SITE_HEAP, more)) {
            heap->end += more;
            return true;
        }
        if (more == least)
            return false;
    }
}

/* Gives back what is free: the limit's, for a table that is to grow, and the system's. */
static void trim(struct gc_heap *heap)
{
    char *const end = heap->space + round_up((size_t)(heap->free - heap->space), HT_PAGE_BYTES);
    const size_t bytes = (size_t)(heap->end - end);
    ht_pages_discard(end, bytes);
    gc_budget_give(&heap->budget, bytes);
    heap->end = end;
}

void *gc_markcompact_alloc_slowly(struct gc_mutator *m, size_t bytes)
{
    struct gc_heap *const heap = m->heap;
    if (!fits(heap, bytes, STEP_BYTES))
        collect(heap);
    gc_specials_finalize(&heap->specials, m, heap->options);
    /* What finalizers held back, or made, may be garbage by now. */
    if (!fits(heap, bytes, STEP_BYTES))
        collect(heap);
    return fits(heap, bytes, STEP_BYTES) ? heap->free : NULL;
}

int gc_markcompact_alloc_special(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                                 uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t size = gc_size(slots, bytes);
    for (int attempt = 0; attempt < 2; attempt++) {
        char *const p = gc_markcompact_alloc_slowly(m, size);
        if (!p)
            return -ENOMEM;
        struct gc_object *const object = gc_object_make(p, kind, slots, bytes);
        if (!gc_specials_add(&heap->specials, object)) {
            heap->free = p + size;
            dst->object = object;
            return 0;
        }
        /* Dead entries make room in the tables, and free space is memory for them. */
        gc_markcompact_collect(m);
        trim(heap);
        fits(heap, size, 0);
    }
    return -ENOMEM;
}

/* ---- the heap walk ------------------------------------------------------------------------------------------ */

void gc_markcompact_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    gc_linear_each(heap->space, heap->free, visit, context);
}

int gc_markcompact_verify(struct gc_heap *heap, char why[160])
{
    const struct gc_roots *const roots = heap->mutator ? &heap->mutator->roots : NULL;
    const int error = gc_linear_verify(heap->space, heap->free, roots, heap->bits, why);
    memset(heap->bits, 0, words_in_use(heap) * sizeof *heap->bits);
    return error;
}

void gc_markcompact_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->collections = heap->stats.collections;
    stats->traced_objects = heap->trace.objects;
    stats->traced_bytes = heap->stats.traced_bytes;
    stats->moved_bytes = heap->stats.moved_bytes;
    stats->freed_bytes = heap->stats.freed_bytes;
    stats->finalized = heap->specials.finalized;
    stats->mark_stack_high = heap->trace.high;
    stats->mark_stack_overflows = heap->trace.overflows;
    stats->held_bytes = heap->budget.held;
    stats->held_peak_bytes = heap->budget.peak;
}
