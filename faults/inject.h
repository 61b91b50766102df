/* One program under one fault plan, once: in the user's environment, with the user's streams. */
#ifndef HT_FAULTS_INJECT_H
#define HT_FAULTS_INJECT_H

#include "faults/boundary.h"
#include "faults/control.h"
#include "faults/fault_plan.h"

struct ht_inject {
    const struct ht_fault_plan *plan; /* fail, os or limit */
    char *const *argv;                /* NULL ends it */
    const char *folder;               /* to work in; NULL: this one */
    const char *input;                /* the file that it reads from stdin; NULL: ours */
    const char *library;              /* libheaptrial-faults.so, for fail */
    uint64_t timeout_ns;              /* 0: none */
};

struct ht_injected {
    int exit_status; /* of a program that exited; -1 otherwise */
    int signal;      /* that ended it; 0 when it exited */
    bool timed_out;  /* and was killed */
    int stopped;     /* the signal by which we were told to stop, and it was killed; 0: none */
    struct ht_boundary_result boundary;
    /* Of fail: what the library has written, to be closed by the caller. */
    struct ht_control_file control;
};

/* 0; -EINVAL for what the user can change, a program that can't be hit for one; -ENOTSUP where the system does not let
 * us; or another negative errno; with the reason. */
int ht_inject_run(const struct ht_inject *inject, struct ht_injected *out, char why[256]);

/* Becomes gdb, with the program before it under the plan `fail`, and a breakpoint where a call fails. Returns only when
 * that can't be, like ht_inject_run. */
int ht_inject_debug(const struct ht_inject *inject, char why[256]);

#endif
