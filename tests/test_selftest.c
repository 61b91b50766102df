/* The self-test's file survives what files go through, and its rates are those of Clopper and Pearson. And the key that
 * baselines are kept by. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/baseline.h"
#include "results/file.h"
#include "results/selftest.h"

#define N(array) (sizeof(array) / sizeof *(array))

static char folder[] = "/tmp/heaptrial-selftest-XXXXXX";
static char path[128];

static int open_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/selftest.csv", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    snprintf(path, sizeof path, "%s/%s", folder, HT_BASELINE_LOG);
    unlink(path);
    return rmdir(folder);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void append(unsigned number, const char *plant, int status)
{
    const struct ht_trial t = {.number = number,
                               .plant = ht_plant_find(plant),
                               .status = status,
                               .lines = 4,
                               .regressed = 1,
                               .seconds = 2.5,
                               .load = 1};
    assert_int_equal(ht_selftest_append(folder, &t), 0);
}

static void write_text(const char *text, const char *mode)
{
    FILE *const out = fopen(path, mode);
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void test_file(void **state)
{
    (void)state;
    struct ht_selftest s;
    char why[256];
    assert_int_equal(ht_selftest_read(&s, folder, why), 0);
    assert_int_equal(s.trials, 0);
    append(1, "same", 0);
    append(2, "slower-5", 3);
    /* A line that was cut short is left out, and goes when the next is written. */
    write_text("3,same,0,4", "a");
    assert_int_equal(ht_selftest_read(&s, folder, why), 0);
    assert_int_equal(s.trials, 2);
    assert_int_equal(s.trial[1].status, 3);
    assert_true(s.trial[1].seconds == 2.5 && s.trial[1].lines == 4);
    ht_selftest_close(&s);
    append(3, "same", 3);
    assert_int_equal(ht_selftest_read(&s, folder, why), 0);
    assert_int_equal(s.trials, 3);
    ht_selftest_close(&s);
}

static void test_bad_file(void **state)
{
    (void)state;
    static const char header[] = "trial,plant,status,lines,regressed,not_confirmed,seconds,load\n";
    static const struct {
        const char *text, *why;
    } at[] = {
        {"", "does not begin"},
        {"a,b\n", "does not begin"},
        {"1,nosuch,0,1,1,1,1,1\n", "line 2 is no trial"},
        {"1,same,0,1,1,1,1\n", "line 2 is no trial"},
        {"1,same,0,1,1,1,1,1,1\n", "line 2 is no trial"},
    };
    for (size_t i = 0; i < N(at); i++) {
        struct ht_selftest s;
        char why[256];
        write_text(i > 1 ? header : "", "w");
        write_text(at[i].text, "a");
        assert_true(ht_selftest_read(&s, folder, why) < 0);
        if (!strstr(why, at[i].why))
            fail_msg("case %zu: %s", i, why);
    }
}

/* scipy.stats.beta.ppf([.025, .975], ...): 0 of 150: [0, 1 - .025**(1/150)]; 57 of 60: [0.86078, 0.98957]. */
static void test_rates(void **state)
{
    (void)state;
    struct ht_selftest s;
    char why[256];
    for (unsigned i = 1; i <= 150; i++)
        append(i, "same", 0);
    for (unsigned i = 151; i <= 210; i++)
        append(i, "slower-5", i <= 153 ? 0 : 3);
    append(211, "leak", 1);
    assert_int_equal(ht_selftest_read(&s, folder, why), 0);
    const struct ht_plant_rate same = ht_selftest_rate(&s, ht_plant_find("same")),
                               slower = ht_selftest_rate(&s, ht_plant_find("slower-5")),
                               leak = ht_selftest_rate(&s, ht_plant_find("leak")),
                               none = ht_selftest_rate(&s, ht_plant_find("crash"));
    assert_true(same.rate.low == 0 && fabs(same.rate.high - (1 - pow(0.025, 1.0 / 150))) < 1e-12);
    assert_true(same.holds && same.gates == 150 && same.called == 0 && same.seconds == 2.5);
    assert_true(fabs(slower.rate.low - 0.86078) < 1e-4 && fabs(slower.rate.high - 0.98957) < 1e-4);
    assert_true(slower.holds && slower.called == 57);
    assert_true(leak.failed == 1 && !leak.holds); /* a gate that fails is no gate */
    assert_true(none.gates == 0 && none.holds);
    assert_false(ht_selftest_holds(&s));
    ht_selftest_close(&s);
    unlink(path);
    /* Many false alarms, and many that were missed, are ruled out. */
    for (unsigned i = 1; i <= 20; i++) {
        append(i, "same", i <= 4 ? 3 : 0);
        append(i, "leak", i <= 16 ? 3 : 0);
    }
    assert_int_equal(ht_selftest_read(&s, folder, why), 0);
    assert_false(ht_selftest_rate(&s, ht_plant_find("same")).holds);
    assert_false(ht_selftest_rate(&s, ht_plant_find("leak")).holds);
    ht_selftest_close(&s);
}

static void test_key(void **state)
{
    (void)state;
    char key[256];
    ht_baseline_key("Intel(R) Xeon(R) @ 2.50GHz", "glibc 2.36", "gcc 12.2.0", "-O2 -fsanitize=address", key);
    assert_string_equal(key, "intel-r-xeon-r-2.50ghz_glibc-2.36_gcc-12.2.0_o2-fsanitize=address");
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ht_baseline_key(longest, "glibc", "gcc", "", key);
    assert_true(strlen(key) < sizeof key);
}

static void test_log(void **state)
{
    (void)state;
    char *text, log[128];
    size_t bytes;
    assert_false(ht_is_baseline(folder));
    assert_int_equal(ht_baseline_log(folder, "2026-11-28", "k", "c", "one"), 0);
    assert_int_equal(ht_baseline_log(folder, "2026-11-29", "k", "c", "two, \"quoted\""), 0);
    assert_true(ht_is_baseline(folder));
    snprintf(log, sizeof log, "%s/%s", folder, HT_BASELINE_LOG);
    assert_int_equal(ht_file_read(log, &text, &bytes), 0);
    assert_string_equal(
        text, "date,key,commit,reason\n2026-11-28,k,c,one\n2026-11-29,k,c,\"two, \"\"quoted\"\"\"\n");
    free(text);
    char words[64];
    ht_baseline_list(folder, words, sizeof words);
    assert_string_equal(words, "none");
    assert_true(ht_baseline_log("/nosuch", "d", "k", "c", "r") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_file, remove_file),
                                       cmocka_unit_test_teardown(test_bad_file, remove_file),
                                       cmocka_unit_test_teardown(test_rates, remove_file),
                                       cmocka_unit_test(test_key), cmocka_unit_test(test_log)};
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
