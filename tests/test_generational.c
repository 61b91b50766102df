/* generational: a random program against a shadow of its graph, in each state that a heap may come to be in; and
 * what single operations must lead to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/generational.h"

#include "allocators/collector_defaults.h"
#include "base/rng.h"

enum { ROOTS = 24, BANK = 3000, EDGES = 1 << 25, IDS = 1 << 22 };

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

static void finalize(struct gc_mutator *mutator_of, struct gc_root *object, void *context)
{
    (void)mutator_of, (void)object, (void)context;
    finalized++;
}

static int forget(void **state)
{
    (void)state;
    gc_budget_fail = NULL;
    return 0;
}

static void open_heap(uint64_t bytes, const char *variant)
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

static void verify(void)
{
    char why[160];
    if (gc_verify(&heap, why))
        fail_msg("%s", why);
}

static void close_heap(void)
{
    verify();
    gc_detach(m);
    gc_close(&heap);
    assert_int_equal(heap.budget.held, 0);
}

/* ---- the program ------------------------------------------------------------------------------------------- */

static uint32_t id_of(const struct gc_root *r)
{
    return gc_is_empty(r) ? 0 : *(uint32_t *)gc_data(m, r);
}

static int make_kind(uint32_t to, uint32_t kind, uint32_t slots, uint32_t bytes)
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

static int make(uint32_t to, uint32_t slots, uint32_t bytes)
{
    return make_kind(to, GC_PLAIN, slots, bytes);
}

/* A weak slot may have been emptied; an ephemeron without a key loses its value. */
static void note_cleared(uint32_t object)
{
    const struct shadow *const s = &shadow[held[object]];
    for (uint32_t i = 0; i < s->kind; i++)
        if (!((struct gc_object *)root[object].object)->slot[i])
            edge[s->first + i] = 0;
}

static void store(uint32_t object, uint32_t i, uint32_t value)
{
    note_cleared(object);
    gc_store(m, &root[object], i, &root[value]);
    edge[shadow[held[object]].first + i] = held[value];
}

static void load(uint32_t to, uint32_t object, uint32_t i)
{
    if (i < shadow[held[object]].kind)
        note_cleared(object); /* whether it may be is for check_graph */
    const uint32_t id = edge[shadow[held[object]].first + i];
    gc_load(m, &root[to], &root[object], i);
    held[to] = id;
    if (id_of(&root[to]) != id)
        fail_msg("slot %u is %u instead of %u", i, id_of(&root[to]), id);
}

static void move(uint32_t to, uint32_t from)
{
    gc_move(m, &root[to], &root[from]);
    held[to] = held[from];
}

static void drop(uint32_t r)
{
    gc_clear(m, &root[r]);
    held[r] = 0;
}

/* Rarely wide, rarely large. */
static void random_shape(struct ht_rng *rng, uint32_t *slots, uint32_t *bytes)
{
    const uint32_t dice = ht_rng_below(rng, 200);
    *slots = dice == 0 ? 64 + ht_rng_below(rng, 200) : dice == 1 ? 1100 : ht_rng_below(rng, 5);
    *bytes = dice == 2 ? 12000 + ht_rng_below(rng, 9000) : 8 + ht_rng_below(rng, 56);
}

/* One operation; false when there was no memory. The last root is an object of BANK slots that keeps much alive. */
static bool operate(struct ht_rng *rng)
{
    const uint32_t a = ht_rng_below(rng, ROOTS - 1), b = ht_rng_below(rng, ROOTS - 1), bank = ROOTS - 1,
                   slots = shadow[held[a]].slots, dice = ht_rng_below(rng, 16);
    if (!held[bank])
        return !make(bank, BANK, 8);
    if (!held[a] || dice < 5) {
        uint32_t shape[2];
        random_shape(rng, &shape[0], &shape[1]);
        return !make_kind(a, shape[0] < 2 ? GC_PLAIN : ht_rng_below(rng, 3), shape[0], shape[1]);
    }
    if (dice == 5)
        drop(a);
    else if (dice < 8)
        store(bank, ht_rng_below(rng, BANK), a);
    else if (dice == 8)
        load(a, bank, ht_rng_below(rng, BANK));
    else if (slots && dice < 13)
        store(a, ht_rng_below(rng, slots), b);
    else if (slots)
        load(b, a, ht_rng_below(rng, slots));
    return true;
}

