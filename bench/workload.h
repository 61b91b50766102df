/* A workload: a deterministic program against the contract of an allocator or of a collector, seeded and
 * self-verifying.
 *
 * One C file in bench/workloads/ (allocators) or bench/mutators/ (collectors), compiled once for each strategy (plain, for the throughput pass) and once
 * more with probes around each operation (for every other pass). Its life in a cell:
 *
 *     open(job)            main thread: state from ht_scratch_alloc; may allocate from the heap
 *     setup(worker)        in each mutator thread: warm-up; not timed
 *     run(worker)          in each mutator thread, many times: one iteration; timed; returns its operations
 *     teardown(worker)     in each mutator thread: frees what it holds; not timed
 *     close(job)           main thread: frees the rest, so that nothing is live
 *
 * Any of them but run may be NULL. With one thread all of it happens on the main thread. An operation is one
 * call of the contract: an allocation, a resize, a free (a release counts as one); on a collector an allocation, a
 * load or a store, but for what is only done where memory is managed by hand, so that it is the same number on each.
 *
 * An iteration should take 0.1 to 10 ms on the system's malloc, and leave as much live as it found: the
 * harness decides how many are run, and freezes the number. */
#ifndef HT_BENCH_WORKLOAD_H
#define HT_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

enum { HT_PARAMS_MAX = 12, HT_THREADS_MAX = 256 };

struct ht_param {
    const char *name;
    uint64_t value, min, max; /* the default, from the source of the workload, and the bounds */
    const char *help;         /* unit and meaning */
};

struct ht_probe;
struct ht_injector;
struct gc_mutator;
struct gc_root;

/* A cell's work: a workload with parameters. */
struct ht_job {
    const struct ht_workload *workload;
    uint64_t value[HT_PARAMS_MAX]; /* in the order of workload->params */
    unsigned threads;
    uint64_t seed;
    uint64_t heap_bytes;   /* of a collector: the limit */
    size_t injected_bytes; /* what a fault plan has live, on top of what the workload has */
    bool verify;           /* stamp and check every byte, where the operations are probed */
    void *state;           /* the workload's, set by open */
    struct ht_worker *workers;
};

/* One mutator thread. */
struct ht_worker {
    struct ht_job *job;
    unsigned index; /* 0 .. job->threads - 1 */
    struct ht_rng rng;
    void *state; /* the workload's, set by setup */
    struct ht_probe *probe;
    /* On a collector only: the contract's mutator, and the workload's own root slots, a frame that setup pushes
     * and teardown pops. */
    struct gc_mutator *mutator;
    struct gc_root *root;
    const struct ht_injector *injector; /* while a fault plan acts, in the probed build; or NULL */
} __attribute__((aligned(128)));

struct ht_workload {
    const char *name;
    const char *summary; /* one line */
    const char *source;  /* who described it, where and when */
    struct ht_param params[HT_PARAMS_MAX + 1];
    uint32_t needs;                                 /* HT_CAP_* or GC_CAP_* for any parameters; more than one
                                                       thread adds the capability for threads by itself */
    uint32_t (*needs_more)(const struct ht_job *);  /* or NULL: what these parameters need on top */
    size_t (*max_bytes)(const struct ht_job *);     /* the largest object that will be asked for */
    size_t (*scratch_bytes)(const struct ht_job *); /* what open and setup take from the scratch region */
    unsigned min_threads;                           /* 0: any */
    /* On a collector only. The most that is live at once, computed: gc_size (allocators/object.h) of each object. The
     * finalizer of its objects. The C stack that a mutator gets; 0 or NULL: what the harness gives. */
    size_t (*live_bytes)(const struct ht_job *);
    void (*finalize)(struct ht_worker *, struct gc_root *object);
    size_t (*stack_bytes)(const struct ht_job *);
    void (*open)(struct ht_job *);
    void (*setup)(struct ht_worker *);
    uint64_t (*run)(struct ht_worker *);
    void (*teardown)(struct ht_worker *);
    void (*close)(struct ht_job *);
};

#endif
