/* missing_function: has no alloc. Refused when it is loaded. */
#include "broken.h"

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("missing_function"),
    .free = sound_free,
};
