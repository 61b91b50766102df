/* The cells of the pass faults: workloads, with parameters that make them so short that each of their allocations can
 * fail once (bench/workloads/faulty.h, bench/mutators/faulty.h). */
#ifndef HT_CLI_FAULTS_PLAN_H
#define HT_CLI_FAULTS_PLAN_H

#include "bench/plan.h"

enum { HT_FAULTS_ALLOCATORS = 1, HT_FAULTS_COLLECTORS = 2 };

struct ht_fault_cells {
    const char
        *workloads;    /* NAME or NAME:PARAM=VALUE, on top of what makes it short; NULL: all that there are */
    const char *heaps; /* NULL: HT_HEAP_DEFAULT */
    const char *fault;
    int contracts; /* HT_FAULTS_* */
    bool lenient;  /* a workload that is not made for faults is left out, not refused */
};

/* 0, or a negative errno with one line in `why`. */
int ht_plan_add_faults(struct ht_plan *plan, const struct ht_fault_cells *cells, char why[256]);

#endif
