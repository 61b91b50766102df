/* parent-tree: a binary tree with links to parents, of which a subtree at a place that is drawn is replaced each turn. The
 * old subtree is a cycle for each edge, and refers to the tree, which is live; nothing in the tree refers to it.
 *
 * A node carries its place: 1 for the root, 2i and 2i + 1 for the children of i. Subtrees are walked along the links, with
 * no stack. */
#include "bench/mutators/stamp.h"

enum { DEPTH, SUBTREE, TURNS };
enum { LEFT, RIGHT, PARENT, NODE_SLOTS, NODE_BYTES = 8 };
enum { TREE, ROOTS };

static size_t nodes_of(uint64_t depth)
{
    return ((size_t)2 << depth) - 1;
}

static uint64_t subtree_of(const struct ht_job *j)
{
    return j->value[SUBTREE] < j->value[DEPTH] ? j->value[SUBTREE] : j->value[DEPTH] - 1;
}

static size_t live_bytes(const struct ht_job *j)
{
    return nodes_of(j->value[DEPTH]) * gc_size(NODE_SLOTS, NODE_BYTES) * j->threads;
}

/* A tree of which the root has no parent yet. */
static void build(struct ht_worker *w, struct gc_root *dst, uint64_t place, uint64_t depth)
{
    new_stamped(w, dst, NODE_SLOTS, NODE_BYTES, place);
    if (!depth)
        return;
    struct gc_root *const child = ht_push(w, 1);
    for (uint32_t side = LEFT; side <= RIGHT; side++) {
        build(w, child, 2 * place + side, depth - 1);
        ht_store(w, child, PARENT, dst);
        ht_store(w, dst, side, child);
    }
    ht_pop(w, 1);
}

/* Down to the leaf that is the first below `node`; returns its place. */
static uint64_t descend(struct ht_worker *w, struct gc_root *node, uint64_t place, uint64_t depth)
{
    for (uint64_t i = 0; i < depth; i++) {
        load_full(w, node, node, LEFT);
        place *= 2;
        check_stamp(w, node, NODE_BYTES, place);
    }
    return place;
}

/* Walks a tree in post-order and checks it: down to the leaves by the children, and back by the parents. Where memory is
 * managed by hand and it `dies`, each node is freed once it is left for its parent. */
static void walk(struct ht_worker *w, struct gc_root *tree, uint64_t root, uint64_t depth, bool dies)
{
    struct gc_root *const r = ht_push(w, 2), *const node = &r[0], *const parent = &r[1];
    ht_move(w, node, tree);
    check_stamp(w, node, NODE_BYTES, root);
    uint64_t place = descend(w, node, root, depth), above = depth;
    while (place != root) {
        load_full(w, parent, node, PARENT);
        check_stamp(w, parent, NODE_BYTES, place / 2);
        if (dies && ht_can(GC_CAP_EXPLICIT))
            ht_give_up(w, node);
        if (place % 2 == RIGHT) {
            ht_move(w, node, parent);
            place /= 2;
            above--;
            continue;
        }
        load_full(w, node, parent, RIGHT);
        check_stamp(w, node, NODE_BYTES, ++place);
        place = descend(w, node, place, depth - above);
        above = depth;
    }
    ht_pop(w, 2);
    if (dies)
        ht_give_up(w, tree);
}

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
    build(w, &w->root[TREE], 1, w->job->value[DEPTH]);
}

/* The node above a place that is drawn; returns the place. */
static uint64_t draw_place(struct ht_worker *w, struct gc_root *parent, uint64_t levels)
{
    uint64_t turns = ht_rng_next(&w->rng), place = 1;
    ht_move(w, parent, &w->root[TREE]);
    for (uint64_t i = 1; i < levels; i++, turns >>= 1) {
        load_full(w, parent, parent, turns & 1);
        place = 2 * place + (turns & 1);
    }
    check_stamp(w, parent, NODE_BYTES, place);
    return 2 * place + (turns & 1);
}

static void replace_subtree(struct ht_worker *w, uint64_t levels, uint64_t depth)
{
    struct gc_root *const r = ht_push(w, 3), *const parent = &r[0], *const subtree = &r[1];
    struct gc_root *const back = &r[2];
    const uint64_t place = draw_place(w, parent, levels);
    const uint32_t side = place % 2;
    load_full(w, subtree, parent, side);
    ht_load(w, back, subtree, PARENT);
    ht_expect(ht_same(w, back, parent), "a subtree is not linked to its parent");
    store_nothing(w, parent, side);
    walk(w, subtree, place, depth, true);
    build(w, subtree, place, depth);
    ht_store(w, subtree, PARENT, parent);
    ht_store(w, parent, side, subtree);
    ht_pop(w, 3);
}

/* Operations: allocations, loads and stores. For each edge of a subtree two stores; on the walk a load down and one or, on
 * the left, one up. */
static uint64_t run(struct ht_worker *w)
{
    const uint64_t depth = subtree_of(w->job), levels = w->job->value[DEPTH] - depth;
    const uint64_t nodes = nodes_of(depth), turns = w->job->value[TURNS];
    for (uint64_t i = 0; i < turns; i++)
        replace_subtree(w, levels, depth);
    return turns * (levels + 4 + nodes + 4 * (nodes - 1));
}

static void teardown(struct ht_worker *w)
{
    walk(w, &w->root[TREE], 1, w->job->value[DEPTH], true);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(parent_tree) = {
    .name = "parent-tree",
    .summary = "a tree with links to parents, of which subtrees are replaced",
    .source = "heaptrial: the everyday cycles",
    .params =
        {
            [DEPTH] = {"depth", 14, 1, 22, "of the tree"},
            [SUBTREE] = {"subtree", 5, 0, 21, "depth of what is replaced; less than that of the tree"},
            [TURNS] = {"turns", 1000, 1, 1 << 24, "an iteration"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
