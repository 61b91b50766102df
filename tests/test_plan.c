/* The plan: the words of a matrix, parameters, the order of rounds, shards and identity. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/plan.h"
#include "bench/suite.h"

static struct ht_plan plan;
static char why[256];

/* A plan of these words, with seed 1; the first error. */
static int make(const char *strategies, const char *workloads, const char *passes, const char *threads)
{
    const struct ht_matrix matrix = {.workloads = workloads, .passes = passes, .threads = threads};
    why[0] = 0;
    assert_int_equal(ht_plan_open(&plan), 0);
    plan.rounds = 3;
    int error = ht_plan_add_strategies(&plan, strategies, why);
    if (!error)
        error = ht_plan_add_matrix(&plan, &matrix, why);
    return error;
}

static int close_plan(void **state)
{
    (void)state;
    ht_plan_close(&plan);
    return 0;
}

/* ---- words --------------------------------------------------------------------------------------------- */

static void test_words_multiply(void **state)
{
    (void)state;
    assert_int_equal(make("null,system", "fixed-churn,larson:slots=7", "throughput,memory:1", "1,2"), 0);
    assert_int_equal(plan.strategies, 2);
    assert_int_equal(plan.groups, 8);
    assert_int_equal(ht_plan_cells(&plan), 16);
    assert_string_equal(ht_plan_strategy(&plan, 1)->name, "null");
    assert_string_equal(ht_plan_strategy(&plan, 16)->name, "system");
    assert_string_equal(ht_plan_group(&plan, 1)->workload, "fixed-churn");
    assert_string_equal(ht_plan_group(&plan, 2)->workload, "fixed-churn");
    assert_string_equal(ht_plan_group(&plan, 16)->params, "slots=7");
    for (size_t cell = 1; cell <= 16; cell++) {
        const struct ht_group *const g = ht_plan_group(&plan, cell);
        assert_int_equal(g->rounds, g->pass == HT_PASS_MEMORY ? 1 : 3);
    }
}

static void test_words_join(void **state)
{
    (void)state;
    /* What is named twice is there once, and parameters at their default are no parameters. */
    assert_int_equal(
        make("null,,null,", ",fixed-churn,fixed-churn:bytes=64:slots=10000,", "throughput", "2,2"), 0);
    assert_int_equal(ht_plan_cells(&plan), 1);
    assert_string_equal(plan.group[0].params, "");
    assert_int_equal(ht_plan_add_strategies(&plan, "all", why), 0);
    /* All but what is planted. */
    size_t meant = 0;
    for (size_t i = 0; i < ht_strategy_count(); i++)
        meant += !ht_strategy_at(i).is_planted;
    assert_int_equal(plan.strategies, meant);
    assert_int_equal(meant, ht_strategy_count() - 1);
}

static void test_words_of_all(void **state)
{
    (void)state;
    assert_int_equal(make("all", "all", "throughput,latency,memory,instructions", "1"), 0);
    assert_int_equal(plan.groups, 4 * ht_suite_count());
    for (size_t i = 0; i < plan.groups; i++) /* a workload that needs more threads gets them */
        assert_true(plan.group[i].threads >=
                    ht_suite_plain((size_t)ht_suite_find(plan.group[i].workload, 0))->min_threads);
}

static void test_more_rounds_of_a_pass(void **state)
{
    (void)state;
    assert_int_equal(make("null", "larson", "throughput,memory:9", "1"), 0);
    assert_int_equal(plan.rounds, 9);
    uint32_t cells[2];
    assert_int_equal(ht_plan_order(&plan, 3, cells), 2);
    assert_int_equal(ht_plan_order(&plan, 4, cells), 1);
}

/* A program has one group, whatever passes are named: it takes part in the rounds of all of them. */
static void test_rounds_of_a_program(void **state)
{
    static const char *const passes[] = {"throughput,memory:1", "memory:1,throughput",
                                         "memory:1,throughput,latency:2"};
    (void)state;
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        assert_int_equal(make("null", "jq", passes[i], "1"), 0);
        assert_int_equal(plan.groups, 1);
        assert_int_equal(plan.group[0].pass, HT_PASS_THROUGHPUT);
        assert_int_equal(plan.group[0].rounds, 3);
        ht_plan_close(&plan);
    }
    assert_int_equal(ht_plan_open(&plan), 0);
}

