/* gcbench: temporary binary trees, built top down and bottom up, beside a long-lived tree and a large array. For each
 * depth and each way as many nodes are built as two trees of `stretch-depth` have.
 *
 * The stretch tree of the original itself, built once before all else, is left out: it would set the minimum heap and
 * never be there while the time is taken. A node carries its place in the tree: 1 for the root, 2i and 2i + 1 for the
 * children of i. Of each temporary tree one path is walked; in verify mode all of it. */
#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { LONG_DEPTH, DOUBLES, MIN_DEPTH, MAX_DEPTH, STRETCH_DEPTH, HOLES };
enum { NODE_SLOTS = 2, NODE_BYTES = 8, HOLE_MIN_BYTES = 16, HOLE_DOUBLINGS = 8 };
enum { LONG_LIVED, ARRAY, TREE, HOLE, ROOTS };

struct state {
    uint64_t holes;
    uint32_t hole_bytes; /* of the hole that is there */
};

static size_t nodes_of(uint64_t depth)
{
    return ((size_t)2 << depth) - 1;
}

static uint64_t deepest_of(const struct ht_job *j)
{
    const uint64_t least = j->value[MIN_DEPTH], most = j->value[MAX_DEPTH];
    return most < least ? least : most - (most - least) % 2;
}

static size_t live_bytes(const struct ht_job *j)
{
    const size_t nodes = nodes_of(j->value[LONG_DEPTH]) + nodes_of(deepest_of(j));
    const size_t hole = j->value[HOLES] ? gc_size(0, HOLE_MIN_BYTES << HOLE_DOUBLINGS) : 0;
    const size_t array = gc_size(0, (uint32_t)(j->value[DOUBLES] * sizeof(double)));
    return (nodes * gc_size(NODE_SLOTS, NODE_BYTES) + array + hole) * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * sizeof(struct state);
}

/* ---- nodes, and the holes between them --------------------------------------------------------------------- */

/* A hole is an object that is dropped when the next one is made: twice the size is half as likely. */
static void fill_up(struct ht_worker *w, const struct state *s)
{
    if (gc_is_empty(&w->root[HOLE]))
        return;
    check_stamp(w, &w->root[HOLE], s->hole_bytes, s->holes);
    ht_give_up(w, &w->root[HOLE]);
}

static void dig(struct ht_worker *w)
{
    struct state *const s = w->state;
    fill_up(w, s);
    s->hole_bytes = HOLE_MIN_BYTES << __builtin_ctz((uint32_t)ht_rng_next(&w->rng) | 1u << HOLE_DOUBLINGS);
    new_stamped(w, &w->root[HOLE], 0, s->hole_bytes, ++s->holes);
}

static inline void new_node(struct ht_worker *w, struct gc_root *dst, uint64_t place)
{
    const uint64_t holes = w->job->value[HOLES];
    if (holes && ht_rng_below(&w->rng, 1000) < holes)
        dig(w);
    new_stamped(w, dst, NODE_SLOTS, NODE_BYTES, place);
}

/* Top down: below a node that is there. */
static void populate(struct ht_worker *w, const struct gc_root *node, uint64_t place, uint64_t depth)
{
    if (!depth)
        return;
    struct gc_root *const child = ht_push(w, 2);
    for (uint32_t i = 0; i < 2; i++) {
        new_node(w, &child[i], 2 * place + i);
        ht_store(w, node, i, &child[i]);
    }
    for (uint32_t i = 0; i < 2; i++)
        populate(w, &child[i], 2 * place + i, depth - 1);
    ht_pop(w, 2);
}

static void build_top_down(struct ht_worker *w, struct gc_root *dst, uint64_t depth)
{
    new_node(w, dst, 1);
    populate(w, dst, 1, depth);
}

/* Bottom up: children first. */
static void build_bottom_up(struct ht_worker *w, struct gc_root *dst, uint64_t place, uint64_t depth)
{
    if (!depth) {
        new_node(w, dst, place);
        return;
    }
    struct gc_root *const child = ht_push(w, 2);
    for (uint32_t i = 0; i < 2; i++)
        build_bottom_up(w, &child[i], 2 * place + i, depth - 1);
    new_node(w, dst, place);
    for (uint32_t i = 0; i < 2; i++)
        ht_store(w, dst, i, &child[i]);
    ht_pop(w, 2);
}

/* ---- checks ------------------------------------------------------------------------------------------------ */

static void check_tree(struct ht_worker *w, const struct gc_root *tree, uint64_t place, uint64_t depth)
{
    check_stamp(w, tree, NODE_BYTES, place);
    if (!depth)
        return;
    struct gc_root *const child = ht_push(w, 1);
    for (uint32_t i = 0; i < 2; i++) {
        load_full(w, child, tree, i);
        check_tree(w, child, 2 * place + i, depth - 1);
    }
    ht_pop(w, 1);
}

