/* splay: a splay tree that is modified all the time: a node with a random key goes in, and its predecessor goes out. Each
 * node carries a payload, a small binary tree with an array and a string in each leaf.
 *
 * Trees are splayed top down (Sleator & Tarjan, "Self-Adjusting Binary Search Trees", JACM 32(3), 1985). All objects of
 * a payload carry the key of its node, so that one that strays is noticed when its node goes. */
#include "bench/mutators/stamp.h"

enum { NODES, MODIFICATIONS, PAYLOAD_DEPTH };
enum { LEFT, RIGHT, PAYLOAD, NODE_SLOTS, NODE_BYTES = 8 };
enum { PAYLOAD_SLOTS = 2, PAYLOAD_BYTES = 8, ARRAY_BYTES = 80, STRING_BYTES = 48 };
enum { TREE, ROOTS };

static size_t payload_size(uint64_t depth)
{
    const size_t leaves = (size_t)1 << depth, node = gc_size(PAYLOAD_SLOTS, PAYLOAD_BYTES);
    return (2 * leaves - 1) * node + leaves * (gc_size(0, ARRAY_BYTES) + gc_size(0, STRING_BYTES));
}

/* One node more than stays, and the dummy of a splay. */
static size_t live_bytes(const struct ht_job *j)
{
    const size_t node = gc_size(NODE_SLOTS, NODE_BYTES);
    return ((j->value[NODES] + 1) * (node + payload_size(j->value[PAYLOAD_DEPTH])) + gc_size(PAYLOAD, 0)) *
           j->threads;
}

/* ---- payloads ---------------------------------------------------------------------------------------------- */

static void make_payload(struct ht_worker *w, struct gc_root *dst, uint64_t depth, uint64_t key)
{
    struct gc_root *const child = ht_push(w, 2);
    if (depth) {
        make_payload(w, &child[0], depth - 1, key);
        make_payload(w, &child[1], depth - 1, key);
    } else {
        new_stamped(w, &child[0], 0, ARRAY_BYTES, key);
        new_stamped(w, &child[1], 0, STRING_BYTES, key);
    }
    new_stamped(w, dst, PAYLOAD_SLOTS, PAYLOAD_BYTES, key);
    ht_store(w, dst, 0, &child[0]);
    ht_store(w, dst, 1, &child[1]);
    ht_pop(w, 2);
}

static void check_payload(struct ht_worker *w, const struct gc_root *payload, uint64_t depth, uint64_t key)
{
    struct gc_root *const child = ht_push(w, 2);
    check_stamp(w, payload, PAYLOAD_BYTES, key);
    load_full(w, &child[0], payload, 0);
    load_full(w, &child[1], payload, 1);
    if (depth) {
        check_payload(w, &child[0], depth - 1, key);
        check_payload(w, &child[1], depth - 1, key);
    } else {
        check_stamp(w, &child[0], ARRAY_BYTES, key);
        check_stamp(w, &child[1], STRING_BYTES, key);
    }
    ht_pop(w, 2);
}

/* Allocations and stores, or loads, of a payload's references. */
static uint64_t payload_objects(uint64_t depth)
{
    return ((uint64_t)4 << depth) - 1;
}

/* ---- the tree ---------------------------------------------------------------------------------------------- */

static uint64_t key_of(struct ht_worker *w, const struct gc_root *node)
{
    return stamp_of(w, node, NODE_BYTES);
}

/* One turn down at `current`, against the side on which `key` lies, when it lies there twice. */
static uint64_t rotate(struct ht_worker *w, struct gc_root *current, struct gc_root *child, uint32_t side)
{
    struct gc_root *const grand = ht_push(w, 1);
    ht_load(w, grand, child, !side);
    ht_store(w, current, side, grand);
    ht_store(w, child, !side, current);
    ht_move(w, current, child);
    ht_pop(w, 1);
    return 3;
}

/* Brings the node with `key`, or one beside its place, to the root. What lies to the one side of the way down is hung
 * below the other slot of the dummy: hook[s] is where the next subtree goes into slot s. */
static uint64_t splay(struct ht_worker *w, uint64_t key)
{
    struct gc_root *const current = &w->root[TREE], *const r = ht_push(w, 4);
    struct gc_root *const dummy = &r[0], *const child = &r[1], *const hook = &r[2];
    uint64_t ops = 7;
    ht_new(w, dummy, PAYLOAD, 0); /* with slots LEFT and RIGHT only */
    ht_move(w, &hook[LEFT], dummy);
    ht_move(w, &hook[RIGHT], dummy);
    for (uint64_t at; (at = key_of(w, current)) != key;) {
        const uint32_t side = key < at ? LEFT : RIGHT;
        ops++;
        ht_load(w, child, current, side);
        if (gc_is_empty(child))
            break;
        const uint64_t below = key_of(w, child);
        if (below != key && (key < below) == (side == LEFT)) {
            ops += rotate(w, current, child, side) + 1;
            ht_load(w, child, current, side);
            if (gc_is_empty(child))
                break;
        }
        ops++;
        ht_store(w, &hook[side], side, current);
        ht_move(w, &hook[side], current);
        ht_move(w, current, child);
    }
    for (uint32_t side = LEFT; side <= RIGHT; side++) {
        ht_load(w, child, current, !side);
        ht_store(w, &hook[side], side, child);
        ht_load(w, child, dummy, side);
        ht_store(w, current, !side, child);
    }
    ht_clear(w, &hook[LEFT]);
    ht_clear(w, &hook[RIGHT]);
    ht_give_up(w, dummy);
    ht_pop(w, 4);
    return ops + 2;
}

