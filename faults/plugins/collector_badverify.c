/* collector_badverify: collects soundly, but its heap walk says that the heap is broken. Outcome: corrupt. */
#define heaptrial_collector skeleton_table
#include "../../allocators/plugins/skeleton_collector.c"
#undef heaptrial_collector

static int bad_verify(void *heap, char why[160])
{
    if (skeleton_verify(heap, why))
        return -EUCLEAN;
    strcpy(why, "collector_badverify: two objects overlap");
    return -EUCLEAN;
}

extern const struct ht_plugin_collector heaptrial_collector;

const struct ht_plugin_collector heaptrial_collector = {
    .abi = HT_COLLECTOR_ABI,
    .caps = HT_COLLECTOR_RECLAIM | HT_COLLECTOR_CYCLES | HT_COLLECTOR_LIMIT | HT_COLLECTOR_VERIFY,
    .name = "collector_badverify",
    .open = skeleton_open,
    .close = skeleton_close,
    .attach = skeleton_attach,
    .alloc = skeleton_alloc,
    .load = skeleton_load,
    .store = skeleton_store,
    .data = skeleton_data,
    .slots = skeleton_slots,
    .collect = skeleton_collect,
    .verify = bad_verify,
};
