/* The report prints figures as the table does, compares any two strategies as the summary does, and
 * says true sentences of known figures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/report_parts.h"
#include "tests/synthetic.h"

static struct ht_rows rows;
static struct ht_summary summary;
static struct ht_report report;

static void open_rows(const char *baseline)
{
    const struct ht_summary *const of[] = {&summary};
    char why[256];
    if (ht_summary_open(&summary, &rows, baseline, why) ||
        ht_report_open(&report, "/nowhere", of, 1, NULL, why))
        fail_msg("%s", why);
}

static void open_text(const char *text, const char *baseline)
{
    char why[256];
    if (ht_rows_parse(text, strlen(text), &rows, why))
        fail_msg("%s", why);
    open_rows(baseline);
}

static void close_rows(void)
{
    ht_report_close(&report);
    ht_summary_close(&summary);
}

static void close_text(void)
{
    close_rows();
    ht_rows_free(&rows);
}

/* ---- text ----------------------------------------------------------------------------------------------- */

static void test_figures(void **state)
{
    (void)state;
    static const struct {
        void (*format)(char text[24], double value);
        double value;
        const char *text;
    } cases[] = {
        {ht_report_ratio, 0.0312, "0.031"},
        {ht_report_ratio, 1.125, "1.12"},
        {ht_report_ratio, 1.1249999999999998, "1.12"},
        {ht_report_ratio, 1.1250000000000002, "1.12"},
        {ht_report_ratio, 1.375, "1.38"},
        {ht_report_ratio, 31.04, "31.0"},
        {ht_report_ratio, 2e6, "2e+06"},
        {ht_report_ratio, NAN, ""},
        {ht_report_time, 0, "0 ns"},
        {ht_report_time, 340.4, "340 ns"},
        {ht_report_time, 999.7, "1.0 µs"},
        {ht_report_time, 2120, "2.1 µs"},
        {ht_report_time, 84e6, "84 ms"},
        {ht_report_time, 1.25e9, "1.2 s"},
        {ht_report_time, NAN, ""},
        {ht_report_bytes, 17, "17 B"},
        {ht_report_bytes, 65536, "64 KiB"},
        {ht_report_bytes, 1300000, "1.2 MiB"},
        {ht_report_share, 0.874, "87 %"},
        {ht_report_share, 0.007, "0.7 %"},
        {ht_report_share, 0, "0 %"},
        {ht_report_share, NAN, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[24];
        cases[i].format(text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_names_are_listed(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "", "a", "a and b", "a, b and c", "a, b, c and d", "a, b, c, d and e", "a, b, c, d and 2 others"};
    for (size_t all = 0; all < sizeof expected / sizeof *expected; all++) {
        char words[HT_REPORT_WORDS] = "";
        for (size_t i = 0; i < all; i++)
            ht_report_add_name(words, i, all, (const char[]){(char)('a' + i), '\0'});
        assert_string_equal(words, expected[all]);
    }
}

static void format_plain(char text[24], double value)
{
    snprintf(text, 24, "%g", value);
}

static void test_ticks_are_round(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        bool log;
        size_t n;
        double first, last;
    } cases[] = {{0, 1, false, 6, 0, 1},    {0, 14.3, false, 8, 0, 14}, {0.3, 5.2, false, 5, 1, 5},
                 {0.5, 2, true, 4, 0.5, 2}, {8, 2e6, true, 6, 10, 1e6}, {1e2, 1e10, true, 5, 1e2, 1e10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ht_report_axis axis = {cases[i].low, cases[i].high, 0, 100, cases[i].log, format_plain};
        double tick[HT_REPORT_TICKS];
        const size_t n = ht_report_ticks(&axis, tick);
        assert_true(n >= 3);
        for (size_t k = 0; k < n; k++) {
            assert_true(tick[k] >= axis.low * (1 - 1e-9) && tick[k] <= axis.high * (1 + 1e-9));
            assert_false(signbit(tick[k]));
        }
        assert_true(fabs(tick[0] - cases[i].first) < 1e-9 * fmax(1, cases[i].first));
        assert_true(fabs(tick[n - 1] - cases[i].last) < 1e-9 * cases[i].last);
    }
}

/* ---- figures -------------------------------------------------------------------------------------------- */

static void assert_same(const struct ht_interval *a, const struct ht_interval *b)
{
    assert_int_equal(a->n, b->n);
    if (!a->n)
        return;
    assert_true(fabs(a->estimate / b->estimate - 1) < 1e-12);
    assert_true(fabs(a->low / b->low - 1) < 1e-12);
    assert_true(fabs(a->high / b->high - 1) < 1e-12);
}

/* The mean of any two strategies is what the summary has when one of them is its baseline. */
static void test_means_are_those_of_the_summary(void **state)
{
    (void)state;
    char dir[] = "/tmp/heaptrial-report-XXXXXX", path[64], command[64], why[256];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/rows.csv", dir);
    for (size_t rounds = 3; rounds <= 7; rounds += 4) {
        const struct synthetic options = {5, 6, rounds, 2, 0, 0.05, true};
        assert_true(synthetic_write(dir, &options) > 0);
        assert_int_equal(ht_rows_read(path, &rows, why), 0);
        for (size_t base = 0; base < 5; base++) {
            open_rows(synthetic_strategy(base));
            for (size_t i = 0; i < summary.strategies; i++) {
                struct ht_interval mean;
                size_t cells;
                assert_int_equal(ht_figures_mean(&report.part[0].figures, HT_TIME, i, summary.baseline, NULL,
                                                 &mean, &cells),
                                 0);
                assert_same(&mean, &summary.strategy[i].suite[HT_TIME]);
                assert_int_equal(cells, summary.strategy[i].compared[HT_TIME]);
            }
            close_rows();
        }
        ht_rows_free(&rows);
    }
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

/* ---- sentences ------------------------------------------------------------------------------------------ */

#define HEAD                                                                                                 \
    "round,strategy,kind,workload,threads,heap,pass,outcome,reason,cpu_ns,live_peak_bytes,rss_peak_bytes,"   \
    "p999_ns,"                                                                                               \
    "pause_max_ns\n"
#define TIME(round, strategy, workload, ns)                                                                  \
#round "," strategy ",allocator," workload ",1,,throughput,ok,," #ns ",,,,\n"
#define MEMORY(strategy, workload, bytes)                                                                    \
    "1," strategy ",allocator," workload ",1,,memory,ok,,,1000000," #bytes ",,\n"
#define TAIL(strategy, workload, ns) "1," strategy ",allocator," workload ",1,,latency,ok,,,,," #ns ",\n"
#define BAD(strategy, workload, outcome)                                                                     \
    "1," strategy ",allocator," workload ",1,,throughput," outcome ",why,,,,,\n"

/* Two workloads on three allocators in two rounds: fast wins both, and part can't run larson. */
static const char suite[] = HEAD TIME(1, "system", "larson", 100) TIME(2, "system", "larson", 100)
    TIME(1, "system", "w", 100) TIME(2, "system", "w", 100) TIME(1, "fast", "larson", 50)
        TIME(2, "fast", "larson", 52) TIME(1, "fast", "w", 50) TIME(2, "fast", "w", 52)
            TIME(1, "near", "larson", 51) TIME(2, "near", "larson", 51) TIME(1, "near", "w", 51)
                TIME(2, "near", "w", 51) BAD("part", "larson", "unsupported") TIME(1, "part", "w", 20)
                    TIME(2, "part", "w", 21) MEMORY("system", "w", 2000000) MEMORY("fast", "w", 3600000)
                        MEMORY("near", "w", 1000000) TAIL("system", "w", 900) TAIL("fast", "w", 1800)
                            TAIL("near", "w", 300) BAD("near", "x", "crash") BAD("fast", "x", "oom");

static void test_sentences(void **state)
{
    (void)state;
    static const struct {
        void (*say)(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
        const char *words;
    } cases[] = {
        {ht_report_say_time,
         "fast is fastest of the 3 that ran everything: 0.51 [0.50, 0.52] × the time of "
         "system, and the best on 2 of 2 "
         "workloads. near can’t be told from it. fast keeps 1.80 × the memory. part (1 of "
         "2) is faster where it can run."},
        {ht_report_say_memory,
         "near is smallest of the 3 that ran everything: 0.50 × the memory of system. That "
         "is from one round. near takes 0.51 × the time."},
        {ht_report_say_latency,
         "near is best at the 99.9th percentile of the 3 that ran everything: 0.33 × the p99.9 latency of "
         "system. That is from one round. The worst p99.9 of near is 300 ns, in w."},
        {ht_report_say_failures, "near (crash) failed. fast ran out of memory where others did not."},
        {ht_report_say_rounds, "2 rounds: a look, no decision. What stands beside a ratio is the range of "
                               "the rounds; 6 are the least for an "
                               "interval, 20 decide."},
    };
    open_text(suite, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[HT_REPORT_WORDS];
        cases[i].say(&report.part[0], words);
        assert_string_equal(words, cases[i].words);
    }
    close_text();
}

static void test_nothing_is_said_of_nothing(void **state)
{
    (void)state;
    char words[HT_REPORT_WORDS];
    open_text(HEAD TIME(1, "alone", "w", 100), NULL);
    ht_report_say_time(&report.part[0], words);
    assert_string_equal(words, "");
    ht_report_say_latency(&report.part[0], words);
    assert_string_equal(words, "");
    ht_report_say_failures(&report.part[0], words);
    assert_string_equal(words, "");
    ht_report_say_rounds(&report.part[0], words);
    assert_non_null(strstr(words, "One round"));
    close_text();
}

/* ---- which one ------------------------------------------------------------------------------------------ */

static void test_choices_of_allocators(void **state)
{
    (void)state;
    struct ht_report_choice choice[HT_REPORT_CHOICES];
    open_text(suite, NULL);
    assert_int_equal(ht_report_choose(&report, choice), HT_REPORT_CHOICES);
    assert_true(!strcmp(choice[0].answer, "fast") || !strcmp(choice[0].answer, "near"));
    assert_non_null(strstr(choice[0].because, "in larson."));
    assert_non_null(strstr(choice[0].doubt, "can’t be told from it here."));
    assert_non_null(strstr(choice[0].doubt, "From 2 rounds"));
    assert_string_equal(choice[1].answer, "near");
    assert_non_null(strstr(choice[1].because, "Next is system with 1.00 ×."));
    assert_non_null(strstr(choice[1].doubt, "Left out, for not running all of these workloads: part."));
    for (size_t i = 2; i < HT_REPORT_CHOICES; i++) {
        assert_string_equal(choice[i].answer, "");
        assert_non_null(strstr(choice[i].because, "heaptrial run"));
    }
    close_text();
}

#define GC(strategy, heap, pass, outcome, ns, pause)                                                         \
    "1," strategy ",collector,gcbench,1," heap "," pass "," outcome ",why," #ns ",,,," #pause "\n"

static void test_choices_of_collectors(void **state)
{
    (void)state;
    struct ht_report_choice choice[HT_REPORT_CHOICES];
    open_text(
        HEAD GC("manual", "1.3x", "throughput", "ok", 10, ) GC("manual", "3x", "throughput", "ok", 10, )
            GC("quick", "1.3x", "throughput", "oom", , ) GC("quick", "3x", "throughput", "ok", 20, )
                GC("small", "1.3x", "throughput", "ok", 90, ) GC("small", "3x", "throughput", "ok", 80, ) GC(
                    "tiny", "1.3x", "throughput", "ok", 95, ) GC("tiny", "3x", "throughput", "ok", 85, )
                    GC("quick", "3x", "pauses", "ok", , 5000000) GC("small", "3x", "pauses", "ok", , 40000)
                        GC("tiny", "3x", "pauses", "ok", , 900000) GC("manual", "3x", "pauses", "ok", , 10),
        NULL);
    ht_report_choose(&report, choice);
    assert_string_equal(choice[2].answer, "small");
    assert_non_null(strstr(choice[2].because, "is 40 µs; next is tiny with 900 µs."));
    assert_string_equal(choice[3].answer, "small");
    assert_non_null(
        strstr(choice[3].because, "With a heap of 1.3 × what is live, 2 of 3 collectors end all"));
    assert_non_null(strstr(choice[3].because, "(next: tiny, 1.06 × its time)"));
    assert_string_equal(choice[0].answer, "");
    assert_null(strstr(choice[2].doubt, "Left out"));
    close_text();
}

/* Good at its own work, and not at all at another's. */
static void test_a_choice_says_what_it_is_bad_at(void **state)
{
    (void)state;
    struct ht_report_choice choice[HT_REPORT_CHOICES];
    open_text(HEAD TIME(1, "system", "larson", 100) TIME(1, "slab", "larson", 50)
                  TIME(1, "system", "large", 100) TIME(1, "slab", "large", 402) TIME(1, "system", "near", 100)
                      TIME(1, "slab", "near", 199) BAD("rc", "larson", "leak"),
              NULL);
    ht_report_choose(&report, choice);
    assert_string_equal(choice[0].answer, "slab");
    assert_non_null(strstr(choice[0].because, "Next is system with 1.00 ×."));
    assert_non_null(strstr(choice[0].doubt, "Not for large (4.02 × the time of system). "));
    assert_non_null(strstr(choice[0].doubt, "Left out, for failing: rc (leak). "));
    assert_int_equal(ht_report_name(&report.part[0], choice, HT_REPORT_CHOICES), 0);
    for (size_t i = 0; i < summary.strategies; i++)
        assert_int_equal(report.part[0].named[i], strcmp(summary.strategy[i].name, "rc") != 0);
    close_text();
}

/* Why no cell is decided while the suite is. */
static void test_few_rounds_decide_no_cell(void **state)
{
    (void)state;
    static const struct {
        size_t rounds, verdicts[HT_VERDICTS];
        const char *words;
    } cases[] = {
        {1, {[HT_INCONCLUSIVE] = 9}, "measured in 1 round: no cell can be decided in fewer than 6"},
        {6, {[HT_INCONCLUSIVE] = 9, [HT_EQUIVALENT] = 1}, "after 6 rounds none of so many cells"},
        {6, {[HT_INCONCLUSIVE] = 9, [HT_IMPROVED] = 1}, NULL},
        {6, {[HT_EQUIVALENT] = 9}, NULL},
        {20, {[HT_INCONCLUSIVE] = 9}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ht_summary of = {.rounds = {[HT_TIME] = cases[i].rounds}};
        const struct ht_report_part part = {.summary = &of};
        char words[HT_REPORT_WORDS];
        ht_report_say_undecided(&part, HT_TIME, cases[i].verdicts, words);
        if (cases[i].words)
            assert_non_null(strstr(words, cases[i].words));
        else
            assert_string_equal(words, "");
    }
}

/* Eight of twelve curves: who was marked before is among them. */
static void test_who_is_named_is_drawn(void **state)
{
    (void)state;
    struct ht_plot_curve curve[12];
    bool shown[12] = {[5] = true, [7] = true};
    size_t n = 0;
    for (size_t i = 0; i < 12; i++)
        curve[i] = (struct ht_plot_curve){.strategy = i, .rank = (double)i};
    const struct ht_plot_curves figure = {.curve = curve, .curves = 12};
    const struct ht_summary of = {.strategies = 12, .baseline = 3};
    assert_int_equal(ht_plot_choose_strategies(&of, &figure, 0, shown), HT_PLOT_CURVES);
    for (size_t i = 0; i < 12; i++)
        n += shown[i];
    assert_int_equal(n, HT_PLOT_CURVES);
    assert_true(shown[0] && shown[3] && shown[5] && shown[7] && shown[11]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_names_are_listed),
        cmocka_unit_test(test_ticks_are_round),
        cmocka_unit_test(test_means_are_those_of_the_summary),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_nothing_is_said_of_nothing),
        cmocka_unit_test(test_choices_of_allocators),
        cmocka_unit_test(test_choices_of_collectors),
        cmocka_unit_test(test_a_choice_says_what_it_is_bad_at),
        cmocka_unit_test(test_few_rounds_decide_no_cell),
        cmocka_unit_test(test_who_is_named_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
