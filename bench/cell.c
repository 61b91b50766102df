/* The main of every cell: one strategy, all workloads, a Google Benchmark program of its own.
 *
 * By hand it takes Google Benchmark's flags and prints what the library prints. Under `heaptrial run` it gets
 * one workload, fixed work and a pipe, prints nothing, and sends records (bench/record.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "allocators/malloc_version.h"
#include "base/clock.h"
#include "base/scratch.h"
#include "bench/cell_options.h"
#include "bench/gbench.h"
#include "bench/injector.h"
#include "bench/probe.h"
#include "bench/record.h"
#include "bench/sampler.h"
#include "bench/state.h"
#include "bench/stop.h"
#include "bench/suite.h"
#include "bench/team.h"

enum { REPETITIONS_MAX = 1000, BASE_SCRATCH_BYTES = 1 << 20, PAUSES_MAX = 1 << 18 };

static struct {
    struct ht_cell_options options;
    struct ht_tick_rate rate;
    uint64_t iterations; /* of the window that runs */
    struct ht_repetition window[REPETITIONS_MAX];
    unsigned windows;
    bool heap_is_open;
    size_t heap_of; /* the workload that it was opened for */
    struct gc_log log;
    struct gc_stats before; /* the last window */
    struct ht_collector_figures figures;
} cell;

static bool is_probed(void)
{
    return cell.options.verify || cell.options.fault[0] || cell.options.pass == HT_PASS_LATENCY ||
           cell.options.pass == HT_PASS_MEMORY;
}

static const struct ht_workload *workload_at(size_t index)
{
    return is_probed() ? ht_suite_probed(index) : ht_suite_plain(index);
}

/* The job of workload `index`; exits 2 when the parameters are wrong. */
static struct ht_job job_of(size_t index)
{
    struct ht_job job = {
        .workload = workload_at(index),
        .threads = (unsigned)cell.options.threads,
        .seed = cell.options.seed,
        .verify = cell.options.verify,
    };
    char why[256];
    const int error = ht_suite_set_params(&job, cell.options.workload ? cell.options.params : "", why);
    job.injected_bytes = ht_injector_live_bytes(&job);
    if (error ||
        (ht_state_is_collector && ht_suite_heap_bytes(&job, cell.options.heap, &job.heap_bytes, why))) {
        fprintf(stderr, "heaptrial: %s\n", why);
        exit(2);
    }
    if (job.threads < job.workload->min_threads && !cell.options.workload)
        job.threads = job.workload->min_threads;
    return job;
}

static size_t scratch_bytes(const struct ht_job *job)
{
    const size_t probes = is_probed() ? (job->threads + HT_OP_KINDS + 1) * sizeof(struct ht_probe) : 0;
    const size_t own = job->workload->scratch_bytes ? job->workload->scratch_bytes(job) : 0;
    /* Each allocation is rounded up to a line; a workload takes a few for each thread. */
    const size_t log = cell.options.pass == HT_PASS_PAUSES ? PAUSES_MAX * sizeof(struct gc_pause) : 0;
    return BASE_SCRATCH_BYTES + probes + log + ht_team_scratch_bytes(job) + ht_injector_scratch_bytes(job) +
           own + own / 16 + job->threads * 1024;
}

/* What the strategy lacks for this job, in words; empty when nothing. */
static void find_mismatch(const struct ht_job *job, char why[160])
{
    const struct ht_workload *const w = job->workload;
    const uint32_t limit = cell.options.pass == HT_PASS_HEAP ? GC_CAP_LIMIT : 0;
    const uint32_t needs = w->needs | limit | (w->needs_more ? w->needs_more(job) : 0);
    const char *const missing = ht_state_missing(needs, job->threads);
    const size_t most = ht_state_max_bytes(), asked = w->max_bytes ? w->max_bytes(job) : 0;
    why[0] = 0;
    if (job->threads < w->min_threads)
        snprintf(why, 160, "%s needs %u threads or more", w->name, w->min_threads);
    else if (missing || ht_injector_missing())
        snprintf(why, 160, "%s", missing ? missing : ht_injector_missing());
    else if (asked > most)
        snprintf(why, 160, "serves objects up to %zu bytes", most);
}

static uint64_t setup_phase(struct ht_worker *w)
{
    ht_injector_start(w);
    if (w->job->workload->setup)
        w->job->workload->setup(w);
    return 0;
}

