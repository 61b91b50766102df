#include "bench/cell_own.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/injector.h"
#include "bench/probe.h"
#include "bench/suite.h"
#include "bench/team.h"

enum { BASE_SCRATCH_BYTES = 1 << 20 };

const struct ht_workload *ht_cell_workload(size_t index)
{
    return ht_cell_is_probed() ? ht_suite_probed(index) : ht_suite_plain(index);
}

struct ht_job ht_cell_job(size_t index)
{
    struct ht_job job = {
        .workload = ht_cell_workload(index),
        .threads = (unsigned)ht_cell.options.threads,
        .seed = ht_cell.options.seed,
        .verify = ht_cell.options.verify,
    };
    char why[256];
    const int error = ht_suite_set_params(&job, ht_cell.options.workload ? ht_cell.options.params : "", why);
    job.injected_bytes = ht_injector_live_bytes(&job);
    if (error ||
        (ht_state_is_collector && ht_suite_heap_bytes(&job, ht_cell.options.heap, &job.heap_bytes, why))) {
        fprintf(stderr, "heaptrial: %s\n", why);
        exit(2);
    }
    if (job.threads < job.workload->min_threads && !ht_cell.options.workload)
        job.threads = job.workload->min_threads;
    return job;
}

size_t ht_cell_scratch_bytes(const struct ht_job *job)
{
    const size_t probes =
        ht_cell_is_probed() ? (job->threads + HT_OP_KINDS + 1) * sizeof(struct ht_probe) : 0;
    const size_t own = job->workload->scratch_bytes ? job->workload->scratch_bytes(job) : 0;
    /* Each allocation is rounded up to a line; a workload takes a few for each thread. */
    const size_t log =
        ht_cell.options.pass == HT_PASS_PAUSES ? HT_CELL_PAUSES_MAX * sizeof(struct gc_pause) : 0;
    return BASE_SCRATCH_BYTES + probes + log + ht_team_scratch_bytes(job) + ht_injector_scratch_bytes(job) +
           own + own / 16 + job->threads * 1024;
}

void ht_cell_find_mismatch(const struct ht_job *job, char why[160])
{
    const struct ht_workload *const w = job->workload;
    const uint32_t limit = ht_cell.options.pass == HT_PASS_HEAP ? GC_CAP_LIMIT : 0;
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
