/* What rings and cliques share: cycles are made, held by a table for a while, and dropped whole, in the order of their
 * birth. The moment of death is exact: the store that takes the last reference from outside away.
 *
 *     shape 0   nothing else
 *     shape 1   self loops: each node refers to itself, too
 *     shape 2   a live tail: each cycle refers to a live list, which survives it
 *     shape 3   an outside edge, dropped late: a second table refers to the last node of each cycle, twice as long
 *     shape 4   an edge from an old cycle to a young one: each refers to the next
 *     shape 5   a finalizer for one node of each cycle, which finds the cycle whole
 *
 * Each cycle is walked and checked before it is dropped. A node's id is the number of its cycle times the nodes of a
 * cycle, plus its own number, from 1 on. */
#ifndef HT_BENCH_MUTATORS_CYCLES_H
#define HT_BENCH_MUTATORS_CYCLES_H

#include <stdatomic.h>

#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { NODES, CYCLES, LIVE, SHAPE }; /* the parameters of both */
enum cycle_shape { PLAIN, SELF, TAIL, LATE, TO_YOUNG, FINALIZED };
enum {
    EDGE,
    OWN_SLOTS,
    NODE_BYTES = 8,
    TAIL_NODES = 1000
}; /* slot 0 of a node is for the edge of the shape */
enum { TABLE, LATE_TABLE, TAIL_HEAD, TAIL_AT, ROOTS };

/* The workload's own. How many slots a node has for the cycle, OWN_SLOTS and following; a cycle from the nodes of
 * new_node, its first and its last one; and a walk over the cycle from a node of it, of which the first has the id
 * `base`, which checks them all and, where memory is managed by hand and it `dies`, frees them. The last two return
 * their operations. */
static uint32_t own_slots(uint64_t nodes);
static uint64_t make_cycle(struct ht_worker *w, struct gc_root *first, struct gc_root *last, uint64_t cycle);
static uint64_t walk_cycle(struct ht_worker *w, struct gc_root *node, uint64_t base, bool dies);

struct cycles {
    _Atomic uint64_t dropped, finalized; /* by all workers */
};

struct made {
    uint64_t cycles;
};

/* ---- bytes -------------------------------------------------------------------------------------------------- */

static inline uint32_t slots_of(const struct ht_job *j)
{
    return OWN_SLOTS + own_slots(j->value[NODES]);
}

/* Cycles at a time. */
static uint64_t held_of(const struct ht_job *j)
{
    return j->value[SHAPE] == LATE ? 2 * j->value[LIVE] : j->value[LIVE];
}

static size_t live_bytes(const struct ht_job *j)
{
    const uint32_t live = (uint32_t)j->value[LIVE];
    const size_t tables = gc_size(live, 0) + (j->value[SHAPE] == LATE ? gc_size(2 * live, 0) : 0);
    const size_t tail = j->value[SHAPE] == TAIL ? TAIL_NODES * gc_size(1, NODE_BYTES) : 0;
    const size_t nodes = held_of(j) * j->value[NODES];
    return (tables + tail + nodes * gc_size(slots_of(j), NODE_BYTES)) * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return sizeof(struct cycles) + j->threads * sizeof(struct made);
}

static uint32_t needs_more(const struct ht_job *j)
{
    return j->value[SHAPE] == FINALIZED ? GC_CAP_FINALIZER : 0;
}

/* ---- nodes -------------------------------------------------------------------------------------------------- */

/* The id of the first node of a cycle. */
static inline uint64_t base_of(const struct ht_worker *w, uint64_t cycle)
{
    return cycle * w->job->value[NODES] + 1;
}

/* Node `n` of a cycle. */
static inline void new_node(struct ht_worker *w, struct gc_root *dst, uint64_t cycle, uint64_t n)
{
    const uint64_t *const value = w->job->value;
    const uint32_t kind = value[SHAPE] == FINALIZED && !n ? GC_PLAIN | GC_FINALIZER : GC_PLAIN;
    ht_new_kind(w, dst, kind, slots_of(w->job), NODE_BYTES);
    stamp(w, dst, NODE_BYTES, base_of(w, cycle) + n);
    if (value[SHAPE] == SELF)
        ht_store(w, dst, EDGE, dst);
}

static void build_tail(struct ht_worker *w)
{
    struct gc_root *const node = ht_push(w, 1);
    for (uint64_t i = TAIL_NODES; i > 0; i--) {
        new_stamped(w, node, 1, NODE_BYTES, i);
        ht_store(w, node, 0, &w->root[TAIL_HEAD]);
        ht_move(w, &w->root[TAIL_HEAD], node);
    }
    ht_pop(w, 1);
}

static void check_tail(struct ht_worker *w)
{
    struct gc_root *const node = ht_push(w, 1);
    ht_move(w, node, &w->root[TAIL_HEAD]);
    for (uint64_t i = 1; i <= TAIL_NODES; i++) {
        ht_expect(!gc_is_empty(node), "the live tail of the cycles has lost nodes");
        check_stamp(w, node, NODE_BYTES, i);
        ht_load(w, node, node, 0);
    }
    ht_pop(w, 1);
}

/* ---- cycles come and go ------------------------------------------------------------------------------------- */

/* The table that holds a cycle longest. */
static struct gc_root *table_of(const struct ht_worker *w)
{
    return &w->root[w->job->value[SHAPE] == LATE ? LATE_TABLE : TABLE];
}

