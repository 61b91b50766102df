/* The words of a strategy's sites: each is found, and a misspelt one is refused with the nearest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "faults/faulty_sites.h"

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        struct ht_site site;
    } known[] = {
        {"pages", {HT_SITE_PAGES, 0}},
        {"heap", {HT_SITE_BUDGET, GC_SITE_HEAP}},
        {"weak-table", {HT_SITE_BUDGET, GC_SITE_WEAK}},
        {"copy-reserve", {HT_SITE_BUDGET, GC_SITE_COPY_RESERVE}},
        {"raw", {HT_SITE_CPYTHON, HT_CPYTHON_RAW}},
        {"obj", {HT_SITE_CPYTHON, HT_CPYTHON_OBJ}},
    };
    char why[256] = "";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct ht_site site;
        assert_int_equal(ht_site_find(known[i].word, &site, why), 0);
        assert_int_equal(site.kind, known[i].site.kind);
        assert_int_equal(site.index, known[i].site.index);
    }
}

static void test_misspelt(void **state)
{
    (void)state;
    struct ht_site site;
    char why[256] = "", longest[64] = "";
    memset(longest, 'x', sizeof longest - 1);
    assert_int_equal(ht_site_find("mark-stak", &site, why), -EINVAL);
    assert_non_null(strstr(why, "did you mean mark-stack?"));
    assert_non_null(strstr(why, "copy-reserve, raw, mem, obj"));
    assert_int_equal(ht_site_find("", &site, why), -EINVAL);
    assert_int_equal(ht_site_find(longest, &site, why), -EINVAL);
    assert_null(strstr(why, "did you mean"));
    assert_non_null(strstr(why, "there are pages"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_misspelt),
    };
    return cmocka_run_group_tests_name("faulty_sites", tests, NULL, NULL);
}
