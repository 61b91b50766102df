/* heaptrial run: the matrix that the user names, run and presented. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "bench/manifest.h"
#include "bench/presets.h"
#include "bench/runner.h"
#include "bench/strategy_try.h"
#include "cli/cli.h"
#include "cli/run_parts.h"
#include "cli/run_request.h"
#include "faults/fault_plan.h"

/* ---- the request becomes a plan ---- */

/* The number at *text, which moves behind it; 0 when there is none. */
static unsigned take_number(const char **text)
{
    char *end;
    const unsigned long n = isdigit((unsigned char)**text) ? strtoul(*text, &end, 10) : 0;
    if (n < 1 || n > HT_GROUPS_MAX)
        return 0;
    *text = end;
    return (unsigned)n;
}

static int parse_shard(struct ht_plan *plan, const char *text, char why[256])
{
    const char *at = text;
    plan->shard = take_number(&at);
    plan->shards = *at == '/' ? (at++, take_number(&at)) : 0;
    if (plan->shard && plan->shard <= plan->shards && !*at)
        return 0;
    snprintf(why, 256, "--shard takes I/N with 1 <= I <= N, as 2/4; not '%.100s'", text);
    return -EINVAL;
}

static int add_strategies(struct ht_plan *plan, const struct ht_run_request *r, const char *fallback,
                          char why[256])
{
    const char *const words = r->strategies ? r->strategies : r->preloads ? "system" : fallback;
    int error = ht_plan_add_strategies(plan, words, why);
    for (unsigned i = 0; i < r->preloads && !error; i++) {
        struct ht_strategy strategy;
        error = ht_strategy_preload(r->preload[i], &strategy, why);
        if (!error)
            error = ht_plan_add_strategy(plan, &strategy, why);
    }
    return error;
}

/* A heap that is shattered has the window of one that is whole. */
static int check_shatter(const struct ht_matrix *m, const char *shard, char why[256])
{
    for (int i = 0; i < HT_PASS_COUNT; i++) {
        const char *const pass = ht_pass_word((enum ht_pass)i);
        if (i == HT_PASS_THROUGHPUT || i == HT_PASS_LATENCY || i == HT_PASS_MEMORY ||
            !strstr(m->passes, pass))
            continue;
        snprintf(why, 256, "--fault %.80s goes into the passes throughput, latency and memory; not %s",
                 m->fault, pass);
        return -EINVAL;
    }
    if (!shard)
        return 0;
    snprintf(why, 256, "--fault %.80s compares cells that belong on one machine: leave --shard out",
             m->fault);
    return -EINVAL;
}

/* A fault of the other contract leaves nothing to run of a strategy that is named. */
static int check_contract(const struct ht_plan *plan, const struct ht_matrix *m, char why[256])
{
    const bool in_collectors = m->fault_place == HT_FAULT_IN_COLLECTORS;
    if (m->fault_place == HT_FAULT_APART)
        return 0;
    for (size_t i = 0; i < plan->strategies; i++) {
        const struct ht_strategy *const s = &plan->strategy[i];
        if (!s->is_named || ht_strategy_is_collector(s) == in_collectors)
            continue;
        snprintf(why, 256, "--fault %.80s is for %s, and %s is %s", m->fault,
                 in_collectors ? "collectors" : "allocators", s->name,
                 in_collectors ? "an allocator" : "a collector");
        return -EINVAL;
    }
    return 0;
}

/* What lets something fail is in the pass faults, in cells of its own. */
static int check_fault(struct ht_matrix *m, bool passes_said, const char *shard, char why[256])
{
    struct ht_fault_plan plan;
    char whole[256];
    const bool is_whole = !ht_fault_plan_parse(m->fault, &plan, whole);
    m->fault_place = is_whole && plan.kind == HT_FAULT_CYCLE     ? HT_FAULT_IN_COLLECTORS
                     : is_whole && plan.kind == HT_FAULT_SHATTER ? HT_FAULT_BESIDE
                                                                 : HT_FAULT_APART;
    if (m->fault_place == HT_FAULT_BESIDE)
        return check_shatter(m, shard, why);
    if (m->fault_place == HT_FAULT_IN_COLLECTORS)
        return 0;
    const int error = ht_check_swept_fault(m->fault, why);
    if (error)
        return error;
    if (!passes_said)
        m->passes = "faults";
    if (strstr(m->passes, "faults"))
        return 0;
    snprintf(why, 256, "--fault %.80s acts in the pass faults: name it with -p, alone or beside others",
             m->fault);
    return -EINVAL;
}

/* The preset's matrices, with what the user said in place of what it says. */
static int add_matrices(struct ht_plan *plan, const struct ht_run_request *r, const struct ht_preset *preset,
                        char why[256])
{
    const struct ht_matrix own = {
        .workloads = "all", .passes = "throughput,latency:1,memory:1", .threads = "1"};
    const struct ht_matrix *const list = preset && !r->workloads ? preset->matrix : &own;
    const unsigned rounds = plan->rounds; /* a pass with more of them raises the plan's */
    int error = 0;
    for (size_t i = 0; !error && (list == &own ? i == 0 : list[i].workloads != NULL); i++) {
        struct ht_matrix m = list[i];
        m.workloads = r->workloads ? r->workloads : m.workloads;
        m.passes = r->passes ? r->passes : m.passes;
        m.heaps = r->heaps ? r->heaps : m.heaps;
        m.fault = r->fault ? r->fault : m.fault;
        m.threads = r->threads ? r->threads : m.threads;
        m.rounds = r->rounds ? r->rounds : m.rounds ? m.rounds : rounds;
        error = m.fault ? check_fault(&m, r->passes != NULL, r->shard, why) : 0;
        if (!error && r->fault)
            error = check_contract(plan, &m, why);
        if (!error)
            error = ht_plan_add_matrix(plan, &m, why);
    }
    return error;
}

