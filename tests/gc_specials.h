/* Weak references, ephemerons and finalizers: what a collection does with them. Tests for each strategy that has a
 * `struct gc_specials specials` in its heap; included after tests/gc_kit.h. */
#ifndef HT_TESTS_GC_SPECIALS_H
#define HT_TESTS_GC_SPECIALS_H

#include "base/rng.h"

enum { SPECIALS_HEAP = 16 << 20 };

static int setup_specials(void **state)
{
    (void)state;
    open_heap(SPECIALS_HEAP, kit_variant);
    return 0;
}

static int teardown_specials(void **state)
{
    (void)state;
    assert_whole();
    close_heap();
    return 0;
}

static bool holds(const struct gc_root *object, uint32_t slot)
{
    struct gc_root *const to = gc_push(m, 1);
    gc_load(m, to, object, slot);
    const bool full = !gc_is_empty(to);
    gc_pop(m, 1);
    return full;
}

/* ---- weak references ---------------------------------------------------------------------------------------- */

static void test_weak_slot_follows_and_is_cleared(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3), *const weak = r, *const target = r + 1, *const other = r + 2;
    new_object(weak, GC_WEAK, 2, 1);
    new_object(target, GC_PLAIN, 0, 2);
    new_object(other, GC_PLAIN, 0, 3);
    gc_store(m, weak, 0, target);
    gc_store(m, weak, 1, other);
    gc_clear(m, other);
    gc_collect(m, GC_FULL);
    gc_load(m, other, weak, 0);
    assert_true(gc_same(m, other, target));
    gc_clear(m, target);
    gc_clear(m, other);
    gc_collect(m, GC_FULL);
    assert_false(holds(weak, 0));
    gc_load(m, other, weak, 1); /* the other slots are ordinary */
    assert_int_equal(number_of(other), 3);
    assert_int_equal(objects_held(), 2);
    gc_pop(m, 3);
}

static void test_dead_weak_objects_leave_the_table(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    for (int i = 0; i < 100000; i++) {
        new_object(r, GC_WEAK + (i & 1), 2, 1);
        if (i % 5000 == 0)
            gc_collect(m, GC_FULL);
    }
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(heap.specials.weak.count, 0);
    assert_int_equal(heap.specials.ephemeron.count, 0);
    assert_true(heap.specials.weak.room < 10000);
    gc_pop(m, 1);
}

/* ---- ephemerons --------------------------------------------------------------------------------------------- */

static void test_ephemeron_keeps_its_value_while_its_key_lives(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3), *const e = r, *const key = r + 1, *const value = r + 2;
    new_object(e, GC_EPHEMERON, 3, 1);
    new_object(key, GC_PLAIN, 0, 2);
    new_object(value, GC_PLAIN, 1, 3);
    gc_store(m, value, 0, key); /* the value refers to its key: no reason to live */
    gc_store(m, e, 0, key);
    gc_store(m, e, 1, value);
    gc_store(m, e, 2, e);
    gc_clear(m, value);
    gc_collect(m, GC_FULL);
    gc_load(m, value, e, 1);
    assert_int_equal(number_of(value), 3);
    gc_clear(m, value);
    gc_clear(m, key);
    gc_collect(m, GC_FULL);
    assert_false(holds(e, 0));
    assert_false(holds(e, 1));
    assert_true(holds(e, 2));
    assert_int_equal(objects_held(), 1);
    gc_pop(m, 3);
}

/* n ephemerons in a row, made in a random order: link i has key i, and its value is key i + 1 or leads to it. All
 * are held by an array, or each by the value before it. Only key 0 is held; it is r[1], and r[0] the array. */
static void make_chain(struct gc_root *r, uint32_t n, bool indirect, bool nested, uint64_t seed)
{
    struct gc_root *const all = r, *const keys = r + 2, *const e = r + 3, *const a = r + 4, *const b = r + 5;
    uint32_t *const order = calloc(n, sizeof *order);
    struct ht_rng rng = ht_rng_open(seed, 0);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t j = ht_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    new_object(all, GC_PLAIN, n, 0);
    new_object(keys, GC_PLAIN, n + 1, 0);
    for (uint32_t i = 0; i <= n; i++) {
        new_object(a, GC_PLAIN, 2, i);
        gc_store(m, keys, i, a);
    }
    for (uint32_t k = 0; k < n; k++) {
        new_object(e, GC_EPHEMERON, 2, order[k]);
        gc_store(m, all, order[k], e);
    }
    for (uint32_t i = 0; i < n; i++) {
        gc_load(m, e, all, i);
        gc_load(m, a, keys, i);
        gc_store(m, e, 0, a);
        gc_load(m, a, keys, i + 1);
        if (indirect) {
            new_object(b, GC_PLAIN, 1, i);
            gc_store(m, b, 0, a);
            gc_move(m, a, b);
        }
        gc_store(m, e, 1, a);
        if (nested && i + 1 < n) {
            gc_load(m, a, keys, i + 1);
            gc_load(m, e, all, i + 1);
            gc_store(m, a, 0, e);
        }
    }
    gc_load(m, r + 1, keys, 0);
    if (nested) {
        gc_load(m, e, all, 0);
        gc_store(m, r + 1, 0, e);
        gc_clear(m, all);
    }
    for (int i = 2; i < 6; i++)
        gc_clear(m, r + i);
    free(order);
}

