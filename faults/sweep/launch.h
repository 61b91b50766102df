/* Starts a process in a sandbox: a process group of its own, a clean environment, limits, no core file. It dies with the
 * thread that started it. */
#ifndef HT_FAULTS_SWEEP_LAUNCH_H
#define HT_FAULTS_SWEEP_LAUNCH_H

#include <sys/types.h>

#include "faults/sweep/trial.h"

enum { HT_LAUNCH_ENTRIES = 64 };

/* What a program on trial has in its environment: the same in each process, but for the number of the sandbox. */
struct ht_launch_environment {
    char *entry[HT_LAUNCH_ENTRIES]; /* NULL ends it */
    char home[HT_SANDBOX_PATH + 16], tmp[HT_SANDBOX_PATH + 16], path[4096], user[256];
};

/* `env` is NAME=VALUE on top, and may be NULL; so may `control`. Both must live as long as `e`. */
void ht_launch_environment(struct ht_launch_environment *e, const struct ht_sandbox *s, char *const *env,
                           struct ht_control_file *control);

/* `socket` is of a fork server, -1: none. 0, or what kept it from starting. */
int ht_launch_program(const struct ht_trial *t, const struct ht_sandbox *s, struct ht_control_file *control,
                      int socket, pid_t *child);

#endif
