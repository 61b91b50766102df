/* Random operations of one mutator against a model: an array of objects that refer to each other by number. The
 * model never forgets an object; the heap does when it should. */
#include <stdio.h>

#include "tests/gc_trial.h"

enum { ROOTS = 48, SLOTS_MAX = 12, WALK_STEPS = 200, NONE = 0 };

struct node {
    uint32_t slots, bytes;
    uint32_t slot[SLOTS_MAX]; /* a number of another node; NONE: empty */
    uint32_t seen;            /* by the walk of the heap with this number */
    bool live;
};

struct graph {
    struct gc_mutator *who;
    struct gc_root *root; /* ROOTS, and one more for walks */
    uint32_t at[ROOTS + 1];
    struct node *node; /* node 0 is none */
    uint32_t nodes, room;
    uint32_t *queue;
    uint32_t walk;
    uint32_t base; /* numbers in the heap have this on top: graphs of several mutators differ */
    struct ht_rng rng;
    bool alone;
    const char *wrong;
    char words[200];
};

static void wrong(struct graph *g, const char *what, uint32_t number)
{
    if (g->wrong)
        return;
    snprintf(g->words, sizeof g->words, "%s: object %u of %u", what, number, g->nodes - 1);
    g->wrong = g->words;
}

static uint64_t stamp_of(const struct graph *g, uint32_t number)
{
    return (uint64_t)g->base << 32 | number;
}

/* The data of object `number` follows from its number. */
static unsigned char filler(uint32_t number, uint32_t i)
{
    return (unsigned char)(number * 37 + i);
}

static void stamp(const struct graph *g, uint32_t number, unsigned char *data)
{
    const uint64_t s = stamp_of(g, number);
    memcpy(data, &s, sizeof s);
    for (uint32_t i = 8; i < g->node[number].bytes; i++)
        data[i] = filler(number, i);
}

static bool stamp_holds(const struct graph *g, uint32_t number, const unsigned char *data)
{
    const uint64_t s = stamp_of(g, number);
    if (memcmp(data, &s, sizeof s))
        return false;
    for (uint32_t i = 8; i < g->node[number].bytes; i++)
        if (data[i] != filler(number, i))
            return false;
    return true;
}

static void check_root(struct graph *g, uint32_t r)
{
    const uint32_t number = g->at[r];
    const struct gc_root *const root = &g->root[r];
    if (!number && !gc_is_empty(root))
        wrong(g, "a root that should be empty is not", r);
    else if (number && gc_is_empty(root))
        wrong(g, "a root has lost its object", number);
    else if (number && gc_slots(g->who, root) != g->node[number].slots)
        wrong(g, "another number of slots", number);
    else if (number && !stamp_holds(g, number, gc_data(g->who, root)))
        wrong(g, "other data than were written", number);
}

static void drop_roots(struct graph *g)
{
    for (uint32_t r = 0; r < ROOTS; r += 1 + ht_rng_below(&g->rng, 2)) {
        gc_clear(g->who, &g->root[r]);
        g->at[r] = NONE;
    }
}

/* Mostly small; some of several pages. */
static uint32_t any_bytes(struct graph *g)
{
    const uint32_t kind = ht_rng_below(&g->rng, 100);
    return 8 + ht_rng_below(&g->rng, kind == 0 ? 20000 : kind < 10 ? 1000 : 64);
}

static void do_alloc(struct graph *g, uint32_t r)
{
    const uint32_t number = g->nodes;
    if (number == g->room)
        return;
    struct node *const node = &g->node[number];
    *node = (struct node){.slots = ht_rng_below(&g->rng, SLOTS_MAX + 1), .bytes = any_bytes(g)};
    if (gc_alloc(g->who, &g->root[r], GC_PLAIN, node->slots, node->bytes)) {
        check_root(g, r);
        drop_roots(g);
        return;
    }
    g->nodes++;
    stamp(g, number, gc_data(g->who, &g->root[r]));
    g->at[r] = number;
}

