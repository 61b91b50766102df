/* What a collector that moves objects must stand: a random graph beside a copy of it that nothing moves, objects
 * of all sizes, deep lists on a small stack, a full heap. Tests for each such strategy; included after
 * tests/gc_kit.h. */
#ifndef HT_TESTS_GC_MOVING_H
#define HT_TESTS_GC_MOVING_H

#include "base/rng.h"

enum { MOVING_HEAP = 4 << 20, NODES = 400, NODE_SLOTS = 4 };

/* ---- the copy ----------------------------------------------------------------------------------------------- */

/* Node i stands in slot i of the table, r[0], until it is dropped from there; others may still refer to it. */
static struct node {
    bool exists, in_table, seen;
    uint32_t slots, bytes;
    uint32_t to[NODE_SLOTS]; /* a node + 1, or 0 */
} node[NODES];

static inline void fill_node(const struct gc_root *object, uint32_t i)
{
    unsigned char *const data = gc_data(m, object);
    memset(data, (int)i, node[i].bytes);
    memcpy(data, &(uint64_t){i}, 8);
}

static inline void assert_node(const struct gc_root *object, uint32_t i)
{
    const unsigned char *const data = gc_data(m, object);
    assert_int_equal(number_of(object), i);
    assert_int_equal(gc_slots(m, object), node[i].slots);
    for (uint32_t at = 8; at < node[i].bytes; at++)
        assert_int_equal(data[at], (unsigned char)i);
}

static inline uint32_t count_seen(void)
{
    uint32_t order[NODES], count = 0;
    for (uint32_t i = 0; i < NODES; i++)
        if ((node[i].seen = node[i].in_table))
            order[count++] = i;
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t s = 0; s < node[order[k]].slots; s++) {
            const uint32_t to = node[order[k]].to[s];
            if (to && !node[to - 1].seen) {
                node[to - 1].seen = true;
                order[count++] = to - 1;
            }
        }
    for (uint32_t i = 0; i < NODES; i++)
        node[i].exists &= node[i].seen;
    return count;
}

/* Walks the heap as the copy says: what is found is brought into `places`, an object of the mutator's. */
static inline void assert_graph(struct gc_root *r)
{
    struct gc_root *const table = r, *const places = r + 1, *const object = r + 2, *const next = r + 3;
    uint32_t order[NODES], count = 0;
    const uint32_t live = count_seen();
    for (uint32_t i = 0; i < NODES; i++)
        node[i].seen = false;
    for (uint32_t i = 0; i < NODES; i++) {
        if (!node[i].in_table)
            continue;
        gc_load(m, object, table, i);
        gc_store(m, places, i, object);
        node[i].seen = true;
        order[count++] = i;
    }
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t i = order[k];
        gc_load(m, object, places, i);
        assert_node(object, i);
        for (uint32_t s = 0; s < node[i].slots; s++) {
            const uint32_t to = node[i].to[s];
            gc_load(m, next, object, s);
            assert_int_equal(gc_is_empty(next), !to);
            if (!to || node[to - 1].seen)
                continue;
            gc_store(m, places, to - 1, next);
            node[to - 1].seen = true;
            order[count++] = to - 1;
        }
    }
    assert_int_equal(count, live);
    for (uint32_t i = 0; i < NODES; i++)
        gc_store(m, places, i, &gc_nothing);
    gc_clear(m, object);
    gc_clear(m, next);
}

/* Mostly small, some as large as lines and pages, few larger. */
static inline uint32_t any_bytes(struct ht_rng *rng)
{
    const uint32_t kind = ht_rng_below(rng, 100);
    return 8 + ht_rng_below(rng, kind == 0 ? 60000 : kind < 5 ? 6000 : kind < 20 ? 600 : 50);
}

