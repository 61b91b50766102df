/* What the helper of a supervisor does: receives each notification, decides, answers. */
#ifndef HT_FAULTS_SUPERVISOR_LOOP_H
#define HT_FAULTS_SUPERVISOR_LOOP_H

#include "faults/supervisor.h"

/* Returns when no process is under the filter any more. `target` is the process that is hit. */
void ht_supervisor_loop(int listener, pid_t target, struct ht_supervised *shared);

#endif
