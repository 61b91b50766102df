/* rc-cpython: what all that count stand, and CPython's collections: when, of what, and what is freed. */
#include "allocators/rc_cpython.h"
#include "tests/gc_kit.h"

#include "tests/gc_counted.h"

static void test_variants(void **state)
{
    (void)state;
    assert_int_equal(try_heap(COUNTED_HEAP, "fast"), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "threshold"));
}

/* ---- when --------------------------------------------------------------------------------------------------- */

/* Rings of `length`, of which the last `live` are held; at each full collection, what CPython 3.11 had by then:
 * objects made, collections of generations 0 and 1, objects freed. */
struct seen {
    uint64_t made, minor, freed;
};

static void try_rings(uint32_t rings, uint32_t length, uint32_t live, const struct seen *seen)
{
    struct gc_root *const r = gc_push(m, live + 3), *const ring = r + live;
    uint64_t full = 0, made = 0;
    for (uint32_t i = 0; i < rings; i++) {
        gc_move(m, ring + 1, ring);
        for (uint32_t k = 0; k < length; k++) {
            new_object(ring + 2, GC_PLAIN, 2, k);
            made++;
            if (stats_now().collections != full) {
                full++;
                assert_int_equal(made, seen->made);
                assert_int_equal(stats_now().minor_collections, seen->minor);
                assert_int_equal(stats_now().freed_objects, seen->freed);
                seen++;
            }
            if (k) {
                gc_store(m, ring + 1, 0, ring + 2);
                gc_store(m, ring + 2, 1, ring + 1);
            } else {
                gc_move(m, ring, ring + 2);
            }
            gc_move(m, ring + 1, ring + 2);
        }
        gc_store(m, ring + 1, 0, ring);
        gc_clear(m, ring + 1);
        gc_clear(m, ring + 2);
        gc_move(m, r + i % live, ring);
        gc_clear(m, ring);
    }
    assert_int_equal(seen->made, 0);
    gc_pop(m, live + 3);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
}

static void test_collections_are_those_of_cpython(void **state)
{
    (void)state;
    static const struct seen few[] = {{93233, 132, 88200}, {186466, 264, 181400}, {0}},
                             many[] = {{93233, 132, 54223}, {186466, 264, 147459}, {0}};
    try_rings(2000, 100, 50, few);
    close_heap();
    open_heap(COUNTED_HEAP, "");
    try_rings(20000, 13, 3000, many);
}

/* 701 more objects than died; and what has no slots counts for nothing. */
static void test_the_first_collection(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    for (uint32_t i = 0; i < 2000; i++) {
        new_object(r, GC_PLAIN, 0, i);
        new_object(r, GC_PLAIN, 2, i); /* the one before dies */
    }
    assert_int_equal(stats_now().minor_collections, 0);
    make_list(r, 699);
    assert_int_equal(stats_now().minor_collections, 0);
    new_object(r + 1, GC_PLAIN, 2, 0);
    new_object(r + 1, GC_PLAIN, 2, 0);
    assert_int_equal(stats_now().minor_collections, 1);
    gc_pop(m, 2);
}

/* After 11 collections of generation 1 a full one is due, if a quarter of what lives long has come since. */
static void test_what_lives_long_is_left_alone(void **state)
{
    (void)state;
    close_heap();
    open_heap(4 * COUNTED_HEAP, "");
    struct gc_root *const r = gc_push(m, 4), *const more = r + 2;
    make_list(r, 380000);
    gc_collect(m, GC_FULL);
    const uint64_t full = stats_now().collections;
    assert_int_equal(heap.long_lived_total, 380000);
    make_list(more, 94000);
    assert_true(heap.count[2] > heap.threshold[2]);
    assert_int_equal(stats_now().collections, full);
    make_list(more, 16000);
    assert_int_equal(stats_now().collections, full + 1);
    gc_pop(m, 4);
}

/* ---- what --------------------------------------------------------------------------------------------------- */

/* A cycle that reaches into an older generation and is referred to from there: young, it is kept by it. */
static void test_an_older_generation_keeps(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 4), *const old = r + 3;
    new_object(old, GC_PLAIN, 2, 7);
    gc_store(m, old, 1, old); /* garbage, later */
    gc_collect(m, GC_FULL);
    make_ring(r, 10);
    gc_store(m, r, 1, old);
    gc_store(m, old, 0, r);
    gc_clear(m, old);
    gc_clear(m, r);
    gc_collect(m, GC_MINOR);
    assert_int_equal(objects_held(), 11);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
    gc_pop(m, 4);
}

