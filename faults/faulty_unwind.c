/* The supervisor of a cell shows no stacks (its `wants_stack` is never set), so that a cell links no unwinder. */
#include "faults/unwind.h"

bool ht_unwind_hold(pid_t tid)
{
    (void)tid;
    return false;
}

void ht_unwind_thread(pid_t pid, pid_t tid, char *out, size_t bytes)
{
    (void)pid, (void)tid;
    if (bytes)
        out[0] = 0;
}
