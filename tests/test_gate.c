/* The gate's rules on made-up rows: what is suspected, what the second measurement confirms, what is exact, outcomes,
 * the sides of one run; and how seldom it calls what is the same. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "results/gate.h"
#include "results/gate_rows.h"

#define N(array) (sizeof(array) / sizeof *(array))

enum { ROWS_MAX = 4000, PAIRS = 20 };

/* One measurement: a run of both sides. */
static struct measured {
    struct ht_rows rows;
    struct ht_summary summary;
    struct ht_compare compare;
    bool open;
} first, second;
static struct ht_gate_config config;
static struct ht_gate gate;

/* Words are compared by pointer: always the same constants. */
static const char base[] = "subject@base", new[] = "subject@new", again[] = "subject@again", w[] = "w",
                  v[] = "v";

static struct ht_row *add(struct measured *m, uint64_t round, const char *strategy, const char *workload,
                          const char *pass)
{
    if (!m->rows.row)
        m->rows.row = calloc(ROWS_MAX, sizeof *m->rows.row);
    assert_true(m->rows.count < ROWS_MAX);
    struct ht_row *const r = &m->rows.row[m->rows.count++];
    *r = ht_row_empty();
    r->round = round;
    r->cell = 1;
    r->kind = "allocator";
    r->strategy = strategy;
    r->workload = workload;
    r->threads = 1;
    r->pass = pass;
    r->outcome = "ok";
    return r;
}

/* PAIRS rounds in which the new side takes `ratio` times as long, up to `spread` off. */
static void add_times(struct measured *m, const char *workload, double ratio, double spread)
{
    struct ht_rng rng = ht_rng_open(m == &first ? 1 : 2, (uint64_t)workload[0]);
    for (unsigned round = 1; round <= PAIRS; round++) {
        const double off = spread * ((double)ht_rng_below(&rng, 2001) / 1000 - 1);
        add(m, round, base, workload, "throughput")->cpu_ns = 1e6;
        add(m, round, new, workload, "throughput")->cpu_ns = 1e6 * ratio * (1 + off);
    }
}

static void compare_sides(struct measured *m)
{
    char why[256];
    size_t first_new;
    const struct ht_summary *const all[] = {&m->summary};
    const struct ht_compare_options options = ht_gate_options(&config);
    assert_int_equal(ht_gate_part_sides(&m->rows, &first_new), 0);
    if (ht_summary_open_sides(&m->summary, &m->rows, first_new, "old", "new", why) ||
        ht_compare_open(&m->compare, all, 1, &options, why))
        fail_msg("%s", why);
    m->open = true;
}

static void judge(void)
{
    compare_sides(&first);
    if (second.rows.count)
        compare_sides(&second);
    assert_int_equal(ht_gate_open(&gate, &first.compare, second.open ? &second.compare : NULL), 0);
}

static void close_measured(struct measured *m)
{
    if (m->open) {
        ht_compare_close(&m->compare);
        ht_summary_close(&m->summary);
    }
    ht_rows_free(&m->rows);
    *m = (struct measured){.open = false};
}

static int setup(void **state)
{
    (void)state;
    config = ht_gate_config_defaults();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ht_gate_close(&gate);
    close_measured(&first);
    close_measured(&second);
    return 0;
}

static const struct ht_gate_line *line_of(const char *cell, const char *key)
{
    for (size_t i = 0; i < gate.lines; i++)
        if (!strcmp(gate.line[i].cell, cell) && !strcmp(gate.line[i].key, key))
            return &gate.line[i];
    fail_msg("no line of %s %s", cell, key);
    return NULL;
}

/* ---- time and memory ------------------------------------------------------------------------------------ */

