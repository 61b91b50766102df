/* rings: reference cycles of `length` nodes each, one after the other; what else they refer to is a parameter. */
#include "bench/mutators/cycles.h"

static uint32_t own_slots(uint64_t nodes)
{
    (void)nodes;
    return 1;
}

static uint64_t make_cycle(struct ht_worker *w, struct gc_root *first, struct gc_root *last, uint64_t cycle)
{
    const uint64_t length = w->job->value[NODES], shape = w->job->value[SHAPE];
    struct gc_root *const node = ht_push(w, 1);
    new_node(w, first, cycle, 0);
    ht_move(w, last, first);
    for (uint64_t n = 1; n < length; n++) {
        new_node(w, node, cycle, n);
        ht_store(w, last, OWN_SLOTS, node);
        ht_move(w, last, node);
    }
    ht_store(w, last, OWN_SLOTS, first);
    ht_pop(w, 1);
    return (shape == SELF ? 3 : 2) * length;
}

/* Once around, back to the node; where the nodes are freed it goes last. */
static uint64_t walk_cycle(struct ht_worker *w, struct gc_root *node, uint64_t base, bool dies)
{
    const uint64_t length = w->job->value[NODES], id = stamp_of(w, node, NODE_BYTES);
    struct gc_root *const r = ht_push(w, 2), *const at = &r[0], *const next = &r[1];
    uint64_t n = id - base;
    ht_expect(n < length, "a ring is another than was stored here");
    ht_move(w, at, node);
    for (uint64_t i = 0; i < length; i++) {
        n = n + 1 == length ? 0 : n + 1;
        load_full(w, next, at, OWN_SLOTS);
        check_stamp(w, next, NODE_BYTES, base + n);
        if (dies && i && ht_can(GC_CAP_EXPLICIT))
            ht_give_up(w, at);
        ht_move(w, at, next);
    }
    ht_expect(ht_same(w, at, node), "a ring does not close");
    ht_pop(w, 2);
    if (dies)
        ht_give_up(w, node);
    return length;
}

HT_WORKLOAD(rings) = {
    .name = "rings",
    .summary = "rings of references that become garbage one after the other",
    .source = "heaptrial: cycles with an exact moment of death",
    .params = {[NODES] = {"length", 100, 1, 1 << 24, "nodes in a ring"}, CYCLE_PARAMS},
    CYCLE_LIFE,
};
