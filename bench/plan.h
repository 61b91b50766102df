/* The plan of a run: which cells there are, how much work each does, and in which order each round takes them.
 *
 * A group is what is compared side by side: one workload with parameters, threads, heap limit and pass; a cell is
 * a strategy in a group. Cells are numbered from 1: group by group, strategies in the order of the plan; the number
 * of an allocator in a group for collectors is never used, nor the other way round. */
#ifndef HT_BENCH_PLAN_H
#define HT_BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/pass.h"
#include "bench/strategy.h"
#include "bench/workload.h"

enum {
    HT_STRATEGIES_MAX = 64,
    HT_GROUPS_MAX = 4096,
    HT_PLAN_TEXT = 512,
    HT_FAULT_TEXT = 128,
    HT_ENV_MAX = 16,
    HT_ROUNDS_MAX = 100000,
    HT_POINTS_DEFAULT = 6,
    HT_POINTS_MAX = 1000000,
    HT_REPETITIONS_MAX = 900,
    HT_WINDOW_MS_MAX = 1000000,
    HT_TIMEOUT_S_MAX = 1000000,
};

/* What a group is run on. */
enum ht_group_kind {
    HT_GROUP_ALLOCATOR,
    HT_GROUP_COLLECTOR,
    HT_GROUP_PROGRAM /* a whole program on drop-in allocators, by hyperfine; threads is 1, pass is throughput */
};

struct ht_group {
    enum ht_group_kind kind;
    char workload[64];
    char params[HT_PLAN_TEXT]; /* those that are not the default, "name=value name=value" */
    char heap[16];             /* of a collector: the limit, "1.75x" or "64M"; "" on an allocator */
    char fault[HT_FAULT_TEXT]; /* what is injected, as the user wrote it; "" for nothing */
    unsigned threads;
    enum ht_pass pass;
    unsigned rounds;     /* takes part in rounds 1..rounds */
    uint64_t iterations; /* frozen by calibration; 0: not yet */
};

struct ht_plan {
    char run[24]; /* identity: the same for the same plan, whatever machine runs which shard */
    uint64_t seed;
    unsigned rounds, repetitions;
    unsigned shard, shards; /* this part, from 1, of how many */
    double window_ms, timeout_s;
    uint64_t memory_bytes; /* that a cell may map; 0: no limit */
    uint64_t points;       /* of a fault plan with a *, that are tried in the pass faults; 0: all */
    size_t strategies, groups;
    struct ht_strategy strategy[HT_STRATEGIES_MAX];
    struct ht_group *group;
    char env[HT_ENV_MAX][HT_PLAN_TEXT]; /* NAME=VALUE for every child; "" ends it */
};

/* Where the fault of a matrix goes. */
enum ht_fault_place {
    HT_FAULT_IN_COLLECTORS, /* into each pass, on collectors */
    HT_FAULT_APART,         /* into the pass faults alone, on both kinds */
    HT_FAULT_BESIDE         /* into each pass, on allocators; the same group without it is there, too */
};

/* A matrix in the user's words, to be multiplied out into groups. NULL where the default is meant. */
struct ht_matrix {
    const char *workloads; /* "larson,alloc-test:slots=1k", "all", "programs" */
    const char *passes;    /* "throughput,memory:1": after the colon, the rounds that it takes part in */
    const char *threads;   /* "1,2,4" */
    const char *heaps;     /* "1.75x,64M": of collectors; NULL: HT_HEAP_DEFAULT (bench/suite.h) */
    const char *fault;     /* one plan, as "cycle:length=8,every=1000", which the caller has checked; NULL: none */
    enum ht_fault_place fault_place;
    unsigned rounds;
};

int ht_plan_open(struct ht_plan *plan);
void ht_plan_close(struct ht_plan *plan);

/* Adds the strategies that "null,tlsf,plugin:./my.so", "all", "allocators", "collectors" or "drop-in" name. 0, or a
 * negative errno with one line in `why`. */
int ht_plan_add_strategies(struct ht_plan *plan, const char *words, char why[256]);
int ht_plan_add_strategy(struct ht_plan *plan, const struct ht_strategy *strategy, char why[256]);

/* Adds the groups of a matrix; one that is there already takes the larger number of rounds. A workload that needs more
 * threads gets as many as it needs. 0, or a negative errno with one line in `why`. */
int ht_plan_add_matrix(struct ht_plan *plan, const struct ht_matrix *matrix, char why[256]);

/* Once all is added: drops the strategies and the groups that have nothing to do with each other. 0, or -EINVAL with
 * one line in `why` when a strategy that was named has no workload, or nothing is left. */
int ht_plan_match(struct ht_plan *plan, char why[256]);

/* The workload of a group that is no program; NULL when there is none of this name and kind. */
const struct ht_workload *ht_plan_workload(const char *name, enum ht_group_kind kind);

/* True when the strategy takes part in the group. */
bool ht_plan_fits(const struct ht_strategy *strategy, const struct ht_group *group);

/* Derives plan->run from all that decides what is measured. */
void ht_plan_identify(struct ht_plan *plan);

/* The numbers of cells are below or equal to this. */
static inline size_t ht_plan_cells(const struct ht_plan *plan)
{
    return plan->groups * plan->strategies;
}

static inline struct ht_group *ht_plan_group(const struct ht_plan *plan, size_t cell)
{
    return &plan->group[(cell - 1) / plan->strategies];
}

static inline const struct ht_strategy *ht_plan_strategy(const struct ht_plan *plan, size_t cell)
{
    return &plan->strategy[(cell - 1) % plan->strategies];
}

/* Fills `cells` (room for ht_plan_cells) with the numbers of the cells that `round` takes, in its shuffled
 * order, of this shard only. A group is always in one shard, so that what is compared runs on one machine.
 * Returns how many. */
size_t ht_plan_order(const struct ht_plan *plan, unsigned round, uint32_t *cells);

/* The seed of the operation stream: the same for all strategies and passes of a workload in a round. */
uint64_t ht_plan_seed(const struct ht_plan *plan, const struct ht_group *group, unsigned round);

#endif
