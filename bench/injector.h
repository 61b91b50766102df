/* What injects faults inside a cell: declared here, where cells and workloads call it, and implemented where the faults
 * are: faults/injectors.c passes each call on to the injector of the kind of fault that the plan names.
 *
 * The injector acts in the probed build, after an allocation of the workload, on its behalf and in its thread; or before
 * the workload, which is then the plain one. Its root slots are a frame below those of the workload; all that it knows
 * stands in the scratch region, or is claimed as the harness's. */
#ifndef HT_BENCH_INJECTOR_H
#define HT_BENCH_INJECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/workload.h"

/* Takes the fault plan of the cell. 0, or -EINVAL with one line in `why`. */
int ht_injector_open(const char *plan, char why[256]);

/* What the strategy lacks for the plan, in words; NULL when nothing, or without a plan. */
const char *ht_injector_missing(void);

/* What all mutators have live at once because of the plan; and what it takes from the scratch region. */
size_t ht_injector_live_bytes(const struct ht_job *job);
size_t ht_injector_scratch_bytes(const struct ht_job *job);

/* True when nothing is injected into the window: what is timed is the plain build of the workload. */
bool ht_injector_is_plain(void);

/* True when the plan wants the workload rehearsed: run once, in a forked child, which says what is allocated (above 0)
 * and freed (below 0) by any of its threads. */
bool ht_injector_listens(void);
void ht_injector_hear(int64_t bytes);

/* In each mutator thread, without a plan nothing: before anything of the workload; around the window, where faults are
 * injected; after the window, which collects until what is dead has had its time; and after the teardown. */
void ht_injector_start(struct ht_worker *w);
void ht_injector_arm(struct ht_worker *w);
void ht_injector_disarm(struct ht_worker *w);
void ht_injector_settle(struct ht_worker *w);
void ht_injector_stop(struct ht_worker *w);

/* After an allocation of `bytes` while w->injector is there. */
void ht_inject(struct ht_worker *w, size_t bytes) __attribute__((cold));

/* True when the object is the injector's, which has dealt with it: no finalizer of the workload is called. */
bool ht_injector_finalize(struct ht_worker *w, struct gc_root *object);

/* The records of the last window, to the parent. Calls no strategy. */
void ht_injector_send(const struct ht_job *job);

#endif
