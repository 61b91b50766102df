/* allocators/budget.h, and allocators/variant.h. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/budget.h"
#include "allocators/pages.h"
#include "allocators/variant.h"

static void test_limit(void **state)
{
    (void)state;
    struct gc_budget budget = {.limit = 10 * HT_PAGE_BYTES};
    const uint64_t mapped = ht_pages_stats().mapped;
    char *const p = gc_budget_map(&budget, GC_SITE_HEAP, 8 * HT_PAGE_BYTES, 8 * HT_PAGE_BYTES);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % (8 * HT_PAGE_BYTES), 0);
    assert_null(gc_budget_map(&budget, GC_SITE_HEAP, 3 * HT_PAGE_BYTES, HT_PAGE_BYTES));
    assert_int_equal(budget.held, 8 * HT_PAGE_BYTES);
    assert_true(gc_budget_take(&budget, GC_SITE_WEAK, 2 * HT_PAGE_BYTES));
    assert_false(gc_budget_take(&budget, GC_SITE_WEAK, 1));
    gc_budget_give(&budget, 2 * HT_PAGE_BYTES);
    gc_budget_unmap(&budget, p, 8 * HT_PAGE_BYTES);
    assert_int_equal(budget.held, 0);
    assert_int_equal(budget.peak, 10 * HT_PAGE_BYTES);
    assert_int_equal(ht_pages_stats().mapped, mapped);
}

static bool no_memory(size_t bytes)
{
    (void)bytes;
    return true;
}

static void test_the_system_has_no_more(void **state)
{
    (void)state;
    struct gc_budget budget = {.limit = 0};
    struct gc_table table = {.word = NULL};
    ht_pages_fail = no_memory;
    assert_null(gc_budget_map(&budget, GC_SITE_HEAP, HT_PAGE_BYTES, HT_PAGE_BYTES));
    assert_int_equal(gc_table_add(&table, &budget, GC_SITE_WEAK, 1), -ENOMEM);
    ht_pages_fail = NULL;
    assert_int_equal(budget.held, 0);
    assert_null(table.word);
}

static enum gc_site site_asked;

static bool no_weak(enum gc_site site, size_t bytes)
{
    (void)bytes;
    site_asked = site;
    return site == GC_SITE_WEAK;
}

static void test_a_failure_at_one_site(void **state)
{
    (void)state;
    struct gc_budget budget = {.limit = 0};
    gc_budget_fail = no_weak;
    assert_false(gc_budget_take(&budget, GC_SITE_WEAK, 1));
    assert_true(gc_budget_take(&budget, GC_SITE_REMEMBERED, 1));
    assert_int_equal(site_asked, GC_SITE_REMEMBERED);
    gc_budget_fail = NULL;
    assert_int_equal(budget.held, 1);
}

static void test_table_grows_and_stays_as_it_was(void **state)
{
    (void)state;
    enum { MOST = 8 * HT_PAGE_BYTES };
    struct gc_budget budget = {.limit = MOST};
    struct gc_table table = {.word = NULL};
    size_t n = 0;
    while (!gc_table_add(&table, &budget, GC_SITE_WEAK, n))
        n++;
    assert_int_equal(n, MOST / sizeof(uintptr_t));
    assert_int_equal(budget.held, MOST);
    assert_int_equal(gc_table_add(&table, &budget, GC_SITE_WEAK, n), -ENOMEM);
    assert_int_equal(table.count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(table.word[i], i);
    table.count = 3;
    assert_int_equal(gc_table_add(&table, &budget, GC_SITE_WEAK, 99), 0);
    assert_int_equal(table.word[3], 99);
    gc_table_close(&table, &budget);
    assert_int_equal(budget.held, 0);
    gc_table_close(&table, &budget); /* an empty one */
}

static void test_variant(void **state)
{
    (void)state;
    assert_int_equal(ht_variant("", "a", 7), 7);
    assert_int_equal(ht_variant("a", "a", 7), 1);
    assert_int_equal(ht_variant("stack=64+eager", "stack", 7), 64);
    assert_int_equal(ht_variant("stack=64+eager", "eager", 0), 1);
    assert_int_equal(ht_variant("mark-stack=64", "mark", 7), 7);
    assert_int_equal(ht_variant("mark-stack=64+mark=3", "mark", 7), 3);
    assert_int_equal(ht_variant("b+a=0", "a", 7), 0);
    assert_true(ht_variant_is_known("", ""));
    assert_true(ht_variant_is_known("stack=64+eager", "eager stack"));
    assert_false(ht_variant_is_known("stack=64+eage", "eager stack"));
    assert_false(ht_variant_is_known("eagerly", "eager stack"));
    assert_false(ht_variant_is_known("eager", ""));
    assert_false(ht_variant_is_known("eager++stack", "eager stack"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_the_system_has_no_more),
        cmocka_unit_test(test_a_failure_at_one_site),
        cmocka_unit_test(test_table_grows_and_stays_as_it_was),
        cmocka_unit_test(test_variant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