/* A new root, between what is smaller and what is larger. */
static uint64_t insert(struct ht_worker *w, uint64_t key)
{
    const uint64_t depth = w->job->value[PAYLOAD_DEPTH];
    struct gc_root *const tree = &w->root[TREE], *const r = ht_push(w, 3);
    struct gc_root *const payload = &r[0], *const node = &r[1], *const child = &r[2];
    uint64_t ops = 2 * payload_objects(depth) + 1;
    make_payload(w, payload, depth, key);
    if (!gc_is_empty(tree))
        ops += splay(w, key) + 4;
    new_stamped(w, node, NODE_SLOTS, NODE_BYTES, key);
    ht_store(w, node, PAYLOAD, payload);
    if (!gc_is_empty(tree)) {
        const uint32_t side = key < key_of(w, tree) ? LEFT : RIGHT;
        ht_load(w, child, tree, side);
        ht_store(w, node, side, child);
        ht_store(w, node, !side, tree);
        store_nothing(w, tree, side);
    }
    ht_move(w, tree, node);
    ht_pop(w, 3);
    return ops;
}

/* Checks the payload of a node that stands in no tree any more, and drops both. */
static uint64_t drop(struct ht_worker *w, struct gc_root *node)
{
    const uint64_t depth = w->job->value[PAYLOAD_DEPTH];
    struct gc_root *const payload = ht_push(w, 1);
    load_full(w, payload, node, PAYLOAD);
    check_payload(w, payload, depth, key_of(w, node));
    ht_give_up_tree(w, payload);
    ht_give_up(w, node);
    ht_pop(w, 1);
    return payload_objects(depth);
}

/* The key that is there must be there. */
static uint64_t remove_key(struct ht_worker *w, uint64_t key)
{
    struct gc_root *const tree = &w->root[TREE], *const r = ht_push(w, 2);
    struct gc_root *const node = &r[0], *const right = &r[1];
    uint64_t ops = splay(w, key) + 2;
    ht_expect(key_of(w, tree) == key, "the tree has lost a node");
    ht_move(w, node, tree);
    ht_load(w, right, node, RIGHT);
    ht_load(w, tree, node, LEFT);
    if (gc_is_empty(tree)) {
        ht_move(w, tree, right);
    } else {
        ops += splay(w, key) + 1; /* the largest is at the root, and nothing to its right */
        ht_store(w, tree, RIGHT, right);
    }
    ops += drop(w, node);
    ht_pop(w, 2);
    return ops;
}

/* The largest key below the root; the root's own when there is none. */
static uint64_t key_before_root(struct ht_worker *w, uint64_t *key)
{
    struct gc_root *const r = ht_push(w, 2), *const node = &r[0], *const next = &r[1];
    uint64_t ops = 1;
    ht_move(w, node, &w->root[TREE]);
    for (ht_load(w, next, node, LEFT); !gc_is_empty(next); ht_load(w, next, node, RIGHT)) {
        ht_move(w, node, next);
        ops++;
    }
    *key = key_of(w, node);
    ht_pop(w, 2);
    return ops;
}

/* ---- the benchmark ----------------------------------------------------------------------------------------- */

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
    for (uint64_t i = 0; i < w->job->value[NODES]; i++)
        insert(w, ht_rng_next(&w->rng) | 1);
}

/* Keys are of 63 bits: two that are equal do not come up. Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    uint64_t ops = 0, key;
    for (uint64_t i = 0; i < w->job->value[MODIFICATIONS]; i++) {
        ops += insert(w, ht_rng_next(&w->rng) | 1);
        ops += key_before_root(w, &key);
        ops += remove_key(w, key);
    }
    return ops;
}

/* In order of the keys: turned until nothing is smaller than the root, which then goes. */
static void teardown(struct ht_worker *w)
{
    struct gc_root *const tree = &w->root[TREE], *const child = ht_push(w, 1);
    uint64_t nodes = 0, last = 0;
    while (!gc_is_empty(tree)) {
        ht_load(w, child, tree, LEFT);
        if (!gc_is_empty(child)) {
            rotate(w, tree, child, LEFT);
            continue;
        }
        ht_expect(key_of(w, tree) > last, "the keys of the tree are out of order");
        last = key_of(w, tree);
        nodes++;
        ht_load(w, child, tree, RIGHT);
        drop(w, tree);
        ht_move(w, tree, child);
    }
    ht_expect(nodes == w->job->value[NODES], "the tree has lost nodes");
    ht_pop(w, 1);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(splay) = {
    .name = "splay",
    .summary = "a splay tree whose nodes carry a payload, one replaced after the other",
    .source = "the Octane benchmarks, 2012, after Sleator and Tarjan, JACM 1985",
    .params =
        {
            [NODES] = {"nodes", 8000, 2, 1 << 24, "in the tree"},
            [MODIFICATIONS] = {"modifications", 80, 1, 1 << 24, "nodes replaced an iteration"},
            [PAYLOAD_DEPTH] = {"payload-depth", 5, 0, 12, "of the tree that a node carries"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