/* ---- the graph --------------------------------------------------------------------------------------------- */

static uint32_t stack[IDS], stacked;

static void reach(uint32_t id)
{
    if (!shadow[id].reached)
        shadow[stack[stacked++] = id].reached = true;
}

/* Values of ephemerons with reached keys; false when there is no new one. */
static bool reach_values(void)
{
    const uint32_t before = stacked;
    for (const struct shadow *s = shadow + 1; s <= shadow + ids; s++)
        if (s->kind == GC_EPHEMERON && s->reached && edge[s->first] && shadow[edge[s->first]].reached)
            reach(edge[s->first + 1]);
    return stacked > before;
}

/* Marks what the roots reach; how many these are. */
static uint32_t reach_shadow(void)
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
static void check_weak_slots(const struct shadow *s, struct gc_object *const *slot, bool exactly)
{
    for (uint32_t i = 0; i < s->kind; i++) {
        const uint32_t id = slot[i] ? *(uint32_t *)gc_object_data(slot[i]) : 0, to = edge[s->first + i];
        const bool reached = edge[s->first] && shadow[edge[s->first]].reached;
        if (reached ? id != to : id && (exactly || id != to))
            fail_msg("weak slot %u is %u instead of %u, its key is %sreached", i, id, to,
                     reached ? "" : "not ");
    }
}

static void count_object(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
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
static void check_graph(bool exactly)
{
    const uint32_t live = reach_shadow();
    struct census census = {.exactly = exactly};
    verify();
    gc_each(&heap, count_object, &census);
    if (census.reached != live || (exactly && census.others))
        fail_msg("%u of %u live objects are held, and %u dead ones", census.reached, live, census.others);
}

static void collect(enum gc_collection kind)
{
    gc_collect(m, kind);
    check_graph(kind == GC_FULL);
}

/* How often there was no memory. */
static unsigned play(uint64_t seed, unsigned operations)
{
    struct ht_rng rng = ht_rng_open(seed, 0);
    unsigned failures = 0;
    for (unsigned i = 1; i <= operations; i++) {
        if (!operate(&rng)) {
            failures++;
            check_graph(true);
            for (uint32_t r = ROOTS; r-- > 0 && held[r];)
                drop(r);
        }
        if (i % 7000 == 0)
            collect(i % 3 ? GC_MINOR : GC_FULL);
    }
    collect(GC_FULL);
    return failures;
}

static const struct {
    uint64_t bytes;
    const char *variant;
} heaps[] = {{512 << 10, ""},
             {1 << 20, ""},
             {2 << 20, ""},
             {16 << 20, ""},
             {16 << 20, "nursery=65536"},
             {2 << 20, "mark-stack=4"},
             {1 << 20, "mark-stack=0"}};

static void random_programs(void **state)
{
    unsigned failures = 0, successes = 0;
    (void)state;
    for (unsigned i = 0; i < sizeof heaps / sizeof *heaps; i++) {
        open_heap(heaps[i].bytes, heaps[i].variant);
        const unsigned n = play(i, 100000);
        failures += n > 0;
        successes += n == 0;
        assert_true(heap.stats.barriers > 1000);
        close_heap();
    }
    assert_true(failures > 0 && successes > 0);
}

/* ---- memory that fails ------------------------------------------------------------------------------------- */

static enum gc_site failing;
static unsigned fail_every, requests;

static bool fail_some(enum gc_site site, size_t bytes)
{
    (void)bytes;
    return site == failing && requests++ % fail_every == fail_every - 1;
}

static void fail_from_now(enum gc_site site, unsigned every)
{
    failing = site;
    fail_every = every;
    requests = 0;
    gc_budget_fail = fail_some;
}

static void programs_survive_failures(void **state)
{
    static const enum gc_site sites[] = {GC_SITE_HEAP, GC_SITE_MARK_STACK, GC_SITE_REMEMBERED, GC_SITE_WEAK};
    static const unsigned every[] = {1, 2, 5};
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        open_heap(4 << 20, "nursery=131072");
        make(0, 1, 8);
        fail_from_now(sites[i / 3], every[i % 3]);
        play(i, 20000);
        gc_budget_fail = NULL;
        collect(GC_FULL);
        assert_false(heap.nursery.crowded);
        assert_false(heap.forgot);
        close_heap();
    }
}

