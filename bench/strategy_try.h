/* Whether a strategy takes its options, and whether its plug-in can be loaded: asked once, before a run, so that what
 * no cell can do is refused and does not become a row in each round. */
#ifndef HT_BENCH_STRATEGY_TRY_H
#define HT_BENCH_STRATEGY_TRY_H

#include "bench/plan.h"

/* Asks the cells of all strategies of the plan that have options, or are plug-ins. One that crashes or hangs is passed
 * by: that is an outcome, for a row. 0; -EINVAL with the cell's reason in `why`; or a negative errno. */
int ht_strategies_try(const struct ht_plan *plan, char why[256]);

#endif
