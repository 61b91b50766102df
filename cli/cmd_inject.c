/* heaptrial inject: one program under one fault plan. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/strategy.h"
#include "cli/cli.h"
#include "faults/inject.h"
#include "faults/sweep/fresh.h"
#include "faults/symbols.h"

enum { FAULT = 256, WORKDIR, INPUT, TIMEOUT, GDB, FRESH, ENV };

enum { ENV_MAX = 32 };

struct request {
    const char *fault;
    double timeout_s;
    bool debug, fresh;
    char *env[ENV_MAX]; /* of --fresh; NULL ends it */
    size_t envs;
    struct ht_inject inject;
};

static const struct argp_option options[] = {
    {"fault", FAULT, "PLAN", 0,
     "What fails: fail:nth=12, os:mmap,nth=3, limit:as=64m (heaptrial list faults shows all)", 1},
    {"workdir", WORKDIR, "DIR", 0, "The folder that the program works in (default: this one)", 1},
    {"stdin", INPUT, "FILE", 0, "What it reads (default: what heaptrial reads)", 1},
    {"timeout", TIMEOUT, "S", 0, "It is killed when it takes longer (default: none)", 1},
    {"gdb", GDB, NULL, 0, "Run it in gdb, which stops where a call fails; for fail: plans", 1},
    {"fresh", FRESH, NULL, 0,
     "As heaptrial sweep does: in a fresh copy of --workdir DIR, or of the files that the command names, "
     "with a HOME and a "
     "TMPDIR of its own and a clean environment; it reads nothing without --stdin",
     1},
    {"env", ENV, "NAME=VALUE", 0, "With --fresh: set in its environment; repeatable", 1},
    {0},
};

