/* collector_oom: says from the 1000th allocation on that memory ran out. Outcome: oom. */
#include "broken_collector.h"

static int oom_alloc(void *mutator, struct ht_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    static unsigned allocations;
    return ++allocations >= BROKEN_FROM ? -ENOMEM : skeleton_alloc(mutator, dst, kind, slots, bytes);
}

COLLECTOR_TABLE("collector_oom", oom_alloc, skeleton_collect);
