#include "cli/run_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    MEMORY,
    HEAP,
    FAULT
};

static const struct argp_option options[] = {
    {"strategies", 'a', "LIST", 0,
     "Strategies: names, some with options as rc:deferred, plugin:FILE.so, `all`, `allocators`, "
     "`collectors`, `drop-in`; repeatable (default: all, or system beside a --preload)",
     1},
    {"allocators", 'a', NULL, OPTION_ALIAS, NULL, 1},
    {"preload", PRELOAD, "NAME=FILE", 0, "Another drop-in allocator, by LD_PRELOAD of FILE", 1},
    {"workloads", 'w', "LIST", 0,
     "Workloads with parameters, as larson:slots=1k:rounds=5; `all`; `programs`; repeatable", 1},
    {"passes", 'p', "LIST", 0,
     "throughput, latency, memory, pauses, heap, garbage, instructions; memory:1 takes part in 1 round only (default: "
     "throughput,latency:1,memory:1)",
     1},
    {"threads", THREADS, "LIST", 0, "Mutator threads, as 1,2,4 (default: 1)", 1},
    {"heap", HEAP, "LIST", 0,
     "Heap limits of collectors: bytes, or multiples of what is live, as 1.75x,3x,64M (default: 3x)", 1},
    {"fault", FAULT, "PLAN", 0,
     "What is injected: cycle:length=8,every=1000 on collectors, shatter on allocators, beside the same cells without "
     "it (heaptrial list faults shows all)", 1},
    {"preset", PRESET, "NAME", 0,
     "quick (under a minute), bench (some 6), full or programs; other options override it", 1},
    {"rounds", ROUNDS, "N", 0, "Every cell once a round: 5 for a look (default), 20 to decide", 2},
    {"repetitions", REPETITIONS, "N", 0, "Windows in a process, after the cold one (default: 3)", 2},
    {"window", WINDOW, "MS", 0,
     "Length of a window on the system allocator, in ms; three times that on collectors (default: 20)", 2},
    {"seed", SEED, "N", 0, "Of the order and of the operation streams (default: 1)", 2},
    {"timeout", TIMEOUT, "S", 0, "A cell that takes longer is killed: `hang` (default: 60)", 2},
    {"memory", MEMORY, "MIB", 0,
     "A cell may map so much; more is refused by the system (default: 3/4 of what is free)", 2},
    {"env", ENV, "NAME=VALUE", 0, "Set in every child, as GLIBC_TUNABLES=...; repeatable", 2},
    {"output", 'o', "DIR", 0, "Where the run goes (default: results/runs/TIME)", 3},
    {"resume", RESUME, "DIR", 0, "Go on with a run that was stopped", 3},
    {"shard", SHARD, "I/N", 0, "Only part I of N; `heaptrial merge` joins the parts", 3},
    {"baseline", BASELINE, "NAME", 0,
     "What the table compares with (default: system; among collectors manual)", 3},
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

static void add_preload(struct argp_state *state, struct ht_run_request *r, const char *word)
{
    if (r->preloads == PRELOADS_MAX)
        argp_error(state, "--preload: at most %d", PRELOADS_MAX);
    r->preload[r->preloads++] = word;
}

static void add_env(struct argp_state *state, struct ht_run_request *r, const char *word)
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
    struct ht_run_request *const r = state->input;
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
    case HEAP:
        r->heaps = arg;
        return 0;
    case FAULT:
        r->fault = arg;
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
    struct ht_run_request *const r = state->input;
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
    struct ht_run_request *const r = state->input;
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
    "  heaptrial run -a collectors -w gcbench,churn --heap 1.75x,3x -p throughput,pauses:1\n"
    "  heaptrial run -a immix,marksweep:reversal,boehm -w deep\n"
    "  heaptrial run -a collectors -w churn -p pauses --fault cycle:length=8,every=1000\n"
    "  heaptrial run -a system,tlsf -w larson -p throughput,memory --fault shatter\n"
    "  heaptrial run --resume results/runs/latest\n";

const struct argp ht_run_argp = {options, parse, NULL, doc, NULL, NULL, NULL};