/* A path to a leaf that is drawn. */
static void check_path(struct ht_worker *w, const struct gc_root *tree, uint64_t depth)
{
    uint64_t turns = ht_rng_next(&w->rng), place = 1;
    struct gc_root *const node = ht_push(w, 1);
    ht_move(w, node, tree);
    for (uint64_t i = 0; i < depth; i++, turns >>= 1) {
        load_full(w, node, node, turns & 1);
        place = 2 * place + (turns & 1);
        check_stamp(w, node, NODE_BYTES, place);
    }
    ht_pop(w, 1);
    if (is_verified(w))
        check_tree(w, tree, 1, depth);
}

/* The first half holds 1/1, 1/2, 1/3, ..., the other zeros. */
static inline double number_at(size_t i, size_t count)
{
    return i < (count + 1) / 2 ? 1.0 / (double)(i + 1) : 0;
}

static void fill_array(struct ht_worker *w, size_t count)
{
    double *const number = ht_data(w, &w->root[ARRAY]);
    for (size_t i = 0; i < count; i++)
        number[i] = number_at(i, count);
}

static void check_array(struct ht_worker *w, size_t count, size_t stride)
{
    const double *const number = ht_data(w, &w->root[ARRAY]);
    for (size_t i = 0; i < count; i += stride)
        ht_expect(number[i] == number_at(i, count), "the array does not hold what was written to it");
}

/* ---- the benchmark ----------------------------------------------------------------------------------------- */

static void setup(struct ht_worker *w)
{
    const size_t count = w->job->value[DOUBLES];
    w->state = ht_scratch_alloc(sizeof(struct state));
    w->root = ht_push(w, ROOTS);
    build_top_down(w, &w->root[LONG_LIVED], w->job->value[LONG_DEPTH]);
    ht_new(w, &w->root[ARRAY], 0, (uint32_t)(count * sizeof(double)));
    fill_array(w, count);
}

/* Checks a tree and drops it; returns the operations of its life: each node is allocated, each but the root stored, and
 * those of a path loaded. */
static uint64_t finish_tree(struct ht_worker *w, uint64_t depth)
{
    check_path(w, &w->root[TREE], depth);
    ht_give_up_tree(w, &w->root[TREE]);
    return 2 * nodes_of(depth) - 1 + depth;
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const struct state *const s = w->state;
    const uint64_t deepest = deepest_of(w->job), holes = s->holes;
    uint64_t ops = 0;
    for (uint64_t depth = w->job->value[MIN_DEPTH]; depth <= deepest; depth += 2) {
        const uint64_t trees = 2 * nodes_of(w->job->value[STRETCH_DEPTH]) / nodes_of(depth);
        for (uint64_t i = 0; i < trees; i++) {
            build_top_down(w, &w->root[TREE], depth);
            ops += finish_tree(w, depth);
        }
        for (uint64_t i = 0; i < trees; i++) {
            build_bottom_up(w, &w->root[TREE], 1, depth);
            ops += finish_tree(w, depth);
        }
    }
    fill_up(w, s);
    check_array(w, w->job->value[DOUBLES], is_verified(w) ? 1 : 4096);
    return ops + s->holes - holes;
}

static void teardown(struct ht_worker *w)
{
    check_tree(w, &w->root[LONG_LIVED], 1, w->job->value[LONG_DEPTH]);
    check_array(w, w->job->value[DOUBLES], 1);
    ht_give_up_tree(w, &w->root[LONG_LIVED]);
    ht_give_up(w, &w->root[ARRAY]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(gcbench) = {
    .name = "gcbench",
    .summary = "temporary trees, top down and bottom up, beside a long-lived tree and a large array",
    .source = "Boehm, after Ellis and Kovac; holes between nodes as in Wingo's mt-gcbench",
    .params =
        {
            [LONG_DEPTH] = {"long-depth", 16, 1, 24, "of the long-lived tree"},
            [DOUBLES] = {"doubles", 500000, 1, 1 << 24, "in the long-lived array"},
            [MIN_DEPTH] = {"min-depth", 4, 0, 22, "of the shallowest temporary trees; then in steps of 2"},
            [MAX_DEPTH] = {"max-depth", 16, 0, 22, "of the deepest"},
            [STRETCH_DEPTH] = {"stretch-depth", 18, 4, 24,
                               "two trees of this depth are the nodes for each depth and way"},
            [HOLES] = {"holes", 0, 0, 1000, "nodes with a hole before them, of 1000: 16..4096 bytes"},
        },
    .scratch_bytes = scratch_bytes,
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
