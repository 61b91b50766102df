/* When the runner is killed, what it started must die with it. The kernel sees to the child itself
 * (PR_SET_PDEATHSIG); a guard, which is a process of its own, sees to what the child has started. */
#ifndef HT_BENCH_GUARD_H
#define HT_BENCH_GUARD_H

#include <sys/types.h>

/* Has `group` killed should this process die before the next call; 0: no group any more. The guard is started
 * by the first call, and ends with the process that made it; a fork of that process shares it. Where it can't be
 * started there is none. */
void ht_guard_watch(pid_t group);

#endif
