/* failure_sulks: once memory has run out, it returns NULL for ever. Outcome: oom. */
#include "failing.h"

static bool sulks;

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    void *const p = sulks ? NULL : map(bytes);
    sulks |= !p;
    return p;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_sulks"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
