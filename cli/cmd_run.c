/* heaptrial run: the matrix that the user names, run and presented. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/nearest.h"
#include "bench/manifest.h"
#include "bench/presets.h"
#include "bench/runner.h"
#include "cli/cli.h"

enum {
    PRELOAD = 256,
    ROUNDS,
    REPETITIONS,
    SEED,
    TIMEOUT,
    RESUME,
    SHARD,
    THREADS,
    WINDOW,
    PRESET,
    ENV,
    BASELINE,
    MEMORY
};

enum { LIST_BYTES = 4096, PRELOADS_MAX = 16 };

/* What the user asked for; NULL, 0 or -1 where nothing was said. */
struct request {
    const char *strategies, *workloads, *passes, *threads, *preset, *folder, *resume, *shard, *baseline;
    const char *preload[PRELOADS_MAX], *env[HT_ENV_MAX - 1];
    unsigned preloads, envs, rounds, repetitions;
    uint64_t seed, memory_bytes;
    double timeout_s, window_ms;
    bool quiet;
    char strategy_words[LIST_BYTES], workload_words[LIST_BYTES];
    const char *planned; /* an option that decides what is measured: --resume takes none */
};

static const struct argp_option options[] = {
    {"allocators", 'a', "LIST", 0,
     "Strategies: names, plugin:FILE.so, `all`, `drop-in`; repeatable (default: all, or system beside a "
     "--preload)",
     1},
    {"preload", PRELOAD, "NAME=FILE", 0, "Another drop-in allocator, by LD_PRELOAD of FILE", 1},
    {"workloads", 'w', "LIST", 0,
     "Workloads with parameters, as larson:slots=1k:rounds=5; `all`; `programs`; repeatable", 1},
    {"passes", 'p', "LIST", 0,
     "throughput, latency, memory, instructions; memory:1 takes part in 1 round only (default: "
     "throughput,latency:1,memory:1)",
     1},
    {"threads", THREADS, "LIST", 0, "Mutator threads, as 1,2,4 (default: 1)", 1},
    {"preset", PRESET, "NAME", 0,
     "quick (under a minute), bench (under 6), full or programs; other options override it", 1},
    {"rounds", ROUNDS, "N", 0, "Every cell once a round: 5 for a look (default), 20 to decide", 2},
    {"repetitions", REPETITIONS, "N", 0, "Windows in a process, after the cold one (default: 3)", 2},
    {"window", WINDOW, "MS", 0, "Length of a window on the system allocator, in ms (default: 20)", 2},
    {"seed", SEED, "N", 0, "Of the order and of the operation streams (default: 1)", 2},
    {"timeout", TIMEOUT, "S", 0, "A cell that takes longer is killed: `hang` (default: 60)", 2},
    {"memory", MEMORY, "MIB", 0,
     "A cell may map so much; more is refused by the system (default: 3/4 of what is free)", 2},
    {"env", ENV, "NAME=VALUE", 0, "Set in every child, as GLIBC_TUNABLES=...; repeatable", 2},
    {"output", 'o', "DIR", 0, "Where the run goes (default: results/runs/TIME)", 3},
    {"resume", RESUME, "DIR", 0, "Go on with a run that was stopped", 3},
    {"shard", SHARD, "I/N", 0, "Only part I of N; `heaptrial merge` joins the parts", 3},
    {"baseline", BASELINE, "NAME", 0, "What the table compares with (default: system)", 3},
    {"quiet", 'q', NULL, 0, "No progress", 3},
    {0},
};

static uint64_t parse_count(struct argp_state *state, const char *name, const char *text, uint64_t low,
                            uint64_t high)
{
    char *end;
    errno = 0;
    const uint64_t n = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || n < low || n > high)
        argp_error(state, "--%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'", name, low,
                   high, text);
    return n;
}

static double parse_real(struct argp_state *state, const char *name, const char *text, double low,
                         double high)
{
    char *end;
    const double x = strtod(text, &end);
    if (end == text || *end || !(x >= low && x <= high))
        argp_error(state, "--%s takes a number from %g to %g, not '%s'", name, low, high, text);
    return x;
}

/* An option that is repeated adds to its list. */
static const char *add_words(struct argp_state *state, char list[LIST_BYTES], const char *words)
{
    const size_t used = strlen(list);
    if (used + strlen(words) + 2 > LIST_BYTES)
        argp_error(state, "too many names");
    sprintf(list + used, "%s%s", used ? "," : "", words);
    return list;
}

static void add_preload(struct argp_state *state, struct request *r, const char *word)
{
    if (r->preloads == PRELOADS_MAX)
        argp_error(state, "--preload: at most %d", PRELOADS_MAX);
    r->preload[r->preloads++] = word;
}