static void try_chain(uint32_t n, bool indirect, bool nested)
{
    struct gc_root *const r = gc_push(m, 6);
    make_chain(r, n, indirect, nested, n);
    const uint64_t live = (uint64_t)n * (indirect ? 3 : 2) + 1 + !nested;
    for (int i = 0; i < 2; i++) {
        gc_collect(m, GC_FULL);
        assert_int_equal(objects_held(), live);
        assert_whole();
    }
    gc_clear(m, r + 1); /* key 0: with it goes the whole chain, but not the ephemerons that the array holds */
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), nested ? 0 : n + 1);
    gc_pop(m, 6);
}

static void test_chains_in_random_order(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 3000; n = n * 3 + 1)
        for (int form = 0; form < 4; form++)
            try_chain(n, form & 1, form & 2);
}

/* Passes over 100,000 links in a random order would take minutes. */
static void test_long_chains_in_random_order(void **state)
{
    (void)state;
    close_heap();
    open_heap(64 << 20, kit_variant);
    for (int form = 0; form < 4; form++)
        try_chain(100000, form & 1, form & 2);
}

/* The key is reached late, through the value of another ephemeron: all of them wait for it. */
static void test_ephemerons_that_share_a_key(void **state)
{
    (void)state;
    enum { N = 100 };
    struct gc_root *const r = gc_push(m, 6), *const all = r, *const value = r + 1, *const key = r + 2,
                          *const e = r + 3, *const gate = r + 4, *const weak = r + 5;
    new_object(all, GC_PLAIN, N + 1, 0);
    new_object(key, GC_PLAIN, 0, 1);
    for (uint32_t i = 0; i < N; i++) {
        new_object(e, GC_EPHEMERON, 2, i);
        gc_store(m, e, 0, key);
        gc_store(m, all, i, e);
        new_object(value, GC_PLAIN, 0, i);
        gc_store(m, e, 1, value);
    }
    gc_load(m, e, all, N / 2);
    gc_load(m, value, e, 1);
    new_object(weak, GC_WEAK, 1, 0);
    gc_store(m, weak, 0, value);
    new_object(gate, GC_PLAIN, 0, 2);
    new_object(e, GC_EPHEMERON, 2, N);
    gc_store(m, e, 0, gate);
    gc_store(m, e, 1, key);
    gc_store(m, all, N, e);
    for (int i = 1; i < 4; i++)
        gc_clear(m, r + i);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 2 * N + 5);
    assert_true(holds(weak, 0));
    gc_load(m, e, all, N / 2);
    gc_load(m, value, e, 1);
    assert_int_equal(number_of(value), N / 2);
    gc_clear(m, value);
    gc_clear(m, gate);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), N + 3);
    assert_false(holds(weak, 0));
    gc_pop(m, 6);
}

/* Two ephemerons whose values are each other's key: neither is a reason for the other. */
static void test_a_ring_of_ephemerons_dies(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 4);
    for (uint64_t i = 0; i < 4; i++)
        new_object(r + i, i < 2 ? GC_EPHEMERON : GC_PLAIN, 2, i);
    for (int i = 0; i < 2; i++) {
        gc_store(m, r + i, 0, r + 2 + i);
        gc_store(m, r + i, 1, r + 3 - i);
    }
    gc_clear(m, r + 2);
    gc_clear(m, r + 3);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 2);
    assert_false(holds(r, 0) || holds(r, 1) || holds(r + 1, 0) || holds(r + 1, 1));
    gc_pop(m, 4);
}

/* ---- finalizers --------------------------------------------------------------------------------------------- */

static void test_finalizer_runs_once_and_sees_what_it_reaches(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_FINALIZER, 1, 1);
    new_object(r + 1, GC_FINALIZER, 1, 2);
    gc_store(m, r, 0, r + 1);
    gc_store(m, r + 1, 0, r); /* a cycle: both are called all the same */
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized[1] + finalized[2], 0);
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized[1], 1);
    assert_int_equal(finalized[2], 1);
    assert_int_equal(objects_held(), 2);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
    assert_int_equal(finalized[1] + finalized[2], 2);
    gc_pop(m, 2);
}

static struct gc_root *kept;

static void keep(struct gc_root *object)
{
    gc_store(m, kept, 0, object);
}

