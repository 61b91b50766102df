/* collector_missing_store: has no store. Refused when it is loaded. */
#include <heaptrial/collector_plugin.h>

static int no_open(const struct ht_collector_options *options, void **heap)
{
    (void)options, (void)heap;
    return -1;
}

static int no_attach(void *heap, struct ht_roots *roots, void **mutator)
{
    (void)heap, (void)roots, (void)mutator;
    return -1;
}

static int no_alloc(void *mutator, struct ht_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    (void)mutator, (void)dst, (void)kind, (void)slots, (void)bytes;
    return -1;
}

static void no_load(void *mutator, struct ht_root *dst, const struct ht_root *object, uint32_t i)
{
    (void)mutator, (void)dst, (void)object, (void)i;
}

const struct ht_plugin_collector heaptrial_collector = {
    .abi = HT_COLLECTOR_ABI,
    .name = "collector_missing_store",
    .open = no_open,
    .attach = no_attach,
    .alloc = no_alloc,
    .load = no_load,
};
