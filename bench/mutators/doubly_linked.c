/* doubly-linked: a list with back links, cut off at its end and continued at its front. What is cut off is a cycle for
 * each two neighbours, and refers to the list, which is live; nothing in the list refers to it.
 *
 * Ids are counted up: each node is followed by the one that was made before it. */
#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { LENGTH, SEGMENT, TURNS };
enum { OLDER, NEWER, NODE_SLOTS, NODE_BYTES = 8 };
enum { NEWEST, OLDEST, ROOTS };

struct state {
    uint64_t made; /* the last id */
};

static uint64_t segment_of(const struct ht_job *j)
{
    return j->value[SEGMENT] < j->value[LENGTH] ? j->value[SEGMENT] : j->value[LENGTH] - 1;
}

static size_t live_bytes(const struct ht_job *j)
{
    return j->value[LENGTH] * gc_size(NODE_SLOTS, NODE_BYTES) * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * sizeof(struct state);
}

static void push_newest(struct ht_worker *w)
{
    struct state *const s = w->state;
    struct gc_root *const newest = &w->root[NEWEST], *const node = ht_push(w, 1);
    new_stamped(w, node, NODE_SLOTS, NODE_BYTES, ++s->made);
    if (gc_is_empty(newest)) {
        ht_move(w, &w->root[OLDEST], node);
    } else {
        ht_store(w, node, OLDER, newest);
        ht_store(w, newest, NEWER, node);
    }
    ht_move(w, newest, node);
    ht_pop(w, 1);
}

/* Checks `count` nodes from the oldest on, whose id is `first`, forwards and back, and leaves `node` at the last. */
static void check_segment(struct ht_worker *w, struct gc_root *node, uint64_t first, uint64_t count)
{
    struct gc_root *const back = ht_push(w, 1);
    check_stamp(w, node, NODE_BYTES, first);
    for (uint64_t i = 1; i < count; i++) {
        ht_move(w, back, node);
        load_full(w, node, node, NEWER);
        check_stamp(w, node, NODE_BYTES, first + i);
    }
    for (uint64_t i = count - 1; i > 0; i--) {
        ht_move(w, back, i == count - 1 ? node : back);
        load_full(w, back, back, OLDER);
        check_stamp(w, back, NODE_BYTES, first + i - 1);
    }
    ht_pop(w, 1);
}

/* Frees from the newest node on. */
static void free_segment(struct ht_worker *w, struct gc_root *node)
{
    struct gc_root *const older = ht_push(w, 1);
    while (!gc_is_empty(node)) {
        ht_load(w, older, node, OLDER);
        ht_give_up(w, node);
        ht_move(w, node, older);
    }
    ht_pop(w, 1);
}

/* Cuts off the oldest `count`, of which the last goes on to refer to what stays, and drops them. */
static void cut(struct ht_worker *w, uint64_t count)
{
    const struct state *const s = w->state;
    struct gc_root *const oldest = &w->root[OLDEST], *const r = ht_push(w, 2), *const node = &r[0],
                          *const back = &r[1];
    ht_move(w, node, oldest);
    check_segment(w, node, s->made - w->job->value[LENGTH] + 1, count);
    ht_load(w, oldest, node, NEWER);
    if (count == w->job->value[LENGTH]) {
        ht_clear(w, &w->root[NEWEST]);
    } else {
        ht_expect(!gc_is_empty(oldest), "the list has lost nodes");
        ht_load(w, back, oldest, OLDER);
        ht_expect(ht_same(w, back, node), "a back link does not lead back");
        store_nothing(w, oldest, OLDER);
    }
    ht_clear(w, back);
    if (ht_can(GC_CAP_EXPLICIT))
        free_segment(w, node);
    ht_pop(w, 2);
}

static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(sizeof(struct state));
    w->root = ht_push(w, ROOTS);
    for (uint64_t i = 0; i < w->job->value[LENGTH]; i++)
        push_newest(w);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const uint64_t segment = segment_of(w->job), turns = w->job->value[TURNS];
    for (uint64_t i = 0; i < turns; i++) {
        cut(w, segment);
        for (uint64_t k = 0; k < segment; k++)
            push_newest(w);
    }
    return turns * (2 * (segment - 1) + 3 + 3 * segment);
}

static void teardown(struct ht_worker *w)
{
    cut(w, w->job->value[LENGTH]);
    ht_expect(gc_is_empty(&w->root[OLDEST]), "the list is longer than it was");
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(doubly_linked) = {
    .name = "doubly-linked",
    .summary = "a list with back links, cut off at one end and continued at the other",
    .source = "heaptrial: the everyday cycles",
    .params =
        {
            [LENGTH] = {"length", 4000, 2, 1 << 24, "nodes in the list"},
            [SEGMENT] = {"segment", 20, 1, 1 << 24, "nodes cut off a turn; one at least stays"},
            [TURNS] = {"turns", 2000, 1, 1 << 24, "an iteration"},
        },
    .scratch_bytes = scratch_bytes,
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
