/* A fault plan: what is made to fail, and how often, in one grammar for every injector.
 *
 *     NAME                        a fault with its defaults
 *     NAME:key=value,key=value    numbers may end in k, M or G (powers of 1024)
 *
 * One plan is one fault; the text stands in the column `fault` as the user wrote it. */
#ifndef HT_FAULTS_FAULT_PLAN_H
#define HT_FAULTS_FAULT_PLAN_H

#include <stdint.h>
#include <stdio.h>

enum ht_cycle_shape {
    HT_CYCLE_RING,
    HT_CYCLE_CLIQUE,
    HT_CYCLE_SELF,
};

/* Keys of the fault `cycle` that are numbers. X(name, default, least, most, help). */
#define HT_CYCLE_KEYS(X)                                                                                     \
    X(length, 8, 1, 1 << 16, "objects of a ring, or of a clique (256 at most); also written k")              \
    X(every, 1000, 1, 1 << 30, "allocations of the workload from one injection to the next")                 \
    X(rate, 0, 0, 1000, "instead of every: injections in 1000 allocations, drawn")                           \
    X(live, 16, 1, 1 << 16, "cycles that are held; the next one makes the oldest go")                        \
    X(edge, 0, 0, 1 << 16, "injections that an edge from outside stays when the cycle was let go")           \
    X(tail, 0, 0, 1 << 16, "objects of a list that hangs off each cycle and is live elsewhere")              \
    X(old, 0, 0, 1, "1: the cycle that goes refers to the one that comes")                                   \
    X(finalizer, 0, 0, 1, "1: one object of each cycle has a finalizer")                                     \
    X(bytes, 8, 8, 1 << 16, "data of each object")

struct ht_cycle_plan {
    enum ht_cycle_shape shape;
#define X(name, value, least, most, help) uint64_t name;
    HT_CYCLE_KEYS(X)
#undef X
};

enum ht_fault_kind {
    HT_FAULT_CYCLE,
    HT_FAULT_KINDS
};

struct ht_fault_plan {
    enum ht_fault_kind kind;
    struct ht_cycle_plan cycle;
};

/* Parses a plan. 0, or -EINVAL with one line in `why`, which names the character where it went wrong. */
int ht_fault_plan_parse(const char *text, struct ht_fault_plan *plan, char why[256]);

/* Every fault with its keys, for `heaptrial list faults`. */
void ht_fault_plan_help(FILE *out);

#endif
