/* ambiguous: data that looks like addresses of the heap. Lists are made and dropped in the order of their birth; each node
 * holds a number, which with the rate that is asked for lies in the range of addresses that the data of recent nodes
 * spans, and else is small. Who takes numbers for references keeps what they hit, and all that can be reached from it.
 *
 * The operations are the same on every strategy, and so is which numbers are addresses; the numbers themselves follow
 * where the strategy puts objects. */
#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { LENGTH, LISTS, LIVE, RATE };
enum { NODE_SLOTS = 1, SMALL = 1 << 16 };
enum { TABLE, ROOTS };

struct data {
    uint64_t id, number, inverse;
};

/* Addresses from `low` to below `high` were seen, and before that those of `old`. */
struct state {
    uintptr_t low, high, old_low, old_high;
    uint64_t lists; /* made */
};

static size_t live_bytes(const struct ht_job *j)
{
    const size_t node = gc_size(NODE_SLOTS, sizeof(struct data));
    return (gc_size((uint32_t)j->value[LIVE], 0) + j->value[LIVE] * j->value[LENGTH] * node) * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * sizeof(struct state);
}

static void note_address(struct state *s, const void *p)
{
    const uintptr_t at = (uintptr_t)p;
    s->low = at < s->low ? at : s->low;
    s->high = at >= s->high ? at + 8 : s->high;
}

/* Since the last list but one. */
static uint64_t draw_address(const struct state *s, uint64_t random)
{
    const uintptr_t low = s->low < s->old_low ? s->low : s->old_low;
    const uintptr_t high = s->high > s->old_high ? s->high : s->old_high;
    return low + random % (high - low) / 8 * 8;
}

static void forget_old_addresses(struct state *s)
{
    s->old_low = s->low;
    s->old_high = s->high;
    s->low = UINTPTR_MAX;
    s->high = 0;
}

static void new_node(struct ht_worker *w, struct state *s, struct gc_root *dst, uint64_t id)
{
    const bool ambiguous = ht_rng_below(&w->rng, 1000) < w->job->value[RATE];
    const uint64_t random = ht_rng_next(&w->rng);
    ht_new(w, dst, NODE_SLOTS, sizeof(struct data));
    struct data *const data = ht_data(w, dst);
    note_address(s, data);
    const uint64_t number = ambiguous ? draw_address(s, random) : random % SMALL;
    *data = (struct data){id, number, ~number};
}

static void make_list(struct ht_worker *w, struct gc_root *list, uint64_t number)
{
    const uint64_t length = w->job->value[LENGTH];
    struct gc_root *const node = ht_push(w, 1);
    for (uint64_t i = 1; i <= length; i++) {
        new_node(w, w->state, node, number * length + i);
        ht_store(w, node, 0, list);
        ht_move(w, list, node);
    }
    ht_pop(w, 1);
    forget_old_addresses(w->state);
}

static void check_list(struct ht_worker *w, const struct gc_root *list, uint64_t number)
{
    const uint64_t length = w->job->value[LENGTH];
    struct gc_root *const node = ht_push(w, 1);
    ht_move(w, node, list);
    for (uint64_t i = length; i > 0; i--) {
        ht_expect(!gc_is_empty(node), "a list has lost nodes");
        const struct data *const data = ht_data(w, node);
        ht_expect(data->id == number * length + i && data->inverse == ~data->number,
                  "a node does not hold what was written to it");
        ht_load(w, node, node, 0);
    }
    ht_expect(gc_is_empty(node), "a list is longer than it was");
    ht_pop(w, 1);
}

/* Checks and drops the list that is there. */
static void drop(struct ht_worker *w, uint32_t at, uint64_t number)
{
    struct gc_root *const list = ht_push(w, 1);
    load_full(w, list, &w->root[TABLE], at);
    store_nothing(w, &w->root[TABLE], at);
    check_list(w, list, number);
    ht_give_up_tree(w, list);
    ht_pop(w, 1);
}

static void add(struct ht_worker *w)
{
    struct state *const s = w->state;
    struct gc_root *const list = ht_push(w, 1);
    make_list(w, list, s->lists);
    ht_store(w, &w->root[TABLE], (uint32_t)(s->lists++ % w->job->value[LIVE]), list);
    ht_pop(w, 1);
}

static void setup(struct ht_worker *w)
{
    struct state *const s = w->state = ht_scratch_alloc(sizeof *s);
    forget_old_addresses(s);
    forget_old_addresses(s);
    w->root = ht_push(w, ROOTS);
    ht_new(w, &w->root[TABLE], (uint32_t)w->job->value[LIVE], 0);
    for (uint64_t i = 0; i < w->job->value[LIVE]; i++)
        add(w);
}

/* Operations: allocations, loads and stores: a node is one of each; and three for its list in the table. */
static uint64_t run(struct ht_worker *w)
{
    const struct state *const s = w->state;
    const uint64_t live = w->job->value[LIVE], lists = w->job->value[LISTS];
    for (uint64_t i = 0; i < lists; i++) {
        drop(w, (uint32_t)(s->lists % live), s->lists - live);
        add(w);
    }
    return lists * 3 * (w->job->value[LENGTH] + 1);
}

static void teardown(struct ht_worker *w)
{
    struct state *const s = w->state;
    const uint64_t live = w->job->value[LIVE];
    for (uint64_t i = 0; i < live; i++, s->lists++)
        drop(w, (uint32_t)(s->lists % live), s->lists - live);
    ht_give_up(w, &w->root[TABLE]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(ambiguous) = {
    .name = "ambiguous",
    .summary = "lists that come and go, with numbers in their nodes that look like addresses",
    .source = "heaptrial: Boehm, POPL 2002, bounds what a conservative collector keeps for them",
    .params =
        {
            [LENGTH] = {"length", 100, 1, 1 << 24, "nodes in a list"},
            [LISTS] = {"lists", 1000, 1, 1 << 24, "made and dropped an iteration"},
            [LIVE] = {"live", 500, 1, 1 << 20, "lists that are held at a time"},
            [RATE] = {"rate", 10, 0, 1000, "nodes of 1000 whose number looks like an address"},
        },
    .scratch_bytes = scratch_bytes,
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
