/* quads: a live quad tree, and small quad trees that die at once beside it. In 20 steps a share of the live tree's
 * size is allocated as garbage, and the live tree is walked whole after each.
 *
 * In the original a step is a share of the heap; here it is one of the live tree, so that it is the same work in a
 * heap of any size. A node carries its place: 1 for the root, 4i - 2 + k for child k of i. */
#include "bench/mutators/stamp.h"

enum { DEPTH, STEPS, SHARE };
enum { QUAD_SLOTS = 4, QUAD_BYTES = 8, GARBAGE_DEPTH = 3 };
enum { LIVE, GARBAGE, ROOTS };

static size_t quads_of(uint64_t depth)
{
    return (((size_t)4 << 2 * depth) - 1) / 3;
}

static size_t live_bytes(const struct ht_job *j)
{
    return (quads_of(j->value[DEPTH]) + quads_of(GARBAGE_DEPTH)) * gc_size(QUAD_SLOTS, QUAD_BYTES) *
           j->threads;
}

static void build(struct ht_worker *w, struct gc_root *dst, uint64_t place, uint64_t depth)
{
    new_stamped(w, dst, QUAD_SLOTS, QUAD_BYTES, place);
    if (!depth)
        return;
    struct gc_root *const child = ht_push(w, 1);
    for (uint32_t i = 0; i < QUAD_SLOTS; i++) {
        build(w, child, 4 * place - 2 + i, depth - 1);
        ht_store(w, dst, i, child);
    }
    ht_pop(w, 1);
}

static void check(struct ht_worker *w, const struct gc_root *quad, uint64_t place, uint64_t depth)
{
    check_stamp(w, quad, QUAD_BYTES, place);
    if (!depth)
        return;
    struct gc_root *const child = ht_push(w, 1);
    for (uint32_t i = 0; i < QUAD_SLOTS; i++) {
        load_full(w, child, quad, i);
        check(w, child, 4 * place - 2 + i, depth - 1);
    }
    ht_pop(w, 1);
}

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
    build(w, &w->root[LIVE], 1, w->job->value[DEPTH]);
}

static uint64_t garbage_trees(const struct ht_job *j)
{
    return 1 + quads_of(j->value[DEPTH]) * j->value[SHARE] / 100 / quads_of(GARBAGE_DEPTH);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const uint64_t depth = w->job->value[DEPTH], trees = garbage_trees(w->job);
    for (uint64_t step = 0; step < w->job->value[STEPS]; step++) {
        for (uint64_t i = 0; i < trees; i++) {
            build(w, &w->root[GARBAGE], 1, GARBAGE_DEPTH);
            if (is_verified(w))
                check(w, &w->root[GARBAGE], 1, GARBAGE_DEPTH);
            ht_give_up_tree(w, &w->root[GARBAGE]);
        }
        check(w, &w->root[LIVE], 1, depth);
    }
    return w->job->value[STEPS] * (trees * (2 * quads_of(GARBAGE_DEPTH) - 1) + quads_of(depth) - 1);
}

static void teardown(struct ht_worker *w)
{
    check(w, &w->root[LIVE], 1, w->job->value[DEPTH]);
    ht_give_up_tree(w, &w->root[LIVE]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(quads) = {
    .name = "quads",
    .summary = "a live quad tree, walked often, and small ones that die at once",
    .source = "Wingo's quads, of the Whippet collector",
    .params =
        {
            [DEPTH] = {"depth", 8, 1, 12, "of the live tree"},
            [STEPS] = {"steps", 20, 1, 1 << 16, "an iteration; after each the live tree is walked"},
            [SHARE] = {"share", 40, 0, 1000, "garbage a step, in per cent of the live tree"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
