/* What the broken collectors share: the skeleton, so that a workload runs up to the fault, with its table under
 * another name. One fault a file; each defines the function at fault, and its own table with COLLECTOR_TABLE. */
#ifndef HT_FAULTS_PLUGINS_BROKEN_COLLECTOR_H
#define HT_FAULTS_PLUGINS_BROKEN_COLLECTOR_H

#define heaptrial_collector skeleton_table
#include "../../allocators/plugins/skeleton_collector.c"
#undef heaptrial_collector

/* The allocation that is at fault, counted from 1. */
enum { BROKEN_FROM = 1000 };

extern const struct ht_plugin_collector heaptrial_collector;

#define COLLECTOR_TABLE(its_name, its_alloc, its_collect)                                                    \
    const struct ht_plugin_collector heaptrial_collector = {                                                 \
        .abi = HT_COLLECTOR_ABI,                                                                             \
        .caps = HT_COLLECTOR_RECLAIM | HT_COLLECTOR_CYCLES | HT_COLLECTOR_EXACT | HT_COLLECTOR_LIMIT |       \
                HT_COLLECTOR_WALK,                                                                           \
        .name = its_name,                                                                                    \
        .open = skeleton_open,                                                                               \
        .close = skeleton_close,                                                                             \
        .attach = skeleton_attach,                                                                           \
        .alloc = its_alloc,                                                                                  \
        .load = skeleton_load,                                                                               \
        .store = skeleton_store,                                                                             \
        .data = skeleton_data,                                                                               \
        .slots = skeleton_slots,                                                                             \
        .collect = its_collect,                                                                              \
        .each = skeleton_each,                                                                               \
    }

#endif
