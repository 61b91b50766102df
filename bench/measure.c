#include "bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "bench/cell_launch.h"
#include "bench/cell_row.h"
#include "bench/cell_series.h"
#include "bench/min_heap.h"
#include "bench/program_launch.h"

enum { PAD_BYTES = 4096 };

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
    const uint64_t once = r->instructions, pages = r->window[0].pages_peak_bytes;
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
    r->window[0].pages_peak_bytes = pages;
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
        ht_cell_row_fill(m, r, group->pass);
        error = ht_cell_series_write(measure, m, r);
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