static uint64_t window_phase(struct ht_worker *w)
{
    uint64_t (*const run)(struct ht_worker *) = w->job->workload->run;
    uint64_t ops = 0;
    ht_injector_arm(w);
    for (uint64_t i = 0; i < cell.iterations; i++)
        ops += run(w);
    ht_injector_disarm(w);
    return ops;
}

static uint64_t teardown_phase(struct ht_worker *w)
{
    ht_injector_settle(w);
    if (w->job->workload->teardown)
        w->job->workload->teardown(w);
    ht_injector_stop(w);
    return 0;
}

static void open_workers(struct ht_job *job)
{
    job->workers = ht_scratch_alloc(job->threads * sizeof *job->workers);
    for (unsigned i = 0; i < job->threads; i++) {
        struct ht_worker *const w = &job->workers[i];
        *w = (struct ht_worker){.job = job, .index = i, .rng = ht_rng_open(job->seed, i + 1)};
        if (!is_probed())
            continue;
        w->probe = ht_scratch_alloc(sizeof *w->probe);
        w->probe->timed = cell.options.pass == HT_PASS_LATENCY;
        w->probe->counted = cell.options.pass == HT_PASS_MEMORY;
    }
}

static void open_probes(struct ht_job *job, bool open)
{
    for (unsigned i = 0; is_probed() && i < job->threads; i++)
        job->workers[i].probe->open = open;
}

static uint64_t minor_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_minflt;
}

/* What a collector did in the window: counters are the difference, and what is not known stays so. */
static void note_collections(const struct ht_job *job)
{
    struct gc_stats after = ht_state_stats();
#define X(name, meaning)                                                                                     \
    if (offsetof(struct gc_stats, name) < offsetof(struct gc_stats, mark_stack_high) &&                      \
        after.name != GC_UNKNOWN && cell.before.name != GC_UNKNOWN)                                          \
        after.name -= cell.before.name;
    GC_STATS(X)
#undef X
    cell.figures.stats = after;
    cell.figures.heap_bytes = job->heap_bytes;
    cell.figures.pauses = cell.log.count;
}

/* The window: nothing of the harness between the two times but one call of `run` an iteration. */
static void run_window(struct gbench_state *state, struct ht_job *job)
{
    cell.iterations = (uint64_t)gbench_planned_iterations(state);
    open_probes(job, true);
    cell.log.count = 0;
    cell.before = ht_state_stats();
    struct ht_repetition window = {.iterations = cell.iterations};
    while (gbench_keep_running_batch(state, (int64_t)cell.iterations)) {
        const uint64_t faults = minor_faults(), start = ht_wall_ns();
        window.ops = ht_team_run(job, window_phase);
        const uint64_t end = ht_wall_ns();
        window.wall_ns = (double)(end - start);
        cell.figures.start_ns = start;
        cell.figures.end_ns = end;
        window.minor_faults = minor_faults() - faults;
        gbench_set_iteration_time(state, window.wall_ns * 1e-9);
    }
    open_probes(job, false);
    note_collections(job);
    if (cell.windows < REPETITIONS_MAX)
        cell.window[cell.windows++] = window;
    gbench_set_items(state, (int64_t)window.ops);
    /* A label, not a counter: the CSV reporter aborts when the first benchmark has none, as one that is skipped. */
    char label[32];
    snprintf(label, sizeof label, "%.2f ns/op", window.wall_ns / (double)window.ops);
    gbench_set_label(state, label);
}

/* Times have a cold window first; memory is one life from the first allocation to the drain; instructions come from a
 * difference. */
static bool has_cold_window(void)
{
    return cell.options.pass != HT_PASS_MEMORY && cell.options.pass != HT_PASS_INSTRUCTIONS &&
           cell.options.pass != HT_PASS_HEAP && cell.options.pass != HT_PASS_GARBAGE;
}

static bool last_window(void)
{
    return cell.windows == cell.options.repetitions + has_cold_window();
}

