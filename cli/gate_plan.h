/* The plans of a gate: what is measured first, and what is measured again. */
#ifndef HT_CLI_GATE_PLAN_H
#define HT_CLI_GATE_PLAN_H

#include "bench/plan.h"
#include "results/compare.h"
#include "results/gate_config.h"

/* Adds the groups of a config to a plan that has its strategies, and sets its rounds. `exact_only`: no others can be
 * judged. 0, or a negative errno with one line in `why`. */
int ht_gate_plan(struct ht_plan *plan, const struct ht_gate_config *config, bool exact_only, char why[256]);

/* Makes `again` of the groups of `plan` in which something looks worse: as much work, other streams of operations, and
 * config->confirm rounds where there were many, or as
 * many more as it takes to call anything at all. `stored`: the base is not measured again, and so the operations are the same. `again` is the caller's to close; it has no groups when nothing is
 * suspected. 0 or a negative errno. */
int ht_gate_plan_again(const struct ht_plan *plan, const struct ht_gate_config *config,
                       const struct ht_compare *first, bool stored, struct ht_plan *again);

#endif