static void test_resurrection(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 4), *const weak = r + 1, *const e = r + 2;
    kept = r;
    new_object(kept, GC_PLAIN, 1, 0);
    new_object(weak, GC_WEAK, 1, 1);
    new_object(e, GC_EPHEMERON, 2, 1);
    new_object(r + 3, GC_FINALIZER, 1, 7);
    gc_store(m, weak, 0, r + 3);
    gc_store(m, e, 0, r + 3);
    gc_store(m, e, 1, weak);
    when_finalized = keep;
    gc_clear(m, r + 3);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized[7], 1);
    gc_load(m, r + 3, kept, 0);
    assert_int_equal(number_of(r + 3), 7);
    assert_false(holds(weak, 0)); /* although the object lives on */
    assert_false(holds(e, 0) || holds(e, 1));
    gc_collect(m, GC_FULL);
    assert_int_equal(number_of(r + 3), 7);
    gc_store(m, kept, 0, &gc_nothing);
    gc_clear(m, r + 3);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized[7], 1);
    assert_int_equal(objects_held(), 3);
    gc_pop(m, 4);
}

/* A weak reference and an ephemeron that only the dead object reached: what they refer to lives, so they stay. */
static void test_specials_that_are_resurrected_keep_what_lives(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 5), *const dead = r + 1, *const key = r + 2;
    kept = r;
    new_object(kept, GC_PLAIN, 1, 0);
    new_object(dead, GC_FINALIZER, 4, 1);
    new_object(key, GC_PLAIN, 0, 2);
    new_object(r + 3, GC_WEAK, 1, 3);
    gc_store(m, r + 3, 0, key);
    gc_store(m, dead, 0, r + 3);
    new_object(r + 3, GC_EPHEMERON, 2, 4);
    gc_store(m, r + 3, 0, key);
    new_object(r + 4, GC_PLAIN, 0, 5);
    gc_store(m, r + 3, 1, r + 4);
    gc_store(m, dead, 1, r + 3);
    new_object(r + 3, GC_WEAK, 1, 6); /* this one refers to what is only reached by the dead one */
    new_object(r + 4, GC_PLAIN, 0, 7);
    gc_store(m, r + 3, 0, r + 4);
    gc_store(m, dead, 2, r + 4);
    new_object(r + 4, GC_EPHEMERON, 2, 8); /* and the key of this one is dead */
    gc_store(m, dead, 3, r + 4);
    new_object(r + 2, GC_PLAIN, 0, 9);
    gc_store(m, r + 4, 0, r + 2);
    gc_store(m, r + 4, 1, r + 2);
    gc_load(m, key, dead, 0);
    gc_load(m, key, key, 0);
    gc_clear(m, r + 4);
    gc_clear(m, dead);
    when_finalized = keep;
    gc_collect(m, GC_FULL);
    gc_load(m, dead, kept, 0);
    assert_false(holds(r + 3, 0));
    gc_load(m, r + 3, dead, 0);
    assert_true(holds(r + 3, 0));
    gc_load(m, r + 3, dead, 1);
    gc_load(m, r + 4, r + 3, 1);
    assert_int_equal(number_of(r + 4), 5);
    gc_load(m, r + 4, dead, 2);
    assert_int_equal(number_of(r + 4), 7);
    gc_load(m, r + 4, dead, 3);
    assert_false(holds(r + 4, 0) || holds(r + 4, 1));
    gc_pop(m, 5);
}

static uint64_t garbage_made;

static void allocate(struct gc_root *object)
{
    struct gc_root *const r = gc_push(m, 1);
    for (int i = 0; i < 100; i++, garbage_made++)
        assert_int_equal(try_new(r, GC_PLAIN, 0, 4000, 1), 0);
    assert_true(number_of(object) < KIT_IDS);
    gc_pop(m, 1);
}

/* They fill the heap several times over, so collections happen inside of finalizers, which don't nest. */
static void test_finalizers_that_allocate(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    for (uint64_t i = 0; i < 200; i++)
        new_object(r, GC_FINALIZER | (i % 3), 2, i);
    gc_clear(m, r);
    when_finalized = allocate;
    const uint64_t before = stats_now().collections;
    gc_collect(m, GC_FULL);
    assert_true(stats_now().collections > before + 2);
    for (int i = 0; i < 200; i++)
        assert_int_equal(finalized[i], 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
    gc_pop(m, 1);
}

#define SPECIALS_TEST(name) cmocka_unit_test_setup_teardown(name, setup_specials, teardown_specials)
// clang-format off
#define SPECIALS_TESTS \
    SPECIALS_TEST(test_weak_slot_follows_and_is_cleared), \
    SPECIALS_TEST(test_dead_weak_objects_leave_the_table), \
    SPECIALS_TEST(test_ephemeron_keeps_its_value_while_its_key_lives), \
    SPECIALS_TEST(test_chains_in_random_order), \
    SPECIALS_TEST(test_long_chains_in_random_order), \
    SPECIALS_TEST(test_ephemerons_that_share_a_key), \
    SPECIALS_TEST(test_a_ring_of_ephemerons_dies), \
    SPECIALS_TEST(test_finalizer_runs_once_and_sees_what_it_reaches), \
    SPECIALS_TEST(test_resurrection), \
    SPECIALS_TEST(test_specials_that_are_resurrected_keep_what_lives), \
    SPECIALS_TEST(test_finalizers_that_allocate)
// clang-format on

#endif
