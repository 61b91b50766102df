/* What the strategies of a plan of misuse cost: a short run of a few workloads, by the runner of `heaptrial run`. */
#ifndef HT_FAULTS_MISUSE_COST_H
#define HT_FAULTS_MISUSE_COST_H

#include "faults/misuse_plan.h"

/* Runs in `folder`, or goes on with what stands there. `system` takes part in any case: it is what the others are compared
 * with. The same errors as ht_runner_run. */
int ht_misuse_cost_run(const struct ht_misuse_plan *plan, const char *folder, bool quiet, char why[256]);

#endif
