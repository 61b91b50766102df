/* failure_gives_up: aborts when memory is out, and says so. Outcome: crash. */
#include "failing.h"

#include <stdio.h>
#include <stdlib.h>

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    void *const p = map(bytes);
    if (!p) {
        fputs("free(): out of memory\n", stderr);
        abort();
    }
    return p;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_gives_up"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
