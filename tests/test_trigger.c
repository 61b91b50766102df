/* Which calls a plan makes fail. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults/trigger.h"

static struct ht_trigger armed(const char *text)
{
    char why[256];
    struct ht_fault_plan plan;
    if (ht_fault_plan_parse(text, &plan, why))
        fail_msg("%s", why);
    return (struct ht_trigger){.plan = plan.fail, .armed = true};
}

/* A call after the other, each of 100 bytes more than the last: '1' where it fails. */
static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fails;
    } table[] = {
        {"fail:nth=3", "0010000000"},
        {"fail:nth=11", "0000000000"},
        {"fail:from=4", "0001111111"},
        {"fail:burst=2+3", "0111000000"},
        {"fail:every=4", "0001000100"},
        {"fail:p=1", "1111111111"},
        {"fail:size>=500", "0000111111"},
        {"fail:size>=500,nth=2", "0000010000"}, /* those that pass are counted */
        {"fail:op=malloc", "1010101010"},
        {"fail:op=realloc,nth=2", "0001000000"},
        {"fail:op=calloc", "0000000000"},
        {"fail:op=malloc+realloc,burst=9+9", "0000000011"},
        {"fail:thread=2", "0000010000"},
        {"fail:thread=3", "0000000000"},
        {"fail:after=steady", "0000000111"},
        {"fail:after=steady,nth=2", "0000000010"},
        {"fail:budget=1000", "0000111111"}, /* 100+200+300+400 fit */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ht_trigger t = armed(table[i].text);
        char fails[11] = "";
        for (unsigned n = 1; n <= 10; n++) {
            t.steady = n >= 8;
            const struct ht_call call = {
                .op = n % 2 ? HT_CALL_MALLOC : HT_CALL_REALLOC, .bytes = n * 100, .thread = n == 6 ? 2 : 1};
            fails[n - 1] = ht_trigger_fires(&t, &call) ? '1' : '0';
        }
        print_message("%s\n", table[i].text);
        assert_string_equal(fails, table[i].fails);
        uint64_t fired = 0;
        for (unsigned n = 0; n < 10; n++)
            fired += fails[n] == '1';
        assert_int_equal(t.fired, fired);
    }
}

static void test_disarmed(void **state)
{
    (void)state;
    struct ht_trigger t = armed("fail:nth=1");
    const struct ht_call call = {.bytes = 1, .thread = 1};
    t.armed = false;
    assert_false(ht_trigger_fires(&t, &call));
    assert_int_equal(t.calls, 0);
    t.armed = true;
    assert_true(ht_trigger_fires(&t, &call));
    assert_false(ht_trigger_fires(&t, &call));
    assert_int_equal(t.calls, 2);
    assert_int_equal(t.fired, 1);
}

/* The same seed: the same calls. Another: others. And about as many as was asked for. */
static void test_drawn(void **state)
{
    (void)state;
    enum { CALLS = 100000 };
    static char fails[3][CALLS];
    static const char *const plans[] = {"fail:p=0.01,seed=7", "fail:p=0.01,seed=7", "fail:p=0.01,seed=8"};
    for (int i = 0; i < 3; i++) {
        struct ht_trigger t = armed(plans[i]);
        const struct ht_call call = {.bytes = 1, .thread = 1};
        for (int n = 0; n < CALLS; n++)
            fails[i][n] = (char)ht_trigger_fires(&t, &call);
        assert_in_range(t.fired, 850, 1150); /* 1000 expected, five standard deviations of 31 */
    }
    assert_memory_equal(fails[0], fails[1], CALLS);
    assert_memory_not_equal(fails[0], fails[2], CALLS);
}

/* What is given back may be had again; a realloc counts the difference. */
static void test_budget(void **state)
{
    (void)state;
    struct ht_trigger t = armed("fail:budget=1k");
    const struct ht_call most = {.bytes = 1024, .thread = 1}, one = {.bytes = 1, .thread = 1};
    assert_false(ht_trigger_fires(&t, &most));
    assert_true(ht_trigger_fires(&t, &one));
    const struct ht_call shrunk = {.op = HT_CALL_REALLOC, .bytes = 1000, .old = 1024, .thread = 1};
    assert_false(ht_trigger_fires(&t, &shrunk));
    assert_int_equal(t.held, 1000);
    const struct ht_call grown = {.op = HT_CALL_REALLOC, .bytes = 1025, .old = 1000, .thread = 1};
    assert_true(ht_trigger_fires(&t, &grown));
    assert_false(ht_trigger_fires(&t, &one));
    ht_trigger_give_back(&t, 1001);
    assert_int_equal(t.held, 0);
    assert_int_equal(t.fired, 2);
}

static struct ht_trigger shared;

static void *call_often(void *failed)
{
    const struct ht_call call = {.bytes = 1, .thread = 1};
    for (int i = 0; i < 100000; i++)
        *(unsigned *)failed += ht_trigger_fires(&shared, &call);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    unsigned failed[4] = {0}, all = 0;
    pthread_t thread[4];
    shared = armed("fail:every=100");
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, call_often, &failed[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        all += failed[i];
    }
    assert_int_equal(all, 4000);
    assert_int_equal(shared.fired, 4000);
    assert_int_equal(shared.calls, 400000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_disarmed), cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_budget),  cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
