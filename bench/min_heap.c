#include "bench/min_heap.h"

#include <inttypes.h>
#include <stdio.h>

#include "bench/suite.h"

static const double PRECISION = 1.02;
enum { FACTOR_MAX = 64 };

/* Of one cell: enough, too small, or the end of the search. */
enum trial { ENOUGH, TOO_SMALL, BROKEN };

static enum trial trial_of(const struct ht_cell_result *r)
{
    if (r->outcome == HT_OK || (r->outcome == HT_LEAK && r->has_collector))
        return ENOUGH;
    return r->outcome == HT_OOM || r->outcome == HT_LEAK ? TOO_SMALL : BROKEN;
}

static int try_heap(struct ht_cell_task *task, struct ht_cell_result *r, uint64_t bytes, enum trial *trial)
{
    char heap[32];
    snprintf(heap, sizeof heap, "%" PRIu64, bytes);
    task->heap = heap;
    ht_cell_result_free(r);
    const int error = ht_cell_launch(task, r);
    task->heap = NULL;
    *trial = trial_of(r);
    return error;
}

static uint64_t live_bytes(const struct ht_group *group)
{
    struct ht_job job = {.workload = ht_plan_workload(group->workload, group->kind),
                         .threads = group->threads};
    char why[256];
    ht_suite_set_params(&job, group->params, why);
    return job.workload->live_bytes(&job);
}

int ht_min_heap_find(struct ht_cell_task *task, struct ht_cell_result *r, uint64_t *bytes)
{
    const uint64_t live = live_bytes(task->group);
    uint64_t low = live / 2 > HT_HEAP_LEAST ? live / 2 : HT_HEAP_LEAST, high = low;
    enum trial trial = TOO_SMALL;
    int error = 0;
    *bytes = 0;
    *r = (struct ht_cell_result){.outcome = HT_ERROR};
    const uint64_t most = FACTOR_MAX * 2 * low;
    error = try_heap(task, r, high, &trial);
    while (!error && trial == TOO_SMALL && high < most) {
        low = high;
        high *= 2;
        error = try_heap(task, r, high, &trial);
    }
    if (error || trial != ENOUGH)
        return error;
    /* Where the first try was enough, low and high are the same: that is the minimum. */
    while ((double)high > (double)low * PRECISION) {
        const uint64_t middle = low + (high - low) / 2;
        error = try_heap(task, r, middle, &trial);
        if (error || trial == BROKEN)
            return error;
        *(trial == ENOUGH ? &high : &low) = middle;
    }
    *bytes = high;
    return try_heap(task, r, high, &trial);
}
