/* The summary finds the ratios that a made-up run was given, says what was not ok, and its table reads well. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/gbjson.h"
#include "results/summary.h"
#include "results/table.h"
#include "tests/synthetic.h"

static char dir[] = "/tmp/heaptrial-summary-XXXXXX";
static struct ht_rows rows;
static struct ht_summary summary;

static void assert_near(double value, double expected, double within)
{
    if (!(fabs(value - expected) <= within * fabs(expected)))
        fail_msg("%g, expected %g", value, expected);
}

static int open_dir(void **state)
{
    (void)state;
    return !mkdtemp(dir);
}

static int close_dir(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static void open_run(const struct synthetic *options, const char *baseline)
{
    char path[128], why[256];
    assert_true(synthetic_write(dir, options) > 0);
    snprintf(path, sizeof path, "%s/rows.csv", dir);
    if (ht_rows_read(path, &rows, why) || ht_summary_open(&summary, &rows, baseline, why))
        fail_msg("%s", why);
}

static void open_text(const char *text, const char *baseline)
{
    char why[256];
    if (ht_rows_parse(text, strlen(text), &rows, why) || ht_summary_open(&summary, &rows, baseline, why))
        fail_msg("%s", why);
}

static void close_run(void)
{
    ht_summary_close(&summary);
    ht_rows_free(&rows);
}

/* What `emit` prints; the caller frees it. */
static char *printed(void (*emit)(const struct ht_summary *, FILE *))
{
    char *text;
    size_t bytes;
    FILE *const out = open_memstream(&text, &bytes);
    emit(&summary, out);
    fclose(out);
    return text;
}

/* ---- ratios -------------------------------------------------------------------------------------------- */

static void test_ratios_are_found(void **state)
{
    (void)state;
    open_run(
        &(struct synthetic){
            .strategies = 8, .workloads = 10, .rounds = 12, .thread_counts = 1, .noise = 0.01},
        NULL);
    assert_string_equal(summary.strategy[summary.baseline].name, "system");
    assert_int_equal(summary.strategies, 8);
    assert_int_equal(summary.jobs, 10);
    assert_int_equal(summary.rounds[HT_TIME], 12);
    for (size_t s = 0; s < 8; s++) {
        double time = 0, memory = 0;
        for (size_t w = 0; w < 10; w++) {
            const struct ht_summary_cell *const cell = ht_summary_cell(&summary, s, w);
            assert_near(cell->ratio[HT_TIME].estimate, synthetic_time(s, w), 0.02);
            assert_near(cell->ratio[HT_MEMORY].estimate, synthetic_memory(s, w), 0.02);
            assert_true(cell->ratio[HT_TIME].low <= cell->ratio[HT_TIME].estimate);
            assert_true(cell->ratio[HT_TIME].estimate <= cell->ratio[HT_TIME].high);
            assert_null(cell->outcome);
            time += log(synthetic_time(s, w)) / 10;
            memory += log(synthetic_memory(s, w)) / 10;
        }
        const struct ht_summary_strategy *const st = &summary.strategy[s];
        assert_string_equal(st->name, synthetic_strategy(s));
        assert_near(st->suite[HT_TIME].estimate, exp(time), 0.01);
        assert_near(st->suite[HT_MEMORY].estimate, exp(memory), 0.01);
        assert_int_equal(st->compared[HT_TIME], 10);
        assert_int_equal(st->failed + st->unsupported, 0);
    }
    assert_near(summary.strategy[1].suite[HT_TIME].low, 1, 0);
    assert_near(summary.strategy[1].suite[HT_TIME].high, 1, 0);
    /* Between two rounds the noise of 1 % counts twice: 1.96 * sqrt(2) %. */
    assert_near(summary.noise[HT_TIME], 0.028, 0.3);
    close_run();
}

static void test_another_baseline(void **state)
{
    (void)state;
    char why[256];
    open_run(&(struct synthetic){.strategies = 4, .workloads = 3, .rounds = 6, .thread_counts = 1},
             "mimalloc");
    assert_near(ht_summary_cell(&summary, 1, 2)->ratio[HT_TIME].estimate,
                synthetic_time(1, 2) / synthetic_time(3, 2), 1e-9);
    ht_summary_close(&summary);
    assert_int_equal(ht_summary_open(&summary, &rows, "dlmalloc", why), -ENOENT);
    assert_string_equal(why, "no rows of the baseline dlmalloc; there are: null, system, jemalloc, mimalloc");
    ht_rows_free(&rows);
}