static void send_pauses(void)
{
    struct ht_record record = {.kind = HT_RECORD_PAUSES};
    const uint64_t in_window = cell.figures.pauses;
    const size_t n = in_window < cell.log.room ? in_window : cell.log.room;
    for (size_t i = 0; i < n; i += record.pauses.count) {
        record.pauses.count = n - i < HT_PAUSES_A_RECORD ? n - i : HT_PAUSES_A_RECORD;
        memcpy(record.pauses.pause, &cell.log.pause[i], record.pauses.count * sizeof cell.log.pause[0]);
        ht_record_send(&record);
    }
}

static void send_collector(const struct ht_job *job)
{
    struct ht_record record = {.kind = HT_RECORD_COLLECTOR};
    cell.figures.live_min_bytes = job->workload->live_bytes(job) + job->injected_bytes;
    cell.figures.stack_high_bytes = ht_team_stack_high();
    if (cell.options.verify)
        ht_state_shadow(&cell.figures);
    record.collector = cell.figures;
    ht_record_send(&record);
    if (cell.options.pass == HT_PASS_PAUSES)
        send_pauses();
    ht_injector_send(job);
}

static void send_probes(struct ht_job *job)
{
    if (cell.options.pass == HT_PASS_LATENCY && last_window())
        ht_probe_send(job, &cell.rate);
    if (cell.options.pass == HT_PASS_MEMORY)
        ht_sampler_send(ht_state_says_usable());
    if (ht_state_is_collector && last_window())
        send_collector(job);
}

/* While what the workload holds is still there. */
static uint64_t audit_phase(struct ht_worker *w)
{
    if (!w->index)
        ht_state_audit(w);
    return 0;
}

/* Three full collections when nothing is reachable any more; what stays is a leak. */
static uint64_t leak_phase(struct ht_worker *w)
{
    if (w->index)
        return 0;
    const struct ht_leak leak = ht_state_leak(w);
    cell.figures.leaked_objects = leak.objects;
    cell.figures.leaked_bytes = leak.bytes;
    return 0;
}

static void run_job(struct gbench_state *state, struct ht_job *job)
{
    const struct ht_workload *const w = job->workload;
    open_workers(job);
    ht_state_enter(job);
    ht_team_open(job);
    if (w->open)
        w->open(job);
    ht_team_run(job, setup_phase);
    run_window(state, job);
    if (ht_state_is_collector && job->verify)
        ht_team_run(job, audit_phase);
    ht_team_run(job, teardown_phase);
    if (w->close)
        w->close(job);
    if (ht_state_is_collector)
        ht_team_run(job, leak_phase);
    char why[160] = "";
    if (ht_state_check(why))
        ht_stop(HT_CORRUPT, "heap walk: %s", why);
    ht_team_close(job);
    if (cell.options.pass == HT_PASS_MEMORY)
        ht_sampler_drain();
    send_probes(job);
}

static void close_heap(void)
{
    if (cell.heap_is_open)
        ht_state_close();
    cell.heap_is_open = false;
}

/* The heap stays from one window of a workload to the next, as that of malloc does. Opened anew, what is compiled
 * in would fault in all its pages in each window, and a drop-in only in the cold one. */
static int open_heap(size_t index, const struct ht_job *job)
{
    if (cell.heap_is_open && cell.heap_of == index)
        return 0;
    close_heap();
    const struct ht_state_options options = {.plugin = cell.options.plugin,
                                             .variant = cell.options.variant,
                                             .log = cell.log.room ? &cell.log : NULL};
    const int error = ht_state_open(job, &options);
    cell.heap_is_open = !error;
    cell.heap_of = index;
    return error;
}

/* Ends the cell, or by hand only this benchmark. */
static void refuse(struct gbench_state *state, enum ht_outcome outcome, const char *why)
{
    if (ht_record_is_open())
        ht_stop(outcome, "%s", why);
    gbench_skip_with_error(state, why);
}

static void benchmark(struct gbench_state *state, void *context)
{
    const size_t index = (size_t)(uintptr_t)context;
    struct ht_job job = job_of(index);
    const size_t mark = ht_scratch_mark();
    if (cell.options.pass == HT_PASS_MEMORY && (ht_sampler_open() || (ht_sampler_start(), 0)))
        ht_stop(HT_ERROR, "can't read /proc/self/statm");
    const int error = open_heap(index, &job);
    char why[160] = "";
    if (error) {
        refuse(state, HT_ERROR, ht_state_open_error(error));
    } else {
        ht_record_send_text(HT_RECORD_VERSION, ht_state_version());
        find_mismatch(&job, why);
        if (why[0])
            refuse(state, HT_UNSUPPORTED, why);
        else
            run_job(state, &job);
    }
    ht_scratch_release(mark);
}

