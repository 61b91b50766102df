/* cliques: groups of nodes of which each refers to all others, one after the other; what else they refer to is a
 * parameter. */
#include "bench/mutators/cycles.h"

enum { NODES_MAX = 512 };

static uint32_t own_slots(uint64_t nodes)
{
    return (uint32_t)nodes;
}

/* Slot i of a node refers to node i; its own stays empty. */
static uint64_t make_cycle(struct ht_worker *w, struct gc_root *first, struct gc_root *last, uint64_t cycle)
{
    const uint32_t nodes = (uint32_t)w->job->value[NODES];
    struct gc_root *const node = ht_push(w, nodes);
    for (uint32_t i = 0; i < nodes; i++)
        new_node(w, &node[i], cycle, i);
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t k = 0; k < nodes; k++)
            if (k != i)
                ht_store(w, &node[i], OWN_SLOTS + k, &node[k]);
    ht_move(w, first, &node[0]);
    ht_move(w, last, &node[nodes - 1]);
    ht_pop(w, nodes);
    return (uint64_t)nodes * nodes + (w->job->value[SHAPE] == SELF ? nodes : 0);
}

/* The node `other`, and that it refers to the same ones. */
static void check_node(struct ht_worker *w, const struct gc_root *other, uint32_t n, uint64_t base)
{
    const uint32_t nodes = (uint32_t)w->job->value[NODES];
    struct gc_root *const peer = ht_push(w, 1);
    check_stamp(w, other, NODE_BYTES, base + n);
    for (uint32_t i = 0; i < nodes; i++)
        if (i != n) {
            load_full(w, peer, other, OWN_SLOTS + i);
            check_stamp(w, peer, NODE_BYTES, base + i);
        }
    ht_pop(w, 1);
}

static uint64_t walk_cycle(struct ht_worker *w, struct gc_root *node, uint64_t base, bool dies)
{
    const uint32_t nodes = (uint32_t)w->job->value[NODES];
    const uint64_t id = stamp_of(w, node, NODE_BYTES);
    struct gc_root *const peer = ht_push(w, 1);
    ht_expect(id - base < nodes, "a clique is another than was stored here");
    check_node(w, node, (uint32_t)(id - base), base);
    for (uint32_t i = 0; i < nodes; i++)
        if (base + i != id) {
            load_full(w, peer, node, OWN_SLOTS + i);
            check_node(w, peer, i, base);
        }
    if (dies && ht_can(GC_CAP_EXPLICIT))
        for (uint32_t i = 0; i < nodes; i++)
            if (base + i != id) {
                ht_load(w, peer, node, OWN_SLOTS + i);
                ht_give_up(w, peer);
            }
    if (dies)
        ht_give_up(w, node);
    ht_pop(w, 1);
    return (uint64_t)nodes * (nodes - 1) + nodes - 1;
}

HT_WORKLOAD(cliques) = {
    .name = "cliques",
    .summary = "groups of nodes that all refer to each other, which become garbage one after the other",
    .source = "heaptrial: cycles with an exact moment of death",
    .params = {[NODES] = {"nodes", 10, 1, NODES_MAX, "in a clique"}, CYCLE_PARAMS},
    CYCLE_LIFE,
};
