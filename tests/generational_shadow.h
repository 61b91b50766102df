/* What the tests of generational share: its heap, and a shadow of the graph of objects, against which the heap
 * is held up. */
#ifndef HT_TESTS_GENERATIONAL_SHADOW_H
#define HT_TESTS_GENERATIONAL_SHADOW_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/generational.h"

#include "allocators/collector_defaults.h"

enum { ROOTS = 24, EDGES = 1 << 25, IDS = 1 << 22 };

static struct gc_heap heap;
static struct gc_mutator mutator, *const m = &mutator;
static struct gc_root *root;
static unsigned finalized;

/* The graph as it must be. An object has a number, in the first and last word of its data; 0 is none. */
static struct shadow {
    uint32_t first, slots; /* in `edge` */
    uint8_t kind;
    bool reached, seen;
} * shadow;
static uint32_t *edge, ids, edges, held[ROOTS];

static inline void finalize(struct gc_mutator *mutator_of, struct gc_root *object, void *context)
{
    (void)mutator_of, (void)object, (void)context;
    finalized++;
}

static inline int forget(void **state)
{
    (void)state;
    gc_budget_fail = NULL;
    return 0;
}

static inline void open_heap(uint64_t bytes, const char *variant)
{
    static struct gc_options options;
    memset(&heap, 0, sizeof heap);
    memset(&mutator, 0, sizeof mutator);
    memset(held, 0, sizeof held);
    ids = edges = finalized = 0;
    options =
        (struct gc_options){.threads = 1, .heap_bytes = bytes, .variant = variant, .finalize = finalize};
    assert_int_equal(gc_open(&heap, &options), 0);
    assert_int_equal(gc_attach(&heap, m), 0);
    root = gc_push(m, ROOTS);
}

static inline void verify(void)
{
    char why[160];
    if (gc_verify(&heap, why))
        fail_msg("%s", why);
}

static inline void close_heap(void)
{
    verify();
    gc_detach(m);
    gc_close(&heap);
    assert_int_equal(heap.budget.held, 0);
}

/* ---- operations, on the heap and on the shadow -------------------------------------------------------------- */

static inline uint32_t id_of(const struct gc_root *r)
{
    return gc_is_empty(r) ? 0 : *(uint32_t *)gc_data(m, r);
}

static inline int make_kind(uint32_t to, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    const int error = gc_alloc(m, &root[to], kind, slots, bytes);
    if (error)
        return error;
    if (ids + 2 > IDS || edges + slots > EDGES)
        fail_msg("the shadow is full");
    shadow[++ids] = (struct shadow){.first = edges, .slots = slots, .kind = (uint8_t)kind};
    memset(edge + edges, 0, slots * sizeof *edge);
    edges += slots;
    char *const data = gc_data(m, &root[to]);
    memcpy(data, &ids, 4);
    memcpy(data + bytes - 4, &ids, 4);
    held[to] = ids;
    return 0;
}

static inline int make(uint32_t to, uint32_t slots, uint32_t bytes)
{
    return make_kind(to, GC_PLAIN, slots, bytes);
}

/* A weak slot may have been emptied; an ephemeron without a key loses its value. */
static inline void note_cleared(uint32_t object)
{
    const struct shadow *const s = &shadow[held[object]];
    for (uint32_t i = 0; i < s->kind; i++)
        if (!((struct gc_object *)root[object].object)->slot[i])
            edge[s->first + i] = 0;
}

static inline void store(uint32_t object, uint32_t i, uint32_t value)
{
    note_cleared(object);
    gc_store(m, &root[object], i, &root[value]);
    edge[shadow[held[object]].first + i] = held[value];
}

static inline void load(uint32_t to, uint32_t object, uint32_t i)
{
    if (i < shadow[held[object]].kind)
        note_cleared(object); /* whether it may be is for check_graph */
    const uint32_t id = edge[shadow[held[object]].first + i];
    gc_load(m, &root[to], &root[object], i);
    held[to] = id;
    if (id_of(&root[to]) != id)
        fail_msg("slot %u is %u instead of %u", i, id_of(&root[to]), id);
}

