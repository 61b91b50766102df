/* What the strategies that count references share (allocators/counted.h). Tests for each of them; included after
 * tests/gc_kit.h. */
#ifndef HT_TESTS_GC_COUNTED_H
#define HT_TESTS_GC_COUNTED_H

#include <stdlib.h>

#include "base/rng.h"

enum { COUNTED_HEAP = 16 << 20, LONG_LIST = 200000 };

static int setup_counted(void **state)
{
    (void)state;
    open_heap(COUNTED_HEAP, kit_variant);
    return 0;
}

static int teardown_counted(void **state)
{
    (void)state;
    assert_whole();
    close_heap();
    return 0;
}

static bool holds(const struct gc_root *object, uint32_t i)
{
    return ((const struct gc_object *)object->object)->slot[i] != NULL;
}

/* A list of n, whose head is in r[0]; r[1] is used. */
static void make_list(struct gc_root *r, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        new_object(r + 1, GC_PLAIN, 2, i);
        gc_store(m, r + 1, 0, r);
        gc_move(m, r, r + 1);
    }
    gc_clear(m, r + 1);
}

/* A ring of n, with a reference in r[0]; r[1] and r[2] are used. */
static inline void make_ring(struct gc_root *r, uint32_t n)
{
    new_object(r, GC_PLAIN, 2, 0);
    gc_move(m, r + 1, r);
    for (uint32_t i = 1; i < n; i++) {
        new_object(r + 2, GC_PLAIN, 2, i);
        gc_store(m, r + 1, 0, r + 2);
        gc_move(m, r + 1, r + 2);
    }
    gc_store(m, r + 1, 0, r);
    gc_clear(m, r + 1);
    gc_clear(m, r + 2);
}

/* ---- counts ------------------------------------------------------------------------------------------------- */

static void assert_unclean(void)
{
    char why[160] = "";
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    assert_true(why[0]);
}

/* The heap walk finds what is planted, and changes nothing. */
static void test_verify_finds(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    make_list(r, 10);
    new_object(r + 2, GC_WEAK, 1, 10);
    gc_store(m, r + 2, 0, r);
    assert_whole();
    struct gc_object *const a = r->object, *const b = a->slot[0], *const weak = r[2].object;
    gc_count_of(b)->count++;
    assert_unclean();
    gc_count_of(b)->count -= 2;
    assert_unclean();
    gc_count_of(b)->count++;
    a->slot[1] = (struct gc_object *)((char *)b + 8); /* into an object */
    assert_unclean();
    a->slot[1] = (struct gc_object *)&heap;
    assert_unclean();
    a->slot[1] = NULL;
    b->header |= GC_DEAD; /* what lives refers to it */
    assert_unclean();
    b->header &= ~GC_DEAD;
    a->header &= ~GC_WATCHED;
    assert_unclean();
    a->header |= GC_WATCHED;
    weak->slot[0] = b; /* which does not list it */
    assert_unclean();
    weak->slot[0] = a;
    assert_whole();
    gc_pop(m, 3);
}

/* An object with too many references to be counted stays for ever, whatever lets go of it. */
static void test_a_count_that_saturates(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 4);
    new_object(r, GC_PLAIN, 1, 1);
    new_object(r + 1, GC_PLAIN, 1, 2);
    gc_store(m, r, 0, r + 1);
    gc_count_of(r->object)->count = INT32_MAX - 1;
    gc_move(m, r + 2, r);
    gc_store(m, r + 1, 0, r); /* one more than fits */
    gc_move(m, r + 3, r);
    for (uint32_t i = 0; i < 4; i++)
        gc_clear(m, r + i);
    for (int i = 0; i < 3; i++)
        gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 2);
    assert_whole();
    gc_pop(m, 4);
}

/* ---- release ------------------------------------------------------------------------------------------------ */

static void test_a_long_list_dies(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    make_list(r, LONG_LIST);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
    gc_pop(m, 2);
}

static void test_a_long_list_dies_on_a_small_stack(void **state)
{
    on_small_stack(test_a_long_list_dies, state);
}

/* ---- weak references ---------------------------------------------------------------------------------------- */

