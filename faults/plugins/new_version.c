/* new_version: built for the interface after this one. Refused when it is loaded. */
#include "broken.h"

const struct ht_plugin_allocator heaptrial_allocator = {
    .abi = HT_PLUGIN_ABI + 1,
    .name = "new_version",
    .alloc = sound_alloc,
};