static uint64_t drop(struct ht_worker *w, uint64_t cycle)
{
    struct cycles *const all = w->job->state;
    const uint32_t index = (uint32_t)(cycle % held_of(w->job));
    struct gc_root *const node = ht_push(w, 1);
    load_full(w, node, table_of(w), index);
    if (w->job->value[SHAPE] == FINALIZED)
        atomic_fetch_add(&all->dropped, 1);
    store_nothing(w, table_of(w), index);
    const uint64_t ops = 2 + walk_cycle(w, node, base_of(w, cycle), true);
    ht_pop(w, 1);
    return ops;
}

/* The next node of the tail, from the head again after the last. */
static uint64_t hold_tail(struct ht_worker *w, const struct gc_root *node)
{
    struct gc_root *const at = &w->root[TAIL_AT];
    if (gc_is_empty(at))
        ht_move(w, at, &w->root[TAIL_HEAD]);
    ht_store(w, node, EDGE, at);
    ht_load(w, at, at, 0);
    return 2;
}

static uint64_t refer_to_next(struct ht_worker *w, uint64_t before, const struct gc_root *node)
{
    struct gc_root *const old = ht_push(w, 1);
    load_full(w, old, &w->root[TABLE], (uint32_t)(before % w->job->value[LIVE]));
    ht_store(w, old, EDGE, node);
    ht_pop(w, 1);
    return 2;
}

static uint64_t add(struct ht_worker *w)
{
    struct made *const made = w->state;
    const uint64_t shape = w->job->value[SHAPE], cycle = made->cycles++;
    struct gc_root *const r = ht_push(w, 2), *const first = &r[0], *const last = &r[1];
    uint64_t ops = make_cycle(w, first, last, cycle) + 1;
    if (shape == TAIL)
        ops += hold_tail(w, first);
    if (shape == TO_YOUNG && cycle)
        ops += refer_to_next(w, cycle - 1, first);
    ht_store(w, &w->root[TABLE], (uint32_t)(cycle % w->job->value[LIVE]), first);
    if (shape == LATE) {
        ht_store(w, &w->root[LATE_TABLE], (uint32_t)(cycle % held_of(w->job)), last);
        ops++;
    }
    ht_pop(w, 2);
    return ops;
}

static void finalize(struct ht_worker *w, struct gc_root *node)
{
    struct cycles *const all = w->job->state;
    walk_cycle(w, node, stamp_of(w, node, NODE_BYTES), false);
    ht_expect(atomic_fetch_add(&all->finalized, 1) < atomic_load(&all->dropped),
              "a finalizer was called for a cycle that is alive, or once more");
}

/* ---- the benchmark ------------------------------------------------------------------------------------------ */

static void open_cycles(struct ht_job *j)
{
    j->state = ht_scratch_alloc(sizeof(struct cycles));
}

static void setup(struct ht_worker *w)
{
    const uint64_t live = w->job->value[LIVE], shape = w->job->value[SHAPE];
    w->state = ht_scratch_alloc(sizeof(struct made));
    w->root = ht_push(w, ROOTS);
    ht_new(w, &w->root[TABLE], (uint32_t)live, 0);
    if (shape == LATE)
        ht_new(w, &w->root[LATE_TABLE], (uint32_t)(2 * live), 0);
    if (shape == TAIL)
        build_tail(w);
    for (uint64_t i = 0; i < held_of(w->job); i++)
        add(w);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const struct made *const made = w->state;
    uint64_t ops = 0;
    for (uint64_t i = 0; i < w->job->value[CYCLES]; i++) {
        ops += drop(w, made->cycles - held_of(w->job));
        ops += add(w);
    }
    return ops;
}

/* Alone, a collector that finds all that is dead has called all finalizers after a full collection. */
static void check_finalizers(struct ht_worker *w)
{
    struct cycles *const all = w->job->state;
    if (w->job->value[SHAPE] != FINALIZED || ht_can(GC_CAP_EXPLICIT) || w->job->threads > 1 ||
        !ht_can(GC_CAP_CYCLES | GC_CAP_EXACT))
        return;
    ht_collect(w, GC_FULL);
    ht_expect(atomic_load(&all->finalized) == atomic_load(&all->dropped),
              "the finalizer of a dead cycle was not called");
}

static void teardown(struct ht_worker *w)
{
    const struct made *const made = w->state;
    if (w->job->value[SHAPE] == LATE)
        ht_give_up(w, &w->root[TABLE]);
    for (uint64_t left = held_of(w->job); left > 0; left--)
        drop(w, made->cycles - left);
    ht_give_up(w, table_of(w));
    ht_clear(w, &w->root[TAIL_AT]);
    if (w->job->value[SHAPE] == TAIL)
        check_tail(w);
    ht_give_up_tree(w, &w->root[TAIL_HEAD]);
    ht_pop(w, ROOTS);
    check_finalizers(w);
}

#define CYCLE_PARAMS                                                                                         \
    [CYCLES] = {"cycles", 1000, 1, 1 << 24, "made and dropped an iteration"},                                \
    [LIVE] = {"live", 1000, 2, 1 << 20, "cycles that are held at a time"},                                   \
    [SHAPE] = {"shape", PLAIN, PLAIN, FINALIZED,                                                             \
               "0 plain, 1 self loops, 2 live tail, 3 late edge, 4 old to young, 5 finalizers"}
#define CYCLE_LIFE                                                                                           \
    .needs_more = needs_more, .scratch_bytes = scratch_bytes, .live_bytes = live_bytes,                      \
    .finalize = finalize, .open = open_cycles, .setup = setup, .run = run, .teardown = teardown

#endif