static void test_rounds_of_a_group_named_twice(void **state)
{
    static const char *const passes[] = {"memory:9", "memory:4"};
    (void)state;
    assert_int_equal(make("null", "larson", "memory:2", "1"), 0);
    for (size_t i = 0; i < 2; i++) {
        const struct ht_matrix matrix = {.workloads = "larson", .passes = passes[i], .threads = "1"};
        assert_int_equal(ht_plan_add_matrix(&plan, &matrix, why), 0);
        assert_int_equal(plan.groups, 1);
        assert_int_equal(plan.group[0].rounds, 9);
    }
}

static void test_words_refused(void **state)
{
    (void)state;
    static const struct {
        const char *strategies, *workloads, *passes, *threads, *why;
    } table[] = {
        {"nul", "larson", "memory", "1", "did you mean null?"},
        {"null", "lars", "memory", "1", "did you mean larson?"},
        {"null", "larson", "memry", "1", "did you mean memory?"},
        {"null", "larson:slot=1", "memory", "1", "did you mean slots?"},
        {"null", "larson", "memory,memory:2", "1", "named twice"},
        {"null", "larson", "memory:", "1", "whole number"},
        {"null", "larson", "memory:-1", "1", "whole number"},
        {"null", "larson", "memory:100001", "1", "whole number"},
        {"null", "larson", "memory", "0", "from 1 to 256"},
        {"null", "larson", "memory", "257", "from 1 to 256"},
        {"null", "larson", "memory", "2x", "from 1 to 256"},
        {"null", "larson", "", "1", "needs a pass"},
        {"null", "sqlite3:a=1", "throughput", "1", "has no parameters"},
        {"plugin:/nowhere.so", "larson", "memory", "1", "/nowhere.so"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_not_equal(make(table[i].strategies, table[i].workloads, table[i].passes, table[i].threads),
                             0);
        if (!strstr(why, table[i].why))
            fail_msg("'%s' does not say '%s'", why, table[i].why);
        assert_null(strchr(why, '\n'));
        ht_plan_close(&plan);
    }
    assert_int_equal(ht_plan_open(&plan), 0);
}

/* ---- parameters ---------------------------------------------------------------------------------------- */

static void test_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *params;
        uint64_t slots; /* 0: refused */
    } table[] = {
        {"", 10000},
        {"slots=1", 1},
        {"slots=16777216", 1 << 24},
        {"slots=16777217", 0},
        {"slots=2k", 2048},
        {"slots=2M", 2 << 20},
        {"slots=16M", 1 << 24},
        {"slots=17M", 0},
        {"slots=1G", 0},
        {"slots=18446744073709551615G", 0},
        {"slots=18446744073709551616", 0},
        {"slots=17179869185G", 0}, /* 2^64 + 2^30 */
        {"slots=0", 0},
        {"slots=-1", 0},
        {"slots=+1", 0},
        {"slots= 1", 0},
        {"slots=1K", 0},
        {"slots=1kk", 0},
        {"slots=k", 0},
        {"slots=", 0},
        {"slots", 0},
        {"slots=1.5", 0},
        {"slots=0x10", 0},
        {"slots=99999999999999999999999999999999999999999999999999999999999999999999999", 0},
        {"=1", 0},
        {"slot=1", 0},
        {"slotss=1", 0},
        {"bytes=8 slots=3", 3},
        {"bytes=8,slots=4", 4},
        {"bytes=8:slots=5", 5},
        {":slots=6:", 6},
        {"slots=1 slots=7", 7},
        {"slots=7 bytes=0", 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ht_job job = {.workload = ht_suite_plain((size_t)ht_suite_find("fixed-churn", 0))};
        const int error = ht_suite_set_params(&job, table[i].params, why);
        if (!error != (table[i].slots != 0) || (!error && job.value[1] != table[i].slots))
            fail_msg("'%s' gives %d and %" PRIu64, table[i].params, error, job.value[1]);
    }
}

static void test_parameters_emitted(void **state)
{
    (void)state;
    struct ht_job job = {.workload = ht_suite_plain((size_t)ht_suite_find("fixed-churn", 0))};
    char text[64];
    assert_int_equal(ht_suite_set_params(&job, "slots=2k bytes=64", why), 0);
    assert_int_equal(ht_suite_emit_params(&job, text, sizeof text), 0);
    assert_string_equal(text, "slots=2048");
    assert_int_equal(ht_suite_emit_params(&job, text, 10), -E2BIG);
    assert_int_equal(ht_suite_emit_params(&job, text, 11), 0);
    /* The longest that can be said fits into a plan. */
    for (size_t i = 0; i < ht_suite_count(); i++) {
        char longest[HT_PLAN_TEXT];
        job = (struct ht_job){.workload = ht_suite_plain(i)};
        for (int p = 0; job.workload->params[p].name; p++)
            job.value[p] =
                job.workload->params[p].max - (job.workload->params[p].max == job.workload->params[p].value);
        assert_int_equal(ht_suite_emit_params(&job, longest, sizeof longest), 0);
    }
}

