/* What goes into a history comes out of it: points of commits, the machine's own, ratios in a round, what was not ok; once,
 * and whole or not at all. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/history.h"

static char folder[] = "/tmp/heaptrial-history-XXXXXX", path[64];
static struct ht_row row[16];
static struct ht_rows rows = {.row = row};
static struct ht_history history;
static struct ht_trends trends;

static int open_folder(void **state)
{
    (void)state;
    const bool made = mkdtemp(folder);
    snprintf(path, sizeof path, "%s/h.sqlite", folder);
    return !made;
}

static int close_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static struct ht_row *add_row(uint64_t round, const char *strategy, double ns)
{
    struct ht_row *const r = &row[rows.count++];
    *r = ht_row_empty();
    r->round = round;
    r->kind = "allocator";
    r->strategy = strategy;
    r->workload = "w";
    r->params = "slots=10 seed=1";
    r->threads = 2;
    r->pass = "throughput";
    r->outcome = "ok";
    r->iterations = 10;
    r->wall_ns = ns;
    return r;
}

static bool add_run(const char *digest, const char *commit, const char *cpu, const char *created)
{
    struct ht_origin origin = {.cores = 2};
    char why[256];
    bool known;
    snprintf(origin.cpu, sizeof origin.cpu, "%s", cpu);
    snprintf(origin.created, sizeof origin.created, "%s", created);
    if (ht_history_add(&history, &rows, &origin, commit, digest, &known, why))
        fail_msg("%s", why);
    rows.count = 0;
    return known;
}

static void open_history(void)
{
    char why[256];
    if (ht_history_open(&history, path, true, why))
        fail_msg("%s", why);
}

static int read_trends(const struct ht_history_filter *filter, char why[256])
{
    return ht_history_read(&history, filter, &trends, why);
}

static void close_history(void)
{
    ht_history_close(&history);
    unlink(path);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%.12g, expected %.12g", value, expected);
}

static void test_points(void **state)
{
    (void)state;
    char why[256];
    open_history();
    add_row(1, "a", 100);
    add_row(2, "a", 300);
    add_row(3, "a", NAN)->outcome = "crash";
    add_row(3, "a", 999);                      /* the same round once more */
    add_row(4, "a", 999)->fault = "fail:at=1"; /* another cell */
    add_row(1, "base", 50);
    assert_false(add_run("1", "first", "x", "2026-01-02"));
    add_row(1, "a", 500);
    add_row(1, "base", 1000);
    assert_false(add_run("2", "first", "x", "2026-01-03"));
    add_row(1, "a", 80);
    assert_true(add_run("2", "other", "x", "2026-01-04")); /* known by its digest */
    add_row(1, "a", 80);
    assert_false(add_run("3", "zeroth", "x", "2026-01-01")); /* measured before, though added later */
    add_row(1, "a", 7);
    assert_false(add_run("4", "first", "y", "2026-01-01"));

    const struct ht_history_filter filter = {.word = {"a", "time"}, .words = 2};
    assert_int_equal(read_trends(&filter, why), 0);
    assert_int_equal(trends.machines, 2);
    assert_int_equal(trends.runs, 3); /* of the machine of the latest run */
    assert_int_equal(trends.commits, 2);
    assert_string_equal(trends.commit[0].name, "zeroth");
    assert_int_equal(trends.trends, 1);
    assert_string_equal(trends.trend->cell, "a w t=2 slots=10 seed=1");
    assert_int_equal(trends.trend->points, 2);
    assert_near(trends.trend->point[0].median, 8);
    assert_near(trends.trend->point[1].median, 40); /* of 10, 30, 99.9, 50, an iteration each */
    assert_int_equal(trends.trend->point[1].figures, 4);
    assert_int_equal(trends.trend->point[1].not_ok, 1);
    ht_trends_close(&trends);

    const struct ht_history_filter relative = {.word = {"a"}, .words = 1, .baseline = "base"};
    assert_int_equal(read_trends(&relative, why), 0);
    assert_int_equal(trends.trend->points, 1);
    assert_near(trends.trend->point[0].median, 1.25); /* of 100/50 and 500/1000 */
    ht_trends_close(&trends);

    const struct ht_history_filter last = {.last = 1, .machine = 2};
    assert_int_equal(read_trends(&last, why), 0);
    assert_near(trends.trend->point[0].median, 0.7);
    ht_trends_close(&trends);
    close_history();
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        struct ht_history_filter filter;
        size_t trends;
        const char *why; /* part of it */
    } at[] = {{{.words = 0}, 2, NULL},
              {{.word = {"a"}, .words = 1}, 1, NULL},
              {{.word = {"w"}, .words = 1}, 2, NULL},
              {{.word = {"t=2", "time", "b"}, .words = 3}, 1, NULL},
              {{.word = {"slots=10"}, .words = 1}, 2, NULL},
              {{.word = {"seed=1"}, .words = 1}, 2, NULL},
              {{.word = {"slots=1"}, .words = 1}, 0, "no cell of 'slots=1' on this machine"},
              {{.word = {"a", "b"}, .words = 2}, 0, "no cell is of all these words"},
              {{.word = {"memory"}, .words = 1}, 0, "no cell of 'memory'"},
              {{.word = {"tme"}, .words = 1}, 0, "did you mean time?"},
              {{.machine = 3}, 0, "knows no machine 3"}};
    char why[256];
    open_history();
    add_row(1, "a", 100);
    add_row(1, "b", 100);
    add_run("1", "first", "x", "2026-01-02");
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        const int error = read_trends(&at[i].filter, why);
        assert_int_equal(error, at[i].trends ? 0 : -ENODATA);
        assert_int_equal(trends.trends, at[i].trends);
        if (at[i].why && !strstr(why, at[i].why))
            fail_msg("case %zu: %s", i, why);
        ht_trends_close(&trends);
    }
    close_history();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
