/* failure_crashes: uses what it did not get. Outcome: crash. */
#include "failing.h"

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    char *const p = map(bytes);
    *(volatile char *)p = 0;
    return p;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_crashes"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
