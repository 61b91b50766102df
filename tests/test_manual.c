/* manual: what is freed is freed, and the limit is kept. */
#include "allocators/manual.h"
#include "tests/gc_kit.h"

enum { LIMIT = 8 << 20, OBJECTS = 1 << 14 };

static int setup(void **state)
{
    (void)state;
    open_heap(LIMIT, "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(stats_now().live_objects, 0);
    assert_int_equal(stats_now().held_bytes, 0);
    close_heap();
    assert_int_equal(heap.budget.held, 0);
    return 0;
}

static void test_no_variant(void **state)
{
    (void)state;
    assert_int_equal(try_heap(LIMIT, "fast"), -EINVAL);
}

static void test_counts(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, 3, 1);
    new_object(r + 1, GC_PLAIN, 0, 2);
    assert_int_equal(stats_now().live_objects, 2);
    assert_true(stats_now().held_bytes >= gc_size(3, 8) + gc_size(0, 8));
    gc_free(m, r);
    assert_true(gc_is_empty(r));
    assert_int_equal(stats_now().freed_objects, 1);
    assert_int_equal(stats_now().freed_bytes, gc_size(3, 8));
    assert_int_equal(number_of(r + 1), 2);
    gc_free(m, r + 1);
    gc_pop(m, 2);
}

/* To the limit, and back, three times: it is kept, and nothing of it is lost. */
static void test_the_limit(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, OBJECTS);
    uint32_t first = 0;
    for (int round = 0; round < 3; round++) {
        uint32_t n = 0;
        while (n < OBJECTS && !try_new(r + n, GC_PLAIN, 0, 1000, n))
            n++;
        first = round ? first : n;
        assert_int_equal(n, first);
        assert_in_range(n, LIMIT / 1100, LIMIT / 1008);
        assert_true(stats_now().held_bytes <= LIMIT);
        assert_true(gc_is_empty(r + n)); /* as it was */
        while (n--) {
            assert_int_equal(number_of(r + n), n);
            gc_free(m, r + n);
        }
    }
    gc_pop(m, OBJECTS);
}

static void test_a_request_fails(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    start_failing(GC_SITE_HEAP, 0);
    assert_int_equal(gc_alloc(m, r, GC_PLAIN, 1, 8), -ENOMEM);
    assert_true(gc_is_empty(r));
    gc_budget_fail = NULL;
    new_object(r, GC_PLAIN, 1, 1);
    gc_free(m, r);
    gc_pop(m, 1);
}

#define MANUAL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_variant),
        MANUAL_TEST(test_counts),
        MANUAL_TEST(test_the_limit),
        MANUAL_TEST(test_a_request_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