static const char doc[] =
    "Run a program under a fault plan: nothing is rebuilt, its streams and environment are yours. At the end "
    "stderr "
    "says how many calls there were, how many of them failed, where the first one did, and how the program "
    "ended. Only "
    "the program itself is hit: not what it starts, and not its loader.\n\n"
    "fail: plans need a dynamic program; os: and limit: plans take any. With after=steady nothing fails "
    "before the "
    "program calls heaptrial_steady(), or heaptrial inject is sent SIGUSR1."
    "\vExit status: 0 the program has exited, whatever it said; 1 it could not be run, or was stopped; 2 "
    "usage, or a "
    "program that can't be hit this way; 3 it was ended by a signal or by --timeout.\n\n"
    "Examples:\n"
    "  heaptrial inject --fault fail:nth=12 -- sort /etc/passwd\n"
    "  heaptrial inject --fault fail:p=0.01,seed=7 --stdin data.json -- jq .\n"
    "  heaptrial inject --fault fail:from=1,only=libxml2 -- xmllint file.xml\n"
    "  heaptrial inject --fault os:mmap+brk,nth=3 -- ./any-program\n"
    "  heaptrial inject --fault limit:as=64m -- ./any-program\n"
    "  heaptrial inject --fault fail:nth=12 --gdb -- sort /etc/passwd\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    char *end;
    switch (key) {
    case FAULT:
        r->fault = arg;
        return 0;
    case WORKDIR:
        r->inject.folder = arg;
        return 0;
    case INPUT:
        r->inject.input = arg;
        return 0;
    case TIMEOUT:
        r->timeout_s = strtod(arg, &end);
        if (end == arg || *end || !(r->timeout_s >= 0.01 && r->timeout_s <= 86400))
            argp_error(state, "--timeout takes seconds from 0.01 to 86400, not '%s'", arg);
        return 0;
    case GDB:
        r->debug = true;
        return 0;
    case FRESH:
        r->fresh = true;
        return 0;
    case ENV:
        if (!strchr(arg, '=') || r->envs + 1 == ENV_MAX)
            argp_error(state, "--env takes NAME=VALUE, %d times at most", ENV_MAX - 1);
        r->env[r->envs++] = arg;
        return 0;
    case ARGP_KEY_ARGS:
        r->inject.argv = state->argv + state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the program, as: heaptrial inject --fault fail:nth=12 -- sort FILE");
        return 0;
    case ARGP_KEY_END:
        if (!r->fault)
            argp_error(state, "say what fails, with --fault");
        if (r->envs && !r->fresh)
            argp_error(state, "--env goes with --fresh; without it the environment is yours");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what it says at the end --------------------------------------------------------------------------------- */

static const char *op_word(uint32_t op)
{
    static const char *const words[] = {
#define X(id, word, meaning) word,
        HT_FAULT_OPS(X)
#undef X
    };
    return op < HT_FAULT_OP_COUNT ? words[op] : "?";
}

static void tell_counts(uint64_t calls, uint64_t fired)
{
    if (fired)
        ht_say(0, "%" PRIu64 " of %" PRIu64 " call%s failed", fired, calls, calls == 1 ? "" : "s");
    else
        ht_say(0, "none failed of %" PRIu64 " call%s that the plan counts: it did not fire", calls,
               calls == 1 ? "" : "s");
}

static void tell_frames(const struct ht_control *c, uint32_t index)
{
    const struct ht_stack *const stack = &ht_control_stacks(c)[index];
    struct ht_symbols *symbols;
    struct ht_symbol symbol;
    char said[512];
    if (ht_symbols_open(&symbols))
        return;
    for (uint32_t i = 0; i < stack->depth; i++) {
        ht_symbols_frame(symbols, c, ht_control_frames(c)[stack->first + i], &symbol);
        ht_symbol_say(&symbol, said, sizeof said);
        fprintf(stderr, "    #%" PRIu32 " %s\n", i, said);
    }
    ht_symbols_close(symbols);
}

static void tell_execed(uint64_t execed)
{
    if (execed)
        ht_say(0, "it has become another program, which is not hit: name that one after --");
}

static void tell_fail(const struct ht_control *c, const struct ht_fail_plan *plan)
{
    if (!c->started) {
        ht_say(0, "the library did not start in the program: nothing could fail");
        return;
    }
    tell_counts(c->trigger.calls, c->trigger.fired);
    if (!c->trigger.calls && *plan->site)
        ht_say(0, "no call that passes the filters was made by a function with the symbol '%s'", plan->site);
    if (c->has_fired)
        ht_say(0, "the first: %s of %" PRIu64 " bytes in thread %" PRIu32, op_word(c->fired.op),
               c->fired.bytes, c->fired.thread);
    if (c->has_fired && c->fired.stack < c->stacks.used)
        tell_frames(c, c->fired.stack);
    if (c->forked)
        ht_say(0, "it has started %" PRIu32 " process%s, which %s not hit", c->forked,
               c->forked == 1 ? "" : "es", c->forked == 1 ? "is" : "are");
    tell_execed(c->execed);
}

static void tell_os(const struct ht_boundary_result *b)
{
    tell_counts(b->calls, b->fired);
    if (b->stack[0])
        ht_say(0, "the first:\n%s", b->stack);
    tell_execed(b->execed);
}

static void tell_limit(const struct ht_limit_plan *plan, const struct ht_boundary_result *b)
{
    if (plan->cgroup && b->kills)
        ht_say(0, "the kernel has killed %" PRIu64 " of its processes for want of memory", b->kills);
    else if (plan->cgroup)
        ht_say(0, "the kernel has killed none of its processes for want of memory");
}

static int tell_end(const struct ht_injected *e, double timeout_s)
{
    if (e->stopped)
        return ht_say(HT_EXIT_FAILED, "stopped by %s; the program was killed", strsignal(e->stopped));
    if (e->timed_out)
        return ht_say(HT_EXIT_UNEXPECTED, "no end after %g s; the program was killed", timeout_s);
    if (e->signal)
        return ht_say(HT_EXIT_UNEXPECTED, "the program was ended by SIG%s (%s)", sigabbrev_np(e->signal),
                      strsignal(e->signal));
    return ht_say(HT_EXIT_GOOD, "the program ended with exit status %d", e->exit_status);
}

static int tell(const struct request *r, const struct ht_injected *e)
{
    switch (r->inject.plan->kind) {
    case HT_FAULT_FAIL:
        tell_fail(e->control.control, &r->inject.plan->fail);
        break;
    case HT_FAULT_OS:
        tell_os(&e->boundary);
        break;
    default:
        tell_limit(&r->inject.plan->limit, &e->boundary);
    }
    return tell_end(e, r->timeout_s);
}

/* ---- the command --------------------------------------------------------------------------------------------- */

/* A process has one tracer: where it is gdb, nobody can see for a plan os: where main begins. */
static int refuse_gdb(enum ht_fault_kind kind, char why[256])
{
    snprintf(why, 256,
             kind == HT_FAULT_OS ? "--gdb is for fail: plans; an os: plan traces the program itself, to find "
                                   "its main: leave --gdb "
                                   "out, and the stack of the first call that failed is printed"
                                 : "--gdb is for fail: plans; under a limit it is the kernel that refuses, "
                                   "and gdb has nowhere to stop: "
                                   "leave --gdb out");
    return -EINVAL;
}

static int take_plan(const struct request *r, struct ht_fault_plan *plan, char why[256])
{
    const int error = ht_fault_plan_parse(r->fault, plan, why);
    if (error || plan->kind == HT_FAULT_FAIL)
        return error;
    if (plan->kind == HT_FAULT_OS || plan->kind == HT_FAULT_LIMIT)
        return r->debug ? refuse_gdb(plan->kind, why) : 0;
    snprintf(why, 256, "--fault %s is for cells; a program takes fail, os or limit",
             ht_fault_kind_word(plan->kind));
    return -EINVAL;
}

/* gdb takes the place of this process: then nobody is left to delete the folder. */
static int make_fresh(struct request *r, struct ht_fresh *fresh, char why[256])
{
    const int error = ht_fresh_open(fresh, r->inject.argv, r->inject.folder, r->env, why);
    r->inject.folder = fresh->box.work;
    r->inject.input = r->inject.input ? r->inject.input : "/dev/null";
    if (!error && r->debug)
        ht_say(0, "it works in %s, which stays", fresh->box.work);
    return error;
}

static int run(struct request *r, char why[256])
{
    static struct ht_injected ended;
    const int error = r->debug ? ht_inject_debug(&r->inject, why) : ht_inject_run(&r->inject, &ended, why);
    if (error)
        return ht_say(error == -EINVAL ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
    const int status = tell(r, &ended);
    ht_control_close(&ended.control);
    return status;
}

int cmd_inject(int argc, char **argv)
{
    static struct ht_fault_plan plan;
    static struct ht_fresh fresh;
    static const struct argp argp = {options, parse, "-- PROGRAM [ARG...]", doc, NULL, NULL, NULL};
    char why[256] = "", library[4096];
    struct request r = {.timeout_s = 0};
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r);
    if (take_plan(&r, &plan, why))
        return ht_say(HT_EXIT_USAGE, "%s", why);
    ht_built_path(HT_FAULTS_SO, library, sizeof library);
    r.inject.plan = &plan;
    r.inject.library = library;
    r.inject.timeout_ns = (uint64_t)(r.timeout_s * 1e9);
    const int error = r.fresh ? make_fresh(&r, &fresh, why) : 0;
    const int status = error ? ht_say(HT_EXIT_FAILED, "%s", why) : run(&r, why);
    ht_fresh_close(&fresh);
    return status;
}
