/* The plots: data files with the right figures, labels that keep apart, SVG files that are the same from run to
 * run, and no harm from a missing gnuplot, a bad series or a name that is a command. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "results/plot.h"
#include "results/plot_parts.h"
#include "results/series.h"
#include "tests/synthetic.h"

static char dir[64];
static struct ht_rows rows;
static struct ht_summary summary;

static int open_dir(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/heaptrial-plot-XXXXXX");
    return !mkdtemp(dir);
}

static int close_dir(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static bool has_gnuplot(void)
{
    return !system("gnuplot --version >/dev/null 2>&1");
}

static void read_run(void)
{
    char path[128], why[256];
    snprintf(path, sizeof path, "%s/rows.csv", dir);
    if (ht_rows_read(path, &rows, why) || ht_summary_open(&summary, &rows, NULL, why))
        fail_msg("%s", why);
}

static void write_run(const struct synthetic *options)
{
    assert_true(synthetic_write(dir, options) > 0);
    read_run();
}

static void close_run(void)
{
    ht_summary_close(&summary);
    ht_rows_free(&rows);
}

static void draw(void)
{
    char why[256];
    const int error = ht_plot_emit(&summary, dir, "", "scripts", why);
    if (error && (error != -ENOENT || has_gnuplot()))
        fail_msg("%s", why);
}

static bool exists(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* The file in plots/; the caller frees it. */
static char *contents(const char *name)
{
    char path[128], *text;
    size_t bytes;
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    if (ht_file_read(path, &text, &bytes))
        fail_msg("%s is not there", path);
    return text;
}

/* ---- labels -------------------------------------------------------------------------------------------- */

static void test_labels_keep_apart(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 0);
    for (int trial = 0; trial < 500; trial++) {
        double y[20], was[20];
        const size_t n = ht_rng_between(&rng, 1, 21);
        for (size_t i = 0; i < n; i++)
            was[i] = y[i] = 300 * ht_rng_unit(&rng) * ht_rng_unit(&rng);
        ht_plot_spread(y, n, 12, 0, 300);
        for (size_t i = 0; i < n; i++) {
            assert_true(y[i] >= -1e-9 && y[i] <= 300 + 1e-9);
            for (size_t k = 0; k < n; k++)
                if (k != i && was[k] >= was[i])
                    assert_true(was[k] == was[i] || y[k] - y[i] >= 12 - 1e-9);
        }
    }
}

static void test_labels_move_no_more_than_they_must(void **state)
{
    (void)state;
    double apart[] = {10, 100, 50}, close[] = {100, 101, 102}, edge[] = {1, 299}, crowd[40];
    ht_plot_spread(apart, 3, 12, 0, 300);
    assert_true(apart[0] == 10 && apart[1] == 100 && apart[2] == 50);
    ht_plot_spread(close, 3, 12, 0, 300);
    assert_true(fabs(close[0] - 89) < 1e-9 && fabs(close[1] - 101) < 1e-9 && fabs(close[2] - 113) < 1e-9);
    ht_plot_spread(edge, 2, 12, 6, 294);
    assert_true(edge[0] == 6 && edge[1] == 294);
    for (int i = 0; i < 40; i++)
        crowd[i] = 5;
    ht_plot_spread(crowd, 40, 12, 0,
                   300); /* more than there is room for: they come closer, but stay inside */
    for (int i = 0; i < 40; i++)
        assert_true(crowd[i] >= 0 && crowd[i] <= 300 && (i == 0 || crowd[i] > crowd[i - 1]));
}

static void test_styles_differ(void **state)
{
    (void)state;
    const struct ht_summary s = {.strategies = 25, .baseline = 3};
    assert_int_equal(ht_plot_style(&s, 3), 1);
    for (size_t a = 0; a < 25; a++)
        for (size_t b = 0; b < a; b++)
            assert_int_not_equal(ht_plot_style(&s, a), ht_plot_style(&s, b));
}

/* ---- figures ------------------------------------------------------------------------------------------- */

static const char *const figures[] = {"heat-time", "heat-memory", "latency", "memory", "pareto", "threads"};
enum { FIGURES = sizeof figures / sizeof *figures };