static void open_fails_cleanly(void **state)
{
    static const enum gc_site sites[] = {GC_SITE_HEAP, GC_SITE_COPY_RESERVE};
    struct gc_options options = {.threads = 1, .heap_bytes = 4 << 20, .variant = "", .finalize = finalize};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        memset(&heap, 0, sizeof heap);
        fail_from_now(sites[i], 1);
        assert_int_equal(gc_open(&heap, &options), -ENOMEM);
        assert_int_equal(heap.budget.held, 0);
    }
    gc_budget_fail = NULL;
    memset(&heap, 0, sizeof heap);
    options.variant = "nurserys=1";
    assert_int_equal(gc_open(&heap, &options), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "nursery="));
    options.variant = "";
    options.heap_bytes = 16 << 10;
    assert_int_equal(gc_open(&heap, &options), -ENOMEM);
    assert_int_equal(heap.budget.held, 0);
}

/* A list that grows until there is no memory, nor for a plain object. */
static uint32_t fill(uint32_t bytes)
{
    uint32_t n = 0;
    for (; !make(1, 1, bytes); n++) {
        store(1, 0, 0);
        move(0, 1);
    }
    return n;
}

/* No old space at all: objects stay in the nursery, and its gaps are used again. */
static void without_old_space(void **state)
{
    (void)state;
    open_heap(4 << 20, "nursery=131072");
    fail_from_now(GC_SITE_HEAP, 1);
    const uint32_t n = fill(24);
    assert_true(heap.nursery.crowded);
    assert_true(n > 131072 / 40 * 9 / 10);
    check_graph(true);
    drop(0), drop(1);
    assert_in_range(fill(24), n - 10, n + 10);
    check_graph(true);
    /* Every second object goes, and as many find room in the gaps. */
    for (move(1, 0); held[1]; load(1, 1, 0)) {
        load(2, 1, 0);
        if (held[2]) {
            load(2, 2, 0);
            store(1, 0, 2);
        }
    }
    assert_in_range(fill(24), n / 2 - 10, n / 2 + 10);
    check_graph(true);
    drop(1);
    gc_budget_fail = NULL;
    collect(GC_FULL);
    assert_false(heap.nursery.crowded);
    close_heap();
}

/* The whole heap is used, and is whole when it is full. */
static void until_there_is_no_memory(void **state)
{
    static const uint32_t bytes[] = {8, 24, 200, 4000, 9000, 100000};
    (void)state;
    for (unsigned i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        open_heap(8 << 20, "");
        const uint32_t n = fill(bytes[i]);
        assert_int_equal(id_of(&root[1]), held[1]);
        assert_true(n * gc_size(1, bytes[i]) > (bytes[i] < 8192 ? 9 : 6) * ((8u << 20) / 10));
        check_graph(true);
        drop(0), drop(1);
        collect(GC_FULL);
        assert_in_range(fill(bytes[i]), n - n / 20 - 1, n + n / 20 + 1);
        close_heap();
    }
}

static void special_tables_fail(void **state)
{
    static const enum gc_site sites[] = {GC_SITE_WEAK, GC_SITE_FINALIZER};
    (void)state;
    open_heap(4 << 20, "");
    for (unsigned i = 0; i < 2; i++) {
        fail_from_now(sites[i], 1);
        assert_int_equal(gc_alloc(m, &root[0], GC_WEAK | GC_FINALIZER, 2, 8), -ENOMEM);
        assert_true(gc_is_empty(&root[0]));
        verify();
    }
    gc_budget_fail = NULL;
    assert_int_equal(gc_alloc(m, &root[0], GC_WEAK | GC_FINALIZER, 2, 8), 0);
    close_heap();
}

/* ---- single operations ------------------------------------------------------------------------------------- */

static bool is_old(uint32_t r)
{
    return !gc_nursery_has(&heap.nursery, root[r].object);
}

