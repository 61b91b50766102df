/* failure_leaks: loses what it had set aside when memory runs out. Outcome: leak. */
#include "failing.h"

enum { ASIDE_BYTES = 32 << 20 };

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    void *const p = map(bytes);
    if (!p)
        map(ASIDE_BYTES);
    return p;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_leaks"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
