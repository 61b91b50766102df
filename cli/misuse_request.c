#include "cli/misuse_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/misuse_plan.h"

enum { PRELOAD = 256, SIZE, REPEAT, SEED, TIMEOUT, RESUME, CSV, COST };

static const struct argp_option options[] = {
    {"strategies", 'a', "LIST", 0,
     "Allocators and tools that find misuse: names, plugin:FILE.so, `all`, `allocators`, `drop-in`, "
     "`debuggers`; "
     "repeatable (default: all, or system beside a --preload)",
     1},
    {"allocators", 'a', NULL, OPTION_ALIAS, NULL, 1},
    {"preload", PRELOAD, "NAME=FILE", 0, "Another drop-in allocator, by LD_PRELOAD of FILE", 1},
    {"cases", 'c', "LIST", 0,
     "Cases, as double-free,overflow-*; repeatable (default: all; heaptrial list misuse)", 1},
    {"size", SIZE, "LIST", 0, "Sizes of the objects: 8, 24, 4096, 256k (default: all)", 1},
    {"cost", COST, NULL, 0,
     "Then also measure what each strategy costs in time and memory, on a few workloads", 1},
    {"repeat", REPEAT, "N", 0,
     "Runs of a row (default: 3; 10 where an allocator draws what it checks; 1 under valgrind)", 2},
    {"seed", SEED, "N", 0, "Of the ordinary operations that follow the misuse (default: 1)", 2},
    {"timeout", TIMEOUT, "S", 0,
     "A run that takes longer is killed: `hang`; ten times that under valgrind (default: 10)", 2},
    {"output", 'o', "DIR", 0, "Where the run goes (default: results/misuse/TIME)", 3},
    {"resume", RESUME, "DIR", 0, "Go on with a run that was stopped", 3},
    {"csv", CSV, "FILE", 0, "Also write the rows to FILE (DIR/misuse.csv has them in any case)", 3},
    {"quiet", 'q', NULL, 0, "No progress", 3},
    {0},
};

static uint64_t parse_count(struct argp_state *state, const char *name, const char *text, uint64_t high)
{
    char *end;
    errno = 0;
    const uint64_t n = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || n < 1 || n > high)
        argp_error(state, "--%s takes a whole number from 1 to %" PRIu64 ", not '%s'", name, high, text);
    return n;
}

static double parse_seconds(struct argp_state *state, const char *text)
{
    char *end;
    const double x = strtod(text, &end);
    if (end == text || *end || !(x >= 0.1 && x <= 3600))
        argp_error(state, "--timeout takes a number from 0.1 to 3600, not '%s'", text);
    return x;
}

/* An option that is repeated adds to its list. */
static const char *add_words(struct argp_state *state, char list[4096], const char *words)
{
    const size_t used = strlen(list);
    if (used + strlen(words) + 2 > 4096)
        argp_error(state, "too many names");
    sprintf(list + used, "%s%s", used ? "," : "", words);
    return list;
}

static void add_preload(struct argp_state *state, struct ht_misuse_request *r, const char *word)
{
    if (r->preloads == sizeof r->preload / sizeof *r->preload)
        argp_error(state, "--preload: at most %zu", sizeof r->preload / sizeof *r->preload);
    r->preload[r->preloads++] = word;
}

/* The long name of an option that decides what is run; NULL when it does not. */
static const char *planning_option(int key)
{
    const struct argp_option *o = options;
    while (o->name && o->key != key)
        o++;
    return key == RESUME || key == CSV || key == 'q' ? NULL : o->name;
}

static error_t parse_plan(int key, char *arg, struct argp_state *state)
{
    struct ht_misuse_request *const r = state->input;
    switch (key) {
    case 'a':
        r->strategies = add_words(state, r->strategy_words, arg);
        return 0;
    case 'c':
        r->cases = add_words(state, r->case_words, arg);
        return 0;
    case SIZE:
        r->sizes = arg;
        return 0;
    case PRELOAD:
        add_preload(state, r, arg);
        return 0;
    case REPEAT:
        r->repeat = (unsigned)parse_count(state, "repeat", arg, HT_MISUSE_REPEAT_MAX);
        return 0;
    case SEED:
        r->seed = parse_count(state, "seed", arg, INT64_MAX);
        return 0;
    case TIMEOUT:
        r->timeout_s = parse_seconds(state, arg);
        return 0;
    case COST:
        r->with_cost = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct ht_misuse_request *const r = state->input;
    if (planning_option(key))
        r->planned = planning_option(key);
    switch (key) {
    case 'o':
        r->folder = arg;
        return 0;
    case RESUME:
        r->resume = arg;
        return 0;
    case CSV:
        r->csv = arg;
        return 0;
    case 'q':
        r->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not an option; strategies are named with -a, cases with -c", arg);
        return 0;
    default:
        return parse_plan(key, arg, state);
    }
}

static const char doc[] =
    "See what allocators, debug allocators and sanitizers notice when the program is wrong. Each case runs "
    "in a fresh "
    "process: it misuses the heap, goes on with 1000 ordinary operations, and ends. The row says whether "
    "that was "
    "diagnosed, crashed, missed or exploited, and after how many operations. At the end: a matrix, what each "
    "strategy "
    "noticed, and plots."
    "\vExamples:\n"
    "  heaptrial misuse\n"
    "  heaptrial misuse -a system,scudo,asan -c 'double-free*,stale-*' --size 24\n"
    "  heaptrial misuse -a drop-in,debuggers --cost -o results/misuse/tools\n"
    "  heaptrial misuse --preload mine=./libmine.so -c 'overflow-*' --csv mine.csv\n"
    "  heaptrial misuse --resume results/misuse/latest\n";

const struct argp ht_misuse_argp = {options, parse, NULL, doc, NULL, NULL, NULL};
