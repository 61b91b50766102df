#include "faults/misuse_cost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/manifest.h"
#include "bench/runner.h"

/* Few objects live at once, since Electric Fence and its child take two pages and two mappings for each, and the system
 * allows 65530 mappings; and little work, since some tools take a thousand times as long, and DUMA longer with each object
 * that was ever freed. */
static const struct ht_matrix matrix = {
    .workloads = "larson:slots=300:rounds=5,fixed-churn:slots=1500:ops=2000,alloc-test:slots=200:ops=2000",
    .passes = "throughput,memory:1",
    .threads = "1",
    .rounds = 3,
};
enum { TIMEOUT_S = 60, REPETITIONS = 3 };
static const double window_ms = 0.05; /* on system */

static int add_strategies(struct ht_plan *plan, const struct ht_misuse_plan *misuse, char why[256])
{
    int error = ht_plan_add_strategies(plan, "system", why);
    for (size_t i = 0; i < misuse->strategies && !error; i++)
        if (strcmp(misuse->strategy[i].name, "system") && !misuse->strategy[i].absent[0])
            error = ht_plan_add_strategy(plan, &misuse->strategy[i], why);
    return error;
}

static int make_plan(struct ht_plan *plan, const struct ht_misuse_plan *misuse, char why[256])
{
    plan->window_ms = window_ms;
    plan->timeout_s = TIMEOUT_S;
    plan->rounds = matrix.rounds;
    plan->repetitions = REPETITIONS;
    plan->seed = misuse->seed;
    int error = add_strategies(plan, misuse, why);
    if (!error)
        error = ht_plan_add_matrix(plan, &matrix, why);
    if (!error)
        error = ht_plan_match(plan, why);
    ht_plan_identify(plan);
    return error;
}

static int make_manifest(struct ht_manifest *m, const struct ht_misuse_plan *misuse, char why[256])
{
    *m = (struct ht_manifest){.command = "heaptrial misuse --cost"};
    int error = ht_plan_open(&m->plan);
    if (!error)
        error = make_plan(&m->plan, misuse, why);
    for (size_t i = 0; i < m->plan.strategies; i++)
        ht_digest_file(m->plan.strategy[i].library, m->plan.strategy[i].digest);
    ht_machine_read(&m->machine);
    m->plan.memory_bytes = m->machine.available_bytes / 4 * 3;
    const time_t now = time(NULL);
    strftime(m->created, sizeof m->created, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    return error;
}

int ht_misuse_cost_run(const struct ht_misuse_plan *plan, const char *folder, bool quiet, char why[256])
{
    char path[4200];
    struct ht_manifest *const manifest = calloc(1, sizeof *manifest);
    if (!manifest) {
        snprintf(why, 256, "no memory left");
        return -ENOMEM;
    }
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    struct ht_runner runner = {
        .manifest = manifest, .folder = folder, .resume = !access(path, F_OK), .quiet = quiet};
    int error = runner.resume ? ht_manifest_read(manifest, folder, why) : make_manifest(manifest, plan, why);
    runner.data_limit = manifest->plan.memory_bytes;
    if (!error)
        error = ht_runner_run(&runner, why);
    ht_plan_close(&manifest->plan);
    free(manifest);
    return error;
}