static void do_load(struct graph *g, uint32_t dst, uint32_t r)
{
    const uint32_t number = g->at[r], slots = g->node[number].slots;
    if (!number || !slots)
        return;
    const uint32_t i = ht_rng_below(&g->rng, slots);
    gc_load(g->who, &g->root[dst], &g->root[r], i);
    g->at[dst] = g->node[number].slot[i];
    check_root(g, dst);
}

static void do_store(struct graph *g, uint32_t r, uint32_t value)
{
    const uint32_t number = g->at[r], slots = g->node[number].slots;
    if (!number || !slots)
        return;
    const uint32_t i = ht_rng_below(&g->rng, slots);
    const bool nothing = ht_rng_below(&g->rng, 8) == 0;
    gc_store(g->who, &g->root[r], i, nothing ? &gc_nothing : &g->root[value]);
    g->node[number].slot[i] = nothing ? NONE : g->at[value];
}

static void do_root(struct graph *g, uint32_t dst, uint32_t src)
{
    if (ht_rng_below(&g->rng, 3) == 0) {
        gc_clear(g->who, &g->root[dst]);
        g->at[dst] = NONE;
        return;
    }
    gc_move(g->who, &g->root[dst], &g->root[src]);
    g->at[dst] = g->at[src];
    if (!gc_same(g->who, &g->root[dst], &g->root[src]))
        wrong(g, "a moved root is not the same", g->at[dst]);
}

static void do_collect(struct graph *g)
{
    const uint32_t kind = ht_rng_below(&g->rng, 16);
    if (kind == 0)
        gc_collect(g->who, GC_FULL);
    else if (kind < 4)
        gc_collect(g->who, GC_MINOR);
    else if (kind < 12)
        gc_step(g->who, 1000 * kind);
    else
        gc_poll(g->who);
}

/* A frame on top of the roots: what stands in it is reached from nowhere else. */
static void do_frame(struct graph *g)
{
    struct gc_root *const frame = gc_push(g->who, 3);
    if (!gc_is_empty(&frame[0]) || !gc_is_empty(&frame[2]))
        wrong(g, "a new frame is not empty", 0);
    if (!gc_alloc(g->who, &frame[0], GC_PLAIN, 2, 0) && !gc_alloc(g->who, &frame[1], GC_PLAIN, 1, 0)) {
        gc_store(g->who, &frame[0], 1, &frame[1]);
        gc_load(g->who, &frame[2], &frame[0], 1);
        if (!gc_same(g->who, &frame[1], &frame[2]))
            wrong(g, "a load gives another object than was stored", 0);
    }
    gc_pop(g->who, 3);
}

/* From a random root along random slots. */
static void walk_randomly(struct graph *g)
{
    const uint32_t start = ht_rng_below(&g->rng, ROOTS);
    gc_move(g->who, &g->root[ROOTS], &g->root[start]);
    g->at[ROOTS] = g->at[start];
    for (int i = 0; i < WALK_STEPS && g->at[ROOTS] && !g->wrong; i++)
        if (g->node[g->at[ROOTS]].slots)
            do_load(g, ROOTS, ROOTS);
    gc_clear(g->who, &g->root[ROOTS]);
    g->at[ROOTS] = NONE;
}

static void step(struct graph *g)
{
    const uint32_t what = ht_rng_below(&g->rng, 100), a = ht_rng_below(&g->rng, ROOTS),
                   b = ht_rng_below(&g->rng, ROOTS);
    if (what < 30)
        do_alloc(g, a);
    else if (what < 55)
        do_store(g, a, b);
    else if (what < 75)
        do_load(g, a, b);
    else if (what < 95)
        do_root(g, a, b);
    else if (what < 97)
        do_frame(g);
    else if (what < 98)
        walk_randomly(g);
    else if (ht_rng_below(&g->rng, 4) == 0)
        do_collect(g);
    check_root(g, b);
}

/* ---- the whole heap, by gc_each ------------------------------------------------------------------------------ */

