#include "cli/faults_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan.h"

enum { FAULT = 256, EXHAUSTIVE, POINTS, SEED, RESUME, HEAP, TIMEOUT };

static const struct argp_option options[] = {
    {"strategies", 'a', "LIST", 0,
     "Strategies: names, plugin:FILE.so, `all`, `allocators`, `collectors`, `drop-in`; repeatable (default: "
     "all)",
     1},
    {"allocators", 'a', NULL, OPTION_ALIAS, NULL, 1},
    {"workloads", 'w', "LIST", 0,
     "Workloads, with parameters on top of those that make them short, as larson:slots=20; repeatable "
     "(default: those "
     "listed below)",
     1},
    {"fault", FAULT, "PLAN", 0,
     "fail, os, limit or stress (heaptrial list faults); a * in place of a number is every number in turn: "
     "fail:nth=*; "
     "repeatable (default: every model)",
     1},
    {"exhaustive", EXHAUSTIVE, NULL, 0,
     "Every point: the first call, the second ... until nothing fails any more (default plans: those with a "
     "*)",
     1},
    {"points", POINTS, "N", 0, "Without --exhaustive: so many, from the first to the last (default: 8)", 1},
    {"heap", HEAP, "LIMIT", 0, "Heap limit of collectors: bytes, or a multiple of what is live (default: 3x)",
     1},
    {"seed", SEED, "N", 0, "Of the operation streams (default: 1)", 2},
    {"timeout", TIMEOUT, "S", 0, "A try that takes longer is a hang (default: 10)", 2},
    {"output", 'o', "DIR", 0, "Where the run goes (default: results/runs/TIME)", 3},
    {"resume", RESUME, "DIR", 0, "Go on with a run that was stopped", 3},
    {"quiet", 'q', NULL, 0, "No progress", 3},
    {0},
};

static uint64_t parse_count(struct argp_state *state, const char *name, const char *text, uint64_t most)
{
    char *end;
    errno = 0;
    const uint64_t n = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || n < 1 || n > most)
        argp_error(state, "--%s takes a whole number of 1 or more, not '%s'", name, text);
    return n;
}

static double parse_seconds(struct argp_state *state, const char *text)
{
    char *end;
    const double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds >= 0.1 && seconds <= HT_TIMEOUT_S_MAX))
        argp_error(state, "--timeout takes a number of seconds from 0.1 on, not '%s'", text);
    return seconds;
}

/* An option that is repeated adds to its list. */
static const char *add_words(struct argp_state *state, char list[HT_FAULTS_LIST], const char *words)
{
    const size_t used = strlen(list);
    if (used + strlen(words) + 2 > HT_FAULTS_LIST)
        argp_error(state, "too many names");
    sprintf(list + used, "%s%s", used ? "," : "", words);
    return list;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct ht_faults_request *const r = state->input;
    for (const struct argp_option *o = options; o->name; o++)
        if (o->key == key && key != RESUME && key != 'q')
            r->planned = o->name;
    switch (key) {
    case 'a':
        r->strategies = add_words(state, r->strategy_words, arg);
        return 0;
    case 'w':
        r->workloads = add_words(state, r->workload_words, arg);
        return 0;
    case FAULT:
        if (r->faults == HT_FAULTS_MAX)
            argp_error(state, "--fault: at most %d", HT_FAULTS_MAX);
        r->fault[r->faults++] = arg;
        return 0;
    case EXHAUSTIVE:
        r->exhaustive = true;
        return 0;
    case POINTS:
        r->points = parse_count(state, "points", arg, HT_POINTS_MAX);
        return 0;
    case HEAP:
        r->heap = arg;
        return 0;
    case SEED:
        r->seed = parse_count(state, "seed", arg, INT64_MAX);
        return 0;
    case TIMEOUT:
        r->timeout_s = parse_seconds(state, arg);
        return 0;
    case 'o':
        r->folder = arg;
        return 0;
    case RESUME:
        r->resume = arg;
        return 0;
    case 'q':
        r->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not an option; strategies are named with -a, plans with --fault", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] =
    "Let memory run out under each strategy, at every kind of place and moment, and see whether it comes "
    "through: "
    "after each failure earlier data must be whole, the heap sound, the next allocation must work once "
    "memory is back, "
    "and in the end nothing may be left.\v"
    "Workloads of allocators: larson, xmalloc-test, fixed-churn, realloc-growth, fragment-sawtooth, aligned, "
    "calloc-zero, build-release, chunked-stream. Of collectors: binary-trees, churn, splay, doubly-linked, "
    "deep, "
    "fragment, weak.\n\n"
    "Exit status: 3 when a strategy that no package brings is anything but ok or unsupported.\n\n"
    "Examples:\n"
    "  heaptrial faults\n"
    "  heaptrial faults -a tlsf,slab -w larson --exhaustive\n"
    "  heaptrial faults -a drop-in --fault 'os:mmap,nth=*' --fault 'os:brk,from=*'\n"
    "  heaptrial faults -a immix,semispace --fault 'fail:site=copy-reserve,nth=*'\n"
    "  heaptrial faults -a plugin:./mine.so -w realloc-growth\n"
    "  heaptrial faults --resume results/runs/latest\n";

const struct argp ht_faults_argp = {options, parse, NULL, doc, NULL, NULL, NULL};
