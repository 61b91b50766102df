/* The contract of an allocator: what a strategy writes, and what a workload may rely on.
 *
 * A strategy is a header of `static inline` operations (and a .c file if it has a slow path), compiled into
 * every workload of its own cell, so that a call costs what it costs in a program. It defines
 *
 *     struct ht_heap                     the whole heap; a cell has exactly one, zeroed before heap_open
 *     int  heap_open(heap, options)      0 or a negative errno; after an error nothing is held
 *     void heap_close(heap)              gives everything back; objects still live are gone
 *     void *heap_alloc(heap, bytes, alignment)
 *     uint32_t heap_caps(heap)           HT_CAP_*: what it can do
 *     const char *heap_version(heap)     for the row; lives as long as the heap
 *
 * and, where it can, what follows. A strategy that defines one of them says so with `#define heap_x heap_x`
 * and its capability; allocators/heap_defaults.h (included by whoever includes the strategy) fills the rest.
 *
 *     const char *heap_open_error(heap, error)     why heap_open returned `error`, in one line; lives until
 *                                                  the next heap_open; the default is strerror
 *     HEAP_OPTIONS                                 the names of its options, a string with blanks between them
 *                                                  (allocators/variant.h)
 *     void  heap_free(heap, p, bytes)              HT_CAP_FREE
 *     void *heap_resize(heap, p, old, new)         moves when it must; NULL leaves p as it was
 *     void *heap_zalloc(heap, bytes)               zeroed; the default clears by hand
 *     size_t heap_usable(heap, p, bytes)           HT_CAP_USABLE: bytes that the caller may write at p
 *     size_t heap_max_bytes(heap)                  the largest object; the default is SIZE_MAX
 *     struct ht_mark heap_mark(heap)               HT_CAP_REGION
 *     void  heap_release(heap, mark)               frees all that was allocated since the mark, later marks
 *                                                  too; a mark is released once. An object that moves when
 *                                                  it is resized was allocated then
 *     int   heap_check(heap, char why[128])        HT_CAP_CHECK: walks and verifies the whole heap;
 *                                                  0, or -EUCLEAN with the reason in words
 *     void  heap_thread_start(heap)                in each mutator thread, before its first call
 *     void  heap_thread_stop(heap)                 and after its last; the main thread is not told
 *
 * What a closed heap leaves in its process, where it leaves something, it says with heap_reopen (allocators/reopen.h);
 * heap_sets_errno is for who sets errno to ENOMEM when an allocation fails.
 *
 * Units are bytes. `bytes` of free, resize and usable is what the caller asked for. An alignment is a power
 * of two; 16 is what malloc gives. Zero bytes are not asked for. A failed allocation returns NULL and leaves
 * the heap whole. Without HT_CAP_THREADS the harness calls from one thread at a time (it may hand the heap
 * from one thread to the next).
 *
 * State outside struct ht_heap (a thread's own, say) is declared `extern` in the header and defined in the .c
 * file: a cell is many files that all include the header.
 *
 * Page memory comes from allocators/pages.h, which counts it. Nothing here may include bench, faults or
 * results. Copy the shape from allocators/pool.h: what it is, the paper, the bounds, structs, open, alloc,
 * free, check, close. */
#ifndef HT_ALLOCATORS_HEAP_H
#define HT_ALLOCATORS_HEAP_H

#include <stddef.h>
#include <stdint.h>

enum { HT_MIN_ALIGNMENT = 16 };

/* Capabilities of a strategy, and needs of a workload. X(id, bit, a strategy that has it, one that has not). */
#define HT_CAPS(X)                                                                                           \
    X(HT_CAP_FREE, 0, "frees one object", "can't free one object")                                           \
    X(HT_CAP_THREADS, 1, "takes several threads", "takes one thread at a time")                              \
    X(HT_CAP_ALIGN, 2, "aligns beyond 16 bytes", "can't align beyond 16 bytes")                              \
    X(HT_CAP_DISTINCT, 3, "keeps objects apart", "hands out memory that overlaps")                           \
    X(HT_CAP_REGION, 4, "marks and releases", "has no mark and release")                                     \
    X(HT_CAP_USABLE, 5, "says the usable size", "does not say the usable size")                              \
    X(HT_CAP_CHECK, 6, "walks and verifies its heap", "has no heap walk")                                    \
    X(HT_CAP_RESIZE, 7, "resizes an object", "can't resize an object")                                       \
    X(HT_CAP_FORK, 8, "survives fork", "does not survive fork")

enum ht_cap {
#define X(id, bit, can, cannot) id = 1 << bit,
    HT_CAPS(X)
#undef X
};

/* What an ordinary general-purpose allocator can do. */
#define HT_CAPS_GENERAL (HT_CAP_FREE | HT_CAP_ALIGN | HT_CAP_DISTINCT | HT_CAP_RESIZE | HT_CAP_FORK)

/* The first capability in `needs` that `caps` lacks, in words; NULL when none is. */
static inline const char *ht_caps_missing(uint32_t caps, uint32_t needs)
{
#define X(id, bit, can, cannot)                                                                              \
    if (needs & ~caps & id)                                                                                  \
        return cannot;
    HT_CAPS(X)
#undef X
    return NULL;
}

struct ht_heap_options {
    unsigned threads;    /* mutator threads that will call, at most */
    const char *plugin;  /* the .so of plugin-allocator; NULL for the others */
    const char *variant; /* the strategy's own options, by allocators/variant.h; NULL is "" */
};

/* Where a region allocator stood. What the words mean is the strategy's. */
struct ht_mark {
    uintptr_t word[2];
};

#endif