#define HEAD_OF(time)                                                                                        \
    "round,strategy,workload,params,threads,pass,fault,outcome,reason," time                                 \
    ",rss_peak_bytes,rss_base_bytes\n"
#define HEAD HEAD_OF("cpu_ns")

/* Rows are paired in their round, and only with what is the same but for the strategy. */
static void test_pairs(void **state)
{
    (void)state;
    open_text(HEAD "1,a,w,,1,throughput,,ok,,10,,\n"
                   "1,b,w,,1,throughput,,ok,,20,,\n"
                   "2,b,w,,1,throughput,,ok,,80,,\n"
                   "2,a,w,,1,throughput,,ok,,20,,\n"
                   "3,b,w,,1,throughput,,ok,,999,,\n"      /* no partner in its round */
                   "1,b,w,n=2,1,throughput,,ok,,999,,\n"   /* other parameters */
                   "1,b,w,,2,throughput,,ok,,999,,\n"      /* other threads */
                   "1,b,w,,1,latency,,ok,,999,,\n"         /* other pass */
                   "2,b,w,,1,throughput,oom:3,ok,,999,,\n" /* a fault was injected */
                   "1,a,w,,1,memory,,ok,,,300,100\n"
                   "1,b,w,,1,memory,,ok,,,700,100\n"
                   "2,a,w,,1,memory,,ok,,,100,100\n" /* nothing above the base: no ratio */
                   "2,b,w,,1,memory,,ok,,,500,100\n",
              "a");
    const struct ht_summary_cell *const cell = ht_summary_cell(&summary, 1, 0);
    assert_int_equal(cell->ratio[HT_TIME].n, 2);
    assert_near(cell->ratio[HT_TIME].estimate, sqrt(2 * 4), 1e-12);
    assert_near(cell->ratio[HT_TIME].low, 2, 1e-12);
    assert_near(cell->ratio[HT_TIME].high, 4, 1e-12);
    assert_true(cell->ratio[HT_TIME].range);
    assert_int_equal(cell->ratio[HT_MEMORY].n, 1);
    assert_near(cell->ratio[HT_MEMORY].estimate, 3, 1e-12);
    assert_int_equal(summary.jobs, 3);
    assert_int_equal(ht_summary_cell(&summary, 1, 1)->ratio[HT_TIME].n, 0);
    assert_true(isnan(ht_summary_cell(&summary, 1, 1)->ratio[HT_TIME].estimate));
    assert_null(ht_summary_cell(&summary, 0, 1));
    assert_int_equal(summary.strategy[1].compared[HT_TIME], 1);
    close_run();
}

/* CPU time with one thread and for programs, wall time with more. */
static void test_which_time(void **state)
{
    (void)state;
    open_text("round,strategy,workload,kind,threads,pass,outcome,wall_ns,cpu_ns,rss_peak_bytes\n"
              "1,a,w,allocator,1,throughput,ok,10,1,\n"
              "1,b,w,allocator,1,throughput,ok,10,2,\n"
              "1,a,w,allocator,2,throughput,ok,10,1,\n"
              "1,b,w,allocator,2,throughput,ok,30,2,\n"
              "1,a,p,program,1,throughput,ok,10,1,50\n"
              "1,b,p,program,1,throughput,ok,10,4,100\n",
              "a");
    assert_near(ht_summary_cell(&summary, 1, 0)->ratio[HT_TIME].estimate, 2, 1e-12);
    assert_near(ht_summary_cell(&summary, 1, 1)->ratio[HT_TIME].estimate, 3, 1e-12);
    assert_near(ht_summary_cell(&summary, 1, 2)->ratio[HT_TIME].estimate, 4, 1e-12);
    assert_near(ht_summary_cell(&summary, 1, 2)->ratio[HT_MEMORY].estimate, 2, 1e-12);
    close_run();
}

