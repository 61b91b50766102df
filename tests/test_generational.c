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

static int make(uint32_t to, uint32_t slots, uint32_t bytes)
{
    const int error = gc_alloc(m, &root[to], GC_PLAIN, slots, bytes);
    if (error)
        return error;
    if (ids + 2 > IDS || edges + slots > EDGES)
        fail_msg("the shadow is full");
    shadow[++ids] = (struct shadow){.first = edges, .slots = slots};
    memset(edge + edges, 0, slots * sizeof *edge);
    edges += slots;
    char *const data = gc_data(m, &root[to]);
    memcpy(data, &ids, 4);
    memcpy(data + bytes - 4, &ids, 4);
    held[to] = ids;
    return 0;
}

static void store(uint32_t object, uint32_t i, uint32_t value)
{
    gc_store(m, &root[object], i, &root[value]);
    edge[shadow[held[object]].first + i] = held[value];
}

static void load(uint32_t to, uint32_t object, uint32_t i)
{
    const uint32_t id = edge[shadow[held[object]].first + i];
    gc_load(m, &root[to], &root[object], i);
    held[to] = id;
    if (id_of(&root[to]) != id)
        fail_msg("slot %u is %u instead of %u", i, id_of(&root[to]), id);
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
        return !make(a, shape[0], shape[1]);
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

/* Marks what the roots reach; how many these are. */
static uint32_t reach_shadow(void)
{
    uint32_t *const stack = malloc((ids + 1) * sizeof *stack), count = 0, n = 0;
    for (uint32_t id = 1; id <= ids; id++)
        shadow[id].reached = shadow[id].seen = false;
    shadow[0].reached = true;
    for (uint32_t r = 0; r < ROOTS; r++)
        if (!shadow[held[r]].reached)
            shadow[stack[n++] = held[r]].reached = true;
    for (; n; count++) {
        const struct shadow *const s = &shadow[stack[--n]];
        for (const uint32_t *e = edge + s->first; e < edge + s->first + s->slots; e++)
            if (!shadow[*e].reached)
                shadow[stack[n++] = *e].reached = true;
    }
    free(stack);
    return count;
}

struct census {
    uint32_t reached, others;
};

static void count_object(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    struct census *const census = context;
    uint32_t id, last;
    memcpy(&id, data, 4);
    memcpy(&last, (char *)data + bytes - 4, 4);
    if (kind || !id || id > ids || id != last || shadow[id].slots != slots || shadow[id].seen)
        fail_msg("the heap has an object of number %u, %u, with %u slots", id, last, slots);
    shadow[id].seen = true;
    *(shadow[id].reached ? &census->reached : &census->others) += 1;
}

/* All that is reachable is held; with `exactly`, nothing else. */
static void check_graph(bool exactly)
{
    const uint32_t live = reach_shadow();
    struct census census = {0, 0};
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

static void random_programs(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *variant;
    } heaps[] = {{2 << 20, ""},
                 {16 << 20, ""},
                 {16 << 20, "nursery=65536"},
                 {1 << 20, ""},
                 {4 << 20, "mark-stack=4"},
                 {4 << 20, "mark-stack=0"},
                 {512 << 10, ""}};
    (void)state;
    for (unsigned i = 0; i < sizeof heaps / sizeof *heaps; i++) {
        open_heap(heaps[i].bytes, heaps[i].variant);
        const unsigned failures = play(i, 200000);
        print_message("%zu bytes %s: %u times no memory, %lu minor, %lu full, %lu barriers\n",
                      (size_t)heaps[i].bytes, heaps[i].variant, failures,
                      (unsigned long)heap.stats.minor_collections, (unsigned long)heap.stats.collections,
                      (unsigned long)heap.stats.barriers);
        close_heap();
    }
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
    };
    return cmocka_run_group_tests(tests, open_shadow, close_shadow);
}
