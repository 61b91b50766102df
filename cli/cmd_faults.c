/* heaptrial faults: strategies under failure. A run of the pass `faults`, by the runner of `heaptrial run`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/strategy_try.h"
#include "cli/cli.h"
#include "cli/faults_plan.h"
#include "cli/faults_request.h"
#include "cli/present.h"
#include "cli/run_parts.h"
#include "faults/fault_plan.h"
#include "faults/faulty_sites.h"
#include "results/survival.h"

enum { UNEXPECTED_NAMED = 10, TIMEOUT_S = 10 };

enum { ALLOCATORS = HT_FAULTS_ALLOCATORS, COLLECTORS = HT_FAULTS_COLLECTORS, BOTH = ALLOCATORS | COLLECTORS };

/* The fault models: which contract has a place for each, and whether each point can be named. */
static const struct {
    const char *plan;
    int contracts;
} models[] = {
    {"fail:nth=*", BOTH},
    {"fail:from=*", BOTH},
    {"fail:burst=*+3", BOTH},
    {"fail:every=7", BOTH},
    {"fail:p=0.05,seed=*", BOTH},
    {"fail:size>=256", BOTH},
    {"fail:budget=16k", ALLOCATORS},
    {"fail:site=pages,nth=*", BOTH},
    {"fail:site=pages,from=*", BOTH},
    {"os:mmap,nth=*", BOTH},
    {"os:mmap,from=*", BOTH},
    {"os:brk,nth=*", BOTH},
    {"os:brk,from=*", BOTH},
    {"os:mprotect,from=*", BOTH},
    {"os:madvise,from=*", BOTH},
    {"os:thread,nth=*", ALLOCATORS},
    {"os:thread,from=*", ALLOCATORS},
    {"limit:as=256k", BOTH},
    {"fail:site=heap,nth=*", COLLECTORS},
    {"fail:site=heap,from=*", COLLECTORS},
    {"fail:site=mark-stack,nth=*", COLLECTORS},
    {"fail:site=mark-stack,from=*", COLLECTORS},
    {"fail:site=remembered-set,from=*", COLLECTORS},
    {"fail:site=root-buffer,from=*", COLLECTORS},
    {"fail:site=weak-table,from=*", COLLECTORS},
    {"fail:site=finalizer-table,from=*", COLLECTORS},
    {"fail:site=copy-reserve,nth=*", COLLECTORS},
    {"fail:site=copy-reserve,from=*", COLLECTORS},
    {"fail:site=raw,nth=*", COLLECTORS},
    {"fail:site=mem,nth=*", COLLECTORS},
    {"fail:site=obj,nth=*", COLLECTORS},
    {"stress:collect=1", COLLECTORS},
    {"stress:slice=zero", COLLECTORS},
    {"stress:counts=saturated", COLLECTORS},
};

enum { MODELS = sizeof models / sizeof models[0] };

/* ---- the plan ------------------------------------------------------------------------------------------------ */

static int add_model(struct ht_plan *plan, const struct ht_faults_request *r, const char *fault,
                     int contracts, char why[256])
{
    const struct ht_fault_cells cells = {
        .workloads = r->workloads, .heaps = r->heap, .fault = fault, .contracts = contracts};
    return ht_plan_add_faults(plan, &cells, why);
}

/* Each point of the plan is parsed where it is tried; here the first. */
int ht_check_swept_fault(const char *text, char why[256])
{
    struct ht_fault_plan plan;
    char first[HT_FAULT_TEXT];
    if (strlen(text) >= sizeof first) {
        snprintf(why, 256, "--fault '%.40s...' is too long", text);
        return -EINVAL;
    }
    strcpy(first, text);
    char *const star = strchr(first, '*');
    if (star)
        *star = '1';
    const int error = ht_fault_plan_parse(first, &plan, why);
    if (error)
        return error;
    struct ht_site site;
    if (plan.kind == HT_FAULT_FAIL && *plan.fail.site)
        return ht_site_find(plan.fail.site, &site, why);
    if (plan.kind != HT_FAULT_CYCLE && plan.kind != HT_FAULT_SHATTER)
        return 0;
    snprintf(why, 256, "--fault %s lets nothing fail: it is for heaptrial run",
             ht_fault_kind_word(plan.kind));
    return -EINVAL;
}

