/* boehm: libgc, the collector of Boehm and Weiser ("Garbage Collection in an Uncooperative Environment", Software:
 * Practice and Experience 18(9), 1988): conservative mark and sweep, with the world stopped, sweeping lazily.
 *
 * It is used as a client that cares would: small objects come off free lists of the mutator's own, which libgc
 * fills a page at a time (GC_generic_malloc_many; those of the mutator that collects are dropped, those of others
 * are marked); objects without slots are atomic; only addresses of objects' starts count inside the heap; one
 * marker; neither data segments nor the memory of the harness are roots, but root slots in use are, and so is
 * the C stack of each mutator, and its registers. libgc's own pace is for a heap that may grow, and is not asked:
 * the heap grows to the limit, and a collection is due when it is full. On Boehm's GCBench (trees of depth 19, 154
 * MB, 1.75 times what is live) that took 1.07 s, libgc's pace 1.14 s with a divisor of 1 and 1.63 s with its usual 3.
 *
 * Variants: divisor=N   libgc's own pace, GC_free_space_divisor being N
 *           markers=N   N threads mark (libgc takes the count once in a process)
 *           typed       GC_malloc_explicitly_typed: only slots are scanned, not data. Free lists are the library's
 *
 * Invariant: what a root slot, a slot, a C stack or a register holds the address of is not reclaimed. Data of
 * objects with slots is scanned like slots: an object lives as long as any word there looks like its address.
 * So "never freed" can't be told from "looks reachable" for single objects, and a chain that hangs from a stale
 * word is held whole: a leak of boehm is one that grows with the work done, not one of a constant.
 * Bounds: a pause is proportional to what is live; no C stack beyond a few frames (the mark stack is a table; when
 * it can't grow, marking starts again from marked objects); space is the live bytes, rounded up to 16, blocks that
 * are in part in use, and 347 bytes for each page of 4096 that was ever used.
 *
 * libgc can't be closed. A heap that is opened again in the same process takes over the space of the one before;
 * what the limit does not allow is withheld. */
#ifndef HT_ALLOCATORS_BOEHM_H
#define HT_ALLOCATORS_BOEHM_H

#include <pthread.h>

#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"

enum { GC_BOEHM_GRANULE = 16, GC_BOEHM_LISTS = 33 }; /* objects of up to 512 bytes come off a list */

struct gc_heap {
    struct gc_mutator *mutators;
    const struct gc_options *options;
    struct gc_budget budget; /* of what libgc may use; what it has is in its own statistics */
    pthread_mutex_t growing; /* held to grow the heap, and to collect */
    bool own_pace, typed;
    uint64_t most_bytes;       /* libgc's limit of its heap, without headers */
    void *withheld;            /* a list of blocks that an earlier heap had beyond the limit of this one */
    uint64_t other_bytes;      /* of libgc's memory: withheld, or headers of an earlier heap */
    uint64_t first_collection; /* libgc's count when the heap was opened */
    uint64_t freed_before;
    uint64_t pause_start;
    _Atomic uint64_t finalized;
    char version[24];
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
    void *list[2][GC_BOEHM_LISTS]; /* of free objects, atomic or not, by granules */
    struct gc_mutator *next;
    uint32_t number;
    bool is_registered; /* with libgc, by gc_attach */
    bool is_finalizing;
};

int gc_boehm_open(struct gc_heap *heap, const struct gc_options *options);
void gc_boehm_close(struct gc_heap *heap);
const char *gc_boehm_open_error(int error);
int gc_boehm_attach(struct gc_heap *heap, struct gc_mutator *m);
void gc_boehm_detach(struct gc_mutator *m);
/* What the free lists do not serve. Runs finalizers. */
int gc_boehm_alloc_slowly(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                          uint32_t bytes);
void gc_boehm_collect(struct gc_mutator *m);
void gc_boehm_stats(struct gc_heap *heap, struct gc_stats *stats);

/* Room for `bytes` more: grows the heap, or collects, at most `*collections` times within one allocation; false
 * when there is nothing left to do. */
bool gc_boehm_make_room(struct gc_mutator *m, size_t bytes, int *collections);

/* The mutator of this thread. */
extern _Thread_local struct gc_mutator *gc_boehm_self;

/* Slot 0 of a weak object (allocators/boehm_weak.c) */
struct gc_object *gc_boehm_load_weak(struct gc_object *object);
void gc_boehm_store_weak(struct gc_mutator *m, struct gc_object *object, struct gc_object *value);
/* Registers the finalizer of a new object; 0, or -ENOMEM. */
int gc_boehm_add_finalizer(struct gc_mutator *m, struct gc_object *object);
/* Calls the finalizers that wait. */
void gc_boehm_finalize(struct gc_mutator *m);

#define GC_OPTIONS "divisor markers typed"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_boehm_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return gc_boehm_open_error(error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_boehm_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    return gc_boehm_attach(heap, m);
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_boehm_detach(m);
}

/* An object on a free list is all zeroes, but for its link. */
static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    const size_t granules = (gc_size(slots, bytes) + GC_BOEHM_GRANULE - 1) / GC_BOEHM_GRANULE;
    if (__builtin_expect(!kind && granules < GC_BOEHM_LISTS, 1)) {
        void **const list = &m->list[slots > 0][granules];
        struct gc_object *const object = *list;
        if (__builtin_expect(object != NULL, 1)) {
            *list = *(void **)object;
            object->header = gc_header(kind, slots, bytes);
            dst->object = object;
            return 0;
        }
    }
    return gc_boehm_alloc_slowly(m, dst, kind, slots, bytes);
}

/* A weak slot holds the complement of the address: no user address has its highest bit set. */
static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    (void)m;
    struct gc_object *value = ((struct gc_object *)object->object)->slot[i];
    if (__builtin_expect((intptr_t)value < 0, 0))
        value = gc_boehm_load_weak(object->object);
    dst->object = value;
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    struct gc_object *const holder = object->object;
    if (__builtin_expect(i == 0 && (gc_header_kind(holder->header) & GC_KIND_MASK) == GC_WEAK, 0))
        gc_boehm_store_weak(m, holder, value->object);
    else
        holder->slot[i] = value->object;
}

static inline void gc_move(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *src)
{
    (void)m;
    dst->object = src->object;
}

static inline void gc_clear(struct gc_mutator *m, struct gc_root *dst)
{
    (void)m;
    dst->object = NULL;
}

static inline struct gc_root *gc_push(struct gc_mutator *m, uint32_t n)
{
    return gc_roots_push(&m->roots, n);
}

static inline void gc_pop(struct gc_mutator *m, uint32_t n)
{
    gc_roots_pop(&m->roots, n);
}

static inline void *gc_data(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_object_data(object->object);
}

static inline uint32_t gc_slots(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_header_slots(((struct gc_object *)object->object)->header);
}

static inline bool gc_same(struct gc_mutator *m, const struct gc_root *a, const struct gc_root *b)
{
    (void)m;
    return a->object == b->object;
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    (void)kind;
    gc_boehm_collect(m);
}

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_boehm_stats(heap, stats);
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_THREADS | GC_CAP_WEAK | GC_CAP_FINALIZER | GC_CAP_LIMIT;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    return heap->version;
}

#define gc_reopen HT_REOPEN_NEVER

#endif
