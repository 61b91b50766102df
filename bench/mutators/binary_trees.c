/* binary-trees: many short-lived binary trees beside one that lives. */
#include "bench/mutator.h"

enum { DEPTH, MIN_DEPTH };
enum { NODE_SLOTS = 2, NODE_BYTES = 8 };
enum { LONG_LIVED, TREE, ROOTS };

static size_t nodes_of(uint64_t depth)
{
    return ((size_t)2 << depth) - 1;
}

/* The long-lived tree, and one of the deepest short-lived ones. */
static size_t live_bytes(const struct ht_job *j)
{
    const uint64_t depth = j->value[DEPTH], least = j->value[MIN_DEPTH];
    const size_t nodes = nodes_of(depth) + (least > depth ? 0 : nodes_of(depth - (depth - least) % 4));
    return nodes * gc_size(NODE_SLOTS, NODE_BYTES) * j->threads;
}

/* Bottom up, as the original: children first. Each node carries its depth. */
static void build(struct ht_worker *w, struct gc_root *dst, uint64_t depth)
{
    struct gc_root *const child = ht_push(w, 2);
    if (depth > 0) {
        build(w, &child[0], depth - 1);
        build(w, &child[1], depth - 1);
    }
    ht_new(w, dst, NODE_SLOTS, NODE_BYTES);
    *(uint64_t *)ht_data(w, dst) = depth;
    if (depth > 0) {
        ht_store(w, dst, 0, &child[0]);
        ht_store(w, dst, 1, &child[1]);
    }
    ht_pop(w, 2);
}

/* Counts the nodes, and checks the depth of each. */
static uint64_t count(struct ht_worker *w, const struct gc_root *tree, uint64_t depth)
{
    ht_expect(*(const uint64_t *)ht_data(w, tree) == depth,
              "a node of a tree has another depth than was written");
    if (!depth)
        return 1;
    struct gc_root *const child = ht_push(w, 1);
    uint64_t n = 1;
    for (uint32_t i = 0; i < 2; i++) {
        ht_load(w, child, tree, i);
        ht_expect(!gc_is_empty(child), "a node of a tree has lost a child");
        n += count(w, child, depth - 1);
    }
    ht_pop(w, 1);
    return n;
}

static uint64_t one_tree(struct ht_worker *w, uint64_t depth)
{
    build(w, &w->root[TREE], depth);
    const uint64_t n = count(w, &w->root[TREE], depth);
    ht_expect(n == nodes_of(depth), "a tree has lost nodes");
    ht_give_up_tree(w, &w->root[TREE]);
    return n;
}

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
    build(w, &w->root[LONG_LIVED], w->job->value[DEPTH]);
}

/* Operations: allocations, loads and stores. Each node is allocated, and each but the root stored once and loaded once. */
static uint64_t run(struct ht_worker *w)
{
    const uint64_t deepest = w->job->value[DEPTH];
    uint64_t ops = 0;
    for (uint64_t depth = w->job->value[MIN_DEPTH]; depth <= deepest; depth += 4)
        for (uint64_t i = (uint64_t)1 << (deepest - depth); i > 0; i--)
            ops += 3 * one_tree(w, depth) - 2;
    return ops;
}

static void teardown(struct ht_worker *w)
{
    ht_expect(count(w, &w->root[LONG_LIVED], w->job->value[DEPTH]) == nodes_of(w->job->value[DEPTH]),
              "the long-lived tree has lost nodes");
    ht_give_up_tree(w, &w->root[LONG_LIVED]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(binary_trees) = {
    .name = "binary-trees",
    .summary = "many short-lived binary trees beside one that lives",
    .source = "the Computer Language Benchmarks Game, after Boehm's gcbench",
    .params =
        {
            [DEPTH] = {"depth", 15, 4, 24, "of the long-lived tree and the deepest short-lived ones"},
            [MIN_DEPTH] = {"min-depth", 3, 0, 24, "of the shallowest trees; then in steps of 4"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