static int add_models(struct ht_plan *plan, const struct ht_faults_request *r, char why[256])
{
    int error = 0;
    for (unsigned i = 0; i < r->faults && !error; i++) {
        error = ht_check_swept_fault(r->fault[i], why);
        if (!error)
            error = add_model(plan, r, r->fault[i], BOTH, why);
    }
    for (size_t i = 0; i < MODELS && !error && !r->faults; i++)
        if (!r->exhaustive || (strchr(models[i].plan, '*') && !strstr(models[i].plan, "seed=*")))
            error = add_model(plan, r, models[i].plan, models[i].contracts, why);
    return error;
}

static int make_manifest(struct ht_manifest *m, const struct ht_faults_request *r, int argc, char **argv,
                         char why[256])
{
    *m = (struct ht_manifest){.created = ""};
    struct ht_plan *const plan = &m->plan;
    int error = ht_plan_open(plan);
    plan->rounds = 1;
    plan->repetitions = 1;
    plan->points = r->exhaustive ? 0 : r->points ? r->points : HT_POINTS_DEFAULT;
    plan->seed = r->seed ? r->seed : 1;
    plan->timeout_s = r->timeout_s > 0 ? r->timeout_s : TIMEOUT_S;
    if (!error)
        error = ht_plan_add_strategies(plan, r->strategies ? r->strategies : "all", why);
    if (!error)
        error = add_models(plan, r, why);
    if (!error)
        error = ht_plan_match(plan, why);
    if (!error)
        error = ht_strategies_try(plan, why);
    ht_plan_identify(plan);
    ht_run_describe(m, 0, argc, argv);
    return error;
}

/* ---- the end ------------------------------------------------------------------------------------------------- */

/* What a package brings is reported as it is; what is ours, or the user's own, has to come through. */
static bool is_expected(const struct ht_plan *plan, const struct ht_row *row)
{
    for (size_t i = 0; i < plan->strategies; i++)
        if (!strcmp(plan->strategy[i].name, row->strategy))
            return plan->strategy[i].package && plan->strategy[i].package[0];
    return true;
}

/* HT_EXIT_UNEXPECTED, and the first few rows, when one of ours did not come through. */
static int judge(const struct ht_plan *plan, const struct ht_rows *rows)
{
    size_t unexpected = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct ht_row *const row = &rows->row[i];
        if (!ht_survival_has(row) || !ht_survival_is_bad(row) || is_expected(plan, row))
            continue;
        if (unexpected++ < UNEXPECTED_NAMED)
            ht_say(0, "not expected: %s on %s %s is %s: %s", row->strategy, row->workload, row->params,
                   row->outcome, row->reason);
    }
    if (unexpected > UNEXPECTED_NAMED)
        ht_say(0, "and %zu more rows that were not expected", unexpected - UNEXPECTED_NAMED);
    return unexpected ? HT_EXIT_UNEXPECTED : HT_EXIT_GOOD;
}

static int present(const struct ht_plan *plan, const char *folder)
{
    struct ht_presented run;
    int status = ht_presented_open(&run, folder, NULL);
    if (status)
        return status;
    ht_presented_table(&run);
    if (ht_presented_draw(&run) == HT_EXIT_GOOD)
        printf("\nPlots: %s/plots\n", folder);
    status = judge(plan, &run.rows);
    ht_presented_close(&run);
    return status;
}

int cmd_faults(int argc, char **argv)
{
    static struct ht_faults_request r;
    static struct ht_manifest manifest;
    char why[256] = "", folder[4096];
    argp_parse(&ht_faults_argp, argc, argv, 0, NULL, &r);
    if (r.resume && r.planned)
        return ht_say(HT_EXIT_USAGE, "--resume takes the plan of the run as it is: leave --%s out",
                      r.planned);
    if (r.exhaustive && r.points)
        return ht_say(HT_EXIT_USAGE, "--exhaustive tries all points: leave --points out");
    int error =
        r.resume ? ht_manifest_read(&manifest, r.resume, why) : make_manifest(&manifest, &r, argc, argv, why);
    if (!error && r.resume)
        error = ht_run_refuse_changed(&manifest.plan, why);
    if (error) {
        ht_plan_close(&manifest.plan);
        return ht_say(HT_EXIT_USAGE, "%s", why);
    }
    struct ht_runner runner = {.manifest = &manifest, .resume = r.resume, .quiet = r.quiet};
    runner.folder = r.resume   ? r.resume
                    : r.folder ? r.folder
                               : ht_run_new_folder("runs", folder, sizeof folder);
    runner.data_limit = manifest.plan.memory_bytes;
    int status = ht_run_end(&runner, "faults", ht_runner_run(&runner, why), why);
    if (status == HT_EXIT_GOOD)
        status = present(&manifest.plan, runner.folder);
    ht_plan_close(&manifest.plan);
    return status;
}
