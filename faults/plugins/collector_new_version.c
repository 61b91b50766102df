/* collector_new_version: built for an interface of the future. Refused when it is loaded. */
#include <heaptrial/collector_plugin.h>

const struct ht_plugin_collector heaptrial_collector = {
    .abi = HT_COLLECTOR_ABI + 1,
    .name = "collector_new_version",
};
