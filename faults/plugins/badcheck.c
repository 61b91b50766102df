/* badcheck: allocates soundly, but its heap walk says that the heap is broken. Outcome: corrupt. */
#include "broken.h"

#include <errno.h>

static int badcheck_check(void *heap, char why[128])
{
    (void)heap;
    strcpy(why, "badcheck: the free list of 64 bytes runs in a circle, from its third block on");
    return -EUCLEAN;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    .abi = HT_PLUGIN_ABI,
    .caps = HT_PLUGIN_FREE | HT_PLUGIN_DISTINCT | HT_PLUGIN_RESIZE | HT_PLUGIN_CHECK,
    .name = "badcheck",
    .alloc = sound_alloc,
    .free = sound_free,
    .check = badcheck_check,
};