static inline void step(struct gc_root *r, struct ht_rng *rng)
{
    struct gc_root *const table = r, *const a = r + 2, *const b = r + 3;
    const uint32_t i = ht_rng_below(rng, NODES), j = ht_rng_below(rng, NODES);
    if (!node[i].exists) {
        node[i] = (struct node){.exists = true,
                                .in_table = true,
                                .slots = ht_rng_below(rng, NODE_SLOTS + 1),
                                .bytes = any_bytes(rng)};
        assert_int_equal(gc_alloc(m, a, GC_PLAIN, node[i].slots, node[i].bytes), 0);
        fill_node(a, i);
        gc_store(m, table, i, a);
    } else if (node[i].in_table && node[j].in_table && node[i].slots && ht_rng_below(rng, 4)) {
        const uint32_t s = ht_rng_below(rng, node[i].slots);
        gc_load(m, a, table, i);
        const bool empty = ht_rng_below(rng, 2);
        if (!empty)
            gc_load(m, b, table, j);
        gc_store(m, a, s, b);
        node[i].to[s] = empty ? 0 : j + 1;
    } else if (node[i].in_table) {
        gc_store(m, table, i, &gc_nothing);
        node[i].in_table = false;
        count_seen();
    }
    gc_clear(m, a);
    gc_clear(m, b);
}

/* ---- the tests ---------------------------------------------------------------------------------------------- */

static void test_random_graph(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        open_heap(1 << 20, kit_variant);
        memset(node, 0, sizeof node);
        struct gc_root *const r = gc_push(m, 4);
        struct ht_rng rng = ht_rng_open(seed, 0);
        new_object(r, GC_PLAIN, NODES, 0);
        new_object(r + 1, GC_PLAIN, NODES, 0);
        for (int i = 0; i < 150000; i++) {
            step(r, &rng);
            if (i % 1500)
                continue;
            assert_graph(r);
            assert_whole();
            if (i % 15000)
                continue;
            gc_collect(m, GC_FULL);
            assert_whole();
            assert_graph(r);
            assert_int_equal(objects_held(), count_seen() + 2);
        }
        assert_true(stats_now().collections > 10 + 10); /* these were asked for, others came by themselves */
        gc_pop(m, 4);
        gc_collect(m, GC_FULL);
        assert_int_equal(objects_held(), 0);
        assert_whole();
        close_heap();
    }
}

/* ---- deep lists --------------------------------------------------------------------------------------------- */

/* Grows at its tail, or at its head: the references lead upwards, or downwards. */
static inline void make_list(struct gc_root *r, uint64_t n, bool upwards)
{
    struct gc_root *const head = r, *const tail = r + 1, *const fresh = r + 2;
    new_object(head, GC_PLAIN, 1, 0);
    gc_move(m, tail, head);
    for (uint64_t i = 1; i < n; i++) {
        new_object(fresh, GC_PLAIN, 1, i);
        gc_store(m, upwards ? tail : fresh, 0, upwards ? fresh : head);
        gc_move(m, upwards ? tail : head, fresh);
    }
    gc_clear(m, tail);
    gc_clear(m, fresh);
}

static inline void assert_list(struct gc_root *r, uint64_t n, bool upwards)
{
    gc_move(m, r + 1, r);
    for (uint64_t i = 0; i < n; i++) {
        assert_int_equal(number_of(r + 1), upwards ? i : n - 1 - i);
        gc_load(m, r + 1, r + 1, 0);
    }
    assert_true(gc_is_empty(r + 1));
}

static inline void try_deep_lists(void **state)
{
    (void)state;
    enum { N = 1000000 };
    for (int upwards = 0; upwards < 2; upwards++) {
        open_heap((uint64_t)N * 24 * 5 / 2, kit_variant);
        struct gc_root *const r = gc_push(m, 3);
        make_list(r, N, upwards);
        gc_collect(m, GC_FULL);
        assert_list(r, N, upwards);
        assert_int_equal(objects_held(), N);
        gc_clear(m, r);
        gc_collect(m, GC_FULL);
        assert_int_equal(objects_held(), 0);
        gc_pop(m, 3);
        close_heap();
    }
}

