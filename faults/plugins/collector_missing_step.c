/* collector_missing_step: claims that it collects in steps, and has no step. Refused when it is loaded. */
#define heaptrial_collector skeleton_table
#include "../../allocators/plugins/skeleton_collector.c"
#undef heaptrial_collector

extern const struct ht_plugin_collector heaptrial_collector;

const struct ht_plugin_collector heaptrial_collector = {
    .abi = HT_COLLECTOR_ABI,
    .caps = HT_COLLECTOR_STEP,
    .name = "collector_missing_step",
    .open = skeleton_open,
    .attach = skeleton_attach,
    .alloc = skeleton_alloc,
    .load = skeleton_load,
    .store = skeleton_store,
    .data = skeleton_data,
    .slots = skeleton_slots,
};