/* ---- order, shards, identity --------------------------------------------------------------------------- */

enum { CELLS_MAX = 4096 };

static size_t order(unsigned round, uint32_t cells[CELLS_MAX])
{
    assert_true(ht_plan_cells(&plan) <= CELLS_MAX);
    return ht_plan_order(&plan, round, cells);
}

static void open_large(void)
{
    assert_int_equal(make("null,system,pool,tlsf", "all", "throughput,latency", "1"), 0);
    assert_int_equal(ht_plan_match(&plan, why), 0);
}

static void test_order_is_a_permutation(void **state)
{
    (void)state;
    uint32_t cells[CELLS_MAX], others[CELLS_MAX];
    open_large();
    const size_t n = order(1, cells);
    assert_int_equal(n, ht_plan_cells(&plan));
    bool seen[CELLS_MAX + 1] = {false};
    for (size_t i = 0; i < n; i++) {
        assert_in_range(cells[i], 1, n);
        assert_false(seen[cells[i]]);
        seen[cells[i]] = true;
    }
    assert_int_equal(order(1, others), n);
    assert_memory_equal(cells, others, n * sizeof *cells);
    assert_int_equal(order(2, others), n);
    assert_memory_not_equal(cells, others, n * sizeof *cells);
    plan.seed = 2;
    assert_int_equal(order(1, others), n);
    assert_memory_not_equal(cells, others, n * sizeof *cells);
}

/* Allocators meet workloads for allocators, collectors theirs, in one plan. */
static void test_kinds_meet_their_own(void **state)
{
    (void)state;
    uint32_t cells[CELLS_MAX];
    assert_int_equal(make("null,semispace,system", "larson,binary-trees", "throughput,memory,pauses", "1"),
                     0);
    assert_int_equal(ht_plan_match(&plan, why), 0);
    const size_t n = order(1, cells);
    assert_int_equal(n, 2 * 2 + 1 * 3); /* no pauses of allocators */
    for (size_t i = 0; i < n; i++)
        assert_true(ht_plan_fits(ht_plan_strategy(&plan, cells[i]), ht_plan_group(&plan, cells[i])));
}

static void test_kinds_without_their_own(void **state)
{
    (void)state;
    assert_int_equal(make("null,semispace", "larson", "throughput", "1"), 0);
    assert_int_equal(ht_plan_match(&plan, why), -EINVAL);
    assert_non_null(strstr(why, "semispace is a collector"));
    ht_plan_close(&plan);
    assert_int_equal(make("all", "larson", "throughput", "1"), 0);
    assert_int_equal(ht_plan_match(&plan, why), 0);
    assert_true(plan.strategies < ht_strategy_count());
    ht_plan_close(&plan);
    assert_int_equal(make("allocators", "binary-trees", "throughput", "1"), 0);
    assert_int_equal(ht_plan_match(&plan, why), -EINVAL);
}

/* A fault is for collectors; it makes another group, with the same operations, in a plan of another name. */
static void test_fault_is_a_group(void **state)
{
    (void)state;
    const struct ht_matrix without = {.workloads = "larson,binary-trees", .passes = "pauses", .threads = "1"};
    struct ht_matrix with = without;
    char run[2][24];
    with.fault = "cycle:every=10";
    assert_int_equal(make("semispace", "binary-trees", "pauses", "1"), 0);
    assert_int_equal(plan.groups, 1);
    assert_int_equal(ht_plan_add_matrix(&plan, &with, why), 0);
    assert_int_equal(ht_plan_add_matrix(&plan, &with, why), 0);
    assert_int_equal(plan.groups, 2);
    assert_string_equal(plan.group[0].fault, "");
    assert_string_equal(plan.group[1].fault, "cycle:every=10");
    assert_string_equal(plan.group[1].workload, "binary-trees");
    assert_true(ht_plan_seed(&plan, &plan.group[0], 1) == ht_plan_seed(&plan, &plan.group[1], 1));
    ht_plan_identify(&plan);
    strcpy(run[0], plan.run);
    strcpy(plan.group[1].fault, "cycle:every=11");
    ht_plan_identify(&plan);
    strcpy(run[1], plan.run);
    assert_string_not_equal(run[0], run[1]);
}

