/* The mutator threads of a cell. Their stacks are the harness's own, made before the window opens, so that
 * neither their creation nor their memory is measured. */
#ifndef HT_BENCH_TEAM_H
#define HT_BENCH_TEAM_H

#include <pthread.h>

#include "bench/workload.h"

/* What ht_team_open takes from the scratch region. */
size_t ht_team_scratch_bytes(unsigned threads);

/* Starts job->threads - 1 threads that wait; worker 0 is the caller. What fails ends the cell. */
void ht_team_open(struct ht_job *job);

/* Calls `phase` once for each worker, all from a common start, and returns the sum of what they returned
 * once all are done. With one thread it is a plain call. */
uint64_t ht_team_run(struct ht_job *job, uint64_t (*phase)(struct ht_worker *));

void ht_team_close(struct ht_job *job);

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

#endif
