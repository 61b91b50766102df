/* The config file of a gate: its defaults, each mistake with its line and what would be right, and that what is written
 * reads back. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/plan.h"
#include "bench/workload.h"
#include "results/file.h"
#include "results/gate_config_keys.h"

#define N(array) (sizeof(array) / sizeof *(array))

static struct ht_gate_config config;
static char why[256];

static int parse(const char *text)
{
    config = ht_gate_config_defaults();
    why[0] = '\0';
    return ht_gate_config_parse(&config, "f", text, strlen(text), why);
}

static char *emitted(const struct ht_gate_config *c)
{
    char *text = NULL;
    size_t bytes;
    FILE *const out = open_memstream(&text, &bytes);
    assert_non_null(out);
    ht_gate_config_emit(c, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_same(const struct ht_gate_config *a, const struct ht_gate_config *b)
{
    assert_string_equal(a->build, b->build);
    assert_string_equal(a->library, b->library);
    assert_string_equal(a->plugin, b->plugin);
    assert_string_equal(a->cells, b->cells);
    assert_string_equal(a->strategies, b->strategies);
    assert_string_equal(a->workloads, b->workloads);
    assert_string_equal(a->threads, b->threads);
    assert_string_equal(a->heaps, b->heaps);
    assert_int_equal(a->faults, b->faults);
    for (unsigned i = 0; i < a->faults; i++)
        assert_string_equal(a->fault[i], b->fault[i]);
    assert_true(a->exact == b->exact && a->memory == b->memory && a->time == b->time && a->twin == b->twin);
    assert_true(a->pairs == b->pairs && a->confirm == b->confirm && a->repetitions == b->repetitions);
    assert_true(a->points == b->points && a->seed == b->seed);
    assert_true(a->window_ms == b->window_ms && a->timeout_s == b->timeout_s);
    for (enum ht_metric m = 0; m < HT_METRICS; m++)
        assert_true(a->limit[m] == b->limit[m] || (isnan(a->limit[m]) && isnan(b->limit[m])));
}

/* ---- what is right -------------------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
    (void)state;
    const struct ht_gate_config c = ht_gate_config_defaults();
    assert_string_equal(c.build, "");
    assert_string_equal(c.heaps, "");
    assert_string_equal(c.workloads, "larson,xmalloc-test,fixed-churn,realloc-growth");
    assert_string_equal(c.threads, "1");
    assert_int_equal(c.faults, 3);
    assert_string_equal(c.fault[0], "fail:nth=*");
    assert_string_equal(c.fault[1], "os:mmap,nth=*");
    assert_string_equal(c.fault[2], "os:mmap,from=*");
    assert_true(c.exact && c.memory && c.time && !c.twin);
    assert_true(c.pairs == 20 && c.confirm == 20 && c.repetitions == 3 && c.points == 20);
    assert_true(c.window_ms == 20 && c.timeout_s == 60 && c.seed == 1);
    /* What can fail a build does so beyond its margin, to the bit. */
    for (enum ht_metric m = 0; m < HT_METRICS; m++)
        if (ht_metric_role(m) == HT_ROLE_ADVISORY)
            assert_true(m == HT_OVERHEAD || isnan(c.limit[m]));
        else
            assert_true(c.limit[m] == ht_metric_margin(m, 1));
    config = ht_gate_config_defaults();
    assert_int_equal(parse(""), 0);
    assert_same(&c, &config);
}