/* A shattered heap has the whole one beside it, of allocators alone. */
static void test_fault_beside(void **state)
{
    (void)state;
    const struct ht_matrix matrix = {.workloads = "larson,binary-trees",
                                     .passes = "throughput,memory:2",
                                     .threads = "1",
                                     .fault = "shatter",
                                     .fault_place = HT_FAULT_BESIDE};
    assert_int_equal(make("tlsf,semispace", "larson", "memory", "1"), 0);
    assert_int_equal(ht_plan_add_matrix(&plan, &matrix, why), 0);
    assert_int_equal(plan.groups, 4);
    for (size_t i = 0; i < plan.groups; i++) {
        assert_string_equal(plan.group[i].workload, "larson");
        assert_true(ht_plan_seed(&plan, &plan.group[i], 1) == ht_plan_seed(&plan, &plan.group[0], 1));
    }
    assert_string_equal(plan.group[0].fault, "");
    assert_string_equal(plan.group[1].fault, "");
    assert_int_equal(plan.group[1].pass, HT_PASS_THROUGHPUT);
    assert_string_equal(plan.group[2].fault, "shatter");
    assert_int_equal(plan.group[2].pass, HT_PASS_THROUGHPUT);
    assert_string_equal(plan.group[3].fault, "shatter");
    assert_int_equal(plan.group[3].rounds, 2);
}

static void test_heaps_multiply(void **state)
{
    (void)state;
    const struct ht_matrix matrix = {
        .workloads = "larson,binary-trees", .passes = "throughput", .threads = "1", .heaps = "1.75x,64M"};
    assert_int_equal(make("null,semispace", "larson", "throughput", "1"), 0);
    assert_int_equal(ht_plan_add_matrix(&plan, &matrix, why), 0);
    assert_int_equal(plan.groups, 3);
    assert_string_equal(plan.group[0].heap, "");
    assert_string_equal(plan.group[1].heap, "1.75x");
    assert_string_equal(plan.group[2].heap, "64M");
    static const char *const wrong[] = {"x", "0x", "1.75", "1k", "-2x", "2xx", "9999999x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct ht_matrix bad = {
            .workloads = "binary-trees", .passes = "throughput", .threads = "1", .heaps = wrong[i]};
        assert_int_equal(ht_plan_add_matrix(&plan, &bad, why), -EINVAL);
        assert_non_null(strstr(why, wrong[i]));
    }
}

/* What is compared stands side by side: the cells of a group follow one another. */
static void test_order_keeps_groups_together(void **state)
{
    (void)state;
    uint32_t cells[CELLS_MAX];
    open_large();
    plan.group[5].rounds = plan.group[8].rounds = 1;
    plan.shards = 3;
    for (plan.shard = 1; plan.shard <= plan.shards; plan.shard++) {
        const size_t n = order(2, cells);
        for (size_t i = 0; i < n; i++)
            assert_ptr_equal(ht_plan_group(&plan, cells[i]), ht_plan_group(&plan, cells[i - i % 4]));
    }
}

/* Every place is taken by every cell about equally often. */
static void test_order_is_fair(void **state)
{
    (void)state;
    enum { ROUNDS = 6000 };
    assert_int_equal(make("null,system,pool", "larson", "throughput,latency", "1"), 0);
    plan.rounds = plan.group[0].rounds = plan.group[1].rounds = ROUNDS;
    unsigned first[7] = {0}, last[7] = {0};
    uint32_t cells[CELLS_MAX];
    for (unsigned round = 1; round <= ROUNDS; round++) {
        assert_int_equal(order(round, cells), 6);
        first[cells[0]]++;
        last[cells[5]]++;
    }
    for (int cell = 1; cell <= 6; cell++) { /* 1000 +- 6 standard deviations of 29 */
        assert_in_range(first[cell], 825, 1175);
        assert_in_range(last[cell], 825, 1175);
    }
}

static void test_shards_partition(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 3, 7, 1000};
    uint32_t cells[CELLS_MAX];
    open_large();
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        unsigned owner[CELLS_MAX + 1] = {0};
        size_t all = 0;
        plan.shards = counts[c];
        for (plan.shard = 1; plan.shard <= plan.shards; plan.shard++) {
            const size_t n = order(1, cells);
            all += n;
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(owner[cells[i]], 0);
                owner[cells[i]] = plan.shard;
            }
        }
        assert_int_equal(all, ht_plan_cells(&plan));
        for (uint32_t cell = 2; cell <= all; cell++) /* a group is whole */
            if (ht_plan_group(&plan, cell) == ht_plan_group(&plan, cell - 1))
                assert_int_equal(owner[cell], owner[cell - 1]);
    }
}

