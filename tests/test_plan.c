/* How a matrix becomes groups with rounds, and a plan an order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/plan.h"

enum { ROUNDS = 5, CELLS_MAX = 64 };

static void add(struct ht_plan *plan, const char *workloads, const char *passes)
{
    const struct ht_matrix matrix = {workloads, passes, "1", ROUNDS};
    char why[256] = "";
    if (ht_plan_add_matrix(plan, &matrix, why))
        fail_msg("%s", why);
}

static unsigned rounds_of(const struct ht_plan *plan, const char *workload, enum ht_pass pass)
{
    for (size_t i = 0; i < plan->groups; i++)
        if (plan->group[i].pass == pass && !strcmp(plan->group[i].workload, workload))
            return plan->group[i].rounds;
    return 0;
}

/* A program has one group, whatever passes are named: it takes part in the rounds of all of them. */
static void test_rounds_of_a_pass(void **state)
{
    static const char *const passes[] = {"throughput,memory:1", "memory:1,throughput",
                                         "memory:1,throughput,latency:2"};
    (void)state;
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        struct ht_plan plan;
        assert_int_equal(ht_plan_open(&plan), 0);
        add(&plan, "jq,fixed-churn", passes[i]);
        assert_int_equal(rounds_of(&plan, "jq", HT_PASS_THROUGHPUT), ROUNDS);
        assert_int_equal(rounds_of(&plan, "jq", HT_PASS_MEMORY), 0);
        assert_int_equal(rounds_of(&plan, "fixed-churn", HT_PASS_THROUGHPUT), ROUNDS);
        assert_int_equal(rounds_of(&plan, "fixed-churn", HT_PASS_MEMORY), 1);
        ht_plan_close(&plan);
    }
}

static void test_a_group_named_twice(void **state)
{
    (void)state;
    struct ht_plan plan;
    assert_int_equal(ht_plan_open(&plan), 0);
    add(&plan, "fixed-churn", "memory:2");
    add(&plan, "fixed-churn", "memory:9");
    add(&plan, "fixed-churn", "memory:3");
    assert_int_equal(plan.groups, 1);
    assert_int_equal(rounds_of(&plan, "fixed-churn", HT_PASS_MEMORY), 9);
    assert_int_equal(plan.rounds, 9);
    ht_plan_close(&plan);
}

/* Every cell of the shards once a round, and those of a group one after the other. */
static void test_order(void **state)
{
    (void)state;
    struct ht_plan plan;
    char why[256];
    assert_int_equal(ht_plan_open(&plan), 0);
    assert_int_equal(ht_plan_add_strategies(&plan, "null,system,pool", why), 0);
    add(&plan, "fixed-churn,larson,alloc-test,rbstress", "throughput,memory:1");
    const size_t all = ht_plan_cells(&plan);
    assert_in_range(all, 1, CELLS_MAX);
    plan.shards = 3;
    for (unsigned round = 1; round <= 2; round++) {
        unsigned seen[CELLS_MAX + 1] = {0};
        uint32_t cell[CELLS_MAX];
        size_t sum = 0;
        for (plan.shard = 1; plan.shard <= plan.shards; plan.shard++) {
            const size_t n = ht_plan_order(&plan, round, cell);
            for (size_t i = 0; i < n; i++) {
                assert_in_range(cell[i], 1, all);
                seen[cell[i]]++;
                assert_ptr_equal(ht_plan_group(&plan, cell[i]), ht_plan_group(&plan, cell[i - i % 3]));
            }
            sum += n;
        }
        assert_int_equal(sum, round == 1 ? all : all / 2);
        for (size_t i = 1; i <= all; i++)
            assert_int_equal(seen[i], round <= ht_plan_group(&plan, i)->rounds);
    }
    ht_plan_close(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds_of_a_pass),
        cmocka_unit_test(test_a_group_named_twice),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