static void test_time(void **state)
{
    (void)state;
    static const struct {
        double first, second, spread; /* ratios; 0: not measured again */
        enum ht_gate_verdict verdict;
    } at[] = {
        {1.06, 1.06, 0.01, HT_GATE_REGRESSED},    {1.06, 1.00, 0.01, HT_GATE_UNCONFIRMED},
        {1.06, 0, 0.01, HT_GATE_UNCONFIRMED},     {1.06, 1.015, 0.001, HT_GATE_UNCONFIRMED},
        {1.015, 1.06, 0.001, HT_GATE_EQUIVALENT}, /* a second look makes no suspect */
        {1.00, 0, 0.001, HT_GATE_EQUIVALENT},     {0.90, 0, 0.01, HT_GATE_IMPROVED},
        {1.01, 0, 0.2, HT_GATE_INCONCLUSIVE},
    };
    for (size_t i = 0; i < N(at); i++) {
        add_times(&first, w, at[i].first, at[i].spread);
        if (at[i].second > 0)
            add_times(&second, w, at[i].second, at[i].spread);
        judge();
        const struct ht_gate_line *const line = line_of("w", "time");
        if (line->verdict != at[i].verdict)
            fail_msg("case %zu: %s", i, ht_gate_verdict_word(line->verdict));
        assert_int_equal(line->tier, HT_TIER_TIME);
        assert_true(fabs(line->ratio.estimate - at[i].first) < 0.1);
        assert_true(line->base == 1e6);
        assert_int_equal(gate.verdicts[at[i].verdict], 1);
        assert_int_equal(gate.pairs, PAIRS);
        teardown(NULL);
    }
}

/* A limit of the config's own, and one that is off. */
static void test_limits(void **state)
{
    (void)state;
    config.limit[HT_TIME] = 0.10;
    add_times(&first, w, 1.06, 0.01);
    judge();
    assert_int_equal(line_of("w", "time")->verdict, HT_GATE_EQUIVALENT);
    teardown(NULL);
    config.limit[HT_TIME] = NAN;
    add_times(&first, w, 1.5, 0.01);
    add(&first, 1, base, w, "instructions")->instructions = 1000000;
    add(&first, 1, new, w, "instructions")->instructions = 1000000;
    judge();
    for (size_t i = 0; i < gate.lines; i++)
        assert_string_not_equal(gate.line[i].key, "time");
}

/* Four noisy cells are a line together, too. */
static void test_suite(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "b", "c", "d"};
    static const struct {
        double first, second;
        enum ht_gate_verdict verdict;
    } at[] = {
        {1.08, 1.08, HT_GATE_REGRESSED}, {1.08, 1.0, HT_GATE_UNCONFIRMED}, {1.0, 0, HT_GATE_EQUIVALENT}};
    for (size_t i = 0; i < N(at); i++) {
        for (size_t c = 0; c < N(cells); c++) {
            const double noise = at[i].first > 1 ? 0.09 : 0.01;
            add_times(&first, cells[c], at[i].first, noise);
            if (at[i].second > 0)
                add_times(&second, cells[c], at[i].second, noise);
        }
        judge();
        const struct ht_gate_line *const line = line_of("all 4 cells", "time");
        if (line->verdict != at[i].verdict)
            fail_msg("case %zu: %s, [%g, %g], again [%g, %g]", i, ht_gate_verdict_word(line->verdict),
                     line->ratio.low, line->ratio.high, line->second.low, line->second.high);
        assert_int_equal(line->tier, HT_TIER_TIME);
        assert_true(isnan(line->base) && fabs(line->ratio.estimate - at[i].first) < 0.05);
        assert_int_equal(gate.lines, 5);
        assert_int_equal(gate.cells, 4);
        teardown(NULL);
    }
}

/* The fastest window of a process counts, where it is known. */
static void test_fastest(void **state)
{
    (void)state;
    add_times(&first, w, 1.5, 0);
    for (size_t i = 0; i < first.rows.count; i++)
        first.rows.row[i].cpu_min_ns = 5e5;
    judge();
    assert_true(line_of("w", "time")->new == 5e5 && line_of("w", "time")->verdict == HT_GATE_EQUIVALENT);
}

static void test_memory(void **state)
{
    (void)state;
    struct measured *const both[] = {&first, &second};
    for (size_t i = 0; i < 2; i++)
        for (unsigned round = 1; round <= PAIRS; round++)
            for (int side = 0; side < 2; side++) {
                struct ht_row *const r = add(both[i], round, side ? new : base, w, "memory");
                r->live_peak_bytes = 1 << 20;
                r->rss_base_bytes = 0;
                r->rss_peak_bytes = (uint64_t)(2000000 + round * 100) * (side ? 110 : 100);
                r->rss_drain_bytes = 0;
            }
    judge();
    assert_int_equal(line_of("w", "memory")->verdict, HT_GATE_REGRESSED);
    assert_int_equal(line_of("w", "memory")->tier, HT_TIER_MEMORY);
    assert_int_equal(gate.confirmed, PAIRS);
}

