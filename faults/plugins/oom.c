/* oom: says that memory ran out from the 1000th allocation on. Outcome: oom. */
#include "broken.h"

static void *oom_alloc(void *heap, size_t bytes, size_t alignment)
{
    return fault_is_due() ? NULL : sound_alloc(heap, bytes, alignment);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("oom"),
    .alloc = oom_alloc,
    .free = sound_free,
};