/* The peak of a workload that holds next to nothing is not its strategy's. */
static void test_memory_of_little(void **state)
{
    (void)state;
    open_text(
        "round,strategy,workload,kind,threads,pass,outcome,live_peak_bytes,rss_peak_bytes,rss_base_bytes\n"
        "1,a,little,allocator,1,memory,ok,65535,200,100\n"
        "1,b,little,allocator,1,memory,ok,65535,900,100\n"
        "1,a,enough,allocator,1,memory,ok,65536,200,100\n"
        "1,b,enough,allocator,1,memory,ok,65536,400,100\n",
        "a");
    assert_int_equal(ht_summary_cell(&summary, 1, 0)->ratio[HT_MEMORY].n, 0);
    assert_near(ht_summary_cell(&summary, 1, 1)->ratio[HT_MEMORY].estimate, 3, 1e-12);
    assert_near(summary.strategy[1].suite[HT_MEMORY].estimate, 3, 1e-12);
    close_run();
}

static void test_no_rows(void **state)
{
    (void)state;
    char why[256];
    assert_int_equal(ht_rows_parse(HEAD, strlen(HEAD), &rows, why), 0);
    assert_int_equal(ht_summary_open(&summary, &rows, NULL, why), -ENODATA);
    assert_string_equal(why, "there are no rows");
    ht_rows_free(&rows);
}

/* Rounds are shuffled, and so is who comes first; the plan is not. */
static void test_order_is_the_plans(void **state)
{
    (void)state;
    open_text("cell,round,strategy,workload,threads,pass,outcome,cpu_ns\n"
              "4,1,c,w,1,throughput,ok,10\n"
              "2,1,b,v,1,throughput,ok,10\n"
              "1,1,a,v,1,throughput,ok,10\n"
              "3,1,a,w,1,throughput,ok,10\n",
              "a");
    assert_string_equal(summary.strategy[0].name, "a");
    assert_string_equal(summary.strategy[1].name, "b");
    assert_string_equal(summary.strategy[2].name, "c");
    assert_string_equal(summary.job[0].workload, "v");
    assert_string_equal(summary.job[1].workload, "w");
    assert_int_equal(summary.strategy_of[0], 2);
    close_run();
}

/* ---- what was not ok ----------------------------------------------------------------------------------- */

static void test_failures_are_grouped(void **state)
{
    (void)state;
    open_text(HEAD "1,a,w,,1,throughput,,ok,,10,,\n"
                   "1,a,v,,1,throughput,,ok,,10,,\n"
                   "1,b,w,,1,throughput,,unsupported,can't free,,,\n"
                   "1,b,v,,1,throughput,,unsupported,can't free,,,\n"
                   "2,b,v,,1,throughput,,unsupported,can't free,,,\n"
                   "1,c,w,,1,throughput,,crash,SIGSEGV,,,\n"
                   "1,c,v,,1,throughput,,crash,SIGSEGV,,,\n"
                   "2,c,v,,1,memory,,crash,SIGSEGV,,,\n"
                   "2,c,v,,1,throughput,oom:1,crash,SIGSEGV,,,\n",
              "a");
    assert_int_equal(summary.failures, 3);
    const struct ht_summary_failure *const f = summary.failure;
    assert_string_equal(f[0].outcome, "unsupported");
    assert_int_equal(f[0].rows, 3);
    assert_int_equal(f[0].jobs, 2);
    assert_string_equal(f[1].outcome, "crash");
    assert_int_equal(f[1].rows, 1);
    assert_int_equal(f[2].rows, 2);
    assert_int_equal(summary.failure_job[f[2].first_job], 1);
    assert_int_equal(summary.strategy[1].unsupported, 2);
    assert_int_equal(summary.strategy[2].failed, 2);
    assert_int_equal(summary.strategy[2].unsupported, 0);
    close_run();
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static size_t columns_of(const char *line, size_t bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes; i++)
        n += ((unsigned char)line[i] & 0xc0) != 0x80;
    return n;
}

