/* The root stack of a mutator: frames of root slots, one after the other, so that a collector scans
 * [base, top) and nothing else. The memory is the mutator's, of a fixed size, and is in no heap limit. */
#ifndef HT_ALLOCATORS_ROOTS_H
#define HT_ALLOCATORS_ROOTS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/collector.h"
#include "allocators/pages.h"

enum { GC_ROOTS_BYTES = 256 << 10, GC_ROOTS_MAX = GC_ROOTS_BYTES / sizeof(struct gc_root) };

struct gc_roots {
    struct gc_root *base, *top; /* slots from top on are not in use, and hold anything */
};

/* 0, or -ENOMEM. */
static inline int gc_roots_open(struct gc_roots *roots)
{
    roots->base = roots->top = ht_pages_map(GC_ROOTS_BYTES, HT_PAGE_BYTES);
    return roots->base ? 0 : -ENOMEM;
}

static inline void gc_roots_close(struct gc_roots *roots)
{
    ht_pages_unmap(roots->base, GC_ROOTS_BYTES);
    roots->base = roots->top = NULL;
}

/* A frame of n empty slots. A workload keeps its depth in bounds; more than GC_ROOTS_MAX is a mistake of its
 * author, and ends the process. */
static inline struct gc_root *gc_roots_push(struct gc_roots *roots, uint32_t n)
{
    struct gc_root *const frame = roots->top;
    if (__builtin_expect(n > (size_t)(roots->base + GC_ROOTS_MAX - frame), 0))
        abort();
    memset(frame, 0, n * sizeof *frame);
    roots->top = frame + n;
    return frame;
}

/* For a strategy whose root slots own nothing. */
static inline void gc_roots_pop(struct gc_roots *roots, uint32_t n)
{
    roots->top -= n;
}

#endif
