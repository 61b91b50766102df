/* What is made of the rows of collectors: overhead against a bound, worst cases, the figures, the timeline; and series
 * that are missing or cut short. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/file.h"
#include "results/pauses.h"
#include "results/plot.h"
#include "results/series.h"
#include "results/table.h"
#include "results/timeline.h"

static char dir[64];
static struct ht_rows rows;
static struct ht_summary summary;

static int open_dir(void **state)
{
    (void)state;
    char path[128];
    strcpy(dir, "/tmp/heaptrial-collected-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/series", dir);
    return mkdir(path, 0777);
}

static int close_dir(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static void open_text(const char *text)
{
    char why[256];
    if (ht_rows_parse(text, strlen(text), &rows, why) || ht_summary_open(&summary, &rows, NULL, why))
        fail_msg("%s", why);
}

static void close_run(void)
{
    ht_summary_close(&summary);
    ht_rows_free(&rows);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-6 * fabs(expected)))
        fail_msg("%g, expected %g", value, expected);
}

static char *printed(void (*emit)(const struct ht_summary *, FILE *))
{
    char *text;
    size_t bytes;
    FILE *const out = open_memstream(&text, &bytes);
    emit(&summary, out);
    fclose(out);
    return text;
}

/* ---- overhead and the table ----------------------------------------------------------------------------- */

#define HEAD                                                                                                 \
    "kind,round,strategy,workload,threads,heap,pass,outcome,cpu_ns,wall_ns,gc_ns,mutator_ns,pause_max_ns,"   \
    "mmu_10ms,heap_bytes,live_min_bytes,min_heap_bytes,dead_peak_bytes,series\n"

/* Of marksweep's 120 at 4x, a half is its pauses: 60 bounds both heaps, and manual's 80 with no pauses does not. */
static const char two_heaps[] =
    HEAD "collector,1,manual,lru,1,2x,throughput,ok,80,80,,,,,200,100,,,\n"
         "collector,1,manual,lru,1,2x,pauses,ok,80,80,0,80,0,1,200,100,,10,\n"
         "collector,1,marksweep,lru,1,2x,throughput,ok,240,240,,,,,200,100,,,\n"
         "collector,1,marksweep,lru,1,2x,pauses,ok,240,240,60,180,9000000,0.1,200,100,,50,\n"
         "collector,1,marksweep,lru,1,4x,throughput,ok,120,120,,,,,400,100,,,\n"
         "collector,1,marksweep,lru,1,4x,pauses,ok,240,240,120,120,3000000,0.4,400,100,,20,\n"
         "collector,1,marksweep,lru,1,2x,heap,ok,,,,,,,110,100,110,,\n";

static void test_overhead_is_over_a_bound(void **state)
{
    (void)state;
    open_text(two_heaps);
    const struct ht_summary_cell *cell = ht_summary_cell(&summary, 0, 0);
    assert_near(cell->ratio[HT_OVERHEAD].estimate, 80 / 60.0);
    assert_near(ht_summary_cell(&summary, 1, 0)->ratio[HT_OVERHEAD].estimate, 240 / 60.0);
    assert_near(ht_summary_cell(&summary, 1, 1)->ratio[HT_OVERHEAD].estimate, 120 / 60.0);
    assert_near(summary.strategy[1].suite[HT_OVERHEAD].estimate, sqrt(8));
    assert_int_equal(summary.strategy[1].compared[HT_OVERHEAD], 2);
    close_run();
}

/* With more threads the mutators wait for one that works: 50 % of 100 ns of wall time, not of 300 of CPU time. */
static void test_overhead_of_threads(void **state)
{
    (void)state;
    open_text(HEAD "collector,1,marksweep,lru,4,2x,throughput,ok,300,100,,,,,200,100,,,\n"
                   "collector,1,marksweep,lru,4,2x,pauses,ok,300,100,50,50,50,0,200,100,,,\n");
    assert_near(summary.cell[0].ratio[HT_OVERHEAD].estimate, 300 / 250.0);
    close_run();
}

/* A bound of a round is that of the round: what slows all down alike is no overhead. */
static void test_overhead_is_paired(void **state)
{
    static char text[4096];
    size_t used = (size_t)sprintf(text, HEAD);
    (void)state;
    for (int round = 1; round <= 7; round++)
        used += (size_t)sprintf(text + used,
                                "collector,%d,manual,lru,1,2x,throughput,ok,%d,1,,,,,,,,,\n"
                                "collector,%d,manual,lru,1,2x,pauses,ok,,,0,10,0,1,,,,,\n"
                                "collector,%d,rc,lru,1,2x,throughput,ok,%d,1,,,,,,,,,\n",
                                round, round * 100, round, round, round * 150);
    open_text(text);
    const struct ht_interval *const rc = &ht_summary_cell(&summary, 1, 0)->ratio[HT_OVERHEAD];
    assert_int_equal(rc->n, 7);
    assert_near(rc->low, 1.5);
    assert_near(rc->high, 1.5);
    close_run();
}

