/* failure_loses: a resize that fails has spoilt the old object. Outcome: corrupt. */
#include "failing.h"

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    return map(bytes);
}

static void *failing_resize(void *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    void *const q = mapped_resize(heap, p, old_bytes, new_bytes);
    if (!q)
        memset(p, 0xee, old_bytes);
    return q;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_loses"),
    .alloc = failing_alloc,
    .resize = failing_resize,
    .free = mapped_free,
};