static void test_all_figures_are_drawn_the_same(void **state)
{
    (void)state;
    char name[64], *first[FIGURES];
    write_run(&(struct synthetic){20, 30, 6, 3, 2, 0.05, true});
    draw();
    assert_true(exists("plots.gp"));
    for (int i = 0; i < FIGURES && has_gnuplot(); i++) {
        snprintf(name, sizeof name, "%s.svg", figures[i]);
        first[i] = contents(name);
        assert_non_null(strstr(first[i], "<svg"));
        assert_non_null(strstr(first[i], "system"));
        snprintf(name, sizeof name, "%s.png", figures[i]);
        char *const png = contents(name);
        assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
        assert_true(((unsigned char)png[18] << 8 | (unsigned char)png[19]) <= HT_PLOT_WIDTH);
        free(png);
    }
    draw();
    for (int i = 0; i < FIGURES && has_gnuplot(); i++) {
        snprintf(name, sizeof name, "%s.svg", figures[i]);
        char *const again = contents(name);
        if (strcmp(first[i], again))
            fail_msg("%s is not what it was", name);
        free(first[i]);
        free(again);
    }
    close_run();
}

static void test_small_runs_are_drawn(void **state)
{
    (void)state;
    write_run(&(struct synthetic){2, 1, 1, 1, 0, 0, false});
    draw();
    assert_true(exists("heat-time.dat") && exists("pareto.dat") == false);
    assert_false(exists("threads.dat") || exists("latency-1.dat") || exists("memory.dat"));
    close_run();
    write_run(&(struct synthetic){1, 1, 1, 1, 0, 0, false});
    draw();
    close_run();
}

/* The latency of a block that was written by hand: half at 10 ns, and one operation in 1000 at 500. */
static void test_latency_percentiles(void **state)
{
    (void)state;
    char path[128];
    const struct ht_latency_bucket bucket[] = {
        {"alloc", 480, 500, 1}, {"alloc", 9, 10, 250}, {"free", 9, 10, 250}, {"alloc", 19, 20, 499}};
    write_run(&(struct synthetic){2, 1, 1, 1, 1, 0, false});
    for (int s = 0; s < 2; s++) {
        snprintf(path, sizeof path, "%s/series/1-%d-0-latency.csv", dir, s);
        assert_int_equal(ht_series_write_latency(path, bucket, 4), 0);
    }
    draw();
    char *const text = contents("latency-1.dat");
    /* p50 is 10 ns, 99.9 % took no longer than 20, and the longest 500. */
    const char *const expected = "0.3010\t10\n3.0000\t20\n3.0000\t500\n";
    if (strncmp(text, expected, strlen(expected)))
        fail_msg("%.60s", text);
    free(text);
    close_run();
}

/* How many strategies are faster in workload 0. */
static size_t rank_of(size_t strategy, size_t strategies)
{
    size_t rank = 0;
    for (size_t i = 0; i < strategies; i++)
        rank += i != 1 && synthetic_time(i, 0) < synthetic_time(strategy, 0);
    return rank;
}

/* Of 20 strategies a panel has eight: system, the four shortest p99.9 and the three longest. */
static void test_latency_is_not_crowded(void **state)
{
    (void)state;
    enum { STRATEGIES = 20 };
    size_t shown = 0;
    write_run(&(struct synthetic){STRATEGIES, 1, 1, 1, 1, 0, false});
    draw();
    char *const text = contents("latency-1.dat"), *const driver = contents("plots.gp");
    for (size_t i = 0; i < STRATEGIES; i++) {
        char name[64];
        snprintf(name, sizeof name, "\t%s\n", synthetic_strategy(i));
        const bool is_there = strstr(text, name), is_meant = i == 1 || rank_of(i, STRATEGIES) < 4 ||
                                                             rank_of(i, STRATEGIES) >= STRATEGIES - 1 - 3;
        if (is_there != is_meant)
            fail_msg("%s is%s drawn", synthetic_strategy(i), is_there ? "" : " not");
        shown += is_there;
    }
    assert_int_equal(shown, 8);
    assert_non_null(strstr(driver, "note = '8 of 20 strategies"));
    free(text);
    free(driver);
    close_run();
}

static void test_efficiency(void **state)
{
    (void)state;
    char expected[128];
    write_run(&(struct synthetic){4, 5, 3, 3, 0, 0, false});
    draw();
    char *const text = contents("threads.dat");
    /* What tests/synthetic.c says of system: 0.62 for each doubling. */
    snprintf(expected, sizeof expected, "1\t1\n2\t%.4g\n4\t%.4g\n", 0.62, 0.62 * 0.62);
    assert_non_null(strstr(text, expected));
    free(text);
    close_run();
}

