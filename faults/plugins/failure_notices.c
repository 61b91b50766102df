/* failure_notices: aborts when memory is out, because it finds itself damaged. Outcome: corrupt. */
#include "failing.h"

#include <stdio.h>
#include <stdlib.h>

static void *failing_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap, (void)alignment;
    void *const p = map(bytes);
    if (!p) {
        fputs("free(): invalid size\n", stderr);
        abort();
    }
    return p;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    FAILING_PLUGIN("failure_notices"),
    .alloc = failing_alloc,
    .free = mapped_free,
    .resize = mapped_resize,
};
