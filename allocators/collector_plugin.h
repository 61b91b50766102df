/* The interface of a collector that heaptrial loads from a .so: installed as <heaptrial/collector_plugin.h>.
 *
 * A plug-in is a shared library that exports one symbol, the table `heaptrial_collector`. Build it with
 *
 *     gcc -std=c11 -O2 -fPIC -shared my.c -o my.so
 *
 * and run it with `heaptrial run -a plugin:./my.so`. heaptrial copies the table when it loads the file, asks open
 * for a heap and attach for a mutator, and passes these to the other functions. A cell opens one heap, once, in a
 * process of its own; what a plug-in breaks there is a row with that outcome.
 *
 * The program under trial, the mutator, never holds a raw reference: every reference is in a slot of an object or
 * in a root slot, and each read and write of one goes through the table. The root slots of a mutator are one
 * array that heaptrial keeps: those in use are [roots->base, roots->top), and a collection finds there what the
 * mutator holds, or moves. New ones are empty. heaptrial grows and shrinks the array itself; only a collector that
 * counts references has to know when slots go (pop). What a slot holds is up to the plug-in: heaptrial only knows
 * that NULL is empty.
 *
 * An object has `slots` references, all empty when it is made, and then `bytes` of data, which are not cleared and
 * are aligned to 8. Neither count is more than HT_COUNT_MAX, and one is more than zero. Objects may move in alloc,
 * collect, step and poll, and nowhere else: these are the safepoints. Without HT_COLLECTOR_THREADS one thread calls
 * at a time. heaptrial has no C stack to spare: a collector that recurses over the heap crashes on deep structures.
 *
 * A function marked required must be there, or the file is refused by name. One that is optional may be NULL; its
 * comment says what happens then. Start from a copy of allocators/plugins/skeleton_collector.c. */
#ifndef HEAPTRIAL_COLLECTOR_PLUGIN_H
#define HEAPTRIAL_COLLECTOR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* The version of this interface: a file built for another one is refused. */
#define HT_COLLECTOR_ABI 1

#define HT_COUNT_MAX ((1 << 28) - 1)

/* What the collector can do. A workload that needs what is not claimed is `unsupported` on it. */
enum ht_collector_cap {
    HT_COLLECTOR_RECLAIM =
        1 << 0, /* reclaims what is unreachable, at least what no cycle holds; needs collect */
    HT_COLLECTOR_CYCLES = 1 << 1,    /* reclaims cycles */
    HT_COLLECTOR_THREADS = 1 << 2,   /* takes several mutators, each in a thread */
    HT_COLLECTOR_WEAK = 1 << 3,      /* has objects of kind HT_WEAK */
    HT_COLLECTOR_EPHEMERON = 1 << 4, /* has objects of kind HT_EPHEMERON */
    HT_COLLECTOR_FINALIZER = 1 << 5, /* takes HT_FINALIZER */
    HT_COLLECTOR_MOVES = 1 << 6,     /* moves objects */
    HT_COLLECTOR_EXACT = 1 << 7,     /* a full collection reclaims all that is unreachable */
    HT_COLLECTOR_STEP = 1 << 8,      /* collects in steps; needs step */
    HT_COLLECTOR_EXPLICIT = 1 << 9,  /* frees when told; needs free */
    HT_COLLECTOR_LIMIT = 1 << 10,    /* keeps to the heap limit */
    HT_COLLECTOR_WALK = 1 << 11,     /* lists its objects; needs each. Without it no leak is noticed */
    HT_COLLECTOR_VERIFY = 1 << 12    /* walks and verifies its heap; needs verify */
};

enum ht_kind {
    HT_PLAIN = 0,
    HT_WEAK = 1, /* does not keep what slot 0 refers to: once that is found dead, the slot reads as empty */
    HT_EPHEMERON = 2, /* keeps what slot 1 refers to only while slot 0 is reachable from elsewhere */
    HT_FINALIZER = 4  /* or'ed: when it is found dead, options->finalize is called for it, once in its life */
};

/* What a pause was for. */
enum ht_pause {
    HT_PAUSE_FULL,
    HT_PAUSE_MINOR,
    HT_PAUSE_STEP,
    HT_PAUSE_SWEEP,
    HT_PAUSE_RELEASE,
    HT_PAUSE_WAIT
};

struct ht_root {
    void *object; /* the plug-in's; NULL: empty */
};

struct ht_roots {
    struct ht_root *base, *top;
};

/* What heaptrial gives to open; all of it lives as long as the heap. The functions are for the plug-in to call. */
struct ht_collector_options {
    unsigned threads;    /* mutators that will attach, at most */
    uint64_t heap_bytes; /* the limit of all that is mapped for the heap: objects, free space, tables */

    /* optional to use: zeroed memory of `bytes`, a multiple of 4096, which counts against the limit, shows in the
     * row, and fails where a fault is injected: then NULL. Given back whole. */
    void *(*map)(const struct ht_collector_options *options, size_t bytes);
    void (*unmap)(const struct ht_collector_options *options, void *p, size_t bytes);