/* Objects of each generation die in a random order: places close up. */
static void test_places_close_up(void **state)
{
    enum { OBJECTS = 3000 };
    (void)state;
    struct gc_root *const r = gc_push(m, OBJECTS);
    struct ht_rng rng = ht_rng_open(5, 5);
    for (int step = 0; step < 60000; step++) {
        const uint32_t i = ht_rng_below(&rng, OBJECTS);
        if (ht_rng_below(&rng, 3))
            new_object(r + i, GC_PLAIN, ht_rng_below(&rng, 3), i);
        else
            gc_clear(m, r + i);
        if (step % 1000 == 0) {
            gc_collect(m, step % 7000 ? GC_MINOR : GC_FULL);
            assert_whole();
        }
    }
    gc_pop(m, OBJECTS);
    assert_int_equal(heap.tracked.count, 1);
}

/* ---- finalizers inside of a collection ---------------------------------------------------------------------- */

static struct gc_root *outside;

/* Makes garbage and what lives, and breaks the ring that it is in; one in three stays. */
static void meddle(struct gc_root *object)
{
    struct gc_root *const r = gc_push(m, 3);
    for (uint32_t i = 0; i < 40; i++)
        new_object(r, GC_PLAIN, 2, i);
    gc_load(m, r + 1, outside, 0);
    gc_store(m, r, 0, r + 1);
    if (number_of(object) % 3 == 0)
        gc_store(m, r, 1, object);
    else
        gc_store(m, object, 0, &gc_nothing);
    gc_store(m, outside, 0, r);
    gc_collect(m, GC_FULL); /* does nothing here */
    assert_whole();
    gc_pop(m, 3);
}

static void test_finalizers_meddle(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 5);
    outside = r + 4;
    when_finalized = meddle;
    new_object(outside, GC_PLAIN, 1, 0);
    for (uint32_t round = 0; round < 30; round++) {
        make_ring(r, 20);
        for (uint32_t i = 0; i < 9; i++) {
            new_object(r + 3, GC_PLAIN | GC_FINALIZER, 2, 100 + 9 * round + i);
            gc_store(m, r + 3, 0, r);
            gc_store(m, r + 3, 1, r + 3);
        }
        gc_clear(m, r + 3);
        gc_clear(m, r);
        gc_collect(m, round % 2 ? GC_MINOR : GC_FULL);
        assert_whole();
    }
    for (uint32_t i = 0; i < 9 * 30; i++)
        assert_int_equal(finalized[100 + i], 1);
    gc_store(m, outside, 0, &gc_nothing);
    for (int i = 0; i < 2; i++)
        gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 1);
    gc_pop(m, 5);
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void test_a_table_that_cannot_grow(void **state)
{
    (void)state;
    close_heap();
    start_failing(GC_SITE_ROOT_BUFFER, 0);
    assert_int_equal(try_heap(COUNTED_HEAP, ""), -ENOMEM);
    gc_budget_fail = NULL;
    open_heap(COUNTED_HEAP, "");
    struct gc_root *const r = gc_push(m, 2);
    start_failing(GC_SITE_ROOT_BUFFER, 2);
    uint32_t n = 0;
    for (; n < 10000 && !try_new(r + 1, GC_PLAIN, 2, 8, n); n++) {
        gc_store(m, r + 1, 0, r);
        gc_move(m, r, r + 1);
    }
    assert_true(n > 100 && n < 10000);
    assert_whole();
    gc_clear(m, r);
    gc_clear(m, r + 1);
    make_list(r, n / 2);
    gc_budget_fail = NULL;
    gc_pop(m, 2);
}

static void test_verify_finds_places(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    make_list(r, 10);
    uintptr_t *const word = heap.tracked.word, a = word[2];
    word[2] = word[3];
    assert_unclean();
    word[2] = a;
    heap.tracked.count--;
    assert_unclean();
    heap.tracked.count++;
    gc_pop(m, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COUNTED_TESTS,
        cmocka_unit_test(test_variants),
        COUNTED_TEST(test_collections_are_those_of_cpython),
        COUNTED_TEST(test_the_first_collection),
        COUNTED_TEST(test_what_lives_long_is_left_alone),
        COUNTED_TEST(test_an_older_generation_keeps),
        COUNTED_TEST(test_places_close_up),
        COUNTED_TEST(test_finalizers_meddle),
        COUNTED_TEST(test_a_table_that_cannot_grow),
        COUNTED_TEST(test_verify_finds_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