static void objects_grow_old(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make(0, 1, 8);
    collect(GC_MINOR);
    assert_false(is_old(0));
    make(1, 1, 8);
    store(0, 0, 1);
    collect(GC_MINOR);
    assert_true(is_old(0));
    assert_false(is_old(1));
    /* Promotion itself remembers. */
    assert_int_equal(heap.remembered.count, 1);
    drop(1);
    collect(GC_MINOR);
    load(1, 0, 0);
    assert_true(is_old(1));
    assert_int_equal(heap.remembered.count, 0);
    make(2, 2000, 8);
    assert_true(is_old(2));
    assert_int_equal(heap.stats.barriers, 0);
    close_heap();
}

static void make_old(uint32_t r, uint32_t slots)
{
    make(r, slots, 8);
    collect(GC_MINOR);
    collect(GC_MINOR);
    assert_true(is_old(r));
}

static void objects_are_remembered_once(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make_old(0, 3);
    make(1, 0, 8);
    for (uint32_t i = 0; i < 9; i++)
        store(0, i % 3, 1);
    assert_int_equal(heap.remembered.count, 1);
    assert_int_equal(heap.stats.barriers, 1);
    store(0, 0, 0); /* old to old */
    drop(1);
    collect(GC_MINOR);
    collect(GC_MINOR);
    collect(GC_MINOR);
    assert_int_equal(heap.remembered.count, 0);
    make(1, 0, 8);
    store(0, 1, 1);
    assert_int_equal(heap.remembered.count, 1);
    close_heap();
}

static void slots_are_remembered(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make_old(0, 1000);
    make(1, 0, 8);
    store(0, 500, 1);
    store(0, 500, 1);
    store(0, 501, 1);
    assert_int_equal(heap.remembered.count, 4);
    verify();
    /* However often a slot comes and goes the set stays small. */
    for (unsigned i = 0; i < 1000000; i++)
        store(0, 1, i % 2);
    assert_true(heap.remembered.count <= heap.remembered_max + 2);
    verify();
    drop(1);
    collect(GC_MINOR);
    collect(GC_MINOR);
    collect(GC_MINOR);
    assert_int_equal(heap.remembered.count, 0);
    load(1, 0, 501);
    close_heap();
}

static void plant_lost_entry(void)
{
    heap.remembered.count--;
}

static void plant_lost_slot(void)
{
    heap.remembered.count -= 2;
}

static void plant_forwarding(void)
{
    ((struct gc_object *)root[1].object)->header = (uintptr_t)root[0].object;
}

static void plant_edge_into_object(void)
{
    ((struct gc_object *)root[1].object)->slot[0] = (struct gc_object *)((char *)root[1].object + 8);
}

static void plant_wild_old_edge(void)
{
    ((struct gc_object *)root[0].object)->slot[1] = (struct gc_object *)((char *)root[2].object + 8);
}

static void plant_log_bit(void)
{
    ((struct gc_object *)root[2].object)->header &= ~GC_UNLOGGED;
}

static void plant_mark(void)
{
    ((struct gc_object *)root[1].object)->header |= GC_MARKED;
}

static void plant_retired(void)
{
    make_kind(3, GC_WEAK, 2, 8);
    heap.first.weak = 1;
}

static void verify_finds(void **state)
{
    static const struct {
        void (*plant)(void);
        uint32_t slots; /* of the old object that refers to a young one */
        const char *word;
    } faults[] = {{plant_lost_entry, 3, "old object"},
                  {plant_lost_slot, 100, "not remembered"},
                  {plant_forwarding, 3, "young object"},
                  {plant_edge_into_object, 3, "in the nursery, where no object is"},
                  {plant_wild_old_edge, 3, "where no object is"},
                  {plant_log_bit, 3, "old object"},
                  {plant_mark, 3, "young object"},
                  {plant_retired, 3, "no minor collection looks"}};
    char why[160];
    (void)state;
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) {
        open_heap(8 << 20, "");
        make_old(0, faults[i].slots);
        make_old(2, 1000);
        make(1, 2, 8);
        store(0, 0, 1);
        verify();
        faults[i].plant();
        assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
        assert_non_null(strstr(why, faults[i].word));
        gc_detach(m);
        gc_close(&heap);
    }
}