static const struct ht_gate_key *key_of(const char *name)
{
    size_t n;
    const struct ht_gate_key *const keys = ht_gate_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

/* The table knows each metric, and allows no more than a plan takes. */
static void test_keys(void **state)
{
    (void)state;
    for (enum ht_metric m = 0; m < HT_METRICS; m++) {
        const struct ht_gate_key *const key = key_of(ht_metric_word(m));
        if (m == HT_OVERHEAD)
            assert_null(key);
        else
            assert_true(key && key->at == offsetof(struct ht_gate_config, limit) + m * sizeof(double));
    }
    assert_true(key_of("pairs")->most <= HT_ROUNDS_MAX && key_of("confirm")->most <= HT_ROUNDS_MAX);
    assert_true(key_of("repetitions")->most <= HT_REPETITIONS_MAX);
    assert_true(key_of("points")->most <= HT_POINTS_MAX);
    assert_true(key_of("window")->most <= HT_WINDOW_MS_MAX && key_of("timeout")->most <= HT_TIMEOUT_S_MAX);
    assert_int_equal(HT_THREADS_MAX, 256);
}

/* Each file, and one field of what it says. */
static const struct {
    const char *text;
    size_t at;
    const char *words; /* a text; NULL: a number */
    double number;
} good[] = {
#define AT(member) offsetof(struct ht_gate_config, member)
    {"[run]\npairs=6", AT(pairs), NULL, 6},
    {"[run]\r\npairs = 7\r\n", AT(pairs), NULL, 7},
    {"\xef\xbb\xbf[run]\npairs = 8\n", AT(pairs), NULL, 8},
    {"\t[ run ]\t# so often\n \t pairs\t=\t9 # nine\n", AT(pairs), NULL, 9},
    {"#[run]\n\n   \n[run]\npairs = 10", AT(pairs), NULL, 10},
    {"[run]\n[cells]\n[run]\npairs = 11", AT(pairs), NULL, 11},
    {"[run]\nwindow = 0.5", AT(window_ms), NULL, 0.5},
    {"[run]\nwindow = .5", AT(window_ms), NULL, 0.5},
    {"[run]\ntimeout = 1e3", AT(timeout_s), NULL, 1000},
    {"[limits]\ntime = 5 %", AT(limit[HT_TIME]), NULL, 0.05},
    {"[limits]\ntime = 0.1%", AT(limit[HT_TIME]), NULL, 0.001},
    {"[limits]\np99 = 12.5", AT(limit[HT_P99]), NULL, 0.125},
    {"[limits]\ntime = 0", AT(limit[HT_TIME]), NULL, 0},
    {"[limits]\nmemory = 1000", AT(limit[HT_MEMORY]), NULL, 10},
    {"[limits]\ndrain = off", AT(limit[HT_DRAIN]), NULL, NAN},
    {"[subject]\nbuild = make CFLAGS='-O2 -DX=1' # quick\n", AT(build), "make CFLAGS='-O2 -DX=1' # quick", 0},
    {"[subject]\nlibrary = out/my lib#2.so # it", AT(library), "out/my lib#2.so", 0},
    {"[subject]\nplugin = p\xc3\xa9.so", AT(plugin), "p\xc3\xa9.so", 0},
    {"[cells]\nworkloads = larson , fixed-churn:slots=1k,\tdrain", AT(workloads),
     "larson,fixed-churn:slots=1k,drain", 0},
    {"[cells]\nthreads = 1, 2,256", AT(threads), "1,2,256", 0},
    {"[cells]\nheap = 3x", AT(heaps), "3x", 0},
    {"[cells]\nfault = shatter", AT(fault[0]), "shatter", 0},
    {"[cells]\nfault = shatter\nfault = fail:nth=3,op=calloc\n", AT(fault[1]), "fail:nth=3,op=calloc", 0},
#undef AT
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(good); i++) {
        if (parse(good[i].text))
            fail_msg("%s: %s", good[i].text, why);
        const char *const at = (const char *)&config + good[i].at;
        const bool is_count = good[i].at == offsetof(struct ht_gate_config, pairs);
        const double number = good[i].words ? 0 : is_count ? *(const unsigned *)at : *(const double *)at;
        if (good[i].words)
            assert_string_equal(at, good[i].words);
        else if (number != good[i].number && !(isnan(number) && isnan(good[i].number)))
            fail_msg("%s: %g", good[i].text, number);
    }
}

static void test_faults_and_tiers(void **state)
{
    (void)state;
    assert_int_equal(parse("[cells]\nfault = none\ntiers = none\n[run]\ntwin = yes"), 0);
    assert_true(!config.faults && !config.exact && !config.memory && !config.time && config.twin);
    assert_int_equal(parse("[cells]\nfault = shatter\ntiers = time, exact\n"), 0);
    assert_true(config.faults == 1 && config.exact && !config.memory && config.time);
    assert_int_equal(parse("[run]\nseed = 1000000000000000000\npoints = 0\n"), 0);
    assert_true(config.seed == 1000000000000000000 && config.points == 0);
}

