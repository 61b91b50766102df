/* The figures of pauses: by hand for small cases, and MMU against every stretch there is. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "results/pauses.h"
#include "results/series.h"

enum { PAUSES_MAX = 64 };

static void assert_near(double is, double should)
{
    if (fabs(is - should) > 1e-9 * fmax(1, fabs(should)))
        fail_msg("%.12g is not %.12g", is, should);
}

static void test_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct ht_pause pause[3];
        size_t n;
        unsigned mutators;
        double sum, p50, max, mmu_10, mmu_50;
    } table[] = {
        {"no pause", {{0}}, 0, 1, 0, 0, 0, 1, 1},
        {"one in the middle", {{40, 45, "full", 0, 0}}, 1, 1, 5, 5, 5, 0.5, 0.9},
        {"out of order", {{60, 70, "full", 0, 0}, {40, 45, "full", 0, 0}}, 2, 1, 15, 5, 10, 0, 0.7},
        {"past the end", {{95, 140, "full", 0, 0}}, 1, 1, 5, 5, 5, 0.5, 0.9},
        {"at the start", {{0, 8, "full", 0, 0}}, 1, 1, 8, 8, 8, 0.2, 0.84},
        {"one inside another", {{10, 30, "full", 0, 0}, {15, 20, "minor", 0, 0}}, 2, 1, 20, 0, 20, 0, 0.6},
        {"of two mutators the worse",
         {{10, 14, "full", 0, 0}, {12, 14, "wait", 1, 0}},
         2,
         2,
         3,
         2,
         4,
         0.6,
         0.92},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ht_pause pause[3];
        struct ht_pause_figures f;
        memcpy(pause, table[i].pause, sizeof pause);
        print_message("%s\n", table[i].what);
        assert_int_equal(ht_pauses_figures(pause, table[i].n, 100, table[i].mutators, &f), 0);
        assert_near(f.sum_ns, table[i].sum);
        assert_near(f.p50_ns, table[i].p50);
        assert_near(f.max_ns, table[i].max);
        assert_near(ht_pauses_mmu(pause, table[i].n, 100, 10), table[i].mmu_10);
        assert_near(ht_pauses_mmu(pause, table[i].n, 100, 50), table[i].mmu_50);
        assert_near(ht_pauses_mmu(pause, table[i].n, 100, 1000), ht_pauses_mmu(pause, table[i].n, 100, 100));
    }
}

/* Every stretch of whole ns. */
static double slow_mmu(const bool *paused, unsigned window, unsigned width)
{
    unsigned worst = 0;
    for (unsigned from = 0; from + width <= window; from++) {
        unsigned n = 0;
        for (unsigned t = from; t < from + width; t++)
            n += paused[t];
        worst = n > worst ? n : worst;
    }
    return 1 - (double)worst / width;
}

static void test_against_every_stretch(void **state)
{
    (void)state;
    enum { WINDOW = 300 };
    struct ht_rng rng = ht_rng_open(7, 1);
    for (int round = 0; round < 200; round++) {
        bool paused[WINDOW] = {false};
        struct ht_pause pause[PAUSES_MAX];
        size_t n = 0;
        for (unsigned t = ht_rng_below(&rng, 20); t < WINDOW && n < PAUSES_MAX;) {
            const unsigned end = t + 1 + ht_rng_below(&rng, 12);
            pause[n++] = (struct ht_pause){.start_ns = t, .end_ns = end, .kind = "step"};
            for (unsigned i = t; i < end && i < WINDOW; i++)
                paused[i] = true;
            t = end + ht_rng_below(&rng, 30);
        }
        struct ht_pause_figures f;
        assert_int_equal(ht_pauses_figures(pause, n, WINDOW, 1, &f), 0);
        for (unsigned width = 1; width <= WINDOW; width += 1 + width / 4)
            assert_near(ht_pauses_mmu(pause, n, WINDOW, width), slow_mmu(paused, WINDOW, width));
    }
}

static void test_files(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/heaptrial-pauses-%d.csv", getpid());
    const struct ht_pause pause[] = {{1, 5, "minor", 0, 0}, {7, 900, "wait", 3, 0}};
    struct ht_pause *read = NULL;
    size_t n = 0;
    assert_int_equal(ht_series_write_pauses(path, pause, 2), 0);
    assert_int_equal(ht_series_read_pauses(path, &read, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(read[1].end_ns, 900);
    assert_int_equal(read[1].mutator, 3);
    assert_string_equal(read[1].kind, "wait");
    free(read);
    struct ht_mmu_point point[] = {{1e4, 0.25}, {2e7, 0.9}}, *curve = NULL;
    assert_int_equal(ht_series_read_mmu(path, &curve, &n), -EPROTO);
    assert_int_equal(ht_series_write_mmu(path, point, 2), 0);
    assert_int_equal(ht_series_read_mmu(path, &curve, &n), 0);
    assert_int_equal(n, 2);
    assert_near(curve[1].utilisation, 0.9);
    free(curve);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_every_stretch),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
