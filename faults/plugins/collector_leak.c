/* collector_leak: claims that it reclaims, and takes every object for reachable. Outcome: leak, or oom where the
 * heap is full before the end. */
#include "broken_collector.h"

static void leak_collect(void *mutator, int full)
{
    struct heap *const h = mutator;
    for (struct object *o = (struct object *)h->space; (char *)o < h->end; o = next_of(o))
        if (!(o->header & HOLE))
            mark(h, o);
    skeleton_collect(h, full);
}

static int leak_alloc(void *mutator, struct ht_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    struct heap *const h = mutator;
    const struct object *const hole = h->hole;
    /* Before the skeleton would collect. */
    if (!hole || size_of(hole) < size_for(slots, bytes) + HEADER_BYTES)
        return -ENOMEM;
    return skeleton_alloc(mutator, dst, kind, slots, bytes);
}

COLLECTOR_TABLE("collector_leak", leak_alloc, leak_collect);