/* ---- what is wrong -------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *why;
} bad[] = {
    /* sections and keys */
    {"pairs = 3", "f:1: 'pairs' stands before the first section; it belongs under [run]"},
    {"\nnonsense = 3", "f:2: 'nonsense' stands before the first section"},
    {"[cell]", "f:1: no section [cell]: did you mean [cells]?"},
    {"[what]\n", "f:1: no section [what]: there are [subject], [cells], [run], [limits]"},
    {"[run", "f:1: a section is [name], with nothing behind it"},
    {"[run] pairs = 3", "f:1: a section is [name], with nothing behind it"},
    {"[]", "f:1: no section []: there are [subject], [cells], [run], [limits]"},
    {"[run]\npair = 3", "f:2: no key 'pair' in [run]: did you mean pairs?"},
    {"[cells]\npair = 3", "f:2: no key 'pair' in [cells]: did you mean pairs under [run]?"},
    {"[cells]\npairs = 30", "f:2: pairs belongs under [run], not under [cells]"},
    {"[run]\nzzzzzzzz = 3", "f:2: no key 'zzzzzzzz' in [run]; heaptrial gate --print-config shows all"},
    {"[limits]\noverhead = 3", "f:2: no key 'overhead' in [limits]; heaptrial gate --print-config shows all"},
    {"[limits]\n\n\np9999 = 3", "f:4: no key 'p9999' in [limits]: did you mean p999?"},
    {"[run]\npairs", "f:2: 'pairs' is none of key = value, [section] and # comment"},
    {"[run]\n= 3", "f:2: '= 3' is none of key = value, [section] and # comment"},
    {"[run]\npairs: 3", "f:2: 'pairs: 3' is none of key = value, [section] and # comment"},
    {"[run]\npairs = 20\n\npairs = 20", "f:4: pairs stands in line 2 already"},
    {"[run]\npairs =", "f:2: pairs has no value; without the line it has its default"},
    {"[run]\npairs = # many", "f:2: pairs has no value; without the line it has its default"},
    {"[subject]\nbuild = # make", "f:2: build has no value; without the line it has its default"},
    /* numbers */
    {"[run]\npairs = 5", "f:2: pairs is a whole number from 6 to 1000, not '5'"},
    {"[run]\npairs = 1001", "f:2: pairs is a whole number from 6 to 1000, not '1001'"},
    {"[run]\nconfirm = 20 pairs", "f:2: confirm is a whole number from 6 to 1000, not '20 pairs'"},
    {"[run]\nconfirm = +20", "f:2: confirm is a whole number from 6 to 1000, not '+20'"},
    {"[run]\nconfirm = 99999999999999999999",
     "f:2: confirm is a whole number from 6 to 1000, not '99999999999999999999'"},
    {"[run]\nrepetitions = 0", "f:2: repetitions is a whole number from 1 to 900, not '0'"},
    {"[run]\npoints = -1", "f:2: points is a whole number from 0 to 1000000, not '-1'"},
    {"[run]\nwindow = 20ms", "f:2: window is a number from 0.01 to 1000000, not '20ms'"},
    {"[run]\nwindow = nan", "f:2: window is a number from 0.01 to 1000000, not 'nan'"},
    {"[run]\nwindow = 0x10", "f:2: window is a number from 0.01 to 1000000, not '0x10'"},
    {"[run]\ntimeout = 0", "f:2: timeout is a number from 0.1 to 1000000, not '0'"},
    {"[run]\ntimeout = 1e999", "f:2: timeout is a number from 0.1 to 1000000, not '1e999'"},
    {"[run]\ntwin = true", "f:2: twin is yes or no, not 'true'"},
    {"[limits]\ntime = -2", "f:2: time is a number of percent from 0 to 1000, or off, not '-2'"},
    {"[limits]\ntime = 1000.1", "f:2: time is a number of percent from 0 to 1000, or off, not '1000.1'"},
    {"[limits]\ntime = never", "f:2: time is a number of percent from 0 to 1000, or off, not 'never'"},
    {"[limits]\ntime = %", "f:2: time is a number of percent from 0 to 1000, or off, not ''"},
    {"[limits]\ntime = 1e", "f:2: time is a number of percent from 0 to 1000, or off, not '1e'"},
    {"[limits]\ntime = 1e99999999999",
     "f:2: time is a number of percent from 0 to 1000, or off, not '1e99999999999'"},
    /* words */
    {"[cells]\nthreads = 1,,2", "f:2: each of threads is a whole number from 1 to 256, not ''"},
    {"[cells]\nthreads = 1,257", "f:2: each of threads is a whole number from 1 to 256, not '257'"},
    {"[cells]\nthreads = 1 2", "f:2: the words of threads are separated by commas"},
    {"[cells]\nworkloads = larson drain", "f:2: the words of workloads are separated by commas"},
    {"[cells]\ntiers = exact,tme",
     "f:2: no tier 'tme': did you mean time?; there are exact, memory, time; or none alone"},
    {"[cells]\ntiers = all", "f:2: no tier 'all'; there are exact, memory, time; or none alone"},
    {"[cells]\ntiers = time,time", "f:2: tiers has time twice"},
    {"[cells]\nfault = none\nfault = shatter", "f:3: fault = none stands alone, or not at all"},
    {"[cells]\nfault = shatter\nfault = none", "f:3: fault = none stands alone, or not at all"},
    {"[cells]\nfault = shatter\nfault = shatter", "f:3: the plan 'shatter' stands there twice"},
    {"[subject]\nlibrary = a.so\ncells = build/cells",
     "f:3: library, plugin and cells: only one of them can be on trial"},
    {"[subject]\nplugin = a.so\nbuild = make\nlibrary = b.so",
     "f:4: library, plugin and cells: only one of them can be on trial"},
    /* bytes */
    {"[run]\npa\x01rs = 3", "f:2: byte 3 is a control character (0x01): is this a text file?"},
    {"[run]\rpairs = 3", "f:1: byte 6 is a control character (0x0d): is this a text file?"},
    {"[run]\npai\xffs = 3\x7f", "f:2: byte 10 is a control character (0x7f): is this a text file?"},
    {"[run]\npai\xffs = 3", "f:2: no key 'pai?s' in [run]: did you mean pairs?"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(bad); i++) {
        if (parse(bad[i].text) != -EINVAL)
            fail_msg("taken: %s", bad[i].text);
        assert_string_equal(why, bad[i].why);
    }
    why[0] = '\0';
    assert_int_equal(ht_gate_config_parse(&config, "f", "[run]\n\0pairs", 12, why), -EINVAL);
    assert_string_equal(why, "f:2: byte 1 is a control character (0x00): is this a text file?");
}

