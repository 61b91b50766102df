#include "bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "bench/cell_launch.h"
#include "bench/fragmentation.h"
#include "bench/min_heap.h"
#include "bench/probe.h"
#include "bench/program_launch.h"
#include "results/cycles.h"
#include "results/pauses.h"
#include "results/series.h"

enum { PAD_BYTES = 4096 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of one figure over the windows after the cold one. */
static double median_of(const struct ht_cell_result *r, double (*figure)(const struct ht_repetition *))
{
    double value[HT_WINDOWS_MAX];
    const unsigned first = r->windows > 1 ? 1 : 0, n = r->windows - first;
    for (unsigned i = 0; i < n; i++)
        value[i] = figure(&r->window[first + i]);
    qsort(value, n, sizeof value[0], compare_doubles);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

static double wall_of(const struct ht_repetition *w)
{
    return w->wall_ns;
}

static double cpu_of(const struct ht_repetition *w)
{
    return w->cpu_ns;
}

static double faults_of(const struct ht_repetition *w)
{
    return (double)w->minor_faults;
}

static void fill_windows(struct ht_row *row, const struct ht_cell_result *r, enum ht_pass pass)
{
    if (!r->windows)
        return;
    const struct ht_repetition *const last = &r->window[r->windows - 1];
    row->iterations = last->iterations;
    row->repetitions = r->windows > 1 ? r->windows - 1 : 1;
    row->ops = last->ops;
    row->minor_faults = (uint64_t)median_of(r, faults_of);
    if (pass != HT_PASS_THROUGHPUT) /* the probes are in the time: it would be compared by mistake */
        return;
    row->wall_ns = median_of(r, wall_of);
    row->cpu_ns = median_of(r, cpu_of);
    row->cold_wall_ns = r->windows > 1 ? r->window[0].wall_ns : NAN;
    row->ns_per_op = last->ops ? row->wall_ns / (double)last->ops : NAN;
}

static void fill_latency(struct ht_row *row, const struct ht_latency *l)
{
    row->p50_ns = l->p50_ns;
    row->p90_ns = l->p90_ns;
    row->p99_ns = l->p99_ns;
    row->p999_ns = l->p999_ns;
    row->p9999_ns = l->p9999_ns;
    row->max_ns = l->max_ns;
    row->clock_ns = l->clock_ns;
}

static void fill_memory(struct ht_row *row, const struct ht_cell_result *r)
{
    const struct ht_memory *const m = &r->memory;
    row->live_peak_bytes = m->live_peak;
    row->usable_peak_bytes = m->has_usable ? m->usable_peak : HT_ABSENT;
    row->mapped_peak_bytes = m->mapped_peak;
    row->rss_base_bytes = m->rss_base;
    row->rss_peak_bytes = m->rss_peak;
    row->rss_drain_bytes = m->rss_drain;
    if (r->has_collector) /* what is live is known by computation, and not at each moment */
        row->live_peak_bytes = r->collector.live_min_bytes;
    else
        ht_fragmentation_fill(row, m, r->sample, r->samples);
}

static uint64_t known(uint64_t figure)
{
    return figure == GC_UNKNOWN ? HT_ABSENT : figure;
}

static void fill_collector(struct ht_row *row, const struct ht_collector_figures *c)
{
    row->heap_bytes = c->heap_bytes;
    row->live_min_bytes = c->live_min_bytes;
    row->stack_high_bytes = c->stack_high_bytes;
    row->leaked_objects = c->leaked_objects;
    row->leaked_bytes = c->leaked_bytes;
    row->collections = known(c->stats.collections);
    row->minor_collections = known(c->stats.minor_collections);
    row->steps = known(c->stats.steps);
    row->traced_objects = known(c->stats.traced_objects);
    row->traced_bytes = known(c->stats.traced_bytes);
    row->moved_bytes = known(c->stats.moved_bytes);
    row->freed_objects = known(c->stats.freed_objects);
    row->freed_bytes = known(c->stats.freed_bytes);
    row->barriers = known(c->stats.barriers);
    row->finalized = known(c->stats.finalized);
    row->mark_stack_high = known(c->stats.mark_stack_high);
    row->mark_stack_overflows = known(c->stats.mark_stack_overflows);
    row->held_peak_bytes = known(c->stats.held_peak_bytes);
    row->dead_peak_bytes = known(c->stats.dead_peak_bytes);
}

static void fill_garbage(struct ht_measurement *m, const struct ht_collector_figures *c)
{
    m->row.floating_mean_bytes = c->floating_mean_bytes;
    m->row.floating_max_bytes = known(c->floating_max_bytes);
    snprintf(m->stream, sizeof m->stream, "%016llx", (unsigned long long)c->stream);
}

static int write_latency(const char *path, const struct ht_cell_result *r)
{
    static const char *const op[] = {
#define X(id, word) word,
        HT_OPS(X)
#undef X
    };
    struct ht_latency_bucket *const bucket = calloc(r->buckets + 1, sizeof *bucket);
    if (!bucket)
        return -ENOMEM;
    for (size_t i = 0; i < r->buckets; i++)
        bucket[i] = (struct ht_latency_bucket){op[r->bucket[i].op % HT_OP_KINDS], r->bucket[i].low_ns,
                                               r->bucket[i].high_ns, r->bucket[i].count};
    const int error = ht_series_write_latency(path, bucket, r->buckets);
    free(bucket);
    return error;
}

static int write_memory(const char *path, const struct ht_cell_result *r)
{
    struct ht_memory_sample *const sample = calloc(r->samples + 1, sizeof *sample);
    if (!sample)
        return -ENOMEM;
    for (size_t i = 0; i < r->samples; i++) {
        const struct ht_sample *const s = &r->sample[i];
        sample[i] = (struct ht_memory_sample){
            s->t_ns, s->ops, s->live, r->memory.has_usable ? s->usable : HT_ABSENT, s->mapped, s->resident};
    }
    const int error = ht_series_write_memory(path, sample, r->samples);
    free(sample);
    return error;
}

static struct ht_pause pause_of(const struct gc_pause *p, const struct ht_collector_figures *window)
{
    static const char *const kind[] = {
#define X(id, word, meaning) word,
        GC_PAUSES(X)
#undef X
    };
    const uint64_t start = p->start_ns > window->start_ns ? p->start_ns : window->start_ns;
    return (struct ht_pause){.start_ns = start - window->start_ns,
                             .end_ns =
                                 p->end_ns > start ? p->end_ns - window->start_ns : start - window->start_ns,
                             .kind = kind[p->kind % GC_PAUSE_KINDS],
                             .mutator = p->mutator};
}

static void fill_pauses(struct ht_row *row, const struct ht_pause_figures *f, const struct ht_pause *pause,
                        size_t n, uint64_t window_ns)
{
    row->pauses = f->count;
    row->gc_ns = f->sum_ns;
    row->mutator_ns = (double)window_ns - f->sum_ns;
    row->pause_p50_ns = f->p50_ns;
    row->pause_p90_ns = f->p90_ns;
    row->pause_p99_ns = f->p99_ns;
    row->pause_p999_ns = f->p999_ns;
    row->pause_max_ns = f->max_ns;
    row->mmu_1ms = ht_pauses_mmu(pause, n, window_ns, 1e6);
    row->mmu_10ms = ht_pauses_mmu(pause, n, window_ns, 1e7);
    row->mmu_100ms = ht_pauses_mmu(pause, n, window_ns, 1e8);
}

static int write_mmu(const char *path, const struct ht_pause *pause, size_t n, uint64_t window_ns)
{
    struct ht_mmu_point point[HT_MMU_POINTS_MAX];
    char name[8192];
    snprintf(name, sizeof name, "%.*s-mmu.csv", (int)(strlen(path) - strlen(".csv")), path);
    return ht_series_write_mmu(name, point, ht_pauses_curve(pause, n, window_ns, point));
}

/* The figures go to the row, the pauses and the curve to files. */
static int write_pauses(const char *path, const struct ht_cell_result *r, struct ht_row *row)
{
    const uint64_t window_ns = r->collector.end_ns - r->collector.start_ns;
    struct ht_pause *const pause = calloc(r->pauses + 1, sizeof *pause);
    struct ht_pause_figures figures;
    if (!pause)
        return -ENOMEM;
    for (size_t i = 0; i < r->pauses; i++)
        pause[i] = pause_of(&r->pause[i], &r->collector);
    int error = ht_pauses_figures(pause, r->pauses, window_ns, (unsigned)row->threads, &figures);
    if (!error) {
        figures.count = r->collector.pauses;
        fill_pauses(row, &figures, pause, r->pauses, window_ns);
        error = ht_series_write_pauses(path, pause, r->pauses);
    }
    if (!error)
        error = write_mmu(path, pause, r->pauses, window_ns);
    free(pause);
    return error;
}

static int write_cycles(const char *path, const struct ht_cell_result *r, struct ht_row *row)
{
    struct ht_cycle_life *const life = calloc(r->cycles + 1, sizeof *life);
    struct ht_cycle_figures f;
    if (!life)
        return -ENOMEM;
    for (size_t i = 0; i < r->cycles; i++) {
        const struct ht_cycle *const c = &r->cycle[i];
        life[i] = (struct ht_cycle_life){c->death_ns, c->death_bytes, known(c->reclaimed_ns),
                                         known(c->reclaimed_bytes)};
    }
    int error = ht_cycles_figures(life, r->cycles, &f);
    if (!error) {
        row->cycles = f.count;
        row->cycles_reclaimed = f.reclaimed;
        row->reclaim_p50_ns = f.ns.p50;
        row->reclaim_p99_ns = f.ns.p99;
        row->reclaim_max_ns = f.ns.max;
        row->reclaim_p50_bytes = f.bytes.p50;
        row->reclaim_p99_bytes = f.bytes.p99;
        row->reclaim_max_bytes = f.bytes.max;
        row->outstanding_max_bytes = r->outstanding_max_bytes;
        error = ht_series_write_cycles(path, life, r->cycles);
    }
    free(life);
    return error;
}

/* By cell and round, so that a cell that is run again overwrites what was left of it. */
static void name_series(const struct ht_measure *measure, struct ht_measurement *m, const char *suffix,
                        char path[4096 + sizeof m->series])
{
    snprintf(m->series, sizeof m->series, "series/r%u-c%05u%s.csv", (unsigned)m->row.round,
             (unsigned)m->row.cell, suffix);
    snprintf(path, 4096 + sizeof m->series, "%s/%s", measure->folder, m->series);
}

/* The row names its own series; that of cycles stands beside it, or is the only one. */
static int write_series(const struct ht_measure *measure, struct ht_measurement *m,
                        const struct ht_cell_result *r)
{
    const bool has_pauses = r->has_collector && !strcmp(m->row.pass, ht_pass_word(HT_PASS_PAUSES));
    int error = 0;
    char path[4096 + sizeof m->series];
    if (r->has_cycles) {
        name_series(measure, m, "-cycles", path);
        error = write_cycles(path, r, &m->row);
    }
    if (error || (!r->has_latency && !r->has_memory && !has_pauses))
        return error;
    name_series(measure, m, "", path);
    return has_pauses       ? write_pauses(path, r, &m->row)
           : r->has_latency ? write_latency(path, r)
                            : write_memory(path, r);
}

static void name_row(struct ht_measurement *m, const struct ht_plan *plan, size_t cell)
{
    const struct ht_group *const g = ht_plan_group(plan, cell);
    m->row.run = plan->run;
    m->row.cell = cell;
    static const char *const kind[] = {"allocator", "collector", "program"};
    m->row.kind = kind[g->kind];
    m->row.strategy = ht_plan_strategy(plan, cell)->name;
    m->row.workload = g->workload;
    m->row.params = g->params;
    m->row.threads = g->threads;
    m->row.heap = g->heap;
    m->row.fault = g->fault;
    m->row.pass = ht_pass_word(g->pass);
    snprintf(m->version, sizeof m->version, "%s", ht_plan_strategy(plan, cell)->version);
    m->row.version = m->version;
    m->row.library = m->library;
    m->row.reason = m->reason;
    m->row.signal = m->signal;
    m->row.series = m->series;
    m->row.stream = m->stream;
}

static void take_words(struct ht_measurement *m, const struct ht_cell_result *r)
{
    m->row.outcome = ht_outcome_word(r->outcome);
    if (r->version[0])
        snprintf(m->version, sizeof m->version, "%s", r->version);
    snprintf(m->library, sizeof m->library, "%s", r->library);
    snprintf(m->reason, sizeof m->reason, "%s", r->reason);
    snprintf(m->signal, sizeof m->signal, "%s", r->signal);
}

/* N and 2N iterations: the difference cancels start-up and end. */
static int measure_instructions(struct ht_cell_task *task, struct ht_cell_result *r, struct ht_row *row)
{
    task->callgrind = true;
    task->repetitions = 1;
    /* Under callgrind a window takes 50 times as long: a part of the work is enough, since counts repeat. */
    task->iterations = task->iterations > 20 ? task->iterations / 20 : 1;
    int error = ht_cell_launch(task, r);
    if (error || r->outcome != HT_OK)
        return error;
    const uint64_t once = r->instructions;
    task->iterations *= 2;
    ht_cell_result_free(r);
    error = ht_cell_launch(task, r);
    if (error || r->outcome != HT_OK)
        return error;
    if (!once || r->instructions <= once) {
        r->outcome = HT_ERROR;
        snprintf(r->reason, sizeof r->reason, "callgrind gave no count");
        return 0;
    }
    row->instructions = r->instructions - once;
    r->window[0].ops /= 2;
    r->window[0].iterations /= 2;
    return 0;
}

/* One window is enough, and one iteration: what is live does not grow. */
static int measure_heap(struct ht_cell_task *task, struct ht_cell_result *r, struct ht_row *row)
{
    uint64_t bytes;
    task->iterations = 1;
    const int error = ht_min_heap_find(task, r, &bytes);
    row->min_heap_bytes = bytes ? bytes : HT_ABSENT;
    return error;
}

static int measure_cell(const struct ht_measure *measure, size_t cell, struct ht_measurement *m)
{
    const struct ht_plan *const plan = measure->plan;
    const struct ht_group *const group = ht_plan_group(plan, cell);
    struct ht_cell_task task = {
        .plan = plan,
        .strategy = ht_plan_strategy(plan, cell),
        .group = group,
        .seed = m->row.seed,
        /* Verified, an operation takes a thousand times as long. */
        .iterations = group->pass == HT_PASS_GARBAGE ? 1 : group->iterations,
        .data_limit = measure->data_limit,
        .repetitions = group->pass == HT_PASS_THROUGHPUT ? plan->repetitions : 1,
        .pad = (unsigned)(ht_mix64(plan->seed ^ m->row.round << 32 ^ cell) % PAD_BYTES),
    };
    struct ht_cell_result *const r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    int error = group->pass == HT_PASS_INSTRUCTIONS ? measure_instructions(&task, r, &m->row)
                : group->pass == HT_PASS_HEAP       ? measure_heap(&task, r, &m->row)
                                                    : ht_cell_launch(&task, r);
    if (!error) {
        take_words(m, r);
        if (r->has_collector)
            fill_collector(&m->row, &r->collector);
        if (r->has_collector && group->pass == HT_PASS_GARBAGE)
            fill_garbage(m, &r->collector);
        if (r->has_leaked) {
            m->row.leaked_objects = r->leaked.objects;
            m->row.leaked_bytes = r->leaked.bytes;
        }
        if (r->outcome == HT_OK || r->outcome == HT_LEAK) { /* what leaks has run to its end */
            fill_windows(&m->row, r, group->pass);
            if (r->has_latency)
                fill_latency(&m->row, &r->latency);
            if (r->has_memory)
                fill_memory(&m->row, r);
        }
        error = write_series(measure, m, r);
    }
    ht_cell_result_free(r);
    free(r);
    return error;
}

int ht_measure(const struct ht_measure *measure, size_t cell, unsigned round, size_t order,
               struct ht_measurement *m)
{
    const struct ht_strategy *const strategy = ht_plan_strategy(measure->plan, cell);
    const struct ht_group *const group = ht_plan_group(measure->plan, cell);
    *m = (struct ht_measurement){.row = ht_row_empty()};
    name_row(m, measure->plan, cell);
    m->row.round = round;
    m->row.order = order;
    m->row.seed = ht_plan_seed(measure->plan, group, round);
    if (strategy->absent[0]) {
        m->row.outcome = ht_outcome_word(HT_UNSUPPORTED);
        snprintf(m->reason, sizeof m->reason, "%s", strategy->absent);
        return 0;
    }
    return group->kind == HT_GROUP_PROGRAM ? ht_program_measure(measure, cell, m)
                                           : measure_cell(measure, cell, m);
}

int ht_measure_iteration(const struct ht_measure *measure, const struct ht_group *group,
                         const struct ht_strategy *strategy, uint64_t iterations, double *wall_ns)
{
    struct ht_group one = *group;
    one.pass = HT_PASS_THROUGHPUT;
    one.fault[0] = 0;
    const struct ht_cell_task task = {
        .plan = measure->plan,
        .strategy = strategy,
        .group = &one,
        .seed = ht_plan_seed(measure->plan, group, 0),
        .iterations = iterations,
        .data_limit = measure->data_limit,
        .repetitions = 1,
    };
    struct ht_cell_result *const r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    int error = ht_cell_launch(&task, r);
    if (!error && (r->outcome != HT_OK || !r->windows))
        error = -EIO;
    if (!error)
        *wall_ns = r->window[r->windows - 1].wall_ns;
    ht_cell_result_free(r);
    free(r);
    return error;
}

void ht_measure_version(const struct ht_measure *measure, struct ht_strategy *strategy)
{
    const struct ht_group group = {.workload = "build-release", .threads = 1, .pass = HT_PASS_THROUGHPUT};
    const struct ht_cell_task task = {
        .plan = measure->plan, .strategy = strategy, .group = &group, .iterations = 1, .seed = 1};
    struct ht_cell_result *const r = strategy->absent[0] ? NULL : calloc(1, sizeof *r);
    if (!r)
        return;
    if (!ht_cell_launch(&task, r))
        snprintf(strategy->version, sizeof strategy->version, "%s", r->version);
    ht_cell_result_free(r);
    free(r);
}
