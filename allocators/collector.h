/* The contract of a collector: what a strategy writes, and what a workload may rely on.
 *
 * A strategy is a header of `static inline` operations (and .c files for its slow paths), compiled into every
 * workload of its own cell. The mutator never holds a raw reference: every reference that it has is in a root
 * slot of a frame, or in a slot of an object that can be reached from one. A write of a root slot is a retain
 * and a release for reference counting; a cell to scan and to update for tracing and moving; and stays visible
 * to a conservative collector.
 *
 * An object has `slots` references, all empty when it is made, and then `bytes` of data of the mutator's,
 * which are not cleared. Data is aligned to 8 bytes; neither count is more than GC_COUNT_MAX, and one is more
 * than zero.
 *
 * A strategy defines
 *
 *     struct gc_heap                          a cell has exactly one, zeroed before gc_open
 *     struct gc_mutator                       one a mutator thread, zeroed before gc_attach. Its first member
 *                                             is `struct gc_roots roots` (allocators/roots.h)
 *     int  gc_open(heap, options)             0 or a negative errno; after an error nothing is held. `options`
 *                                             lives as long as the heap
 *     void gc_close(heap)                     gives everything back; no mutator is attached
 *     int  gc_attach(heap, m)                 in the mutator's own thread, before its first call
 *     void gc_detach(m)                       after its last; what only its roots reached is garbage
 *
 *     int  gc_alloc(m, root *dst, kind, slots, bytes)
 *                                             a new object into dst; 0, or -ENOMEM after everything was tried,
 *                                             with dst as it was and the heap whole. A safepoint
 *     void gc_load(m, root *dst, const root *obj, i)         dst = obj.slot[i]
 *     void gc_store(m, const root *obj, i, const root *val)  obj.slot[i] = val; never fails
 *     void gc_move(m, root *dst, const root *src)            dst = src; src may be a root of another mutator
 *                                                            while nobody writes it
 *     void gc_clear(m, root *dst)                            dst is empty
 *     struct gc_root *gc_push(m, n)                          a frame of n empty root slots
 *     void gc_pop(m, n)                                      the newest n go; frames nest
 *     void *gc_data(m, const root *obj)       the data; the address holds until the next safepoint
 *     uint32_t gc_slots(m, const root *obj)   how many slots it has
 *     bool gc_same(m, const root *a, const root *b)          the same object, or both empty
 *
 *     void gc_collect(m, enum gc_collection)  a safepoint. GC_FULL: all that is unreachable now is reclaimed
 *                                             (what a finalizer holds back, at the next one)
 *     void gc_stats(heap, struct gc_stats *)  what it knows; the rest is left as it is (GC_UNKNOWN)
 *     uint32_t gc_caps(heap)                  GC_CAP_*
 *     const char *gc_version(heap)            for the row; lives as long as the heap
 *
 * and, where it can, what follows. A strategy that defines one of them says so with `#define gc_x gc_x` and its
 * capability; allocators/collector_defaults.h (included by whoever includes the strategy) fills the rest.
 *
 *     const char *gc_open_error(heap, error)  why gc_open returned `error`, in one line
 *     GC_OPTIONS                              the names of its options, a string with blanks between them
 *                                             (allocators/variant.h)
 *     void gc_free(m, root *obj)              GC_CAP_EXPLICIT: the object is dead now, nothing refers to it but
 *                                             this root, which becomes empty. Elsewhere: gc_clear
 *     uint64_t gc_ended(heap)                 collections of any kind that have ended, or GC_UNKNOWN: what gc_stats
 *                                             says of them, for who asks often. Where gc_stats walks the heap
 *     bool gc_step(m, work)                   GC_CAP_STEP: does about `work` bytes of tracing or sweeping; true
 *                                             when a collection has just ended. A safepoint
 *     void gc_poll(m)                         a safepoint, for a loop that does not allocate
 *     void gc_park(m), gc_unpark(m)           around a wait: the mutator makes no call in between, its roots
 *                                             stay as they are and nobody waits for it
 *     int  gc_verify(heap, char why[160])     GC_CAP_VERIFY: walks the heap and checks the invariant of the
 *                                             header comment, while all mutators are at a safepoint; 0, or
 *                                             -EUCLEAN with the reason in words
 *     void gc_each(heap, visit, context)      GC_CAP_WALK: every object that is held, once, except what is known
 *                                             to be dead and only waits to be swept. The visitor calls nothing
 *
 * What a closed heap leaves in its process, where it leaves something, it says with gc_reopen (allocators/reopen.h).
 *
 * Kinds. A GC_WEAK object does not keep what its slot 0 refers to: from the moment when that is found
 * unreachable the slot reads as empty, even if a finalizer then brings the object back. A GC_EPHEMERON object
 * keeps what slot 1 refers to only while slot 0 is reachable from elsewhere, and then both read as empty. Their
 * other slots are ordinary. GC_FINALIZER, or'ed to a kind, has options->finalize called for the object once in
 * its life, at a safepoint, after it was found unreachable and its weak references were cleared; it may reach
 * everything from it, store it anywhere (then it lives on, and is reclaimed without a second call), and
 * allocate. All unreachable objects with one are called before any of what they reach is reclaimed (PEP 442).
 * Order is not promised. A finalizer does not run inside another.
 *
 * heap_bytes is the limit of everything that the strategy maps for the heap: objects, free space, mark bits,
 * tables, mark stack, copy reserve (allocators/budget.h); root stacks are the mutator's. A collector uses all of
 * it: it collects when the limit is near, not before, unless its algorithm says when.
 *
 * None of ours recurses over the heap: the C stack is 64 KiB. When a table of its own can't grow it goes on
 * without: slower, never wrong. Without GC_CAP_THREADS one thread calls at a time.
 *
 * State outside the structs is declared `extern` in the header and defined in the .c file: a cell is many files
 * that all include the header. Nothing here may include bench, faults or results. Copy the shape from
 * allocators/semispace.h. */