static void identify(char run[24])
{
    ht_plan_identify(&plan);
    strcpy(run, plan.run);
}

static void test_identity(void **state)
{
    (void)state;
    char whole[24], other[24];
    open_large();
    identify(whole);
    plan.shard = 2, plan.shards = 3;
    identify(other);
    assert_string_equal(whole, other);
    plan.timeout_s++; /* says when to give up, not what to measure */
    identify(other);
    assert_string_equal(whole, other);
    /* All that decides what is measured. */
#define CHANGES(change, back)                                                                                \
    do {                                                                                                     \
        change;                                                                                              \
        identify(other);                                                                                     \
        assert_string_not_equal(whole, other);                                                               \
        back;                                                                                                \
        identify(other);                                                                                     \
        assert_string_equal(whole, other);                                                                   \
    } while (0)
    CHANGES(plan.seed++, plan.seed--);
    CHANGES(plan.repetitions++, plan.repetitions--);
    CHANGES(plan.window_ms *= 2, plan.window_ms /= 2);
    CHANGES(plan.group[3].rounds++, plan.group[3].rounds--);
    CHANGES(plan.group[3].threads++, plan.group[3].threads--);
    CHANGES(plan.group[3].params[0] = 'x', plan.group[3].params[0] = 0);
    CHANGES(plan.groups--, plan.groups++);
    CHANGES(plan.strategies--, plan.strategies++);
    CHANGES(strcpy(plan.env[0], "A=B"), plan.env[0][0] = 0);
    /* Not by what one figure adds and another takes away. */
    plan.seed = 1, plan.window_ms = 0.002;
    identify(whole);
    plan.seed = 2, plan.window_ms = 0.001;
    identify(other);
    assert_string_not_equal(whole, other);
}

/* A run with the next seed is another run, not the same one round later. */
static void test_seeds_of_other_runs(void **state)
{
    (void)state;
    assert_int_equal(make("null", "larson", "throughput", "1"), 0);
    const uint64_t later = ht_plan_seed(&plan, plan.group, 2);
    plan.seed++;
    assert_true(ht_plan_seed(&plan, plan.group, 1) != later);
}

static void test_seeds(void **state)
{
    (void)state;
    assert_int_equal(make("null", "larson,larson:slots=7", "throughput,latency", "1,2"), 0);
    assert_int_equal(plan.groups, 8);
    for (size_t i = 0; i < 8; i++) {
        const struct ht_group *const a = &plan.group[i];
        assert_true(ht_plan_seed(&plan, a, 1) != ht_plan_seed(&plan, a, 2));
        assert_true(ht_plan_seed(&plan, a, 1) < (uint64_t)1 << 53);
        for (size_t k = 0; k < i; k++) { /* the passes of one work share it */
            const struct ht_group *const b = &plan.group[k];
            const bool same = a->threads == b->threads && !strcmp(a->params, b->params);
            assert_int_equal(ht_plan_seed(&plan, a, 1) == ht_plan_seed(&plan, b, 1), same);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_words_multiply, close_plan),
        cmocka_unit_test_teardown(test_words_join, close_plan),
        cmocka_unit_test_teardown(test_words_of_all, close_plan),
        cmocka_unit_test_teardown(test_more_rounds_of_a_pass, close_plan),
        cmocka_unit_test_teardown(test_rounds_of_a_program, close_plan),
        cmocka_unit_test_teardown(test_rounds_of_a_group_named_twice, close_plan),
        cmocka_unit_test_teardown(test_words_refused, close_plan),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_parameters_emitted),
        cmocka_unit_test_teardown(test_order_is_a_permutation, close_plan),
        cmocka_unit_test_teardown(test_kinds_meet_their_own, close_plan),
        cmocka_unit_test_teardown(test_kinds_without_their_own, close_plan),
        cmocka_unit_test_teardown(test_fault_is_a_group, close_plan),
        cmocka_unit_test_teardown(test_fault_beside, close_plan),
        cmocka_unit_test_teardown(test_heaps_multiply, close_plan),
        cmocka_unit_test_teardown(test_order_keeps_groups_together, close_plan),
        cmocka_unit_test_teardown(test_order_is_fair, close_plan),
        cmocka_unit_test_teardown(test_shards_partition, close_plan),
        cmocka_unit_test_teardown(test_identity, close_plan),
        cmocka_unit_test_teardown(test_seeds_of_other_runs, close_plan),
        cmocka_unit_test_teardown(test_seeds, close_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