static void test_no_overhead_without_pauses(void **state)
{
    (void)state;
    open_text(HEAD "collector,1,manual,lru,1,2x,throughput,ok,80,80,,,,,200,100,,,\n"
                   "collector,1,rc,lru,1,2x,throughput,ok,90,90,,,,,200,100,,,\n");
    assert_int_equal(summary.rounds[HT_OVERHEAD], 0);
    char *const text = printed(ht_table_emit), *const csv = printed(ht_table_emit_csv);
    assert_null(strstr(text, "verhead"));
    assert_null(strstr(text, "longest pause"));
    assert_null(strstr(csv, "overhead"));
    free(text);
    free(csv);
    close_run();
}

static void test_table_of_collectors(void **state)
{
    (void)state;
    open_text(two_heaps);
    char *const text = printed(ht_table_emit), *const csv = printed(ht_table_emit_csv);
    if (!strstr(text, "\nstrategy    overhead          longest pause  MMU 10 ms      min heap\n"
                      "manual      1.33              none           1.00           -\n"
                      "marksweep   2.83              9.00 ms        0.10           1.10x\n"))
        fail_msg("%s", text);
    assert_non_null(strstr(text, "not the baseline"));
    assert_non_null(strstr(csv, "marksweep,manual,overhead,lru,,1,4x,2,"));
    assert_non_null(strstr(csv, "marksweep,manual,pause_max_ns,,,,,9e+06,,,,,2,,lru 2x\n"));
    assert_non_null(strstr(csv, "marksweep,manual,mmu_10ms,lru,,1,4x,0.4,,,,,1,,\n"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= HT_TABLE_WIDTH);
    free(text);
    free(csv);
    close_run();
}

/* ---- figures -------------------------------------------------------------------------------------------- */

enum { STRATEGIES = 13, PAUSES = 300 };

static const char *const names[STRATEGIES] = {
    "manual",       "nogc",      "rc",    "rc-cpython",  "rc-trial", "marksweep",  "boehm",
    "generational", "semispace", "immix", "markcompact", "cpython",  "incremental"};

static void write_series(const char *name, size_t strategy)
{
    char path[192];
    struct ht_pause pause[PAUSES];
    const struct ht_mmu_point mmu[] = {
        {1e4, 0}, {1e6, 0.05 * (double)strategy}, {1e8, 0.06 * (double)strategy}};
    for (uint64_t i = 0; i < PAUSES; i++)
        pause[i] =
            (struct ht_pause){i * 1000000, i * 1000000 + (i + 1) * 100 * (strategy + 1), "full", i % 2, 0};
    snprintf(path, sizeof path, "%s/series/%s.csv", dir, name);
    assert_int_equal(ht_series_write_pauses(path, pause, PAUSES), 0);
    snprintf(path, sizeof path, "%s/series/%s-mmu.csv", dir, name);
    assert_int_equal(ht_series_write_mmu(path, mmu, 3), 0);
}

/* Thirteen strategies, two workloads, two heaps. */
static void open_thirteen(void)
{
    static char text[1 << 16];
    static const char *const workload[] = {"lru", "rings"};
    size_t used = (size_t)sprintf(text, HEAD);
    for (size_t s = 0; s < STRATEGIES; s++)
        for (size_t w = 0; w < 2; w++)
            for (int heap = 2; heap <= 4; heap += 2) {
                char name[32];
                snprintf(name, sizeof name, "%zu-%zu-%d", s, w, heap);
                write_series(name, s);
                used += (size_t)sprintf(
                    text + used,
                    "collector,1,%s,%s,1,%dx,throughput,ok,%zu,%zu,,,,,%d,100,,,\n"
                    "collector,1,%s,%s,1,%dx,pauses,ok,,,10,%zu,%zu,0.5,%d,100,,%zu,series/%s.csv\n",
                    names[s], workload[w], heap, 100 + 10 * s, 100 + 10 * s, 100 * heap, names[s],
                    workload[w], heap, 100 + s, 1000 * (s + 1) * (s + 1), 100 * heap, s + 1, name);
            }
    open_text(text);
}

static char *contents(const char *name)
{
    char path[128], *text;
    size_t bytes;
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    if (ht_file_read(path, &text, &bytes))
        fail_msg("%s is not there", path);
    return text;
}

static bool exists(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void draw(char why[256])
{
    const int error = ht_plot_emit(&summary, dir, "gc-", "scripts", why);
    if (error && (error != -ENOENT || !system("gnuplot --version >/dev/null 2>&1")))
        fail_msg("%s", why);
}

static size_t count_words(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

static void test_figures_are_drawn_the_same(void **state)
{
    (void)state;
    static const char *const figure[] = {"gc-garbage-pause.svg", "gc-mmu.svg", "gc-pauses.svg",
                                         "gc-heap.svg"};
    char why[256], *first[4];
    const bool has_gnuplot = !system("gnuplot --version >/dev/null 2>&1");
    open_thirteen();
    draw(why);
    for (int i = 0; i < 4 && has_gnuplot; i++)
        first[i] = contents(figure[i]);
    draw(why);
    for (int i = 0; i < 4 && has_gnuplot; i++) {
        char *const again = contents(figure[i]);
        assert_string_equal(first[i], again);
        free(first[i]);
        free(again);
    }
    close_run();
}

static void test_what_the_figures_hold(void **state)
{
    (void)state;
    char why[256];
    open_thirteen();
    draw(why);
    if (system("gnuplot --version >/dev/null 2>&1") == 0)
        assert_string_equal(why, "");
    char *text = contents("gc-garbage-pause.dat");
    for (size_t s = 0; s < STRATEGIES; s++)
        assert_non_null(strstr(text, names[s]));
    assert_non_null(
        strstr(text, "1.69e+05\t0.13\t")); /* the last strategy: 13 of 100 bytes, 1000 * 13 * 13 ns */
    free(text);
    /* Eight of thirteen: the best, the worst and the baseline are among them; one panel a workload. */
    text = contents("gc-mmu-1.dat");
    assert_non_null(strstr(text, "\tmanual\n"));
    assert_non_null(strstr(text, "\tincremental\n"));
    assert_int_equal(count_words(text, "1e+08\t"), 8 + 8); /* ends of curves, and of lines to their names */
    free(text);
    text = contents("gc-plots.gp");
    assert_non_null(strstr(text, "8 of 13 strategies"));
    assert_non_null(strstr(text, "figure = 'curves'"));
    free(text);
    assert_true(exists("gc-mmu-2.dat") && !exists("gc-mmu-3.dat"));
    /* Twice the live, and the baseline's time. */
    text = contents("gc-heap-1.dat");
    assert_memory_equal(text, "2\t1\n4\t1\n", 8);
    free(text);
    close_run();
}

/* Sizes are over what is live, also where a smallest heap is known: as limits are asked for, and printed. */
static void test_heap_curve_is_over_what_is_live(void **state)
{
    (void)state;
    char why[256];
    open_text(HEAD "collector,1,manual,lru,1,2x,throughput,ok,80,80,,,,,200,100,,,\n"
                   "collector,1,manual,lru,1,4x,throughput,ok,80,80,,,,,400,100,,,\n"
                   "collector,1,manual,lru,1,4x,heap,ok,,,,,,,150,100,150,,\n");
    draw(why);
    char *const text = contents("gc-heap-1.dat");
    assert_memory_equal(text, "2\t1\n4\t1\n", 8);
    free(text);
    close_run();
}

/* What leaks its cycles is the point that the figure is for. */
static void test_garbage_of_what_leaks(void **state)
{
    (void)state;
    char why[256];
    open_text("kind,round,strategy,workload,threads,pass,fault,outcome,pause_max_ns,live_min_bytes,"
              "outstanding_max_bytes\n"
              "collector,1,rc,lru,1,pauses,cycles,leak,2000,100,900\n"
              "collector,1,rc,lru,1,pauses,,crash,9000,100,9000\n"
              "collector,1,boehm,lru,1,pauses,cycles,ok,4000,100,50\n");
    draw(why);
    char *const text = contents("gc-garbage-pause.dat");
    assert_memory_equal(text, "2000\t9\t", 7);
    assert_non_null(strstr(text, "4000\t0.5\t"));
    free(text);
    close_run();
}

static void test_nothing_to_draw(void **state)
{
    (void)state;
    char why[256];
    open_text(HEAD "collector,1,manual,lru,1,2x,throughput,ok,80,80,,,,,200,100,,,\n");
    draw(why);
    assert_false(exists("gc-garbage-pause.dat") || exists("gc-mmu-1.dat") || exists("gc-pauses-1.dat") ||
                 exists("gc-heap-1.dat") || exists("gc-timeline.json"));
    close_run();
}

static void test_bad_series_are_one_warning(void **state)
{
    (void)state;
    char why[256], command[512];
    open_thirteen();
    snprintf(command, sizeof command,
             "cd %s/series && rm 0-0-2.csv 0-0-2-mmu.csv && : >1-0-2.csv && echo junk >1-0-2-mmu.csv && "
             "printf 'start_ns,end_ns,kind,mutator\\n5,1' >2-0-2.csv && printf 'window_ns,utilisation\\n1e4' "
             ">2-0-2-mmu.csv",
             dir);
    assert_int_equal(system(command), 0);
    draw(why);
    if (system("gnuplot --version >/dev/null 2>&1") == 0)
        assert_string_equal(why,
                            "plots: 6 series can't be read and are left out, the first is series/0-0-2.csv");
    assert_true(exists("gc-mmu-1.dat") && exists("gc-timeline.json"));
    close_run();
}

/* ---- the timeline --------------------------------------------------------------------------------------- */

static void test_timeline(void **state)
{
    (void)state;
    char why[256];
    open_thirteen();
    draw(why);
    char *const text = contents("gc-timeline.json");
    json_t *const whole = json_loads(text, 0, NULL);
    assert_non_null(whole);
    json_t *const events = json_object_get(whole, "traceEvents"), *event;
    size_t i, pauses = 0, processes = 0, threads = 0;
    json_array_foreach(events, i, event)
    {
        const char *const phase = json_string_value(json_object_get(event, "ph"));
        const char *const name = json_string_value(json_object_get(event, "name"));
        processes += !strcmp(name, "process_name");
        threads += !strcmp(name, "thread_name");
        if (strcmp(phase, "X"))
            continue;
        if (!pauses++) {
            assert_string_equal(name, "full");
            assert_near(json_number_value(json_object_get(event, "dur")), 0.1); /* us */
            assert_string_equal(json_string_value(json_object_get(json_object_get(event, "args"), "heap")),
                                "2x");
        }
    }
    assert_int_equal(processes, STRATEGIES * 2 * 2);
    assert_int_equal(threads, 2 * processes);
    assert_int_equal(pauses, PAUSES * processes);
    json_decref(whole);
    free(text);
    close_run();
}

/* More pauses than there is room for: the longest stay, and it is said how many went. */
static void test_timeline_is_bounded(void **state)
{
    (void)state;
    enum { MANY = HT_TIMELINE_EVENTS + 1000 };
    char path[192];
    struct ht_pause *const pause = calloc(MANY, sizeof *pause);
    for (uint64_t i = 0; i < MANY; i++)
        pause[i] = (struct ht_pause){i * 1000, i * 1000 + (i < 1000 ? 1 : 500), "step", 0, 0};
    snprintf(path, sizeof path, "%s/series/many.csv", dir);
    assert_int_equal(ht_series_write_pauses(path, pause, MANY), 0);
    snprintf(path, sizeof path, "%s/plots", dir);
    assert_int_equal(mkdir(path, 0777), 0);
    open_text(HEAD "collector,1,rc,lru,1,2x,pauses,ok,,,10,10,5,0.5,,100,,,series/many.csv\n");
    size_t unread;
    assert_int_equal(ht_timeline_write(&summary, dir, "t.json", &unread), 0);
    assert_int_equal(unread, 0);
    char *const text = contents("t.json");
    assert_int_equal(count_words(text, "\"ph\":\"X\""), HT_TIMELINE_EVENTS);
    assert_null(strstr(text, "\"dur\":0.001"));
    assert_non_null(strstr(text, "\"shorter_pauses_left_out\":1000"));
    free(text);
    free(pause);
    close_run();
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, open_dir, close_dir)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overhead_is_over_a_bound),
        cmocka_unit_test(test_overhead_of_threads),
        cmocka_unit_test(test_overhead_is_paired),
        cmocka_unit_test(test_no_overhead_without_pauses),
        cmocka_unit_test(test_table_of_collectors),
        IN_DIR(test_figures_are_drawn_the_same),
        IN_DIR(test_what_the_figures_hold),
        IN_DIR(test_heap_curve_is_over_what_is_live),
        IN_DIR(test_garbage_of_what_leaks),
        IN_DIR(test_nothing_to_draw),
        IN_DIR(test_bad_series_are_one_warning),
        IN_DIR(test_timeline),
        IN_DIR(test_timeline_is_bounded),
    };
    return cmocka_run_group_tests_name("collected", tests, NULL, NULL);
}