static void add_env(struct argp_state *state, struct request *r, const char *word)
{
    const char *const equals = strchr(word, '=');
    if (!equals || equals == word)
        argp_error(state, "--env takes NAME=VALUE, not '%s'", word);
    if (!strncmp(word, "LD_PRELOAD=", 11))
        argp_error(state, "--env LD_PRELOAD would go into every cell: name the library with --preload");
    if (strlen(word) >= HT_PLAN_TEXT || r->envs == HT_ENV_MAX - 1)
        argp_error(state, "--env: at most %d, of %d bytes each", HT_ENV_MAX - 1, HT_PLAN_TEXT - 1);
    r->env[r->envs++] = word;
}

/* The long name of an option that decides what is measured; NULL when it does not. */
static const char *planning_option(int key)
{
    const struct argp_option *o = options;
    while (o->name && o->key != key)
        o++;
    return key == RESUME || key == BASELINE || key == 'q' ? NULL : o->name;
}

/* What is a list or a name. */
static error_t parse_word(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case 'a':
        r->strategies = add_words(state, r->strategy_words, arg);
        return 0;
    case 'w':
        r->workloads = add_words(state, r->workload_words, arg);
        return 0;
    case 'p':
        r->passes = arg;
        return 0;
    case 'o':
        r->folder = arg;
        return 0;
    case THREADS:
        r->threads = arg;
        return 0;
    case PRELOAD:
        add_preload(state, r, arg);
        return 0;
    case ENV:
        add_env(state, r, arg);
        return 0;
    case PRESET:
        r->preset = arg;
        return 0;
    case RESUME:
        r->resume = arg;
        return 0;
    case SHARD:
        r->shard = arg;
        return 0;
    case BASELINE:
        r->baseline = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_figure(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case ROUNDS:
        r->rounds = (unsigned)parse_count(state, "rounds", arg, 1, HT_ROUNDS_MAX);
        return 0;
    case REPETITIONS:
        r->repetitions = (unsigned)parse_count(state, "repetitions", arg, 1, HT_REPETITIONS_MAX);
        return 0;
    case SEED:
        r->seed = parse_count(state, "seed", arg, 1, INT64_MAX);
        return 0;
    case MEMORY:
        r->memory_bytes = parse_count(state, "memory", arg, 64, 1 << 30) << 20;
        return 0;
    case TIMEOUT:
        r->timeout_s = parse_real(state, "timeout", arg, 0.1, HT_TIMEOUT_S_MAX);
        return 0;
    case WINDOW:
        r->window_ms = parse_real(state, "window", arg, 0.01, HT_WINDOW_MS_MAX);
        return 0;
    case 'q':
        r->quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    if (planning_option(key))
        r->planned = planning_option(key);
    if (key == ARGP_KEY_ARG)
        argp_error(state, "'%s' is not an option; strategies are named with -a, workloads with -w", arg);
    const error_t error = parse_word(key, arg, state);
    return error == ARGP_ERR_UNKNOWN ? parse_figure(key, arg, state) : error;
}

static const char doc[] =
    "Run strategies through workloads. Every round takes every cell once, in a shuffled order, each in a "
    "fresh process; a row of DIR/rows.csv says how it ended and what it took. At the end: a table and plots."
    "\vExamples:\n"
    "  heaptrial run --preset quick\n"
    "  heaptrial run -a system,jemalloc,mimalloc -w larson,xmalloc-test --threads 1,2 --rounds 20\n"
    "  heaptrial run -a system --preload mine=./libmine.so -w all -p memory\n"
    "  heaptrial run -a null,plugin:./my.so -w larson:slots=1k\n"
    "  heaptrial run -w programs -a drop-in\n"
    "  heaptrial run --resume results/runs/latest\n";

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

static int add_strategies(struct ht_plan *plan, const struct request *r, const char *fallback, char why[256])
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

/* The preset's matrices, with what the user said in place of what it says. */
static int add_matrices(struct ht_plan *plan, const struct request *r, const struct ht_preset *preset,
                        char why[256])
{
    const struct ht_matrix own = {"all", "throughput,latency:1,memory:1", "1", 0};
    const struct ht_matrix *const list = preset && !r->workloads ? preset->matrix : &own;
    const unsigned rounds = plan->rounds; /* a pass with more of them raises the plan's */
    int error = 0;
    for (size_t i = 0; !error && (list == &own ? i == 0 : list[i].workloads != NULL); i++) {
        struct ht_matrix m = list[i];
        m.workloads = r->workloads ? r->workloads : m.workloads;
        m.passes = r->passes ? r->passes : m.passes;
        m.threads = r->threads ? r->threads : m.threads;
        m.rounds = r->rounds ? r->rounds : m.rounds ? m.rounds : rounds;
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

static int make_plan(struct ht_plan *plan, const struct request *r, char why[256])
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
    if (!error && !ht_plan_cells(plan)) {
        snprintf(why, 256, "nothing to run: name strategies with -a and workloads with -w");
        error = -EINVAL;
    }
    ht_plan_identify(plan);
    return error;
}

static int make_manifest(struct ht_manifest *m, const struct request *r, int argc, char **argv, char why[256])
{
    *m = (struct ht_manifest){.created = ""};
    int error = ht_plan_open(&m->plan);
    if (!error)
        error = make_plan(&m->plan, r, why);
    for (size_t i = 0; i < m->plan.strategies; i++)
        ht_digest_file(m->plan.strategy[i].library, m->plan.strategy[i].digest);
    ht_machine_read(&m->machine);
    m->plan.memory_bytes = r->memory_bytes ? r->memory_bytes : m->machine.available_bytes / 4 * 3;
    const time_t now = time(NULL);
    strftime(m->created, sizeof m->created, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    size_t used = 0;
    for (int i = 0; i < argc && used < sizeof m->command; i++)
        used += (size_t)snprintf(m->command + used, sizeof m->command - used, "%s%s", i ? " " : "", argv[i]);
    return error;
}

/* results/runs/20261120-173000, and `latest` that leads to it. Made here, so that no two runs share one. */
static const char *default_folder(char *out, size_t bytes)
{
    char name[32];
    const time_t now = time(NULL);
    strftime(name, sizeof name, "%Y%m%d-%H%M%S", localtime(&now));
    mkdir("results", 0777);
    mkdir("results/runs", 0777);
    snprintf(out, bytes, "results/runs/%s", name);
    for (int i = 2; mkdir(out, 0777) && errno == EEXIST && i < 100; i++)
        snprintf(out, bytes, "results/runs/%s-%d", name, i);
    unlink("results/runs/latest.tmp");
    if (symlink(strrchr(out, '/') + 1, "results/runs/latest.tmp") ||
        rename("results/runs/latest.tmp", "results/runs/latest"))
        ht_say(0, "can't make results/runs/latest: %s", strerror(errno));
    return out;
}

static int finish(const struct ht_runner *runner, int error, const char *why, const char *baseline)
{
    if (error == -EINTR && !runner->begun)
        return ht_say(HT_EXIT_FAILED, "stopped before the first cell: there is nothing to go on with");
    if (error == -EINTR)
        return ht_say(HT_EXIT_FAILED,
                      "stopped; the %zu rows so far are whole. Go on with:  heaptrial run --resume %s",
                      runner->rows, runner->folder);
    const bool is_usage = error == -EEXIST || error == -ENOTDIR || error == -EPROTO || error == -EINVAL ||
                          error == -ENAMETOOLONG;
    if (error)
        return ht_say(is_usage ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
    return ht_present(runner->folder, baseline);
}

/* Rows of two builds of one library must not stand in one run. */
static int refuse_changed_libraries(const struct ht_plan *plan, char why[256])
{
    for (size_t i = 0; i < plan->strategies; i++) {
        const struct ht_strategy *const s = &plan->strategy[i];
        char now[24];
        ht_digest_file(s->library, now);
        if (!strcmp(now, s->digest))
            continue;
        snprintf(why, 256, "%.180s has changed since this run began: put it back, or start a new run",
                 s->library);
        return -ESTALE;
    }
    return 0;
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
    static struct request r;
    static struct ht_manifest manifest;
    char why[256] = "", folder[4096];
    const struct argp argp = {options, parse, NULL, doc, NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    struct ht_runner runner = {.manifest = &manifest, .resume = r.resume, .quiet = r.quiet};
    if (r.resume && r.planned)
        return ht_say(HT_EXIT_USAGE, "--resume takes the plan of the run as it is: leave --%s out",
                      r.planned);
    int error =
        r.resume ? ht_manifest_read(&manifest, r.resume, why) : make_manifest(&manifest, &r, argc, argv, why);
    if (!error && r.resume)
        error = refuse_changed_libraries(&manifest.plan, why);
    if (!error && r.baseline)
        error = find_baseline(&manifest.plan, &r.baseline, why);
    if (error) {
        ht_plan_close(&manifest.plan);
        return ht_say(HT_EXIT_USAGE, "%s", why);
    }
    runner.folder = r.resume ? r.resume : r.folder ? r.folder : default_folder(folder, sizeof folder);
    runner.data_limit = manifest.plan.memory_bytes;
    const int status = finish(&runner, ht_runner_run(&runner, why), why, r.baseline);
    ht_plan_close(&manifest.plan);
    return status;
}
