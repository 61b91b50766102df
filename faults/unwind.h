/* The stack of a thread of another process, as text. */
#ifndef HT_FAULTS_UNWIND_H
#define HT_FAULTS_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Has a thread stop when it next comes back from the system, where it waits now. False when it can't be traced. */
bool ht_unwind_hold(pid_t tid);

/* Waits for the stop, writes a line a frame, "    #0 parse at src/parse.c:12", and lets the thread go on.
 * "" when it can't be had. */
void ht_unwind_thread(pid_t pid, pid_t tid, char *out, size_t bytes);

#endif