#ifndef HT_ALLOCATORS_COLLECTOR_H
#define HT_ALLOCATORS_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Capabilities of a strategy, and needs of a workload. X(id, bit, a strategy that has it, one that has not). */
#define GC_CAPS(X)                                                                                           \
    X(GC_CAP_RECLAIM, 0, "reclaims", "reclaims nothing")                                                     \
    X(GC_CAP_CYCLES, 1, "reclaims cycles", "leaks cycles")                                                   \
    X(GC_CAP_THREADS, 2, "takes several mutators", "takes one mutator")                                      \
    X(GC_CAP_WEAK, 3, "has weak references", "has no weak references")                                       \
    X(GC_CAP_EPHEMERON, 4, "has ephemerons", "has no ephemerons")                                            \
    X(GC_CAP_FINALIZER, 5, "runs finalizers", "runs no finalizers")                                          \
    X(GC_CAP_MOVES, 6, "moves objects", "moves no object")                                                   \
    X(GC_CAP_EXACT, 7, "finds exactly what is reachable", "may keep what only looks reachable")              \
    X(GC_CAP_STEP, 8, "collects in steps", "collects in one go")                                             \
    X(GC_CAP_EXPLICIT, 9, "frees when told", "can't be told to free")                                        \
    X(GC_CAP_LIMIT, 10, "keeps to a heap limit", "keeps to no heap limit")                                   \
    X(GC_CAP_WALK, 11, "lists its objects", "can't list its objects")                                        \
    X(GC_CAP_VERIFY, 12, "verifies its heap", "has no heap walk")

enum gc_cap {
#define X(id, bit, can, cannot) id = 1 << bit,
    GC_CAPS(X)
#undef X
};

/* The first capability in `needs` that `caps` lacks, in words; NULL when none is. */
static inline const char *gc_caps_missing(uint32_t caps, uint32_t needs)
{
#define X(id, bit, can, cannot)                                                                              \
    if (needs & ~caps & id)                                                                                  \
        return cannot;
    GC_CAPS(X)
#undef X
    return NULL;
}

enum { GC_COUNT_MAX = (1 << 28) - 1 };

enum gc_kind {
    GC_PLAIN,
    GC_WEAK,      /* slot 0 is weak */
    GC_EPHEMERON, /* slot 0 is the key, slot 1 the value */
    GC_KIND_MASK = 3,
    GC_FINALIZER = 4, /* or'ed to one of the above */
};

enum gc_collection {
    GC_MINOR, /* the least that the strategy does at once: a nursery, generation 0; full where there is no less */
    GC_FULL,
};

/* A root slot. Only the strategy looks inside; zeroed, it is empty. */
struct gc_root {
    void *object;
};

static inline bool gc_is_empty(const struct gc_root *root)
{
    return !root->object;
}

/* To store an empty reference: gc_store(m, obj, i, &gc_nothing). */
static const struct gc_root gc_nothing __attribute__((unused)) = {NULL};

struct gc_heap;
struct gc_mutator;
struct gc_log;

struct gc_options {
    unsigned threads;    /* mutators that will attach, at most */
    uint64_t heap_bytes; /* the limit */
    const char *variant; /* "reversal", "mark-stack=64+eager": the strategy's own options, by
                            allocators/variant.h; never NULL */
    const char *plugin;  /* the .so of plugin-collector; NULL for the others */
    struct gc_log *log;  /* where pauses go (allocators/pauses.h); NULL: nowhere */
    /* Called for each dead object with GC_FINALIZER; `object` is a root that is the caller's. Never NULL. */
    void (*finalize)(struct gc_mutator *m, struct gc_root *object, void *context);
    void *context;
};

#define GC_UNKNOWN UINT64_MAX

/* X(name, meaning): since gc_open. */
#define GC_STATS(X)                                                                                          \
    X(collections, "collections of the whole heap that ended")                                               \
    X(minor_collections, "collections of a part: nurseries, generations, batches of candidates")             \
    X(steps, "increments of a collection that is done in steps")                                             \
    X(traced_objects, "objects visited by tracing, trial deletion included; one may count many times")       \
    X(traced_bytes, "bytes of them, where the strategy knows")                                               \
    X(moved_bytes, "bytes copied to another place")                                                          \
    X(freed_objects, "objects reclaimed")                                                                    \
    X(freed_bytes, "bytes of them")                                                                          \
    X(barriers, "times that a barrier took its slow path")                                                   \
    X(finalized, "finalizers called")                                                                        \
    X(mark_stack_high, "most entries on the mark stack, or on the queue of what is to be released")          \
    X(mark_stack_overflows, "times that a table could not grow and the emergency mode went on without it")   \
    X(held_bytes, "bytes of memory that the heap holds now, of all kinds")                                   \
    X(held_peak_bytes, "the most of them at once")                                                           \
    X(live_objects, "objects that are held now, dead ones that wait included")                               \
    X(dead_peak_bytes, "where the strategy bounds it: the most dead bytes that waited to be reclaimed")

struct gc_stats {
#define X(name, meaning) uint64_t name;
    GC_STATS(X)
#undef X
};

/* What gc_each calls. */
typedef void gc_visitor(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data);

#endif