/* ---- the exact tier ------------------------------------------------------------------------------------- */

static void test_exact(void **state)
{
    (void)state;
    /* `second`: of each of three pairs; 0 ends them. */
    static const struct {
        uint64_t new, threads, second[3];
        enum ht_gate_verdict verdict;
    } at[] = {
        {1000000, 1, {0}, HT_GATE_EQUIVALENT},
        {1000900, 1, {0}, HT_GATE_EQUIVALENT},
        {1001100, 1, {1001100, 1001200, 1001100}, HT_GATE_REGRESSED},
        {1001100, 1, {1001100, 1001100, 1000100}, HT_GATE_UNCONFIRMED},
        {1001100, 1, {1001100}, HT_GATE_REGRESSED}, /* against what is stored */
        {1001100, 1, {0}, HT_GATE_UNCONFIRMED},
        {998000, 1, {0}, HT_GATE_IMPROVED},
        {1009000, 2, {0}, HT_GATE_EQUIVALENT},
        {1011000, 2, {1011000, 1011000, 1011000}, HT_GATE_REGRESSED},
    };
    for (size_t i = 0; i < N(at); i++) {
        struct ht_row *r = add(&first, 1, base, w, "instructions");
        r->instructions = 1000000;
        r->threads = at[i].threads;
        r = add(&first, 1, new, w, "instructions");
        r->instructions = at[i].new;
        r->threads = at[i].threads;
        for (unsigned k = 0; k < 3 && at[i].second[k]; k++)
            for (int side = 0; side < 2; side++) {
                r = add(&second, k + 1, side ? new : base, w, "instructions");
                r->instructions = side ? at[i].second[k] : 1000000;
                r->threads = at[i].threads;
            }
        judge();
        const struct ht_gate_line *const line = line_of(at[i].threads > 1 ? "w t=2" : "w", "instructions");
        if (line->verdict != at[i].verdict)
            fail_msg("case %zu: %s", i, ht_gate_verdict_word(line->verdict));
        assert_int_equal(line->tier, HT_TIER_EXACT);
        teardown(NULL);
    }
}

/* ---- outcomes ------------------------------------------------------------------------------------------- */

static void add_outcome(struct measured *m, const char *strategy, const char *outcome)
{
    struct ht_row *const r = add(m, 1, strategy, w, "faults");
    r->fault = "fail:nth=*";
    r->outcome = outcome;
    r->reason = strcmp(outcome, "ok") ? "SIGSEGV" : "";
}

static void test_outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *base, *first, *second; /* NULL: not measured again */
        int verdict;                       /* -1: no line */
    } at[] = {
        {"ok", "crash", "crash", HT_GATE_REGRESSED},
        {"ok", "crash", "ok", HT_GATE_UNCONFIRMED},
        {"ok", "hang", NULL, HT_GATE_UNCONFIRMED},
        {"crash", "ok", NULL, HT_GATE_IMPROVED},
        {"crash", "crash", NULL, -1},
        {"crash", "hang", NULL, HT_GATE_INCONCLUSIVE},
        {"ok", "ok", NULL, -1},
    };
    for (size_t i = 0; i < N(at); i++) {
        add_outcome(&first, base, at[i].base);
        add_outcome(&first, new, at[i].first);
        if (at[i].second) {
            add_outcome(&second, base, at[i].base);
            add_outcome(&second, new, at[i].second);
        }
        judge();
        assert_int_equal(gate.lines, at[i].verdict >= 0);
        if (gate.lines && (int)gate.line[0].verdict != at[i].verdict)
            fail_msg("case %zu: %s", i, ht_gate_verdict_word(gate.line[0].verdict));
        if (gate.lines) {
            assert_int_equal(gate.line[0].tier, HT_TIER_OUTCOME);
            assert_string_equal(gate.line[0].fault, "fail:nth=*");
        }
        teardown(NULL);
    }
}

/* ---- sides ---------------------------------------------------------------------------------------------- */

