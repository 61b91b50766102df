/* All points of one plan in a faulty cell, each in a process that may die of it. */
#ifndef HT_FAULTS_FAULTY_SWEEP_H
#define HT_FAULTS_FAULTY_SWEEP_H

#include "base/outcome.h"
#include "bench/record.h"
#include "bench/workload.h"
#include "faults/fault_plan.h"

struct ht_sweep {
    char before[128], after[128]; /* the plan around its `*` */
    bool has_star;
    bool is_counted; /* the star is a number of calls: it ends where nothing fails any more */
    bool is_all;     /* every point, not a selection */
    uint64_t limit;  /* so many points at most */
    struct ht_fault_plan plan;
    /* out */
    struct ht_points all;
    enum ht_outcome outcome; /* the worst */
    char reason[200];
    unsigned bad, hangs;
};

/* 0, or -EINVAL with one line in `why`. `points`: of those of a star, so many, spread over all; 0: every one. */
int ht_sweep_open(struct ht_sweep *sweep, const char *plan, uint64_t points, char why[256]);

void ht_sweep_run(struct ht_sweep *sweep, struct ht_job *job);

#endif
