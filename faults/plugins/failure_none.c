/* failure_none: comes through every failure. Outcome: ok. */
#include "failing.h"

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    return map(bytes);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_none"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