/* Targets with no, one or many watchers, which change and die in a random order. */
static void test_watchers_come_and_go(void **state)
{
    enum { TARGETS = 100, WEAK = 700 };
    (void)state;
    struct gc_root *const r = gc_push(m, TARGETS + WEAK + 1), *const weak = r + TARGETS,
                          *const got = weak + WEAK;
    struct ht_rng rng = ht_rng_open(1, 1);
    uint32_t at[WEAK] = {0};
    for (uint32_t i = 0; i < TARGETS; i++)
        new_object(r + i, GC_PLAIN, 0, i);
    for (uint32_t i = 0; i < WEAK; i++)
        new_object(weak + i, GC_WEAK, 2, i);
    for (uint32_t i = 0; i < WEAK; i++)
        gc_store(m, weak + i, 0, &r[at[i] = i % TARGETS]);
    for (int step = 0; step < 20000; step++) {
        const uint32_t i = ht_rng_below(&rng, WEAK), t = ht_rng_below(&rng, TARGETS);
        if (step % 50 == 0) { /* another one in the target's place */
            gc_clear(m, r + t);
            gc_collect(m, GC_MINOR);
            new_object(r + t, GC_PLAIN, 0, t);
            for (uint32_t k = 0; k < WEAK; k++)
                at[k] = at[k] == t ? UINT32_MAX : at[k];
        } else if (step % 50 == 1) {
            new_object(weak + i, GC_WEAK, 2, i);
            at[i] = UINT32_MAX;
        } else {
            gc_store(m, weak + i, 0, &r[at[i] = t]);
        }
        gc_load(m, got, weak + i, 0);
        if (at[i] == UINT32_MAX)
            assert_true(gc_is_empty(got));
        else
            assert_true(gc_same(m, got, &r[at[i]]));
        gc_clear(m, got);
    }
    assert_whole();
    gc_pop(m, TARGETS + WEAK + 1);
}

static void test_weak_objects_that_cannot_be_watched(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    start_failing(GC_SITE_WEAK, 1);
    make_list(r, 1);
    uint32_t n = 0;
    for (; n < 5000 && !try_new(r + 1, GC_WEAK, 2, 8, n); n++) {
        gc_store(m, r + 1, 0, r);
        gc_store(m, r + 1, 1, r);
        gc_move(m, r, r + 1); /* each keeps the one that it watches */
    }
    assert_true(n > 100 && n < 5000 && failed);
    assert_int_equal(number_of(r + 1), n - 1); /* as it was */
    new_object(r + 1, GC_PLAIN, 2, 0);
    assert_whole();
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 1);
    assert_int_equal(try_new(r + 1, GC_WEAK, 2, 8, n), 0); /* there is room again */
    gc_budget_fail = NULL;
    gc_pop(m, 2);
}

/* ---- finalizers --------------------------------------------------------------------------------------------- */

static struct gc_root *keeper;

static void keep_object(struct gc_root *object)
{
    gc_move(m, keeper, object);
}

static void test_a_finalizer_brings_its_object_back_once(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    keeper = r + 2;
    when_finalized = keep_object;
    new_object(r, GC_PLAIN | GC_FINALIZER, 1, 1);
    new_object(r + 1, GC_WEAK, 1, 2);
    gc_store(m, r + 1, 0, r);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized[1], 1);
    assert_int_equal(number_of(keeper), 1);
    assert_false(holds(r + 1, 0)); /* it was found unreachable */
    gc_store(m, r + 1, 0, keeper);
    gc_clear(m, keeper);
    for (int i = 0; i < 2; i++)
        gc_collect(m, GC_FULL);
    assert_int_equal(finalized[1], 1);
    assert_false(holds(r + 1, 0));
    assert_int_equal(objects_held(), 1);
    gc_pop(m, 3);
}

#define COUNTED_TEST(name) cmocka_unit_test_setup_teardown(name, setup_counted, teardown_counted)
// clang-format off
#define COUNTED_TESTS \
    COUNTED_TEST(test_verify_finds), \
    COUNTED_TEST(test_a_count_that_saturates), \
    COUNTED_TEST(test_a_long_list_dies_on_a_small_stack), \
    COUNTED_TEST(test_watchers_come_and_go), \
    COUNTED_TEST(test_weak_objects_that_cannot_be_watched), \
    COUNTED_TEST(test_a_finalizer_brings_its_object_back_once)
// clang-format on

#endif