static inline void move(uint32_t to, uint32_t from)
{
    gc_move(m, &root[to], &root[from]);
    held[to] = held[from];
}

static inline void drop(uint32_t r)
{
    gc_clear(m, &root[r]);
    held[r] = 0;
}

/* ---- the graph --------------------------------------------------------------------------------------------- */

static uint32_t stack[IDS], stacked;

static inline void reach(uint32_t id)
{
    if (!shadow[id].reached)
        shadow[stack[stacked++] = id].reached = true;
}

/* Values of ephemerons with reached keys; false when there is no new one. */
static inline bool reach_values(void)
{
    const uint32_t before = stacked;
    for (const struct shadow *s = shadow + 1; s <= shadow + ids; s++)
        if (s->kind == GC_EPHEMERON && s->reached && edge[s->first] && shadow[edge[s->first]].reached)
            reach(edge[s->first + 1]);
    return stacked > before;
}

/* Marks what the roots reach; how many these are. */
static inline uint32_t reach_shadow(void)
{
    uint32_t scanned = 0;
    for (uint32_t id = 0; id <= ids; id++)
        shadow[id].reached = shadow[id].seen = id == 0;
    stacked = 0;
    for (uint32_t r = 0; r < ROOTS; r++)
        reach(held[r]);
    do
        for (; scanned < stacked; scanned++) {
            const struct shadow *const s = &shadow[stack[scanned]];
            for (uint32_t i = s->kind; i < s->slots; i++)
                reach(edge[s->first + i]);
        }
    while (reach_values());
    return stacked;
}

struct census {
    uint32_t reached, others;
    bool exactly;
};

/* What a weak slot refers to, if it is reachable, must be there; if it is not, may be. */
static inline void check_weak_slots(const struct shadow *s, struct gc_object *const *slot, bool exactly)
{
    for (uint32_t i = 0; i < s->kind; i++) {
        const uint32_t id = slot[i] ? *(uint32_t *)gc_object_data(slot[i]) : 0, to = edge[s->first + i];
        const bool reached = edge[s->first] && shadow[edge[s->first]].reached;
        if (reached ? id != to : id && (exactly || id != to))
            fail_msg("weak slot %u is %u instead of %u, its key is %sreached", i, id, to,
                     reached ? "" : "not ");
    }
}

static inline void count_object(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    struct census *const census = context;
    uint32_t id, last;
    memcpy(&id, data, 4);
    memcpy(&last, (char *)data + bytes - 4, 4);
    if (!id || id > ids || id != last || shadow[id].kind != kind || shadow[id].slots != slots ||
        shadow[id].seen)
        fail_msg("the heap has an object of number %u, %u, with %u slots", id, last, slots);
    shadow[id].seen = true;
    *(shadow[id].reached ? &census->reached : &census->others) += 1;
    if (shadow[id].reached)
        check_weak_slots(&shadow[id], (struct gc_object **)data - slots, census->exactly);
}

/* All that is reachable is held; with `exactly`, nothing else. */
static inline void check_graph(bool exactly)
{
    const uint32_t live = reach_shadow();
    struct census census = {.exactly = exactly};
    verify();
    gc_each(&heap, count_object, &census);
    if (census.reached != live || (exactly && census.others))
        fail_msg("%u of %u live objects are held, and %u dead ones", census.reached, live, census.others);
}

static inline void collect(enum gc_collection kind)
{
    gc_collect(m, kind);
    check_graph(kind == GC_FULL);
}

static inline int open_shadow(void **state)
{
    (void)state;
    shadow = calloc(IDS, sizeof *shadow);
    edge = calloc(EDGES, sizeof *edge);
    return shadow && edge ? 0 : -1;
}

static inline int close_shadow(void **state)
{
    (void)state;
    free(shadow);
    free(edge);
    return 0;
}

#endif