/* ---- weak references, ephemerons, finalizers in minor collections ------------------------------------------- */

static void make_special(uint32_t r, uint32_t kind)
{
    assert_int_equal(gc_alloc(m, &root[r], kind, 2, 8), 0);
}

/* `weak` is of this age when its target is made: as old as so many minor collections. */
static void weak_references(void **state)
{
    (void)state;
    for (unsigned age = 0; age < 3; age++) {
        open_heap(8 << 20, "");
        make_special(0, GC_WEAK);
        for (unsigned i = 0; i < age; i++)
            gc_collect(m, GC_MINOR);
        make_special(1, GC_PLAIN);
        gc_store(m, &root[0], 0, &root[1]);
        verify();
        for (unsigned i = 0; i < 3; i++) {
            gc_collect(m, GC_MINOR);
            verify();
            gc_load(m, &root[2], &root[0], 0);
            assert_true(gc_same(m, &root[1], &root[2]));
        }
        make_special(1, GC_PLAIN);
        gc_store(m, &root[0], 0, &root[1]);
        gc_clear(m, &root[1]);
        gc_clear(m, &root[2]);
        gc_collect(m, GC_MINOR);
        gc_load(m, &root[2], &root[0], 0);
        assert_true(gc_is_empty(&root[2]));
        close_heap();
    }
}

static void ephemerons(void **state)
{
    (void)state;
    for (unsigned age = 0; age < 3; age++) {
        open_heap(8 << 20, "");
        make_special(0, GC_EPHEMERON);
        make_special(1, GC_PLAIN);
        gc_store(m, &root[0], 0, &root[1]);
        for (unsigned i = 0; i < age; i++)
            gc_collect(m, GC_MINOR);
        make_special(2, GC_PLAIN);
        *(uint64_t *)gc_data(m, &root[2]) = 42;
        gc_store(m, &root[0], 1, &root[2]);
        gc_clear(m, &root[2]);
        for (unsigned i = 0; i < 3; i++) {
            gc_collect(m, i == 1 ? GC_FULL : GC_MINOR);
            verify();
            gc_load(m, &root[2], &root[0], 1);
            assert_int_equal(*(uint64_t *)gc_data(m, &root[2]), 42);
            gc_clear(m, &root[2]);
        }
        gc_clear(m, &root[1]);
        gc_collect(m, GC_FULL);
        gc_load(m, &root[2], &root[0], 1);
        assert_true(gc_is_empty(&root[2]));
        close_heap();
    }
}

static void finalizers(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make_special(0, GC_FINALIZER);
    make_special(1, GC_FINALIZER);
    gc_clear(m, &root[0]);
    gc_collect(m, GC_MINOR);
    assert_int_equal(finalized, 1);
    gc_collect(m, GC_MINOR);
    gc_clear(m, &root[1]);
    gc_collect(m, GC_MINOR);
    assert_int_equal(finalized, 1); /* it is old by now */
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized, 2);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized, 2);
    close_heap();
}

static int open_shadow(void **state)
{
    (void)state;
    shadow = calloc(IDS, sizeof *shadow);
    edge = calloc(EDGES, sizeof *edge);
    return shadow && edge ? 0 : -1;
}

static int close_shadow(void **state)
{
    (void)state;
    free(shadow);
    free(edge);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_programs, forget),
        cmocka_unit_test_teardown(programs_survive_failures, forget),
        cmocka_unit_test_teardown(open_fails_cleanly, forget),
        cmocka_unit_test_teardown(without_old_space, forget),
        cmocka_unit_test_teardown(until_there_is_no_memory, forget),
        cmocka_unit_test_teardown(special_tables_fail, forget),
        cmocka_unit_test_teardown(objects_grow_old, forget),
        cmocka_unit_test_teardown(objects_are_remembered_once, forget),
        cmocka_unit_test_teardown(slots_are_remembered, forget),
        cmocka_unit_test_teardown(verify_finds, forget),
        cmocka_unit_test_teardown(weak_references, forget),
        cmocka_unit_test_teardown(ephemerons, forget),
        cmocka_unit_test_teardown(finalizers, forget),
    };
    return cmocka_run_group_tests(tests, open_shadow, close_shadow);
}
