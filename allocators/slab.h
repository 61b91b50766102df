/* slab: object caches (Bonwick, "The Slab Allocator", USENIX 1994) with magazines and depots (Bonwick and
 * Adams, "Magazines and Vmem", USENIX 2001). A size class cuts slabs of 64 KiB, or of 256 KiB for objects
 * above 4 KiB, into objects of one size. Each thread has two magazines of free objects for each class, loaded
 * and previous; it exchanges whole magazines with the depot of the class, and only when the depot has none
 * does it go to the slabs. Any thread frees any object into its own magazine. Objects above 32 KiB have a
 * mapping of their own.
 *
 * The size that the caller gives to free is the class: nothing is looked up. Slabs are aligned to their size
 * and objects to the largest power of two in theirs. An alignment that the class does not have is served from
 * another class, or a mapping; from then on free asks the address as well (`fast_bytes` falls to 0).
 *
 * Invariants: each object that was ever cut is live, on its slab's free list, or in one magazine; a slab is
 * in its class's list of empty, partial or full slabs; slabs count what is in magazines as taken.
 * Bounds: alloc and free are O(1) but for one exchange in at least half a magazine, which moves one magazine
 * (62 objects, or 16 KiB of them) to or from the slabs under the lock of the class, with at most two page
 * requests. Internal fragmentation: a fifth above 256 bytes, 63 bytes
 * from 65 to 256, 15 bytes below. Kept from the system: two
 * magazines a thread and class, 256 KiB or two magazines in each depot, and of the slabs of a class one
 * empty and an eighth of the others. Magazines are given back at close.
 *
 * fork: locks are held across it, so the child's heap is whole; what other threads had in their magazines is
 * lost to the child until close. */
#ifndef HT_ALLOCATORS_SLAB_H
#define HT_ALLOCATORS_SLAB_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "allocators/heap.h"
#include "allocators/pages.h"

enum {
    SLAB_GRAIN = 16,
    SLAB_MAX_BYTES = 32 << 10,
    SLAB_LINE_BYTES = 64, /* what two cores can't write to at once */
    SLAB_CLASSES = 35,    /* 16 .. 64, 128, 192, 256, then four to each doubling */
    SLAB_ROUNDS = 62,
    SLAB_SMALL_BYTES = 64 << 10, /* a slab of objects up to 4 KiB */
    SLAB_BIG_BYTES = 256 << 10,  /* of larger ones: it holds seven or more */
    SLAB_BIG_OBJECT_BYTES = 4 << 10,
};

enum slab_fill { SLAB_EMPTY, SLAB_PARTIAL, SLAB_FULL, SLAB_FILLS };

struct slab_object {
    struct slab_object *next;
};

/* At the start of each slab. */
struct slab {
    struct slab *next, *prev;
    struct slab_object *free; /* given back */
    char *first, *fresh;      /* the first object, and the first that was never given out */
    uint32_t taken, total;    /* objects */
    uint32_t size_class;
    enum slab_fill fill; /* the list that it is in */
    uint64_t mark[];     /* a bit an object: the heap walk's */
};

/* `rounds` is what it holds while no thread has it loaded. */
struct slab_magazine {
    struct slab_magazine *next;
    uint32_t rounds;
    void *object[SLAB_ROUNDS];
};

/* A thread's own, of one class. Without magazines rounds and capacity are 0, so both ways lead to the depot. */
struct slab_cache {
    struct slab_magazine *loaded, *previous; /* previous is empty or full */
    uint32_t rounds, capacity;               /* of loaded */
};

struct slab_thread {
    struct slab_cache cache[SLAB_CLASSES];
    struct slab_thread *next, *prev;
};

extern _Thread_local struct slab_thread ht_slab_thread __attribute__((tls_model("local-exec")));

struct slab_class {
    pthread_mutex_t lock;                                /* all below */
    uint32_t object_bytes, slab_bytes, per_slab, rounds; /* constant */
    uint32_t first_offset, colours, colour, slabs;
    struct slab *slab[SLAB_FILLS];
    uint32_t empty_slabs;
    uint32_t depot, depot_max;                      /* magazines in depot_full */
    struct slab_magazine *depot_full, *depot_empty; /* those that hold any, and those that hold none */
} __attribute__((aligned(64)));

/* In front of an object that has a mapping of its own, at the start of its pages. */
struct slab_large {
    struct slab_large *next, *prev;
    size_t mapped_bytes;
};

struct ht_heap {
    _Atomic size_t fast_bytes;                         /* a free of at most this many bytes knows its class */
    uint8_t class_of[SLAB_MAX_BYTES / SLAB_GRAIN + 1]; /* by size in grains */
    struct slab_class size_class[SLAB_CLASSES];
    pthread_mutex_t lock; /* all below; taken last */
    struct slab_magazine *chunks;
    uint32_t chunk_used; /* magazines of the newest chunk */
    struct slab_thread *threads;
    struct slab_large *large;
};

