/* The rows of a gate: both sides stand in one run, side by side in each round, and are told apart by their names:
 * "tlsf@base" and "tlsf@new", and "tlsf@again" for the twin, which is the base once more. */
#ifndef HT_RESULTS_GATE_ROWS_H
#define HT_RESULTS_GATE_ROWS_H

#include "results/row.h"

#define HT_GATE_BASE  "base"
#define HT_GATE_NEW   "new"
#define HT_GATE_AGAIN "again"

/* Makes two runs of one: rows of the base first, then from *first_new on those of the new side, and takes the sides out
 * of their names; where there is one strategy its name is "", since what is compared has names of its own. The twin
 * becomes the strategy HT_GATE_TWIN of both sides. Times become those of the fastest window of each process: what
 * disturbs one only ever makes it slower, and on a busy machine the median of a few is disturbed, too. 0, -EPROTO (a row is of no side), or -ENOMEM. */
int ht_gate_part_sides(struct ht_rows *rows, size_t *first_new);

#endif