static void test_front(void **state)
{
    (void)state;
    write_run(&(struct synthetic){12, 8, 3, 1, 0, 0, false});
    draw();
    char *const text = contents("pareto.dat");
    assert_null(strstr(text, "\tnull\n"));
    /* The last block is the front: faster ones use more memory. */
    const char *front = text;
    for (const char *p; (p = strstr(front, "-99\n\n\n")) && p[6];)
        front = p + 6;
    double x, y, last_x = 0, last_y = INFINITY;
    int points = 0;
    for (; sscanf(front, "%lf %lf", &x, &y) == 2 && x > 0; front = strchr(front, '\n') + 1, points++) {
        assert_true(x > last_x && y < last_y);
        last_x = x;
        last_y = y;
    }
    assert_true(points >= 1);
    free(text);
    close_run();
}

/* ---- what may be wrong --------------------------------------------------------------------------------- */

static void test_no_gnuplot(void **state)
{
    (void)state;
    char why[256], path[4096];
    write_run(&(struct synthetic){3, 3, 2, 2, 1, 0.1, false});
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    const int error = ht_plot_emit(&summary, dir, "", "scripts", why);
    setenv("PATH", path, 1);
    assert_int_equal(error, -ENOENT);
    assert_non_null(strstr(why, "gnuplot is not installed"));
    assert_true(exists("plots.gp") && exists("heat-time.dat") && exists("threads.dat"));
    assert_int_equal(ht_plot_emit(&summary, dir, "", "/nowhere", why), -ENOENT);
    assert_string_equal(why, "/nowhere: No such file or directory");
    assert_int_equal(ht_plot_emit(&summary, "/nowhere", "", "scripts", why), -ENOENT);
    assert_string_equal(why, "/nowhere/plots: No such file or directory");
    close_run();
}

static void test_bad_series_are_left_out(void **state)
{
    (void)state;
    char command[256];
    write_run(&(struct synthetic){4, 2, 2, 1, 2, 0.1, false});
    snprintf(command, sizeof command,
             "cd %s/series && rm 1-0-0-latency.csv && echo junk >1-1-0-memory.csv && : >1-2-0-memory.csv",
             dir);
    assert_int_equal(system(command), 0);
    draw();
    char *const driver = contents("plots.gp");
    assert_non_null(strstr(driver, "name0 = 'null'\n"));
    assert_non_null(strstr(driver, "name1 = 'mimalloc'\n"));
    assert_null(strstr(driver, "name2 = "));
    free(driver);
    close_run();
}

static void append_row(const char *strategy, uint64_t round)
{
    struct ht_row row = ht_row_empty();
    char path[128];
    snprintf(path, sizeof path, "%s/rows.csv", dir);
    FILE *const file = fopen(path, "a+");
    row.strategy = strategy;
    row.workload = "la`touch pwned`rson'\"; system 'touch pwned'";
    row.pass = "throughput";
    row.outcome = "ok";
    row.threads = 1;
    row.round = round;
    row.cpu_ns = 10;
    assert_int_equal(ht_row_header(fileno(file)), 0);
    assert_int_equal(ht_row_append(fileno(file), &row), 0);
    fclose(file);
}

/* gnuplot runs what stands in backquotes; no name may get that far. */
static void test_names_are_not_commands(void **state)
{
    (void)state;
    for (uint64_t round = 1; round < 3; round++) {
        append_row("system`touch pwned`", round);
        append_row("x'\n!touch pwned\n'", round);
        append_row("tab\there \\ # \"quoted\" \xff", round);
    }
    read_run();
    draw();
    assert_true(exists("heat-time.dat"));
    assert_false(exists("pwned") || exists("../pwned"));
    char *const text = contents("heat-time.dat");
    assert_non_null(strstr(text, "\tx?"
                                 "?!touch pwned?"
                                 "?\n"));
    free(text);
    close_run();
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, open_dir, close_dir)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_keep_apart),
        cmocka_unit_test(test_labels_move_no_more_than_they_must),
        cmocka_unit_test(test_styles_differ),
        IN_DIR(test_all_figures_are_drawn_the_same),
        IN_DIR(test_small_runs_are_drawn),
        IN_DIR(test_latency_percentiles),
        IN_DIR(test_latency_is_not_crowded),
        IN_DIR(test_efficiency),
        IN_DIR(test_front),
        IN_DIR(test_no_gnuplot),
        IN_DIR(test_bad_series_are_left_out),
        IN_DIR(test_names_are_not_commands),
    };
    return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
