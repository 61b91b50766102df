/* Starts a process in a sandbox: a process group of its own, a clean environment, limits, no core file. It dies with the
 * thread that started it. */
#ifndef HT_FAULTS_SWEEP_LAUNCH_H
#define HT_FAULTS_SWEEP_LAUNCH_H

#include <sys/types.h>

#include "faults/sweep/trial.h"

/* `socket` is of a fork server, -1: none. 0, or what kept it from starting. */
int ht_launch_program(const struct ht_trial *t, const struct ht_sandbox *s, struct ht_control_file *control,
                      int socket, pid_t *child);

#endif
