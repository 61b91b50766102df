#include "bench/cell_own.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocators/pages.h"
#include "base/scratch.h"
#include "bench/injector.h"
#include "bench/probe.h"
#include "bench/sampler.h"
#include "bench/stop.h"
#include "bench/suite.h"
#include "bench/team.h"

static uint64_t start_phase(struct ht_worker *w)
{
    ht_injector_start(w);
    return 0;
}

static uint64_t setup_phase(struct ht_worker *w)
{
    if (w->job->workload->setup)
        w->job->workload->setup(w);
    return 0;
}

static uint64_t window_phase(struct ht_worker *w)
{
    uint64_t (*const run)(struct ht_worker *) = w->job->workload->run;
    uint64_t ops = 0;
    ht_injector_arm(w);
    for (uint64_t i = 0; i < ht_cell.iterations; i++)
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
        if (!ht_cell_is_probed())
            continue;
        w->probe = ht_scratch_alloc(sizeof *w->probe);
        w->probe->timed = ht_cell.options.pass == HT_PASS_LATENCY;
        w->probe->counted = ht_cell.options.pass == HT_PASS_MEMORY;
    }
}

static void open_probes(struct ht_job *job, bool open)
{
    for (unsigned i = 0; ht_cell_is_probed() && i < job->threads; i++)
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
        after.name != GC_UNKNOWN && ht_cell.before.name != GC_UNKNOWN)                                       \
        after.name -= ht_cell.before.name;
    GC_STATS(X)
#undef X
    ht_cell.figures.stats = after;
    ht_cell.figures.heap_bytes = job->heap_bytes;
    ht_cell.figures.pauses = ht_cell.log.count;
}

/* The window: nothing of the harness between the two times but one call of `run` an iteration. */
static void run_window(struct gbench_state *state, struct ht_job *job)
{
    ht_cell.iterations = (uint64_t)gbench_planned_iterations(state);
    open_probes(job, true);
    ht_cell.log.count = 0;
    ht_cell.before = ht_state_stats();
    struct ht_repetition window = {.iterations = ht_cell.iterations};
    const uint64_t asked = ht_sampler_asked();
    while (gbench_keep_running_batch(state, (int64_t)ht_cell.iterations)) {
        const uint64_t faults = minor_faults(), start = ht_wall_ns();
        window.ops = ht_team_run(job, window_phase);
        const uint64_t end = ht_wall_ns();
        window.wall_ns = (double)(end - start);
        ht_cell.figures.start_ns = start;
        ht_cell.figures.end_ns = end;
        window.minor_faults = minor_faults() - faults;
        gbench_set_iteration_time(state, window.wall_ns * 1e-9);
    }
    open_probes(job, false);
    note_collections(job);
    window.asked_bytes = ht_sampler_asked() - asked;
    window.pages_peak_bytes = ht_pages_stats().mapped_peak;
    if (ht_cell.windows < HT_CELL_REPETITIONS_MAX)
        ht_cell.window[ht_cell.windows++] = window;
    gbench_set_items(state, (int64_t)window.ops);
    /* A label, not a counter: the CSV reporter aborts when the first benchmark has none, as one that is skipped. */
    char label[32];
    snprintf(label, sizeof label, "%.2f ns/op", window.wall_ns / (double)window.ops);
    gbench_set_label(state, label);
}

static bool last_window(void)
{
    return ht_cell.windows == ht_cell.options.repetitions + ht_cell_has_cold_window();
}

/* A collector numbers mutators on from one window to the next; here each has the number of its place in this one. */
static void send_pauses(const struct ht_job *job)
{
    struct ht_record record = {.kind = HT_RECORD_PAUSES};
    const uint64_t in_window = ht_cell.figures.pauses;
    const size_t n = in_window < ht_cell.log.room ? in_window : ht_cell.log.room;
    for (size_t i = 0; i < n; i += record.pauses.count) {
        record.pauses.count = n - i < HT_PAUSES_A_RECORD ? n - i : HT_PAUSES_A_RECORD;
        for (size_t k = 0; k < record.pauses.count; k++) {
            record.pauses.pause[k] = ht_cell.log.pause[i + k];
            record.pauses.pause[k].mutator %= job->threads;
        }
        ht_record_send(&record);
    }
}

static void send_collector(const struct ht_job *job)
{
    struct ht_record record = {.kind = HT_RECORD_COLLECTOR};
    ht_cell.figures.live_min_bytes = job->workload->live_bytes(job) + job->injected_bytes;
    ht_cell.figures.stack_high_bytes = ht_team_stack_high();
    record.collector = ht_cell.figures;
    ht_record_send(&record);
    if (ht_cell.options.pass == HT_PASS_PAUSES)
        send_pauses(job);
    ht_injector_send(job);
}

