#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "allocators/blocks_own.h"
#include "allocators/pages.h"
#include "allocators/roots.h"

/* Not known to be dead: in a block that waits to be swept, what is marked. */
static bool is_object(const struct gc_blocks *blocks, const struct gc_block *block, const char *cell)
{
    if (block->state == GC_BLOCK_FREE)
        return false;
    if (block->state == GC_BLOCK_UNSWEPT)
        return gc_is_marked(blocks, cell);
    return cell < block->cursor || gc_is_held(blocks, cell);
}

static bool is_large_object(const struct gc_chunk *chunk, bool unswept)
{
    return !chunk->dead && (!unswept || chunk->mark[0]);
}

static struct gc_object *large_object(const struct gc_chunk *chunk)
{
    return (struct gc_object *)((char *)chunk + GC_LARGE_OFFSET);
}

static void walk_block(const struct gc_blocks *blocks, const struct gc_block *block,
                       void (*visit)(void *context, struct gc_object *object), void *context)
{
    if (block->state == GC_BLOCK_FREE)
        return;
    for (char *cell = block->start; cell < block->end; cell += block->cell_bytes)
        if (is_object(blocks, block, cell))
            visit(context, (struct gc_object *)cell);
}

void gc_blocks_each(const struct gc_blocks *blocks, void (*visit)(void *context, struct gc_object *object),
                    void *context)
{
    for (const struct gc_chunk *chunk = blocks->chunks; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->blocks; i++)
            walk_block(blocks, &gc_chunk_first(blocks, chunk)[i], visit, context);
    const struct gc_chunk *const lists[] = {blocks->large, blocks->unswept_large};
    for (unsigned i = 0; i < 2; i++)
        for (const struct gc_chunk *chunk = lists[i]; chunk; chunk = chunk->next)
            if (is_large_object(chunk, i == 1))
                visit(context, large_object(chunk));
}

static uint64_t count_objects(const struct gc_blocks *blocks, const struct gc_block *block)
{
    if (block->state != GC_BLOCK_TAKEN)
        return block->state == GC_BLOCK_FREE ? 0 : block->used;
    uint64_t n = 0;
    for (const char *cell = block->start; cell < block->end; cell += block->cell_bytes)
        n += is_object(blocks, block, cell);
    return n;
}

uint64_t gc_blocks_objects(const struct gc_blocks *blocks)
{
    uint64_t n = 0;
    for (const struct gc_chunk *chunk = blocks->chunks; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->blocks; i++)
            n += count_objects(blocks, &gc_chunk_first(blocks, chunk)[i]);
    for (const struct gc_chunk *chunk = blocks->large; chunk; chunk = chunk->next)
        n++;
    for (const struct gc_chunk *chunk = blocks->unswept_large; chunk; chunk = chunk->next)
        n++;
    return n;
}

/* ---- verify ------------------------------------------------------------------------------------------------- */

struct check {
    const struct gc_blocks *blocks;
    struct gc_table chunks; /* addresses, bit 0: a large object, bit 1: unswept; ascending */
    struct gc_budget none;  /* the table is from outside the heap and its limit */
    const void *from;       /* the object whose slots are looked at, or NULL: the roots */
    char *why;
    int error;
};

__attribute__((format(printf, 2, 3))) static void fail(struct check *check, const char *format, ...)
{
    va_list arguments;
    if (check->error)
        return;
    check->error = -EUCLEAN;
    va_start(arguments, format);
    vsnprintf(check->why, 160, format, arguments);
    va_end(arguments);
}

