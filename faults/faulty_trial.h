/* One try of a fault plan in a faulty cell: a heap is opened, the workload runs through it while things fail, all is given
 * back, and the heap is closed. What is wrong ends the process (bench/stop.h). */
#ifndef HT_FAULTS_FAULTY_TRIAL_H
#define HT_FAULTS_FAULTY_TRIAL_H

#include "bench/cell_options.h"
#include "bench/workload.h"
#include "faults/fault_plan.h"

/* What a run without any fault leaves, to compare with. */
struct ht_baseline {
    uint64_t leaked_objects; /* of a collector that leaks cycles, say */
    uint64_t calls;          /* that the plan looks at */
    uint64_t space, used;    /* bytes of address space, and of malloc's, when all was given back */
};

/* What is left to judge when a try has come to its end. */
struct ht_tried {
    uint64_t calls, fired, leaked_objects;
    uint64_t space, used;
};

/* Readies this process for tries: scratch memory, hooks, a supervisor. Ends it as `unsupported` where the plan can't be
 * injected. */
void ht_trial_open(struct ht_job *job, const char *plan);

/* With the plan, or in a run that nothing fails in. `baseline` may be NULL. */
struct ht_tried ht_trial_run(struct ht_job *job, const struct ht_fault_plan *plan,
                             const struct ht_baseline *baseline);

#endif