static void test_sides(void **state)
{
    (void)state;
    size_t first_new;
    static const char other[] = "other@new", other_base[] = "other@base", alone[] = "alone";
    add(&first, 1, new, w, "throughput");
    add(&first, 1, base, w, "throughput");
    assert_int_equal(ht_gate_part_sides(&first.rows, &first_new), 0);
    assert_int_equal(first_new, 1);
    assert_string_equal(first.rows.row[0].strategy, "");
    teardown(NULL);

    add(&first, 1, other, w, "throughput");
    add(&first, 1, new, w, "throughput");
    add(&first, 1, other_base, w, "throughput");
    add(&first, 1, base, w, "throughput");
    assert_int_equal(ht_gate_part_sides(&first.rows, &first_new), 0);
    assert_int_equal(first_new, 2);
    assert_string_equal(first.rows.row[0].strategy, "other");
    assert_ptr_equal(first.rows.row[0].strategy, first.rows.row[2].strategy);
    teardown(NULL);

    add(&first, 1, alone, w, "throughput");
    assert_int_equal(ht_gate_part_sides(&first.rows, &first_new), -EPROTO);
}

/* The twin measures the floor, which is what a regression must pass. */
static void test_twin(void **state)
{
    (void)state;
    config.twin = true;
    add_times(&first, w, 1.06, 0.001);
    for (unsigned round = 1; round <= PAIRS; round++)
        add(&first, round, again, w, "throughput")->cpu_ns = 1.08e6;
    judge();
    assert_true(fabs(gate.floor[HT_TIME] - 0.08) < 1e-9 && gate.floor_is_measured);
    assert_int_equal(gate.lines, 1);
    assert_int_equal(gate.cells, 1);
    assert_true(fabs(line_of("w", "time")->limit - 0.08) < 1e-9);
    assert_true(line_of("w", "time")->verdict != HT_GATE_REGRESSED);
}

static void test_missing(void **state)
{
    (void)state;
    add_times(&first, w, 1, 0.001);
    add(&first, 1, base, v, "throughput")->cpu_ns = 1;
    judge();
    assert_int_equal(gate.cells, 1);
    assert_int_equal(gate.missing, 1);
}

/* A tier that was asked for, and never looked at, is no pass. */
static void test_empty(void **state)
{
    (void)state;
    static const struct {
        enum ht_gate_tier tier;
        const char *note;
    } cases[] = {{HT_TIER_EXACT, "Nothing is said of the tier exact"},
                 {HT_TIER_OUTCOME, "No fault plan was tried"}};
    add_times(&first, w, 1, 0.001);
    judge();
    assert_int_equal(ht_gate_answer(&gate), HT_GATE_ANSWER_PASS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text;
        size_t bytes;
        FILE *const out = open_memstream(&text, &bytes);
        gate.empty = 1u << cases[i].tier;
        ht_gate_emit_markdown(&gate, out);
        fclose(out);
        assert_int_equal(ht_gate_answer(&gate), HT_GATE_ANSWER_INCONCLUSIVE);
        assert_non_null(strstr(text, cases[i].note));
        free(text);
    }
}

/* ---- how often it is wrong ------------------------------------------------------------------------------ */

enum { GATES = 300, CELLS = 4 };

/* Gates of the same twice, with noise of 10 %, which is that of a bad machine; and of 8 % more with 3 % noise. */
static size_t count_calls(double ratio, double noise)
{
    static const char *const cells[CELLS] = {"a", "b", "c", "d"};
    struct measured *const both[] = {&first, &second};
    size_t called = 0;
    for (unsigned g = 0; g < GATES; g++) {
        struct ht_rng rng = ht_rng_open(g + 1, 7);
        for (size_t m = 0; m < 2; m++)
            for (size_t c = 0; c < CELLS; c++)
                for (unsigned round = 1; round <= PAIRS; round++) {
                    double sum = 0; /* of 12 uniform ones: nearly normal */
                    for (int k = 0; k < 12; k++)
                        sum += (double)ht_rng_below(&rng, 1 << 20) / (1 << 20);
                    add(both[m], round, base, cells[c], "throughput")->cpu_ns = 1e6;
                    add(both[m], round, new, cells[c], "throughput")->cpu_ns =
                        1e6 * ratio * exp(noise * (sum - 6));
                }
        judge();
        called += gate.verdicts[HT_GATE_REGRESSED] > 0;
        teardown(NULL);
    }
    return called;
}

static void test_rates(void **state)
{
    (void)state;
    assert_true(count_calls(1, 0.1) <= 3); /* 1 % */
    assert_true(count_calls(1.08, 0.03) >= GATES * 99 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_suite, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fastest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outcomes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sides, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twin, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rates, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
