/* A fault plan: what is made to fail, when, and how often, in one grammar for every injector: in cells, in whole
 * programs, in a user's own tests.
 *
 *     NAME                        a fault with its defaults
 *     NAME:key=value,key=value    numbers may end in k, m or g (powers of 1024)
 *     os:CALL,key=value           a fault at the boundary to the system
 *
 * One plan is one fault; the text stands in the column `fault` as the user wrote it. Parsing allocates nothing. */
#ifndef HT_FAULTS_FAULT_PLAN_H
#define HT_FAULTS_FAULT_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { HT_FAULT_WORD = 64 };

/* ---- cycle: cycles of objects that die at a known moment (faults/cycles.c) ---------------------------------- */

enum ht_cycle_shape {
    HT_CYCLE_RING,
    HT_CYCLE_CLIQUE,
    HT_CYCLE_SELF,
};

/* Keys of the fault `cycle` that are numbers. X(name, alias, excludes, default, least, most, help): of those with the
 * same number in `excludes`, not 0, one may be named. */
#define HT_CYCLE_KEYS(X)                                                                                     \
    X(length, "k", 0, 8, 1, 1 << 16, "objects of a ring, or of a clique (256 at most); also written k")      \
    X(every, NULL, 1, 1000, 1, 1 << 30, "allocations of the workload from one injection to the next")        \
    X(rate, NULL, 1, 0, 0, 1000, "instead of every: injections in 1000 allocations, drawn")                  \
    X(live, NULL, 0, 16, 1, 1 << 16, "cycles that are held; the next one makes the oldest go")               \
    X(edge, NULL, 0, 0, 0, 1 << 16, "injections that an edge from outside stays when the cycle was let go")  \
    X(tail, NULL, 0, 0, 0, 1 << 16, "objects of a list that hangs off each cycle and is live elsewhere")     \
    X(old, NULL, 0, 0, 0, 1, "1: the cycle that goes refers to the one that comes")                          \
    X(finalizer, NULL, 0, 0, 0, 1, "1: one object of each cycle has a finalizer")                            \
    X(bytes, NULL, 0, 8, 8, 1 << 16, "data of each object")

struct ht_cycle_plan {
    uint64_t shape; /* enum ht_cycle_shape */
#define X(name, alias, excludes, value, least, most, help) uint64_t name;
    HT_CYCLE_KEYS(X)
#undef X
};

/* ---- fail, os: calls that fail (faults/trigger.h decides which) --------------------------------------------- */

/* X(id, word, meaning): what a failed call asked for. */
#define HT_FAULT_OPS(X)                                                                                      \
    X(HT_CALL_MALLOC, "malloc", "malloc, and what is built on it; an object of a collector")                 \
    X(HT_CALL_CALLOC, "calloc", "zeroed memory")                                                             \
    X(HT_CALL_REALLOC, "realloc", "realloc, reallocarray")                                                   \
    X(HT_CALL_ALIGNED, "aligned", "aligned_alloc, posix_memalign, memalign, valloc, pvalloc")

enum ht_fault_op {
#define X(id, word, meaning) id,
    HT_FAULT_OPS(X)
#undef X
        HT_FAULT_OP_COUNT
};

/* X(id, word, meaning): calls of the system. */
#define HT_OS_CALLS(X)                                                                                       \
    X(HT_OS_MMAP, "mmap", "anonymous mmap, and mremap that grows")                                           \
    X(HT_OS_BRK, "brk", "brk that grows the heap")                                                           \
    X(HT_OS_MPROTECT, "mprotect", "mprotect of anonymous memory")                                            \
    X(HT_OS_MADVISE, "madvise", "madvise")                                                                   \
    X(HT_OS_THREAD, "thread", "the creation of a thread")

enum ht_os_call {
#define X(id, word, meaning) id,
    HT_OS_CALLS(X)
#undef X
        HT_OS_CALL_COUNT
};

/* Which calls fail, of those that pass the filters. The calls that pass are counted from 1. */
struct ht_fail_plan {
    uint64_t first, count; /* nth, from, burst: calls first .. first+count-1; all when none was said */
    uint64_t every;        /* 0, or: the calls whose number it divides */
    double p;              /* 0, or: with this probability, by seed and number alone */
    uint64_t seed;
    uint64_t budget; /* 0, or: what would bring the bytes held above it */
    /* filters */
    uint64_t ops;        /* bit 1 << enum ht_fault_op (fail) or 1 << enum ht_os_call (os); never 0 */
    uint64_t size_least; /* bytes asked for, at least */
    uint64_t thread;     /* 0: any; 1: the first thread; counted in the order of their creation */
    uint64_t after_steady;
    char site[HT_FAULT_WORD];   /* a function of the program, or an internal site of a strategy; "": any */
    char only[HT_FAULT_WORD];   /* library whose calls are hit alone; "": any */
    char except[HT_FAULT_WORD]; /* library whose calls are passed by; "": none */
};

/* ---- limit, stress, shatter ---------------------------------------------------------------------------------- */

struct ht_limit_plan {
    uint64_t as, cgroup; /* bytes; 0: none */
};

/* Collectors, driven to their edges. */
struct ht_stress_plan {
    uint64_t collect; /* a full collection at every so many safepoints; 0: none */
    uint64_t slice;   /* 1: each slice of an incremental collection is given no work to do */
    uint64_t counts;  /* 1: reference counts saturate at once */
};

/* Before the workload the heap is shattered: `times` the workload's live bytes are allocated, in sizes drawn from its
 * own, and all but `keep` percent of the objects, drawn at random, are freed. */
struct ht_shatter_plan {
    uint64_t times, keep;
};

/* ---- the plan -------------------------------------------------------------------------------------------------- */

enum ht_fault_kind {
    HT_FAULT_CYCLE,
    HT_FAULT_FAIL,
    HT_FAULT_OS,
    HT_FAULT_LIMIT,
    HT_FAULT_STRESS,
    HT_FAULT_SHATTER,
    HT_FAULT_KINDS
};

struct ht_fault_plan {
    enum ht_fault_kind kind;
    struct ht_cycle_plan cycle;
    struct ht_fail_plan fail; /* of `fail` and `os` */
    struct ht_limit_plan limit;
    struct ht_stress_plan stress;
    struct ht_shatter_plan shatter;
};

/* Parses a plan. 0, or -EINVAL with one line in `why`, which names the character where it went wrong. */
int ht_fault_plan_parse(const char *text, struct ht_fault_plan *plan, char why[256]);

/* The word of a kind, a constant string: "cycle", "fail", ... */
const char *ht_fault_kind_word(enum ht_fault_kind kind);

/* Every fault with its keys, for `heaptrial list faults`. */
void ht_fault_plan_help(FILE *out);

#endif
