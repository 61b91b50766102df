/* collector_crash: writes where nothing is mapped when it is asked for a collection. Outcome: crash, signal 11. */
#include "broken_collector.h"

static void crash_collect(void *mutator, int full)
{
    volatile char *volatile nowhere = (char *)16; /* volatile, else the compiler leaves the write out */
    *nowhere = 1;
    skeleton_collect(mutator, full);
}

COLLECTOR_TABLE("collector_crash", skeleton_alloc, crash_collect);
