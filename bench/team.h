/* The mutator threads of a cell. Their stacks are the harness's own, made before the window opens, so that
 * neither their creation nor their memory is measured. */
#ifndef HT_BENCH_TEAM_H
#define HT_BENCH_TEAM_H

#include <pthread.h>

#include "bench/workload.h"

/* On a collector all workers, the first too, run on threads of the team, with stacks of the size that the workload
 * asks for. */

/* What ht_team_open takes from the scratch region. */
size_t ht_team_scratch_bytes(const struct ht_job *job);

/* Starts the threads that wait for work; with an allocator worker 0 is the caller. What fails ends the cell. */
void ht_team_open(struct ht_job *job);

/* Calls `phase` once for each worker, all from a common start, and returns the sum of what they returned
 * once all are done. With one thread on an allocator it is a plain call. */
uint64_t ht_team_run(struct ht_job *job, uint64_t (*phase)(struct ht_worker *));

void ht_team_close(struct ht_job *job);

/* After ht_team_close: the most that a worker's stack was used, in bytes; 0 where worker 0 is the caller. */
size_t ht_team_stack_high(void);

/* For a workload that makes threads as part of what it measures (larson, mstress, mleak): starts a thread
 * that is a mutator, with a stack from the team's own. Whoever joins it with ht_mutator_join gives the stack
 * back; at most threads + 16 may be alive at once. */
struct ht_mutator {
    pthread_t thread;
    void *stack;
    void (*body)(struct ht_worker *);
    struct ht_worker *worker;
};
void ht_mutator_start(struct ht_mutator *mutator, void (*body)(struct ht_worker *), struct ht_worker *worker);
void ht_mutator_join(struct ht_mutator *mutator);

/* When set, asked after the system has refused to make such a thread for the so-manieth time: true has it asked again. */
extern bool (*ht_mutator_again)(unsigned times);

#endif