int ht_slab_open(struct ht_heap *heap);
void ht_slab_close(struct ht_heap *heap);
void ht_slab_thread_start(struct ht_heap *heap);
void ht_slab_thread_stop(struct ht_heap *heap);
/* From now on this heap's locks are held across a fork; NULL: no heap's. */
void ht_slab_watch_forks(struct ht_heap *heap);
int ht_slab_check(struct ht_heap *heap, char why[128]);

/* pre: the loaded magazine of `cache` is empty. NULL when the system has no more. */
void *ht_slab_alloc(struct ht_heap *heap, struct slab_cache *cache);
/* pre: the loaded magazine of `cache` is full. */
void ht_slab_free(struct ht_heap *heap, struct slab_cache *cache, void *p);

/* Objects above SLAB_MAX_BYTES, or of an alignment above 16. */
void *ht_slab_alloc_odd(struct ht_heap *heap, size_t bytes, size_t alignment);
void ht_slab_free_odd(struct ht_heap *heap, void *p, size_t bytes);
void *ht_slab_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes);

static inline int heap_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    (void)options;
    return ht_slab_open(heap);
}

static inline void heap_close(struct ht_heap *heap)
{
    ht_slab_close(heap);
}

static inline void heap_thread_start(struct ht_heap *heap)
{
    ht_slab_thread_start(heap);
}

static inline void heap_thread_stop(struct ht_heap *heap)
{
    ht_slab_thread_stop(heap);
}
#define heap_thread_start heap_thread_start

/* pre: 0 < bytes <= SLAB_MAX_BYTES. */
static inline size_t slab_class_of(const struct ht_heap *heap, size_t bytes)
{
    if (bytes > SLAB_MAX_BYTES)
        __builtin_unreachable(); /* or gcc warns where it knows that `bytes` is larger */
    return heap->class_of[(bytes + SLAB_GRAIN - 1) / SLAB_GRAIN];
}

static inline void *heap_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    if (__builtin_expect(bytes > SLAB_MAX_BYTES || alignment > HT_MIN_ALIGNMENT, 0))
        return ht_slab_alloc_odd(heap, bytes, alignment);
    struct slab_cache *const cache = &ht_slab_thread.cache[slab_class_of(heap, bytes)];
    if (__builtin_expect(!cache->rounds, 0))
        return ht_slab_alloc(heap, cache);
    return cache->loaded->object[--cache->rounds];
}

static inline void slab_free_to(struct ht_heap *heap, size_t size_class, void *p)
{
    struct slab_cache *const cache = &ht_slab_thread.cache[size_class];
    if (__builtin_expect(cache->rounds == cache->capacity, 0))
        ht_slab_free(heap, cache, p);
    else
        cache->loaded->object[cache->rounds++] = p;
}

static inline void heap_free(struct ht_heap *heap, void *p, size_t bytes)
{
    if (__builtin_expect(bytes > atomic_load_explicit(&heap->fast_bytes, memory_order_relaxed), 0)) {
        ht_slab_free_odd(heap, p, bytes);
        return;
    }
    if (bytes > SLAB_MAX_BYTES)
        __builtin_unreachable(); /* fast_bytes is never more, but a compiler can't know */
    slab_free_to(heap, slab_class_of(heap, bytes), p);
}
#define heap_free heap_free

static inline void *heap_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    return ht_slab_resize(heap, p, old_bytes, new_bytes);
}
#define heap_resize heap_resize

/* Pages of an object's own mapping are fresh, and so zero. */
static inline void *heap_zalloc(struct ht_heap *heap, size_t bytes)
{
    void *const p = heap_alloc(heap, bytes, HT_MIN_ALIGNMENT);
    return p && bytes <= SLAB_MAX_BYTES ? memset(p, 0, bytes) : p;
}
#define heap_zalloc heap_zalloc

static inline struct slab_large *slab_large_of(const void *p)
{
    return (struct slab_large *)(((uintptr_t)p - 1) & -(uintptr_t)HT_PAGE_BYTES);
}

static inline size_t heap_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    if (bytes <= SLAB_MAX_BYTES)
        return heap->size_class[slab_class_of(heap, bytes)].object_bytes;
    return (uintptr_t)slab_large_of(p) + slab_large_of(p)->mapped_bytes - (uintptr_t)p;
}
#define heap_usable heap_usable

static inline int heap_check(struct ht_heap *heap, char why[128])
{
    return ht_slab_check(heap, why);
}
#define heap_check heap_check

static inline uint32_t heap_caps(const struct ht_heap *heap)
{
    (void)heap;
    return HT_CAPS_GENERAL | HT_CAP_THREADS | HT_CAP_USABLE | HT_CAP_CHECK;
}

static inline const char *heap_version(struct ht_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
