/* The figures of injected cycles, those that were never reclaimed among them, and their file. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/cycles.h"
#include "results/row.h"
#include "results/series.h"

enum { LIVES = 100 };

/* `n` lives, of which life i waits for i + 1 ns and twice the bytes, in a shuffled order; the last `censored` for ever. */
static struct ht_cycle_figures figures_of(size_t n, size_t censored)
{
    struct ht_cycle_life life[LIVES];
    struct ht_cycle_figures f;
    for (size_t i = 0; i < n; i++) {
        struct ht_cycle_life *const l = &life[i * 37 % LIVES % n];
        *l = (struct ht_cycle_life){1000, 5000, 1000 + i + 1, 5000 + 2 * (i + 1)};
        if (i >= n - censored)
            l->reclaimed_ns = l->reclaimed_bytes = HT_ABSENT;
    }
    assert_int_equal(ht_cycles_figures(life, n, &f), 0);
    return f;
}

/* NAN is written as 0. */
static void assert_delay(const struct ht_delay *d, double p50, double p99, double max)
{
    assert_true(isnan(d->p50) ? p50 == 0 : d->p50 == p50);
    assert_true(isnan(d->p99) ? p99 == 0 : d->p99 == p99);
    assert_true(isnan(d->max) ? max == 0 : d->max == max);
}

static void test_figures(void **state)
{
    (void)state;
    static const struct {
        size_t n, censored, reclaimed;
        double p50, p99, max;
    } table[] = {
        {0, 0, 0, 0, 0, 0},         {1, 0, 1, 1, 1, 1},       {1, 1, 0, 0, 0, 0},
        {100, 0, 100, 50, 99, 100}, {100, 1, 99, 50, 99, 99}, {100, 2, 98, 50, 0, 98},
        {100, 50, 50, 50, 0, 50},   {100, 51, 49, 0, 0, 49},  {100, 100, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct ht_cycle_figures f = figures_of(table[i].n, table[i].censored);
        print_message("%zu, %zu censored\n", table[i].n, table[i].censored);
        assert_int_equal(f.count, table[i].n);
        assert_int_equal(f.reclaimed, table[i].reclaimed);
        assert_delay(&f.ns, table[i].p50, table[i].p99, table[i].max);
        assert_delay(&f.bytes, 2 * table[i].p50, 2 * table[i].p99, 2 * table[i].max);
    }
}

static void test_file(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/heaptrial-cycles-%d.csv", getpid());
    const struct ht_cycle_life life[] = {{1, 20, 300, 4000}, {5, 60, HT_ABSENT, HT_ABSENT}};
    struct ht_cycle_life *read = NULL;
    size_t n = 0;
    assert_int_equal(ht_series_write_cycles(path, life, 2), 0);
    assert_int_equal(ht_series_read_cycles(path, &read, &n), 0);
    assert_int_equal(n, 2);
    assert_memory_equal(read, life, sizeof life);
    free(read);
    struct ht_pause *pause;
    assert_int_equal(ht_series_read_pauses(path, &pause, &n), -EPROTO);
    assert_int_equal(ht_series_write_cycles(path, life, 0), 0);
    assert_int_equal(ht_series_read_cycles(path, &read, &n), 0);
    assert_int_equal(n, 0);
    free(read);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_figures), cmocka_unit_test(test_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