static int by_address(const void *a, const void *b)
{
    const uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

/* False when there was no memory to look. */
static bool note_chunks(struct check *check)
{
    const struct gc_blocks *const blocks = check->blocks;
    const struct gc_chunk *const lists[] = {blocks->chunks, blocks->large, blocks->unswept_large};
    for (unsigned i = 0; i < 3; i++)
        for (const struct gc_chunk *chunk = lists[i]; chunk; chunk = chunk->next)
            if (gc_table_add(&check->chunks, &check->none, GC_SITE_HEAP,
                             (uintptr_t)chunk | (i > 0) | (i > 1) << 1))
                return false;
    if (check->chunks.count)
        qsort(check->chunks.word, check->chunks.count, sizeof(uintptr_t), by_address);
    return true;
}

/* The chunk of an address, with the bits as above; 0: none. */
static uintptr_t find_chunk(const struct check *check, const void *p)
{
    const uintptr_t chunk = (uintptr_t)p & ~check->blocks->chunk_mask;
    size_t low = 0, high = check->chunks.count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const uintptr_t at = check->chunks.word[middle];
        if ((at & ~(uintptr_t)3) == chunk)
            return at;
        if (at < chunk)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* `found` as above. */
static bool stands_in(const struct gc_blocks *blocks, uintptr_t found, const char *p)
{
    const struct gc_chunk *const chunk = (const struct gc_chunk *)(found & ~(uintptr_t)3);
    if (!found)
        return false;
    if (found & 1)
        return p == (const char *)large_object(chunk) && is_large_object(chunk, found & 2);
    const size_t i = ((uintptr_t)p & blocks->chunk_mask) >> GC_BLOCK_SHIFT;
    const struct gc_block *const block = gc_chunk_states(blocks, chunk) + i;
    if (block < gc_chunk_first(blocks, chunk) || block->state == GC_BLOCK_FREE || p < block->start ||
        p >= block->end)
        return false;
    return (size_t)(p - block->start) % block->cell_bytes == 0 && is_object(blocks, block, p);
}

static bool stands_at(const struct check *check, const struct gc_object *object)
{
    const struct gc_blocks *const blocks = check->blocks;
    return (uintptr_t)object - (uintptr_t)blocks->beside < blocks->beside_bytes ||
           stands_in(blocks, find_chunk(check, object), (const char *)object);
}

bool gc_blocks_has(const struct gc_blocks *blocks, const void *p)
{
    const struct gc_chunk *const lists[] = {blocks->chunks, blocks->large, blocks->unswept_large};
    const uintptr_t at = (uintptr_t)p & ~blocks->chunk_mask;
    for (unsigned i = 0; i < 3; i++)
        for (const struct gc_chunk *chunk = lists[i]; chunk; chunk = chunk->next)
            if ((uintptr_t)chunk == at)
                return stands_in(blocks, at | (i > 0) | (i > 1) << 1, p);
    return false;
}

static void check_reference(struct check *check, const struct gc_object *to)
{
    if (to && !stands_at(check, to))
        fail(check, "%s %p refers to %p, where no object is", check->from ? "the object at" : "a root, not",
             check->from, (const void *)to);
}

static void check_object(void *context, struct gc_object *object)
{
    struct check *const check = context;
    const uint64_t header = object->header;
    const size_t size = gc_header_size(header);
    const uintptr_t found = find_chunk(check, object);
    const struct gc_chunk *const chunk = (const struct gc_chunk *)(found & ~(uintptr_t)3);
    const size_t i = ((uintptr_t)object & check->blocks->chunk_mask) >> GC_BLOCK_SHIFT;
    const bool fits =
        found & 1 ? size > GC_CELL_MAX && size <= chunk->bytes - GC_LARGE_OFFSET
                  : size <= GC_CELL_MAX && gc_class(size) == gc_chunk_states(check->blocks, chunk)[i].class;
    if (!(header & 1) || !fits) {
        fail(check, "the object at %p has the header %#lx", (void *)object, (unsigned long)header);
        return;
    }
    check->from = object;
    for (uint32_t s = 0; s < gc_header_slots(header) && !check->error; s++)
        check_reference(check, object->slot[s]);
}

/* How many of the bits of a block stand where a cell starts. */
static unsigned count_at_cells(const struct gc_blocks *blocks, const struct gc_block *block, size_t words)
{
    unsigned n = 0;
    for (const char *cell = block->start; block->cell_bytes && cell < block->end; cell += block->cell_bytes)
        n += gc_mark_word(blocks, cell)[words] & gc_mark_bit(cell) ? 1 : 0;
    return n;
}

static unsigned count_all(const uint64_t *word)
{
    unsigned n = 0;
    for (unsigned i = 0; i < GC_BLOCK_WORDS; i++)
        n += (unsigned)__builtin_popcountll(word[i]);
    return n;
}

static void check_block(struct check *check, const struct gc_block *block)
{
    const struct gc_blocks *const blocks = check->blocks;
    const uint64_t *const marks = gc_block_marks(blocks, block), *const held = marks + gc_chunk_words(blocks);
    const unsigned marked = count_all(marks), n = count_all(held);
    const void *const at = block->start;
    if (block->state == GC_BLOCK_FREE) {
        if (marked || n)
            fail(check, "the free block at %p has %u marked and %u held cells", at, marked, n);
        return;
    }
    if (block->cells != (uint32_t)(block->end - block->start) / block->cell_bytes ||
        block->cursor < block->start || block->cursor > block->end)
        fail(check, "the block at %p has %u cells and its cursor at %p", at, block->cells,
             (void *)block->cursor);
    else if (count_at_cells(blocks, block, 0) != marked)
        fail(check, "a mark bit of the block at %p stands where no cell starts", at);
    else if (count_at_cells(blocks, block, gc_chunk_words(blocks)) != n)
        fail(check, "a held bit of the block at %p stands where no cell starts", at);
}

/* `used` of a swept block that no cache has. */
static void check_used(struct check *check, const struct gc_block *block)
{
    unsigned n = 0;
    for (const char *cell = block->start; cell < block->end; cell += block->cell_bytes)
        n += is_object(check->blocks, block, cell);
    if (n != block->used)
        fail(check, "the block at %p counts %u cells in use, and has %u", (void *)block->start, block->used,
             n);
}

static void check_chunks(struct check *check)
{
    for (const struct gc_chunk *chunk = check->blocks->chunks; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->blocks; i++) {
            const struct gc_block *const block = &gc_chunk_first(check->blocks, chunk)[i];
            check_block(check, block);
            if (!check->error && (block->state == GC_BLOCK_PARTIAL || block->state == GC_BLOCK_FULL))
                check_used(check, block);
        }
}

int gc_blocks_verify(const struct gc_blocks *blocks, char why[160])
{
    struct check check = {.blocks = blocks, .why = why};
    if (note_chunks(&check)) {
        check_chunks(&check);
        if (!check.error)
            gc_blocks_each(blocks, check_object, &check);
    }
    gc_table_close(&check.chunks, &check.none);
    return check.error;
}

int gc_blocks_verify_roots(const struct gc_blocks *blocks, const struct gc_roots *roots, char why[160])
{
    struct check check = {.blocks = blocks, .why = why};
    if (note_chunks(&check))
        for (const struct gc_root *r = roots->base; r < roots->top && !check.error; r++)
            check_reference(&check, r->object);
    gc_table_close(&check.chunks, &check.none);
    return check.error;
}
