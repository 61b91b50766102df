/* Faults that are put upon a process from outside, os and limit, in one shape: opened in the parent, entered in the
 * child before its exec, read and closed when it has ended. Whoever starts processes needs no more than this. */
#ifndef HT_FAULTS_BOUNDARY_H
#define HT_FAULTS_BOUNDARY_H

#include "faults/cgroup.h"
#include "faults/fault_plan.h"
#include "faults/supervisor.h"

struct ht_boundary {
    enum ht_fault_kind kind; /* of a plan of another kind it does nothing */
    struct ht_supervisor supervisor;
    struct ht_cgroup cgroup;
    uint64_t as; /* bytes; 0: no limit */
};

/* What came of it. */
struct ht_boundary_result {
    uint64_t calls, fired;     /* of os */
    uint64_t execed;           /* whether it tried to become another program, which is not hit */
    uint64_t kills;            /* of limit:cgroup: processes that the kernel has killed */
    char stack[HT_STACK_TEXT]; /* of the first call that failed; "": unknown */
};

/* 0; -ENOTSUP and the reason where the system does not let us; or another negative errno. */
int ht_boundary_open(struct ht_boundary *b, const struct ht_fault_plan *plan, char why[256]);

/* In the child: 0 or a negative errno. Safe after fork; the argument is a struct ht_boundary, so that it can be the
 * `enter` of a struct ht_launch. */
int ht_boundary_enter(void *boundary);

/* When the process has ended. `result` may be NULL. */
void ht_boundary_close(struct ht_boundary *b, struct ht_boundary_result *result);

#endif
