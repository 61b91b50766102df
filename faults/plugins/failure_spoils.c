/* failure_spoils: writes into the object before the last one when memory runs out. Outcome: corrupt. */
#include "failing.h"

static char *last;

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    char *const p = map(bytes);
    if (p)
        last = p;
    else if (last)
        last[0] = (char)~last[0];
    return p;
}

static void failing_free(void *heap, void *p, size_t bytes)
{
    if (p == last)
        last = NULL;
    mapped_free(heap, p, bytes);
}

static void *failing_resize(void *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    void *const q = mapped_resize(heap, p, old_bytes, new_bytes);
    if (q && p == last)
        last = NULL;
    return q;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_spoils"),
    .alloc = failing_alloc,
    .free = failing_free,
    .resize = failing_resize,
};
