/* The time left, from what the sorts of steps took so far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/progress.h"

static void test_nothing_is_known(void **state)
{
    (void)state;
    struct ht_progress p;
    ht_progress_open(&p, true);
    ht_progress_expect(&p, 3);
    assert_true(ht_progress_left_ns(&p) < 0);
}

/* The first round is slow, by a pass that the others do not have. */
static void test_sorts_are_apart(void **state)
{
    (void)state;
    const struct ht_progress p = {
        .sort = {{.left = 100, .done = 10, .ns = 1000}, {.left = 1, .done = 9, .ns = 90000}}};
    assert_true(ht_progress_left_ns(&p) == 100 * 100 + 10000);
}

static void test_unseen_sorts_take_the_mean(void **state)
{
    (void)state;
    const struct ht_progress p = {
        .sort = {{.left = 2, .done = 3, .ns = 300}, {.left = 0, .done = 1, .ns = 500}, {.left = 5}}};
    assert_true(ht_progress_left_ns(&p) == 2 * 100 + 5 * 200);
}

static void test_steps_are_counted(void **state)
{
    (void)state;
    struct ht_progress p;
    ht_progress_open(&p, true);
    for (int i = 0; i < 3; i++)
        ht_progress_expect(&p, 1);
    ht_progress_step(&p, 1);
    assert_int_equal(p.sort[1].left, 2);
    assert_int_equal(p.sort[1].done, 1);
    for (int i = 0; i < 3; i++) /* one more than was expected */
        ht_progress_step(&p, 1);
    assert_int_equal(p.sort[1].left, 0);
    assert_true(ht_progress_left_ns(&p) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_known),
        cmocka_unit_test(test_sorts_are_apart),
        cmocka_unit_test(test_unseen_sorts_take_the_mean),
        cmocka_unit_test(test_steps_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
