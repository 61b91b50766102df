/* no_symbol: exports its table under another name. Refused when it is loaded. */
#include "broken.h"

extern const struct ht_plugin_allocator my_allocator;

const struct ht_plugin_allocator my_allocator = {
    BROKEN_PLUGIN("no_symbol"),
    .alloc = sound_alloc,
    .free = sound_free,
};
