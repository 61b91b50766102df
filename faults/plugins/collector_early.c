/* collector_early: collects at every 1000th allocation, and looks at the older half of the root slots only: what
 * the others reach is reclaimed in use, and its space given to other objects. Outcome: corrupt, or crash. */
#include "broken_collector.h"

static void early_collect(void *mutator, int full)
{
    struct ht_roots *const roots = ((struct heap *)mutator)->roots;
    struct ht_root *const top = roots->top;
    roots->top = roots->base + (top - roots->base) / 2;
    skeleton_collect(mutator, full);
    roots->top = top;
}

static int early_alloc(void *mutator, struct ht_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    static unsigned allocations;
    if (++allocations % BROKEN_FROM == 0)
        early_collect(mutator, 1);
    return skeleton_alloc(mutator, dst, kind, slots, bytes);
}

COLLECTOR_TABLE("collector_early", early_alloc, early_collect);