static int refuse_preset(const char *word, char why[256])
{
    const char *names[8];
    for (size_t i = 0; i < ht_preset_count(); i++)
        names[i] = ht_preset_at(i)->name;
    const char *const nearest = ht_nearest(word, names, ht_preset_count());
    snprintf(why, 256, "no preset is called '%.80s'%s%s%s; heaptrial list presets shows all", word,
             nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return -EINVAL;
}

static int make_plan(struct ht_plan *plan, const struct ht_run_request *r, char why[256])
{
    const struct ht_preset *const preset = r->preset ? ht_preset_find(r->preset) : NULL;
    if (r->preset && !preset)
        return refuse_preset(r->preset, why);
    if (preset) {
        plan->window_ms = preset->window_ms > 0 ? preset->window_ms : plan->window_ms;
        plan->rounds = preset->rounds;
        plan->repetitions = preset->repetitions ? preset->repetitions : plan->repetitions;
    }
    plan->window_ms = r->window_ms > 0 ? r->window_ms : plan->window_ms;
    plan->timeout_s = r->timeout_s > 0 ? r->timeout_s : plan->timeout_s;
    plan->rounds = r->rounds ? r->rounds : plan->rounds;
    plan->repetitions = r->repetitions ? r->repetitions : plan->repetitions;
    plan->seed = r->seed ? r->seed : plan->seed;
    for (unsigned i = 0; i < r->envs; i++)
        snprintf(plan->env[i], sizeof plan->env[i], "%s", r->env[i]);
    int error = r->shard ? parse_shard(plan, r->shard, why) : 0;
    if (!error)
        error = add_strategies(plan, r, preset ? preset->strategies : "all", why);
    if (!error)
        error = add_matrices(plan, r, preset, why);
    if (!error)
        error = ht_plan_match(plan, why);
    ht_plan_identify(plan);
    return error;
}

static int make_manifest(struct ht_manifest *m, const struct ht_run_request *r, int argc, char **argv,
                         char why[256])
{
    *m = (struct ht_manifest){.created = ""};
    int error = ht_plan_open(&m->plan);
    if (!error)
        error = make_plan(&m->plan, r, why);
    if (!error)
        error = ht_strategies_try(&m->plan, why);
    ht_run_describe(m, r->memory_bytes, argc, argv);
    return error;
}

/* The baseline must be in the plan, and is told before anything runs; it may be spelled as -a spells it. */
static int find_baseline(const struct ht_plan *plan, const char **baseline, char why[256])
{
    const char *names[HT_STRATEGIES_MAX];
    struct ht_strategy spelled;
    const bool known = !ht_strategy_find(*baseline, &spelled, why);
    for (size_t i = 0; i < plan->strategies; i++) {
        names[i] = plan->strategy[i].name;
        if (strcmp(names[i], *baseline) && !(known && !strcmp(names[i], spelled.name)))
            continue;
        *baseline = names[i];
        return 0;
    }
    const char *const nearest = ht_nearest(*baseline, names, plan->strategies);
    snprintf(why, 256, "the baseline '%.80s' is not among the strategies of this run%s%s%s", *baseline,
             nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return -ENOENT;
}

int cmd_run(int argc, char **argv)
{
    static struct ht_run_request r;
    static struct ht_manifest manifest;
    char why[256] = "", folder[4096];
    argp_parse(&ht_run_argp, argc, argv, 0, NULL, &r);
    struct ht_runner runner = {.manifest = &manifest, .resume = r.resume, .quiet = r.quiet};
    if (r.resume && r.planned)
        return ht_say(HT_EXIT_USAGE, "--resume takes the plan of the run as it is: leave --%s out",
                      r.planned);
    int error =
        r.resume ? ht_manifest_read(&manifest, r.resume, why) : make_manifest(&manifest, &r, argc, argv, why);
    if (!error && r.resume)
        error = ht_run_refuse_changed(&manifest.plan, why);
    if (!error && r.baseline)
        error = find_baseline(&manifest.plan, &r.baseline, why);
    if (error) {
        ht_plan_close(&manifest.plan);
        return ht_say(HT_EXIT_USAGE, "%s", why);
    }
    runner.folder = r.resume ? r.resume : r.folder ? r.folder : ht_run_new_folder("runs", folder, sizeof folder);
    runner.data_limit = manifest.plan.memory_bytes;
    int status = ht_run_end(&runner, "run", ht_runner_run(&runner, why), why);
    if (status == HT_EXIT_GOOD)
        status = ht_present(runner.folder, r.baseline);
    ht_plan_close(&manifest.plan);
    return status;
}