static void test_deep_lists(void **state)
{
    on_small_stack(try_deep_lists, state);
}

/* A comb: each object of the spine has a leaf, in front of the spine or behind it. */
static inline void try_combs(void **state)
{
    (void)state;
    enum { N = 100000 };
    for (uint32_t side = 0; side < 2; side++) {
        open_heap((uint64_t)N * 48 * 5 / 2, kit_variant);
        struct gc_root *const r = gc_push(m, 3);
        for (uint64_t i = 0; i < N; i++) {
            new_object(r + 1, GC_PLAIN, 2, i);
            new_object(r + 2, GC_PLAIN, 0, i);
            gc_store(m, r + 1, side, r + 2);
            gc_store(m, r + 1, !side, r);
            gc_move(m, r, r + 1);
        }
        gc_clear(m, r + 1);
        gc_clear(m, r + 2);
        gc_collect(m, GC_FULL);
        assert_int_equal(objects_held(), 2 * N);
        for (uint64_t i = N; i-- > 0; gc_load(m, r, r, !side)) {
            gc_load(m, r + 2, r, side);
            assert_int_equal(number_of(r), i);
            assert_int_equal(number_of(r + 2), i);
        }
        gc_pop(m, 3);
        close_heap();
    }
}

static void test_combs(void **state)
{
    on_small_stack(try_combs, state);
}

/* ---- a full heap -------------------------------------------------------------------------------------------- */

/* A list of objects of `bytes`, until there is no more; its length. */
static inline uint64_t fill_heap(struct gc_root *r, uint32_t bytes)
{
    uint64_t n = 0;
    for (; !try_new(r + 1, GC_PLAIN, 1, bytes, n); n++) {
        gc_store(m, r + 1, 0, r);
        gc_move(m, r, r + 1);
    }
    return n;
}

static void test_full_heap_and_after(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {8, 40, 200, 1000, 5000, 30000, 100000};
    open_heap(MOVING_HEAP, kit_variant);
    struct gc_root *const r = gc_push(m, 2);
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        const uint32_t bytes = sizes[i % (sizeof sizes / sizeof *sizes)];
        const uint64_t n = fill_heap(r, bytes);
        if (n * gc_size(1, bytes) < (uint64_t)(MOVING_HEAP * LEAST_SHARE))
            fail_msg("only %lu objects of %u bytes", (unsigned long)n, bytes);
        assert_int_equal(number_of(r + 1), n - 1); /* as it was */
        assert_whole();
        assert_int_equal(objects_held(), n);
        uint64_t last = n;
        for (; !gc_is_empty(r); gc_load(m, r, r, 0))
            assert_int_equal(number_of(r), --last);
        assert_int_equal(last, 0);
        gc_clear(m, r + 1);
        assert_true(heap.budget.held <= MOVING_HEAP && heap.budget.peak <= MOVING_HEAP);
    }
    /* More than there can ever be. */
    assert_int_equal(gc_alloc(m, r, GC_PLAIN, GC_COUNT_MAX, GC_COUNT_MAX), -ENOMEM);
    assert_int_equal(try_new(r, GC_PLAIN, 0, 8, 1), 0);
    gc_pop(m, 2);
    close_heap();
}

/* Opened with every small size: an error holds nothing, a heap that opens works. */
static void test_small_heaps(void **state)
{
    (void)state;
    int opened = 0;
    for (uint64_t bytes = 0; bytes < 1 << 20; bytes += bytes < 1 << 16 ? 1000 : 77777) {
        const uint64_t mapped = ht_pages_stats().mapped;
        if (try_heap(bytes, kit_variant)) {
            assert_int_equal(ht_pages_stats().mapped, mapped);
            continue;
        }
        opened++;
        assert_int_equal(gc_attach(&heap, m), 0);
        struct gc_root *const r = gc_push(m, 2);
        fill_heap(r, 20);
        assert_whole();
        gc_pop(m, 2);
        gc_collect(m, GC_FULL);
        assert_int_equal(objects_held(), 0);
        assert_true(heap.budget.peak <= bytes);
        close_heap();
        assert_int_equal(ht_pages_stats().mapped, mapped);
    }
    assert_true(opened > 5);
}

