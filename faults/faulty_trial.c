#include "faults/faulty_trial.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocators/pages.h"
#include "base/scratch.h"
#include "bench/cell_own.h"
#include "bench/probe.h"
#include "bench/stop.h"
#include "bench/team.h"
#include "faults/careful.h"
#include "faults/faulty.h"
#include "faults/live_objects.h"

/* ---- memory that stays ----------------------------------------------------------------------------------------- */

static uint64_t address_space(void)
{
    char text[64];
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    return strtoull(text, NULL, 10) * HT_PAGE_BYTES;
}

/* What malloc says is in use, beneath a library or a plug-in; a drop-in says nothing. */
static uint64_t in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* ---- the parts of a try ---------------------------------------------------------------------------------------- */

/* All threads are there, and attached. */
static uint64_t wait_phase(struct ht_worker *w)
{
    (void)w;
    return 0;
}

static uint64_t start_phase(struct ht_worker *w)
{
    ht_careful_start(w);
    return 0;
}

static uint64_t setup_phase(struct ht_worker *w)
{
    if (w->job->workload->setup)
        w->job->workload->setup(w);
    return 0;
}

static uint64_t run_phase(struct ht_worker *w)
{
    uint64_t ops = 0;
    for (uint64_t i = 0; i < ht_cell.iterations; i++)
        ops += w->job->workload->run(w);
    return ops;
}

static uint64_t audit_phase(struct ht_worker *w)
{
    if (!w->index)
        ht_state_audit(w);
    return 0;
}

static uint64_t teardown_phase(struct ht_worker *w)
{
    if (w->job->workload->teardown)
        w->job->workload->teardown(w);
    return 0;
}

static uint64_t stop_phase(struct ht_worker *w)
{
    ht_careful_stop(w);
    return 0;
}

static uint64_t leak_phase(struct ht_worker *w)
{
    return w->index ? 0 : ht_state_leak(w).objects;
}

static void open_workers(struct ht_job *job)
{
    job->workers = ht_scratch_alloc(job->threads * sizeof *job->workers);
    for (unsigned i = 0; i < job->threads; i++) {
        struct ht_worker *const w = &job->workers[i];
        *w = (struct ht_worker){.job = job, .index = i, .rng = ht_rng_open(job->seed, i + 1)};
        w->probe = ht_scratch_alloc(sizeof *w->probe);
    }
}

/* An opening that fails leaves nothing behind, and may be tried again. */
static void open_heap(const struct ht_job *job)
{
    const struct ht_state_options options = {.plugin = ht_cell.options.plugin,
                                             .variant = ht_cell.options.variant};
    const uint64_t before = ht_pages_stats().mapped;
    ht_faulty_arm();
    int error = ht_state_open(job, &options);
    ht_faulty_disarm();
    if (!error)
        return;
    if (!ht_faulty_fired() && ht_faulty_plan.kind != HT_FAULT_LIMIT)
        ht_stop(HT_ERROR, "%s", ht_state_open_error(error));
    ht_faulty_acted();
    if (ht_pages_stats().mapped != before)
        ht_stop(HT_LEAK, "a heap that could not be opened left %lu bytes mapped",
                (unsigned long)(ht_pages_stats().mapped - before));
    error = ht_state_open(job, &options);
    if (error)
        ht_stop(HT_OOM, "memory is back, and the heap can't be opened: %s", ht_state_open_error(error));
    if (ht_faulty_is_lasting())
        ht_faulty_end();
}

static void check_mismatch(const struct ht_job *job)
{
    char why[160];
    ht_cell_find_mismatch(job, why);
    if (why[0])
        ht_stop(HT_UNSUPPORTED, "%s", why);
}

/* Once: nobody reads the pipe while this process lives. */
static void say_version(void)
{
    static bool said;
    if (!said)
        ht_record_send_text(HT_RECORD_VERSION, ht_state_version());
    said = true;
}

static void run_workload(struct ht_job *job)
{
    const struct ht_workload *const w = job->workload;
    ht_faulty_arm();
    ht_team_run(job, start_phase);
    if (w->open)
        w->open(job);
    ht_team_run(job, setup_phase);
    ht_team_run(job, run_phase);
    if (ht_state_is_collector)
        ht_team_run(job, audit_phase);
    ht_team_run(job, teardown_phase);
    if (w->close)
        w->close(job);
    ht_faulty_disarm();
    ht_team_run(job, stop_phase);
}

/* All is given back: a walk finds nothing wrong, and nothing that was not left without a fault either. */
static uint64_t close_heap(struct ht_job *job, const struct ht_baseline *baseline)
{
    char why[160] = "";
    const uint64_t leaked = ht_state_is_collector ? ht_team_run(job, leak_phase) : 0;
    if (ht_state_check(why))
        ht_stop(HT_CORRUPT, "heap walk at the end: %s", why);
    ht_team_close(job);
    const bool is_sticky = ht_faulty_plan.kind == HT_FAULT_STRESS && ht_faulty_plan.stress.counts;
    if (baseline && leaked > baseline->leaked_objects && !is_sticky)
        ht_stop(HT_LEAK, "with all roots cleared %lu objects stay, %lu more than without a failure",
                (unsigned long)leaked, (unsigned long)(leaked - baseline->leaked_objects));
    ht_state_close();
    return leaked;
}

/* A thread could not be made: the program asks again, and in the end waits until the system has recovered. */
static bool ask_for_thread(unsigned times)
{
    if (times > 3 && ht_faulty_is_lasting())
        ht_faulty_end();
    return times < 1000;
}

/* ---- faults/faulty_trial.h ------------------------------------------------------------------------------------- */

void ht_trial_open(struct ht_job *job, const char *plan)
{
    char why[256];
    int error = ht_scratch_open(ht_cell_scratch_bytes(job) + (1 << 20));
    if (!error)
        error = ht_live_open();
    if (error)
        ht_stop(HT_ERROR, "no memory for the harness: %s", strerror(-error));
    error = ht_faulty_open(plan, why);
    if (error)
        ht_stop(error == -EOPNOTSUPP ? HT_UNSUPPORTED : HT_ERROR, "%s", why);
    const char *const missing = ht_careful_missing(&ht_faulty_plan, job);
    if (missing)
        ht_stop(HT_UNSUPPORTED, "%s", missing);
    ht_careful_warm();
    ht_mutator_again = ask_for_thread;
}

struct ht_tried ht_trial_run(struct ht_job *job, const struct ht_fault_plan *plan,
                             const struct ht_baseline *baseline)
{
    const size_t mark = ht_scratch_mark();
    const uint64_t mapped = ht_pages_stats().mapped;
    ht_faulty_start(plan);
    open_workers(job);
    open_heap(job);
    check_mismatch(job);
    say_version();
    ht_careful_open();
    ht_state_enter(job);
    ht_team_open(job);
    ht_team_run(job, wait_phase);
    run_workload(job);
    struct ht_tried tried = {.leaked_objects = close_heap(job, baseline)};
    tried.calls = ht_faulty_calls();
    tried.fired = ht_faulty_fired();
    ht_scratch_release(mark);
    if (ht_pages_stats().mapped > mapped)
        ht_stop(HT_LEAK, "the heap was closed, and %lu bytes stay mapped",
                (unsigned long)(ht_pages_stats().mapped - mapped));
    tried.space = address_space();
    tried.used = in_use();
    return tried;
}
