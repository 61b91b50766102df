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
#define X(name, value, least, most, help) assert_int_equal(p.name, value);
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
        {"cycle:every=5,rate=5", 21, "every and rate exclude each other"},
        {"cycle:rate=0", 13, "a rate of 0 injects nothing"},
        {"cycle:shape=self,length=1", 26, "takes no length"},
        {"cycle:shape=clique,k=257", 25, "a clique has 256 objects at most"},
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
    memcpy(text + 12 + 30, "1", 2);
    assert_int_equal(parsed(text).every, 1);
    memcpy(text + 12 + 30, "11", 3); /* where a word would be cut */
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
#define X(name, value, least, most, text)                                                                    \
    assert_non_null(strstr(help, "\n    " #name " "));                                                         \
    assert_non_null(strstr(help, text));
    HT_CYCLE_KEYS(X)
#undef X
    assert_non_null(strstr(help, "clique"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_keys), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
