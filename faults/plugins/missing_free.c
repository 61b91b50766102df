/* missing_free: claims that it frees one object, and has no free. Refused when it is loaded. */
#include "broken.h"

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("missing_free"),
    .alloc = sound_alloc,
};
