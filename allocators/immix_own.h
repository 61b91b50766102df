/* What the files of immix know of each other: blocks, lines, holes, fillers, large objects. */
#ifndef HT_ALLOCATORS_IMMIX_OWN_H
#define HT_ALLOCATORS_IMMIX_OWN_H

#include "allocators/immix.h"

enum {
    GC_BLOCK_BYTES = 32 << 10,
    GC_LINE_BYTES = 256,
    GC_BLOCK_LINES = GC_BLOCK_BYTES / GC_LINE_BYTES,
    GC_LINE_WORDS = GC_BLOCK_LINES / 64,      /* of 64 bits, with one for each line of a block */
    GC_BLOCK_WORDS = GC_BLOCK_BYTES / 8 / 64, /* of mark bits */
    GC_IMMIX_LARGE = GC_BLOCK_BYTES / 4,      /* what is larger has pages of its own */
};

enum gc_block_state {
    GC_BLOCK_NONE, /* addresses only */
    GC_BLOCK_FREE, /* charged for, nothing in it */
    GC_BLOCK_USED,
};

struct gc_block {
    _Alignas(64) uint64_t used[GC_LINE_WORDS]; /* lines, by the last sweep */
    uint64_t covered[GC_LINE_WORDS]; /* by objects of more than a line that this collection has reached */
    uint64_t opened[GC_LINE_WORDS];  /* the first lines of holes that were handed out since the last sweep */
    uint32_t live; /* bytes that the last collection has reached, and of holes that were opened since */
    uint8_t state;
    bool has_holes; /* by the last sweep */
    bool emptied;   /* this collection moves what it reaches here */
};

/* In front of an object that has pages of its own. */
struct gc_large {
    struct gc_large *next;
    size_t bytes; /* of the pages */
    uint64_t marked;
    struct gc_object object[];
};

static inline bool gc_is_large(const struct gc_heap *heap, const void *object)
{
    return (uintptr_t)object - (uintptr_t)heap->space >= heap->space_bytes;
}

static inline struct gc_large *gc_large_of(const struct gc_object *object)
{
    return (struct gc_large *)((uintptr_t)object - sizeof(struct gc_large));
}

static inline char *gc_block_start(const struct gc_heap *heap, size_t b)
{
    return heap->space + b * GC_BLOCK_BYTES;
}

static inline bool gc_line_bit(const uint64_t *lines, size_t line)
{
    return lines[line / 64] >> line % 64 & 1;
}

static inline void gc_line_set(uint64_t *lines, size_t line)
{
    lines[line / 64] |= (uint64_t)1 << line % 64;
}

/* The first line from `line` on whose bit is `bit`, or GC_BLOCK_LINES. */
static inline size_t gc_line_find(const uint64_t *lines, size_t line, bool bit)
{
    while (line < GC_BLOCK_LINES) {
        const uint64_t rest = (bit ? lines[line / 64] : ~lines[line / 64]) >> line % 64;
        if (rest)
            return line + (size_t)__builtin_ctzll(rest);
        line = (line / 64 + 1) * 64;
    }
    return GC_BLOCK_LINES;
}

/* A filler stands where no object is, so that a hole can be walked. Of 8 bytes it has this bit, too. */
#define GC_FILLER       GC_OWN(3)
#define GC_SHORT_FILLER GC_OWN(2)

static inline size_t gc_filler_size(uint64_t header)
{
    return header & GC_SHORT_FILLER ? 8 : gc_header_size(header);
}

/* Fills what is left of a hole, which may go on being allocated from. */
static inline void gc_hole_fill(const struct gc_hole *hole)
{
    const size_t bytes = (size_t)(hole->end - hole->free);
    if (bytes)
        ((struct gc_object *)hole->free)->header =
            bytes == 8 ? gc_header(GC_PLAIN, 0, 0) | GC_FILLER | GC_SHORT_FILLER
                       : gc_header(GC_PLAIN, 0, (uint32_t)bytes - 8) | GC_FILLER;
}

/* ---- immix_space.c */

/* Memory without a collection, or NULL; `reserve`: even of the blocks that are kept for copies. */
void *gc_immix_claim(struct gc_heap *heap, size_t bytes, bool reserve);
/* Room for a copy, or NULL; from then on heap->copying is false. */
void *gc_immix_claim_copy(struct gc_heap *heap, size_t bytes);
/* Gives free blocks that are not kept for copies back to the limit, until `bytes` are: for large objects, tables. */
void gc_immix_release(struct gc_heap *heap, size_t bytes);
void gc_immix_free_large(struct gc_heap *heap, struct gc_large *large);

/* ---- immix_mark.c */

/* A collection, without the finalizers. */
void gc_immix_collect_now(struct gc_heap *heap, bool evacuate);

/* ---- immix_sweep.c */

/* Before marking: which blocks are to be emptied, by what the last collection has found in them. */
void gc_immix_choose(struct gc_heap *heap);
void gc_immix_clear_marks(struct gc_heap *heap);
/* After it: lines, states, the list of large objects. */
void gc_immix_sweep(struct gc_heap *heap);

#endif