static void assert_fits(const char *text)
{
    for (const char *end; *text; text = end + 1) {
        end = strchr(text, '\n');
        assert_non_null(end);
        if (columns_of(text, (size_t)(end - text)) > HT_TABLE_WIDTH)
            fail_msg("wider than %d: %.*s", HT_TABLE_WIDTH, (int)(end - text), text);
    }
}

static void test_table_of_twenty(void **state)
{
    (void)state;
    open_run(&(struct synthetic){20, 30, 6, 3, 0, 0.02, true}, NULL);
    char *const text = printed(ht_table_emit);
    assert_fits(text);
    assert_true(
        strstr(
            text,
            "strategy           time / system      memory             instructions      cells  not ok\n") ==
        text);
    assert_non_null(strstr(text, "\nhoard             -                  -                  -                "
                                 "  0/90   90 unsupported\n"));
    assert_non_null(
        strstr(text, "plugin-allocator  crash        Segmentation fault: xmalloc-test (36 rows)\n"));
    assert_non_null(strstr(text, "95 % interval, by a bootstrap of 6 rounds"));
    free(text);
    close_run();
}

static void test_table_of_few_rounds(void **state)
{
    (void)state;
    open_run(&(struct synthetic){3, 2, 5, 1, 0, 0.02, false}, NULL);
    char *text = printed(ht_table_emit);
    assert_non_null(strstr(text, "is the range over 5 rounds and holds about 94 %; 6 are needed for 95 %"));
    assert_null(strstr(text, "Not ok"));
    free(text);
    close_run();
    open_run(&(struct synthetic){3, 2, 1, 1, 0, 0.02, false}, NULL);
    text = printed(ht_table_emit);
    assert_non_null(strstr(text, "One round: no interval can be given."));
    free(text);
    close_run();
}

/* A strategy that was not ok in every round: what the others' brackets hold is not what its own do. */
static void test_table_of_fewer_rounds(void **state)
{
    static char lines[2048];
    size_t used = 0;
    (void)state;
    used += (size_t)sprintf(lines, HEAD);
    for (int round = 1; round <= 7; round++)
        used += (size_t)sprintf(lines + used,
                                "%d,system,w,,1,throughput,,ok,,10,,\n"
                                "%d,a,w,,1,throughput,,ok,,20,,\n"
                                "%d,b,w,,1,throughput,,%s,,20,,\n",
                                round, round, round, round <= 3 ? "ok" : "crash");
    open_text(lines, NULL);
    char *const text = printed(ht_table_emit);
    assert_non_null(strstr(text, "95 % interval, by a bootstrap of 7 rounds"));
    assert_non_null(strstr(text, "But b has 3 rounds of time: their range, about 75 %."));
    assert_null(strstr(text, "But a"));
    assert_null(strstr(text, "But system"));
    free(text);
    close_run();
}

/* Names and reasons of anybody's, to a terminal: no control character goes out, and no line is too wide. */
static void test_table_of_awkward_words(void **state)
{
    (void)state;
    open_text(HEAD "1,system,w,,1,throughput,,ok,,10,,\n"
                   "1,\"\x1b[31mred\",w,,1,throughput,,ok,,10,,\n"
                   "1,h\xc3\xa9lix-\xe6\xbc\xa2-a-name-that-goes-on-and-on,w,,1,throughput,,ok,,10,,\n"
                   "1,x,w,,1,throughput,,crash,\"two\nlines, \xff and "
                   "a-word-that-is-longer-than-any-line-should-be-but-here-it-is-"
                   "and-it-goes-on-for-more-than-a-hundred-letters-or-so\",,,\n",
              NULL);
    char *const text = printed(ht_table_emit);
    assert_fits(text);
    for (const char *p = text; *p; p++)
        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
    assert_non_null(strstr(text, "\n?[31mred"));
    assert_non_null(strstr(text, "\nh\xc3\xa9lix-\xe6\xbc\xa2-a-name-that~"));
    assert_non_null(strstr(text, "two lines, ?"));
    free(text);
    close_run();
}