static void send_probes(struct ht_job *job)
{
    if (ht_cell.options.pass == HT_PASS_LATENCY && last_window())
        ht_probe_send(job, &ht_cell.rate);
    if (ht_cell.options.pass == HT_PASS_MEMORY)
        ht_sampler_send(ht_state_says_usable());
    if (ht_state_is_collector && last_window())
        send_collector(job);
    else if (last_window())
        ht_injector_send(job);
}

/* While what the workload holds is still there: what dies when it is dropped is no garbage of the strategy's. */
static uint64_t audit_phase(struct ht_worker *w)
{
    if (w->index)
        return 0;
    ht_state_audit(w);
    ht_state_shadow(&ht_cell.figures);
    return 0;
}

/* Three full collections when nothing is reachable any more; what stays is a leak. */
static uint64_t leak_phase(struct ht_worker *w)
{
    if (w->index)
        return 0;
    const struct ht_leak leak = ht_state_leak(w);
    ht_cell.figures.leaked_objects = leak.objects;
    ht_cell.figures.leaked_bytes = leak.bytes;
    return 0;
}

/* What the injector took before the workload is no peak of the workload's. */
static void start_injector(struct ht_job *job)
{
    ht_team_run(job, start_phase);
    if (ht_cell.options.pass == HT_PASS_MEMORY && ht_injector_is_plain())
        ht_sampler_forget_peak();
}

static void run_job(struct gbench_state *state, struct ht_job *job)
{
    const struct ht_workload *const w = job->workload;
    open_workers(job);
    ht_state_enter(job);
    ht_team_open(job);
    if (ht_cell.options.fault[0])
        start_injector(job);
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
    if (ht_cell.options.pass == HT_PASS_MEMORY)
        ht_sampler_drain();
    send_probes(job);
}

/* ---- the rehearsal ------------------------------------------------------------------------------------------ */

/* In the child, whose end takes with it all that it allocated. */
_Noreturn static void perform(struct ht_job *job, size_t index)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ht_record_open(-1);
    ht_cell.options.pass = HT_PASS_MEMORY;
    ht_cell.iterations = 1;
    job->workload = ht_suite_probed(index);
    ht_probe_listen(ht_injector_hear);
    open_workers(job);
    ht_state_enter(job);
    ht_team_open(job);
    if (job->workload->open)
        job->workload->open(job);
    ht_team_run(job, setup_phase);
    ht_team_run(job, window_phase);
    _exit(0);
}

/* Once for a workload. The heap that is measured does not see it. */
static void rehearse(struct ht_job job, size_t index)
{
    static size_t rehearsed = SIZE_MAX;
    if (index == rehearsed || !ht_injector_listens())
        return;
    rehearsed = index;
    const pid_t child = fork();
    if (child == 0)
        perform(&job, index);
    int status = 1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (status)
        ht_stop(HT_ERROR, "the rehearsal, which tells what the workload allocates, did not come to its end");
}

/* ---- the heap ----------------------------------------------------------------------------------------------- */

void ht_cell_close_heap(void)
{
    if (ht_cell.heap_is_open)
        ht_state_close();
    ht_cell.heap_is_open = false;
}

/* The heap stays from one window of a workload to the next, as that of malloc does. Opened anew, what is compiled
 * in would fault in all its pages in each window, and a drop-in only in the cold one. */
static int open_heap(size_t index, const struct ht_job *job)
{
    if (ht_cell.heap_is_open && ht_cell.heap_of == index)
        return 0;
    ht_cell_close_heap();
    const struct ht_state_options options = {.plugin = ht_cell.options.plugin,
                                             .variant = ht_cell.options.variant,
                                             .log = ht_cell.log.room ? &ht_cell.log : NULL};
    const int error = ht_state_open(job, &options);
    ht_cell.heap_is_open = !error;
    ht_cell.heap_of = index;
    return error;
}

/* Ends the cell, or by hand only this benchmark. */
static void refuse(struct gbench_state *state, enum ht_outcome outcome, const char *why)
{
    if (ht_record_is_open())
        ht_stop(outcome, "%s", why);
    gbench_skip_with_error(state, why);
}

void ht_cell_run(struct gbench_state *state, void *context)
{
    const size_t index = (size_t)(uintptr_t)context;
    struct ht_job job = ht_cell_job(index);
    const size_t mark = ht_scratch_mark();
    if (ht_cell.options.pass == HT_PASS_MEMORY && (ht_sampler_open() || (ht_sampler_start(), 0)))
        ht_stop(HT_ERROR, "can't read /proc/self/statm");
    const int error = open_heap(index, &job);
    char why[160] = "";
    if (error) {
        refuse(state, HT_ERROR, ht_state_open_error(error));
    } else {
        ht_record_send_text(HT_RECORD_VERSION, ht_state_version());
        ht_cell_find_mismatch(&job, why);
        if (why[0])
            refuse(state, HT_UNSUPPORTED, why);
        else {
            rehearse(job, index);
            run_job(state, &job);
        }
    }
    ht_scratch_release(mark);
}