static void test_long(void **state)
{
    (void)state;
    static char text[3 * HT_GATE_TEXT];
    sprintf(text, "[subject]\nlibrary = %0*d", HT_GATE_TEXT, 0);
    assert_int_equal(parse(text), -EINVAL);
    assert_string_equal(why, "f:2: library is too long: it takes 2047 bytes at most");
    sprintf(text, "[subject]\nlibrary = %0*d", HT_GATE_TEXT - 1, 0);
    assert_int_equal(parse(text), 0);
    sprintf(text, "# %0*d\n", 2 * HT_GATE_TEXT, 0);
    assert_int_equal(parse(text), -EINVAL);
    assert_string_equal(why, "f:1: the line is too long: 4098 bytes, and at most 4095");
    sprintf(text, "[cells]\nfault = %0*d", HT_GATE_FAULT_TEXT, 0);
    assert_int_equal(parse(text), -EINVAL);
    assert_string_equal(why, "f:2: fault is too long: it takes 127 bytes at most");
    strcpy(text, "[cells]\n");
    for (int i = 0; i <= HT_GATE_FAULTS_MAX; i++)
        sprintf(text + strlen(text), "fault = fail:nth=%d\n", i + 1);
    assert_int_equal(parse(text), -EINVAL);
    assert_string_equal(why, "f:18: more than 16 fault plans");
    /* A name that leaves no room for the rest is cut. */
    memset(text, 'n', 400);
    text[400] = '\0';
    assert_int_equal(ht_gate_config_parse(&config, text, "[", 1, why), -EINVAL);
    assert_non_null(strstr(why, "n:1: a section is [name]"));
}

