/* What the trial of a faulty cell asks of the careful program in it (bench/careful.h), the same for both contracts:
 * faults/careful_heap.c or faults/careful_collector.c, compiled for the strategy. */
#ifndef HT_FAULTS_CAREFUL_H
#define HT_FAULTS_CAREFUL_H

#include "allocators/reopen.h"
#include "bench/workload.h"
#include "faults/fault_plan.h"

/* What of a plan the strategy, or the workload on it, has nothing for, in words; NULL when nothing. */
const char *ht_careful_missing(const struct ht_fault_plan *plan, const struct ht_job *job);

/* Before the first heap: maps what the harness will need, so that a fault of the system does not hit that. */
void ht_careful_warm(void);

/* A heap was opened. */
void ht_careful_open(void);

/* In each mutator thread: before its setup, where things fail already, and after its teardown, where nothing does. */
void ht_careful_start(struct ht_worker *w);
void ht_careful_stop(struct ht_worker *w);

extern const enum ht_reopen ht_careful_reopen;

#endif
