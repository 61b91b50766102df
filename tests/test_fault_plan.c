/* The words of a fault plan: each key, its bounds, and where a message points. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults/fault_plan.h"

static char why[256];

static struct ht_cycle_plan parsed(const char *text)
{
    struct ht_fault_plan plan;
    if (ht_fault_plan_parse(text, &plan, why))
        fail_msg("%s", why);
    assert_int_equal(plan.kind, HT_FAULT_CYCLE);
    return plan.cycle;
}

static void test_defaults(void **state)
{
    (void)state;
    const struct ht_cycle_plan p = parsed("cycle");
    assert_int_equal(p.shape, HT_CYCLE_RING);
#define X(name, alias, excludes, value, least, most, help) assert_int_equal(p.name, value);
    HT_CYCLE_KEYS(X)
#undef X
}

static void test_keys(void **state)
{
    (void)state;
    const struct ht_cycle_plan p =
        parsed("cycle:shape=clique,k=5,rate=20,live=7,edge=3,tail=9,old=1,finalizer=1,bytes=4k");
    assert_int_equal(p.shape, HT_CYCLE_CLIQUE);
    assert_int_equal(p.length, 5);
    assert_int_equal(p.rate, 20);
    assert_int_equal(p.live, 7);
    assert_int_equal(p.edge, 3);
    assert_int_equal(p.tail, 9);
    assert_int_equal(p.old, 1);
    assert_int_equal(p.finalizer, 1);
    assert_int_equal(p.bytes, 4096);
    assert_int_equal(parsed("cycle:shape=self").length, 1);
    assert_int_equal(parsed("cycle:every=2M").every, 2 << 20);
    assert_int_equal(parsed("cycle:length=64k").length, 1 << 16);
    assert_int_equal(parsed("cycle:shape=ring,length=1").length, 1);
}

static void test_fail_keys(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct ht_fail_plan plan;
    } table[] = {
        {"fail:nth=12", {.first = 12, .count = 1}},
        {"fail:from=12", {.first = 12, .count = UINT64_MAX}},
        {"fail:burst=12+3", {.first = 12, .count = 3}},
        {"fail:every=100", {.every = 100}},
        {"fail:p=0.01,seed=7", {.p = 0.01, .seed = 7}},
        {"fail:p=1", {.p = 1}},
        {"fail:p=.5", {.p = .5}},
        {"fail:size>=4k", {.size_least = 4096}},
        {"fail:budget=1m", {.budget = 1 << 20}},
        {"fail:budget=1M", {.budget = 1 << 20}},
        {"fail:op=realloc", {.ops = 1 << HT_CALL_REALLOC}},
        {"fail:op=malloc+aligned,nth=2",
         {.first = 2, .count = 1, .ops = 1 << HT_CALL_MALLOC | 1 << HT_CALL_ALIGNED}},
        {"fail:site=mark-stack", {.site = "mark-stack"}},
        {"fail:only=libjq.so.1", {.only = "libjq.so.1"}},
        {"fail:except=libc.so.6", {.except = "libc.so.6"}},
        {"fail:thread=2,nth=5", {.first = 5, .count = 1, .thread = 2}},
        {"fail:after=steady", {.after_steady = 1}},
        {"os:mmap,nth=3", {.first = 3, .count = 1, .ops = 1 << HT_OS_MMAP}},
        {"os:brk", {.ops = 1 << HT_OS_BRK}},
        {"os:mmap+brk,from=2", {.first = 2, .count = UINT64_MAX, .ops = 1 << HT_OS_MMAP | 1 << HT_OS_BRK}},
        {"os:mprotect,size>=1m", {.size_least = 1 << 20, .ops = 1 << HT_OS_MPROTECT}},
        {"os:madvise", {.ops = 1 << HT_OS_MADVISE}},
        {"os:thread,nth=1", {.first = 1, .count = 1, .ops = 1 << HT_OS_THREAD}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ht_fault_plan plan;
        struct ht_fail_plan expected = table[i].plan;
        expected.first = expected.first ? expected.first : 1;
        expected.count = expected.count ? expected.count : UINT64_MAX;
        expected.seed = expected.seed ? expected.seed : 1;
        expected.ops = expected.ops ? expected.ops : UINT64_MAX;
        print_message("%s\n", table[i].text);
        if (ht_fault_plan_parse(table[i].text, &plan, why))
            fail_msg("%s", why);
        assert_int_equal(plan.kind, *table[i].text == 'f' ? HT_FAULT_FAIL : HT_FAULT_OS);
        assert_memory_equal(&plan.fail, &expected, sizeof expected);
    }
}

static void test_other_faults(void **state)
{
    (void)state;
    struct ht_fault_plan plan;
    assert_int_equal(ht_fault_plan_parse("limit:as=64m", &plan, why), 0);
    assert_int_equal(plan.limit.as, 64 << 20);
    assert_int_equal(plan.limit.cgroup, 0);
    assert_int_equal(ht_fault_plan_parse("limit:cgroup=1g", &plan, why), 0);
    assert_int_equal(plan.limit.cgroup, 1 << 30);
    assert_int_equal(ht_fault_plan_parse("stress:collect=1,slice=zero,counts=saturated", &plan, why), 0);
    assert_int_equal(plan.stress.collect, 1);
    assert_int_equal(plan.stress.slice, 1);
    assert_int_equal(plan.stress.counts, 1);
    assert_int_equal(ht_fault_plan_parse("shatter", &plan, why), 0);
    assert_int_equal(plan.shatter.times, 10);
    assert_int_equal(plan.shatter.keep, 5);
    assert_string_equal(ht_fault_kind_word(plan.kind), "shatter");
}

/* `character` is where it points. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned character;
        const char *says;
    } table[] = {
        {"", 1, "no fault is called ''"},
        {"cycel", 1, "no fault is called 'cycel': did you mean cycle?"},
        {"cycle ", 1, "no fault is called 'cycle '"},
        {"cycle,length=8", 1, "no fault is called"},
        {"cycle:", 7, "cycle has no key ''"},
        {"cycle:lenght=8", 7, "cycle has no key 'lenght': did you mean length?"},
        {"cycle:length=8,", 16, "cycle has no key ''"},
        {"cycle:length=8,,every=9", 16, "cycle has no key ''"},
        {"cycle:length", 13, "'=' and a value are expected"},
        {"cycle:length,every=3", 13, "'=' and a value are expected"},
        {"cycle:length=", 14, "length is a whole number from 1 to 65536, not ''"},
        {"cycle:length=0", 14, "length is a whole number from 1 to 65536, not '0'"},
        {"cycle:length=65537", 14, "not '65537'"},
        {"cycle:every=-1", 13, "not '-1'"},
        {"cycle:every=1.5", 13, "not '1.5'"},
        {"cycle:every=0x10", 13, "not '0x10'"},
        {"cycle:every=1kk", 13, "not '1kk'"},
        {"cycle:every=18446744073709551617", 13, "every is a whole number"},
        {"cycle:every=99999999999G", 13, "every is a whole number"},
        {"cycle:every=10,live= 3", 21, "not ' 3'"},
        {"cycle:bytes=7", 13, "bytes is a whole number from 8"},
        {"cycle:finalizer=2", 17, "finalizer is a whole number from 0 to 1"},
        {"cycle:shape=rnig", 13, "no shape is called 'rnig': did you mean ring?"},
        {"cycle:shape=", 13, "no shape is called ''"},
        {"cycle:length=8,k=9", 16, "length is named twice"},
        {"cycle:shape=ring,shape=ring", 18, "shape is named twice"},
        {"cycle:every=5,rate=5", 15, "every and rate exclude each other"},
        {"cycle:rate=0", 13, "a rate of 0 injects nothing"},
        {"cycle:shape=self,length=1", 26, "takes no length"},
        {"cycle:shape=clique,k=257", 25, "a clique has 256 objects at most"},
        {"fail", 5, "say which calls fail, as fail:nth=12"},
        {"fail:", 6, "fail has no key ''"},
        {"fail:evry=3", 6, "fail has no key 'evry': did you mean every?"},
        {"fail:nth=0", 10, "nth is a whole number from 1"},
        {"fail:nth=3,from=4", 12, "nth and from exclude each other"},
        {"fail:p=0.1,every=4", 12, "p and every exclude each other"},
        {"fail:burst=12", 14, "burst is written first+count, as 12+3"},
        {"fail:burst=12+0", 15, "burst is a whole number from 1"},
        {"fail:p=0", 8, "p is a number above 0 and at most 1, not '0'"},
        {"fail:p=1.01", 8, "not '1.01'"},
        {"fail:p=nan", 8, "not 'nan'"},
        {"fail:p=0x1p-3", 8, "not '0x1p-3'"},
        {"fail:nth=3,seed=7", 18, "seed goes with p"},
        {"fail:size=4096", 10, "'>=' and a value are expected"},
        {"fail:size>4096", 10, "'>=' and a value are expected"},
        {"fail:op=maloc", 9, "no op is called 'maloc': did you mean malloc?"},
        {"fail:op=malloc+", 16, "no op is called ''"},
        {"fail:site=", 11, "site is a name"},
        {"fail:site=a b", 11, "site is a name"},
        {"fail:only=libx,except=liby", 16, "only and except exclude each other"},
        {"fail:after=stady", 12, "no after is called 'stady': did you mean steady?"},
        {"os", 3, "a call of the system is expected"},
        {"os:", 4, "no call is called ''"},
        {"os:mmapp", 4, "no call is called 'mmapp': did you mean mmap?"},
        {"os:nth=3", 4, "no call is called 'nth=3'"},
        {"os:mmap,op=malloc", 9, "os has no key 'op'"},
        {"limit", 6, "say what is limited"},
        {"limit:as=64", 10, "as is a whole number from 4096"},
        {"stress:slice=1", 14, "no slice is called '1'"},
        {"shatter:keep=101", 14, "keep is a whole number from 1 to 100"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ht_fault_plan plan;
        char where[32];
        print_message("%s\n", table[i].text);
        assert_int_equal(ht_fault_plan_parse(table[i].text, &plan, why), -EINVAL);
        snprintf(where, sizeof where, "', character %u: ", table[i].character);
        if (!strstr(why, where) || !strstr(why, table[i].says) || strchr(why, '\n'))
            fail_msg("%s", why);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    char text[160];
    struct ht_fault_plan plan;
    memset(text, '0', sizeof text);
    memcpy(text, "cycle:every=", 12);
    memcpy(text + 12 + 62, "1", 2);
    assert_int_equal(parsed(text).every, 1);
    memcpy(text + 12 + 62, "11", 3); /* where a word would be cut */
    assert_int_equal(ht_fault_plan_parse(text, &plan, why), -EINVAL);
    memset(text + 12, '0', sizeof text - 12);
    text[128] = 0;
    assert_int_equal(ht_fault_plan_parse(text, &plan, why), -EINVAL);
    assert_non_null(strstr(why, "character 128: it is too long"));
}

/* The one table is the help. */
static void test_help(void **state)
{
    (void)state;
    char help[8192] = "";
    FILE *const out = fmemopen(help, sizeof help, "w");
    ht_fault_plan_help(out);
    fclose(out);
#define X(name, alias, excludes, value, least, most, text)                                                   \
    assert_non_null(strstr(help, "\n    " #name " "));                                                       \
    assert_non_null(strstr(help, text));
    HT_CYCLE_KEYS(X)
#undef X
    static const char *const words[] = {"clique", "nth",    "N+COUNT", ">=BYTES",
                                        "budget", "steady", "cgroup",  "saturated"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_non_null(strstr(help, words[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_keys),    cmocka_unit_test(test_fail_keys),
        cmocka_unit_test(test_other_faults), cmocka_unit_test(test_refused), cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