static void test_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/heaptrial-gate-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(ht_gate_config_read(&config, folder, why), -EISDIR);
    assert_non_null(strstr(why, "Is a directory"));
    snprintf(path, sizeof path, "%s/gate", folder);
    assert_int_equal(ht_gate_config_read(&config, path, why), -ENOENT);
    assert_non_null(strstr(why, "can't read the config /tmp/heaptrial-gate-"));
    assert_non_null(strstr(why, "/gate: No such file or directory"));
    assert_int_equal(ht_gate_config_read(&config, "/dev/null", why), -EINVAL);
    assert_string_equal(why, "can't read the config /dev/null: it is no regular file");
    FILE *const out = fopen(path, "w");
    assert_non_null(out);
    fputs("[run]\npairs = 30\nx = 1", out);
    fclose(out);
    assert_int_equal(ht_gate_config_read(&config, path, why), -EINVAL);
    assert_non_null(strstr(why, "/gate:3: no key 'x' in [run]"));
    if (geteuid()) {
        assert_int_equal(chmod(path, 0), 0);
        assert_int_equal(ht_gate_config_read(&config, path, why), -EACCES);
        assert_non_null(strstr(why, "Permission denied"));
    }
    unlink(path);
    rmdir(folder);
}

/* ---- writing -------------------------------------------------------------------------------------------- */

static void assert_reads_back(const struct ht_gate_config *c)
{
    struct ht_gate_config again = ht_gate_config_defaults();
    char *const text = emitted(c);
    if (ht_gate_config_parse(&again, "f", text, strlen(text), why))
        fail_msg("%s in:\n%s", why, text);
    assert_same(c, &again);
    char *const twice = emitted(&again);
    assert_string_equal(text, twice);
    free(twice);
    free(text);
}

static void test_reads_back(void **state)
{
    (void)state;
    config = ht_gate_config_defaults();
    assert_reads_back(&config);
    for (size_t i = 0; i < N(good); i++) {
        assert_int_equal(parse(good[i].text), 0);
        assert_reads_back(&config);
    }
    assert_int_equal(
        parse("[cells]\nfault = none\ntiers = none\n[run]\ntwin = yes\nseed = 18446744073709551\n"), 0);
    assert_reads_back(&config);
    static const double shares[] = {1.0 / 3, 0.1 + 0.2, 1e-9, 2.0 / 300, 0.07, 10, 0};
    for (size_t i = 0; i < N(shares); i++) {
        config.limit[HT_TIME] = shares[i];
        assert_reads_back(&config);
    }
}

/* A key is said once, under its section, with a comment before it, and no line is too wide to read. */
static void test_emitted(void **state)
{
    (void)state;
    config = ht_gate_config_defaults();
    char *const text = emitted(&config);
    static const char *const parts[] = {
        "\n[subject]\n",
        "\n# build = make ",
        "\n# heap = ",
        "\nfault = fail:nth=*\nfault = os:mmap,nth=*\nfault = os:mmap,from=*\n",
        "\npairs = 20\n",
        "\nwindow = 20\n",
        "\ntwin = no\n",
        "\ntime = 2\n",
        "\ninstructions = 0.1\n",
        "\np999 = off\n",
        "\ntiers = exact,memory,time\n"};
    for (size_t i = 0; i < N(parts); i++)
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in:\n%s", parts[i], text);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 120);
    free(text);
}

/* docs/gate-config.md has a row of each key, with its default. */
static void test_documented(void **state)
{
    (void)state;
    char *text, row[256];
    size_t n, bytes;
    const struct ht_gate_key *const keys = ht_gate_keys(&n);
    assert_int_equal(ht_file_read("docs/gate-config.md", &text, &bytes), 0);
    for (size_t i = 0; i < n; i++) {
        snprintf(row, sizeof row, "\n| `%s` | ", keys[i].name);
        for (const char *p = keys[i].usual; *p; p += *p == '\n') {
            const int length = (int)strcspn(p, "\n");
            sprintf(row + strlen(row), "%s`%.*s`", p > keys[i].usual ? ", " : "", length, p);
            p += length;
        }
        strcat(row, keys[i].usual[0] ? " | " : "| ");
        if (!strstr(text, row))
            fail_msg("docs/gate-config.md has no row '%s'", row + 1);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_good),     cmocka_unit_test(test_faults_and_tiers),
        cmocka_unit_test(test_bad),      cmocka_unit_test(test_long),
        cmocka_unit_test(test_files),    cmocka_unit_test(test_reads_back),
        cmocka_unit_test(test_emitted),  cmocka_unit_test(test_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
