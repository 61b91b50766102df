/* What `heaptrial misuse` runs: strategies, cases and sizes, one row each. */
#ifndef HT_FAULTS_MISUSE_PLAN_H
#define HT_FAULTS_MISUSE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/strategy.h"
#include "faults/misuse.h"

enum { HT_MISUSE_STRATEGIES_MAX = 64, HT_MISUSE_CASES_MAX = 128, HT_MISUSE_REPEAT_MAX = 1000 };

struct ht_misuse_plan {
    size_t strategies, cases;
    struct ht_strategy strategy[HT_MISUSE_STRATEGIES_MAX];
    const struct ht_misuse_case *chosen[HT_MISUSE_CASES_MAX];
    uint32_t sizes;   /* bits of ht_misuse_size */
    unsigned repeat;  /* runs of a row; 0: as ht_misuse_repeat says */
    double timeout_s; /* of a run */
    uint64_t seed;
};

/* One row of a plan. */
struct ht_misuse_step {
    const struct ht_strategy *strategy;
    const struct ht_misuse_case *what;
    uint32_t size; /* 0: it means nothing */
};

/* Adds the strategies that "system,efence,plugin:./my.so", "all", "allocators", "drop-in", "debuggers" name; what is there
 * already is left. Collectors are refused: nothing is freed by hand there. 0, or a negative errno with one line in `why`. */
int ht_misuse_plan_add_strategies(struct ht_misuse_plan *plan, const char *words, char why[256]);
int ht_misuse_plan_add_strategy(struct ht_misuse_plan *plan, const struct ht_strategy *strategy,
                                char why[256]);

/* Adds the cases that "double-free,overflow-*" names; they stand in the order of the list. The same of errors. */
int ht_misuse_plan_add_cases(struct ht_misuse_plan *plan, const char *words, char why[256]);

/* Chooses the sizes that "8,4096,256k" or "all" names. The same of errors. */
int ht_misuse_plan_set_sizes(struct ht_misuse_plan *plan, const char *words, char why[256]);

/* How many rows there are, and the row of a number below that: strategy by strategy in each size of each case, so that
 * what is compared runs side by side. */
size_t ht_misuse_plan_steps(const struct ht_misuse_plan *plan);
struct ht_misuse_step ht_misuse_plan_step(const struct ht_misuse_plan *plan, size_t index);

/* How often a row of this strategy runs where the user does not say: once where a run is slow, three times where it is
 * quick, since addresses are random, and ten times where the allocator draws what it checks. */
unsigned ht_misuse_repeat(const struct ht_strategy *strategy);

#endif