/* Google Benchmark's figures of a repetition join what the window counted. */
static void send_repetition(const struct gbench_report *report, void *context)
{
    (void)context;
    if (report->is_aggregate || report->repetition >= cell.windows)
        return;
    struct ht_record record = {.kind = HT_RECORD_REPETITION};
    record.repetition = cell.window[report->repetition];
    record.repetition.cpu_ns = report->cpu_ns;
    ht_record_send(&record);
}

static void register_workload(size_t index, const struct ht_job *job)
{
    char name[96];
    snprintf(name, sizeof name, "%s/mutators:%u", job->workload->name, job->threads);
    struct gbench *const b = gbench_register(name, benchmark, (void *)(uintptr_t)index);
    gbench_use_manual_time(b);
    gbench_measure_process_cpu_time(b);
    gbench_unit(b, GBENCH_US);
    if (cell.options.iterations)
        gbench_iterations(b, (int64_t)cell.options.iterations);
    if (ht_record_is_open())
        gbench_repetitions(b, (int)cell.options.repetitions + has_cold_window());
}

/* Registers what was asked for; returns the scratch that the largest of it needs. */
static size_t register_all(void)
{
    size_t most = 0;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        if (cell.options.workload && strcmp(cell.options.workload, workload_at(i)->name))
            continue;
        const struct ht_job job = job_of(i);
        const size_t bytes = scratch_bytes(&job);
        most = bytes > most ? bytes : most;
        register_workload(i, &job);
    }
    return most;
}

static void open_log(void)
{
    cell.log.pause = ht_scratch_alloc(PAUSES_MAX * sizeof *cell.log.pause);
    cell.log.room = PAUSES_MAX;
}

/* Ends the cell when malloc is not the one that was asked for. */
static void prove_preload(void)
{
    const char *const library = ht_malloc_library(), *const slash = strrchr(library, '/');
    ht_record_send_text(HT_RECORD_LIBRARY, library);
    if (cell.options.preload && strcmp(slash ? slash + 1 : library, cell.options.preload))
        ht_stop(HT_ERROR, "the preload of %s did not take: malloc comes from %s", cell.options.preload,
                library);
}

/* What can't be run, in words; NULL when all is well. */
static const char *wrong_option(void)
{
    const struct ht_cell_options *const o = &cell.options;
    if (o->threads < 1 || o->threads > HT_THREADS_MAX)
        return "--heaptrial_threads takes 1 to 256";
    if (o->repetitions < 1 || o->repetitions >= REPETITIONS_MAX)
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
    ht_cell_options_parse(&cell.options, &argc, argv);
    cell.options.verify |= cell.options.pass == HT_PASS_GARBAGE;
    if (cell.options.capabilities)
        return print_capabilities();
    char why[256];
    const char *const wrong = ht_injector_open(cell.options.fault, why) ? why : wrong_option();
    if (wrong) {
        fprintf(stderr, "heaptrial: %s; see --help\n", wrong);
        return 2;
    }
    ht_record_open(cell.options.fd);
    prove_preload();
    gbench_initialize(&argc, argv);
    if (argc > 1) {
        fprintf(stderr, "heaptrial: %s is not understood; see --help\n", argv[1]);
        return 2;
    }
    gbench_context("strategy", ht_state_strategy);
    if (cell.options.pass == HT_PASS_LATENCY)
        cell.rate = ht_tick_rate_measure();
    const int error = ht_scratch_open(register_all());
    if (error)
        ht_stop(HT_ERROR, "no memory for the harness: %s", strerror(-error));
    if (cell.options.pass == HT_PASS_PAUSES)
        open_log();
    gbench_run(ht_record_is_open() ? send_repetition : NULL, NULL);
    close_heap();
    gbench_shutdown();
    if (cell.figures.leaked_objects)
        ht_stop(HT_LEAK, "with all roots cleared %lu objects of %lu bytes stay",
                (unsigned long)cell.figures.leaked_objects, (unsigned long)cell.figures.leaked_bytes);
    if (ht_record_is_open())
        ht_stop(HT_OK, "%s", "");
    return 0;
}
