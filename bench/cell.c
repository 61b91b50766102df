/* The main of every cell: one strategy, all workloads, a Google Benchmark program of its own.
 *
 * By hand it takes Google Benchmark's flags and prints what the library prints. Under `heaptrial run` it gets
 * one workload, fixed work and a pipe, prints nothing, and sends records (bench/record.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/malloc_version.h"
#include "base/scratch.h"
#include "bench/cell_own.h"
#include "bench/injector.h"
#include "bench/stop.h"
#include "bench/suite.h"

struct ht_cell ht_cell;

/* Google Benchmark's figures of a repetition join what the window counted. */
static void send_repetition(const struct gbench_report *report, void *context)
{
    (void)context;
    if (report->is_aggregate || report->repetition >= ht_cell.windows)
        return;
    struct ht_record record = {.kind = HT_RECORD_REPETITION};
    record.repetition = ht_cell.window[report->repetition];
    record.repetition.cpu_ns = report->cpu_ns;
    ht_record_send(&record);
}

static void register_workload(size_t index, const struct ht_job *job)
{
    char name[96];
    snprintf(name, sizeof name, "%s/mutators:%u", job->workload->name, job->threads);
    struct gbench *const b = gbench_register(name, ht_cell_run, (void *)(uintptr_t)index);
    gbench_use_manual_time(b);
    gbench_measure_process_cpu_time(b);
    gbench_unit(b, GBENCH_US);
    if (ht_cell.options.iterations)
        gbench_iterations(b, (int64_t)ht_cell.options.iterations);
    if (ht_record_is_open())
        gbench_repetitions(b, (int)ht_cell.options.repetitions + ht_cell_has_cold_window());
}

/* Registers what was asked for; returns the scratch that the largest of it needs. */
static size_t register_all(void)
{
    size_t most = 0;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        if (ht_cell.options.workload && strcmp(ht_cell.options.workload, ht_cell_workload(i)->name))
            continue;
        const struct ht_job job = ht_cell_job(i);
        const size_t bytes = ht_cell_scratch_bytes(&job);
        most = bytes > most ? bytes : most;
        register_workload(i, &job);
    }
    return most;
}

static void open_log(void)
{
    ht_cell.log.pause = ht_scratch_alloc(HT_CELL_PAUSES_MAX * sizeof *ht_cell.log.pause);
    ht_cell.log.room = HT_CELL_PAUSES_MAX;
}

/* Ends the cell when malloc is not the one that was asked for. */
static void prove_preload(void)
{
    const char *const library = ht_malloc_library(), *const slash = strrchr(library, '/');
    ht_record_send_text(HT_RECORD_LIBRARY, library);
    if (ht_cell.options.preload && strcmp(slash ? slash + 1 : library, ht_cell.options.preload))
        ht_stop(HT_ERROR, "the preload of %s did not take: malloc comes from %s", ht_cell.options.preload,
                library);
}

/* What can't be run, in words; NULL when all is well. */
static const char *wrong_option(void)
{
    const struct ht_cell_options *const o = &ht_cell.options;
    if (o->threads < 1 || o->threads > HT_THREADS_MAX)
        return "--heaptrial_threads takes 1 to 256";
    if (o->repetitions < 1 || o->repetitions >= HT_CELL_REPETITIONS_MAX)
        return "--heaptrial_repetitions takes 1 to 999";
    if (o->workload && ht_suite_find(o->workload, 0) < 0)
        return "there is no such workload: heaptrial list workloads shows all";
    return NULL;
}

static void print_cap(const char *can, const char *cannot, bool has)
{
    printf("%c %s\n", has ? '+' : '-', has ? can : cannot);
}

/* Of a heap that is not open: a plug-in has none yet. */
static int print_capabilities(void)
{
    ht_state_each_cap(print_cap);
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    ht_cell_options_parse(&ht_cell.options, &argc, argv);
    ht_cell.options.verify |= ht_cell.options.pass == HT_PASS_GARBAGE;
    if (ht_cell.options.capabilities)
        return print_capabilities();
    if (ht_cell.options.tries)
        return ht_cell_try() ? 2 : 0;
    char why[256];
    const char *const wrong = ht_injector_open(ht_cell.options.fault, why) ? why : wrong_option();
    if (wrong) {
        fprintf(stderr, "heaptrial: %s; see --help\n", wrong);
        return 2;
    }
    ht_record_open(ht_cell.options.fd);
    prove_preload();
    gbench_initialize(&argc, argv);
    if (argc > 1) {
        fprintf(stderr, "heaptrial: %s is not understood; see --help\n", argv[1]);
        return 2;
    }
    gbench_context("strategy", ht_state_strategy);
    if (ht_cell.options.pass == HT_PASS_LATENCY)
        ht_cell.rate = ht_tick_rate_measure();
    const int error = ht_scratch_open(register_all());
    if (error)
        ht_stop(HT_ERROR, "no memory for the harness: %s", strerror(-error));
    if (ht_cell.options.pass == HT_PASS_PAUSES)
        open_log();
    gbench_run(ht_record_is_open() ? send_repetition : NULL, NULL);
    ht_cell_close_heap();
    gbench_shutdown();
    if (ht_cell.figures.leaked_objects)
        ht_stop(HT_LEAK, "with all roots cleared %lu objects of %lu bytes stay",
                (unsigned long)ht_cell.figures.leaked_objects, (unsigned long)ht_cell.figures.leaked_bytes);
    if (ht_record_is_open())
        ht_stop(HT_OK, "%s", "");
    return 0;
}