/* Allocators and collectors of one file are summed up apart, and heaps are jobs of their own. */
static void test_kinds_part(void **state)
{
    (void)state;
    size_t others;
    char why[256];
    static const char text[] = "kind,strategy,workload,params,threads,heap,pass,outcome,round,cpu_ns\n"
                               "collector,immix,lru,,1,2x,throughput,ok,1,10\n"
                               "allocator,tlsf,larson,,1,,throughput,ok,1,10\n"
                               "collector,manual,lru,,1,2x,throughput,ok,1,5\n"
                               "collector,manual,lru,,1,3x,throughput,ok,1,5\n"
                               "program,tlsf,jq,,1,,throughput,ok,1,10\n";
    assert_int_equal(ht_rows_parse(text, strlen(text), &rows, why), 0);
    assert_int_equal(ht_rows_part_kinds(&rows, &others), 0);
    assert_int_equal(others, 2);
    assert_string_equal(rows.row[0].workload, "larson");
    assert_string_equal(rows.row[4].heap, "3x");
    const struct ht_rows collectors = {.row = rows.row + others, .count = rows.count - others};
    assert_int_equal(ht_summary_open(&summary, &collectors, NULL, why), 0);
    assert_string_equal(summary.strategy[summary.baseline].name, "manual");
    assert_int_equal(summary.jobs, 2);
    assert_true(fabs(summary.strategy[0].suite[HT_TIME].estimate - 2) < 1e-9);
    close_run();
}

static void test_table_as_csv(void **state)
{
    (void)state;
    open_text(HEAD_OF("wall_ns") "1,a,w,n=1 m=2,4,throughput,,ok,,10,,\n"
                                 "1,b,w,n=1 m=2,4,throughput,,ok,,20,,\n"
                                 "1,b,v,,1,throughput,,crash,\"so, \"\"so\"\"\",,,\n",
              NULL);
    char *const text = printed(ht_table_emit_csv);
    assert_memory_equal(text, "a,a,time,,,,,1,1,1,0,1,1,,\n", 26);
    assert_non_null(strstr(text, "\nb,a,memory,,,,,,,,,0,0,,\n"));
    assert_non_null(strstr(text, "\nb,a,time,w,n=1 m=2,4,,2,2,2,0,1,1,,\n"));
    assert_non_null(strstr(text, "\nb,a,time,v,,1,,,,,,0,0,crash,\"so, \"\"so\"\"\"\n"));
    free(text);
    close_run();
}

/* ---- Google Benchmark's JSON --------------------------------------------------------------------------- */

static void test_google_benchmark_reads_it(void **state)
{
    (void)state;
    char path[128], command[256], line[256] = "", expected[64];
    if (system("python3 -c '' 2>/dev/null"))
        skip();
    open_run(&(struct synthetic){8, 3, 10, 2, 0, 0.02, true}, NULL);
    snprintf(path, sizeof path, "%s/gbench.json", dir);
    assert_int_equal(ht_gbjson_write(&rows, path), 0);
    snprintf(command, sizeof command, "python3 tests/gbench_schema.py %s '/system$' '/arena$'", path);
    FILE *const out = popen(command, "r");
    size_t lines = 0;
    while (fgets(line, sizeof line, out)) {
        /* arena is unsupported in every second workload */
        snprintf(expected, sizeof expected, "%s/threads:%d 10 10 ", synthetic_workload(2 * (lines / 2)),
                 lines % 2 ? 2 : 1);
        if (strncmp(line, expected, strlen(expected)))
            fail_msg("%s, expected %s", line, expected);
        lines++;
    }
    assert_int_equal(pclose(out), 0);
    assert_int_equal(lines, 4);
    close_run();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratios_are_found),
        cmocka_unit_test(test_another_baseline),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_which_time),
        cmocka_unit_test(test_memory_of_little),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_order_is_the_plans),
        cmocka_unit_test(test_failures_are_grouped),
        cmocka_unit_test(test_table_of_twenty),
        cmocka_unit_test(test_table_of_few_rounds),
        cmocka_unit_test(test_table_of_fewer_rounds),
        cmocka_unit_test(test_table_of_awkward_words),
        cmocka_unit_test(test_kinds_part),
        cmocka_unit_test(test_table_as_csv),
        cmocka_unit_test(test_google_benchmark_reads_it),
    };
    return cmocka_run_group_tests_name("summary", tests, open_dir, close_dir);
}
