/* failed_open: gets no memory for its heap. Refused when it is opened. */
#include "broken.h"

#include <errno.h>

static int failed_open(unsigned threads, void **heap)
{
    (void)threads, (void)heap;
    return -ENOMEM;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("failed_open"),
    .open = failed_open,
    .alloc = sound_alloc,
    .free = sound_free,
};