/* The request number n for memory fails, for n = 0, 1, 2...: the heap opens or not, and serves or not. */
static inline void try_site(enum gc_site site, uint64_t n)
{
    const uint64_t mapped = ht_pages_stats().mapped;
    start_failing(site, n);
    if (!try_heap(MOVING_HEAP, kit_variant)) {
        assert_int_equal(gc_attach(&heap, m), 0);
        struct gc_root *const r = gc_push(m, 3);
        fill_heap(r, 100);
        assert_whole();
        gc_clear(m, r);
        gc_clear(m, r + 1);
        gc_budget_fail = NULL;
        gc_collect(m, GC_FULL);
        assert_true(fill_heap(r, 100) * gc_size(1, 100) > (uint64_t)(MOVING_HEAP * LEAST_SHARE));
        assert_whole();
        close_heap();
    }
    gc_budget_fail = NULL;
    assert_int_equal(ht_pages_stats().mapped, mapped);
}

static void test_each_site_fails(void **state)
{
    (void)state;
    for (int site = 0; site < GC_SITE_COUNT; site++)
        for (uint64_t n = 0; n < 12; n++)
            try_site((enum gc_site)site, n);
}

/* A table that can't grow is a failed allocation, until objects of the kind have died. */
static void try_table(uint32_t kind, enum gc_site site)
{
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, 20000, 0);
    start_failing(site, 4);
    uint32_t n = 0;
    for (; n < 20000 && !try_new(r + 1, kind, 2, 8, n); n++)
        gc_store(m, r, n, r + 1);
    assert_true(n > 100 && n < 20000);
    assert_true(failed > 0);
    assert_int_equal(number_of(r + 1), n - 1); /* as it was */
    new_object(r + 1, GC_PLAIN, 0, 77);
    gc_collect(m, GC_FULL);
    assert_int_equal(number_of(r + 1), 77);
    assert_whole();
    for (uint32_t i = 0; i < n; i++) /* the failed one counts nowhere */
        gc_store(m, r, i, &gc_nothing);
    gc_clear(m, r + 1);
    for (uint32_t i = 0; i < 3 * n; i++)
        assert_int_equal(try_new(r + 1, kind, 2, 8, i), 0);
    gc_budget_fail = NULL;
    gc_pop(m, 2);
}

static void test_tables_that_cannot_grow(void **state)
{
    (void)state;
    open_heap(16 << 20, kit_variant);
    try_table(GC_WEAK, GC_SITE_WEAK);
    try_table(GC_EPHEMERON, GC_SITE_WEAK);
    close_heap();
}

static void test_finalizer_tables_that_cannot_grow(void **state)
{
    (void)state;
    open_heap(16 << 20, kit_variant);
    try_table(GC_FINALIZER, GC_SITE_FINALIZER);
    try_table(GC_WEAK | GC_FINALIZER, GC_SITE_FINALIZER);
    try_table(GC_EPHEMERON | GC_FINALIZER, GC_SITE_FINALIZER);
    close_heap();
}

// clang-format off
#define MOVING_TESTS \
    cmocka_unit_test(test_random_graph), \
    cmocka_unit_test(test_deep_lists), \
    cmocka_unit_test(test_combs), \
    cmocka_unit_test(test_full_heap_and_after), \
    cmocka_unit_test(test_small_heaps), \
    cmocka_unit_test(test_each_site_fails), \
    cmocka_unit_test(test_tables_that_cannot_grow), \
    cmocka_unit_test(test_finalizer_tables_that_cannot_grow)
// clang-format on

#endif