static uint32_t mark(struct graph *g, uint32_t number, uint32_t count)
{
    if (!number || g->node[number].live)
        return count;
    g->node[number].live = true;
    g->queue[count] = number;
    return count + 1;
}

static uint32_t mark_live(struct graph *g)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < g->nodes; i++)
        g->node[i].live = false;
    for (uint32_t r = 0; r < ROOTS; r++)
        count = mark(g, g->at[r], count);
    for (uint32_t done = 0; done < count; done++)
        for (uint32_t i = 0; i < g->node[g->queue[done]].slots; i++)
            count = mark(g, g->node[g->queue[done]].slot[i], count);
    return count;
}

static void visit(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    struct graph *const g = context;
    uint64_t number;
    if (!bytes)
        return; /* of a frame that went */
    memcpy(&number, data, sizeof number);
    if (number >> 32 != g->base)
        return; /* not of this graph */
    number &= UINT32_MAX;
    if (number == 0 || number >= g->nodes) {
        wrong(g, "the heap walk shows an object that was never made", (uint32_t)number);
        return;
    }
    struct node *const node = &g->node[number];
    if (kind != GC_PLAIN || slots != node->slots || bytes != node->bytes ||
        !stamp_holds(g, (uint32_t)number, data))
        wrong(g, "the heap walk shows something else than was made", (uint32_t)number);
    else if (node->seen == g->walk)
        wrong(g, "the heap walk shows an object twice", (uint32_t)number);
    else if (!node->live && trial_counts())
        wrong(g, "held after a full collection, but not reachable", (uint32_t)number);
    node->seen = g->walk;
}

static void check_heap(struct graph *g)
{
    static char why[160];
    if (gc_verify(&heap, why)) {
        g->wrong = why;
        return;
    }
    if (!trial_can(GC_CAP_WALK))
        return;
    gc_collect(g->who, GC_FULL);
    const uint32_t live = mark_live(g);
    g->walk++;
    gc_each(&heap, visit, g);
    for (uint32_t i = 0; i < live && !g->wrong; i++)
        if (g->node[g->queue[i]].seen != g->walk)
            wrong(g, "the heap walk does not show a reachable object", g->queue[i]);
}

static const char *end(struct graph *g)
{
    static _Thread_local char words[200];
    gc_pop(g->who, ROOTS + 1);
    if (g->wrong)
        snprintf(words, sizeof words, "%s", g->wrong);
    const bool is_wrong = g->wrong;
    free(g->node);
    free(g->queue);
    return is_wrong ? words : NULL;
}

const char *trial_graph(struct gc_mutator *who, uint64_t seed, unsigned steps, bool alone)
{
    static _Atomic uint32_t graphs; /* who reclaims no cycles still has those before */
    struct graph g = {.who = who,
                      .root = gc_push(who, ROOTS + 1),
                      .nodes = 1,
                      .room = steps,
                      .base = ++graphs,
                      .rng = ht_rng_open(seed, 7),
                      .alone = alone};
    g.node = calloc(g.room, sizeof *g.node);
    g.queue = calloc(g.room, sizeof *g.queue);
    for (unsigned i = 0; i < steps && !g.wrong; i++) {
        step(&g);
        if (g.alone && (i & 2047) == 2047)
            check_heap(&g);
    }
    for (uint32_t r = 0; r < ROOTS && !g.wrong; r++)
        check_root(&g, r);
    if (alone && !g.wrong)
        check_heap(&g);
    return end(&g);
}

void test_graph(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        const char *const why = trial_graph(m, seed, 30000, true);
        if (why)
            fail_msg("seed %lu: %s", (unsigned long)seed, why);
    }
}

void test_graph_at_many_sizes(void **state)
{
    for (size_t bytes = MIB; bytes <= 12 * MIB; bytes += bytes / 3 & -(size_t)4096) {
        trial_teardown(state);
        assert_int_equal(trial_open(bytes), 0);
        const char *const why = trial_graph(m, bytes, 12000, true);
        if (why)
            fail_msg("a heap of %zu bytes: %s", bytes, why);
    }
}