    /* To call, at a safepoint, for a dead object with HT_FINALIZER. heaptrial puts it in a root slot of the
     * mutator's meanwhile: a counted reference passes to that slot. The mutator may do anything with it. */
    void (*finalize)(const struct ht_collector_options *options, struct ht_roots *roots, void *object);

    /* optional to use, around a stretch in which the mutator waits: what pause_start returned goes to pause_stop. */
    uint64_t (*pause_start)(const struct ht_collector_options *options);
    void (*pause_stop)(const struct ht_collector_options *options, const struct ht_roots *roots,
                       enum ht_pause kind, uint64_t start);
};

/* Since open. What stays UINT64_MAX is not known. */
struct ht_collector_stats {
    uint64_t collections;       /* of the whole heap */
    uint64_t minor_collections; /* of a part */
    uint64_t steps;
    uint64_t traced_objects, traced_bytes; /* one may count many times */
    uint64_t moved_bytes;
    uint64_t freed_objects, freed_bytes;
    uint64_t barriers; /* times that a barrier took its slow path */
    uint64_t finalized;
    uint64_t mark_stack_high, mark_stack_overflows;
    uint64_t held_bytes, held_peak_bytes; /* filled in for memory from options->map */
    uint64_t live_objects;
    uint64_t dead_peak_bytes;
};

struct ht_plugin_collector {
    uint32_t abi;  /* required: HT_COLLECTOR_ABI; stands first in every version of this interface */
    uint32_t caps; /* HT_COLLECTOR_* */

    const char *name;    /* required: a word for tables and messages */
    const char *version; /* optional: stands in each row; NULL: only the name does */

    /* required. Called once, before all others. Stores the heap, which is opaque to heaptrial. 0, or a negative
     * errno, with nothing held. */
    int (*open)(const struct ht_collector_options *options, void **heap);

    /* optional; NULL: nothing to close. The last call, when no mutator is attached: gives everything back. */
    void (*close)(void *heap);

    /* required. In the mutator's thread, before its first call. `roots` is where its root slots are, until detach.
     * Stores the mutator, opaque as well; the heap itself will do where there is only one. */
    int (*attach)(void *heap, struct ht_roots *roots, void **mutator);

    /* optional; NULL: nothing to do. All root slots are gone by then. */
    void (*detach)(void *mutator);

    /* required. A new object in dst. 0; or -ENOMEM after everything was tried, with dst as it was. A safepoint. */
    int (*alloc)(void *mutator, struct ht_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes);

    /* Both required. dst = object.slot[i]; object.slot[i] = value, which may be empty. Neither fails. */
    void (*load)(void *mutator, struct ht_root *dst, const struct ht_root *object, uint32_t i);
    void (*store)(void *mutator, const struct ht_root *object, uint32_t i, const struct ht_root *value);

    /* Both required. The data, whose address holds until the next safepoint; how many slots there are. */
    void *(*data)(void *mutator, const struct ht_root *object);
    uint32_t (*slots)(void *mutator, const struct ht_root *object);

    /* optional; NULL: heaptrial copies the slot, and writes NULL to it. For who counts references. */
    void (*move)(void *mutator, struct ht_root *dst, const struct ht_root *src);
    void (*clear)(void *mutator, struct ht_root *dst);

    /* optional; NULL: slots are forgotten. Called before the newest `n` go, of which `first` is the oldest. */
    void (*pop)(void *mutator, struct ht_root *first, uint32_t n);

    /* optional; NULL: two references are to the same object when they are equal. */
    int (*same)(void *mutator, const struct ht_root *a, const struct ht_root *b);

    /* required with HT_COLLECTOR_RECLAIM; NULL otherwise: nothing happens. Not full: the least that it does at
     * once. A safepoint. */
    void (*collect)(void *mutator, int full);

    /* required with HT_COLLECTOR_STEP; NULL otherwise. About `work` bytes of a collection; true when one has just
     * ended. A safepoint. */
    int (*step)(void *mutator, size_t work);

    /* required with HT_COLLECTOR_EXPLICIT; NULL otherwise: cleared. The object is dead, but for this slot, which
     * becomes empty. */
    void (*free)(void *mutator, struct ht_root *object);

    /* optional; NULL: nothing to do. A safepoint in a loop that does not allocate; and around a wait, in which the
     * mutator makes no call. */
    void (*poll)(void *mutator);
    void (*park)(void *mutator);
    void (*unpark)(void *mutator);

    /* required with HT_COLLECTOR_VERIFY; NULL otherwise. Walks the heap while no mutator runs. 0, or a negative
     * errno with the reason in words, ended by a zero byte, in `why`. */
    int (*verify)(void *heap, char why[160]);

    /* required with HT_COLLECTOR_WALK; NULL otherwise. Calls visit for every object that is held, once, but for
     * those that are known to be dead. */
    void (*each)(void *heap,
                 void (*visit)(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data),
                 void *context);

    /* optional; NULL: nothing is known but what options->map has given. */
    void (*stats)(void *heap, struct ht_collector_stats *stats);
};

/* What the plug-in defines. */
#ifdef __cplusplus
extern "C" {
#endif
#if defined __GNUC__
__attribute__((visibility("default")))
#endif
extern const struct ht_plugin_collector heaptrial_collector;
#ifdef __cplusplus
}
#endif

#endif
