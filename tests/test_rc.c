/* rc: what all that count stand, the release queue and its bounds, and `deferred`. */
#include "allocators/rc.h"
#include "tests/gc_kit.h"

#include "tests/gc_counted.h"

static int setup_deferred(void **state)
{
    (void)state;
    open_heap(COUNTED_HEAP, "deferred");
    return 0;
}

static void test_variants(void **state)
{
    (void)state;
    assert_int_equal(try_heap(COUNTED_HEAP, "fast"), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "deferred"));
}

/* ---- the release queue -------------------------------------------------------------------------------------- */

/* An allocation releases no more than its share, of a list and of one wide object. */
static void test_a_safepoint_releases_a_little(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    make_list(r, 10000);
    new_object(r + 1, GC_PLAIN, 5000, 1);
    for (uint32_t i = 0; i < 5000; i++)
        gc_store(m, r + 1, i, r);
    gc_clear(m, r);
    gc_clear(m, r + 1);
    const size_t most = GC_RC_UNITS + gc_counted_size(GC_PLAIN, 1, 8) / 8;
    uint64_t freed = stats_now().freed_objects;
    uint32_t safepoints = 0;
    for (; freed < 10001; safepoints++) {
        new_object(r, GC_PLAIN, 1, 1);
        const uint64_t now = stats_now().freed_objects;
        assert_true(now - freed <= most);
        freed = now;
        if (safepoints % 64 == 0)
            assert_whole();
    }
    assert_true(safepoints >= (5000 + 3 * 9000) / most);
    gc_pop(m, 2);
}

/* However much dies at once, what is allocated does not outrun the release. */
static void test_garbage_does_not_grow(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    struct ht_rng rng = ht_rng_open(3, 3);
    make_list(r, 50000);
    gc_clear(m, r);
    const uint64_t held = stats_now().held_bytes;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(try_new(r, GC_PLAIN, 2, 8 + ht_rng_below(&rng, 2) * 3000, 1), 0);
    assert_true(stats_now().held_peak_bytes < held + held / 4);
    assert_true(stats_now().dead_peak_bytes > 0);
    gc_pop(m, 2);
}

/* Before memory is said to be out, all is released. */
static void test_everything_is_released_first(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    make_list(r, 100000);
    gc_clear(m, r);
    assert_int_equal(try_new(r, GC_PLAIN, 1, COUNTED_HEAP - (2 << 20), 1), 0);
    assert_int_equal(objects_held(), 1);
    gc_pop(m, 2);
}

/* A ring stays: nothing else does. */
static void test_cycles_leak(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    make_ring(r, 100);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 100);
    gc_pop(m, 3);
}

static void test_a_weak_slot_is_empty_at_once(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, 1, 1);
    new_object(r + 1, GC_WEAK, 1, 2);
    gc_store(m, r + 1, 0, r);
    gc_clear(m, r);
    assert_false(holds(r + 1, 0));
    gc_pop(m, 2);
}

/* ---- deferred ----------------------------------------------------------------------------------------------- */

static void test_root_slots_do_not_count(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    new_object(r, GC_PLAIN, 1, 1);
    gc_move(m, r + 1, r);
    assert_int_equal(gc_count_of(r->object)->count, 0);
    new_object(r + 2, GC_PLAIN, 1, 2);
    gc_store(m, r + 2, 0, r);
    assert_int_equal(gc_count_of(r->object)->count, 1);
    gc_clear(m, r);
    gc_store(m, r + 2, 0, &gc_nothing);
    gc_collect(m, GC_FULL); /* one root slot has it still */
    assert_int_equal(number_of(r + 1), 1);
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 1);
    gc_pop(m, 3);
}

static void test_the_table_is_reconciled(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    for (uint32_t i = 0; i < 100000; i++)
        new_object(r + i % 2, GC_PLAIN, 1, i);
    assert_true(objects_held() < 2500);
    assert_true(heap.zero.room < 8192);
    gc_pop(m, 2);
}

/* Without a table the heap is walked; and when there is one again, it is used again. */
static void test_a_table_that_cannot_grow(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    start_failing(GC_SITE_ROOT_BUFFER, 1);
    make_list(r, 5000);
    for (uint32_t i = 0; i < 5000; i++)
        new_object(r + 1, GC_PLAIN, 1, i);
    assert_true(failed);
    assert_true(stats_now().mark_stack_overflows > 0);
    assert_whole();
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 5000);
    gc_clear(m, r);
    gc_budget_fail = NULL;
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
    assert_false(heap.lost);
    test_the_table_is_reconciled(state);
    gc_pop(m, 2);
}

static void test_verify_misses_none_with_a_count_of_zero(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    new_object(r, GC_PLAIN, 1, 1);
    ((struct gc_object *)r->object)->header &= ~GC_LISTED;
    assert_unclean();
    ((struct gc_object *)r->object)->header |= GC_LISTED;
    gc_pop(m, 1);
}

#define DEFERRED_TEST(name) cmocka_unit_test_setup_teardown(name, setup_deferred, teardown_counted)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COUNTED_TESTS,
        cmocka_unit_test(test_variants),
        COUNTED_TEST(test_a_safepoint_releases_a_little),
        COUNTED_TEST(test_garbage_does_not_grow),
        COUNTED_TEST(test_everything_is_released_first),
        COUNTED_TEST(test_cycles_leak),
        COUNTED_TEST(test_a_weak_slot_is_empty_at_once),
        DEFERRED_TEST(test_verify_finds),
        DEFERRED_TEST(test_a_long_list_dies_on_a_small_stack),
        DEFERRED_TEST(test_weak_objects_that_cannot_be_watched),
        DEFERRED_TEST(test_a_finalizer_brings_its_object_back_once),
        DEFERRED_TEST(test_root_slots_do_not_count),
        DEFERRED_TEST(test_the_table_is_reconciled),
        DEFERRED_TEST(test_a_table_that_cannot_grow),
        DEFERRED_TEST(test_verify_misses_none_with_a_count_of_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
