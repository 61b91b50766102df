/* heaptrial sweep: every allocation of a program fails, one at a time. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/strategy.h"
#include "cli/cli.h"
#include "faults/sweep/manifest.h"
#include "faults/sweep/report.h"
#include "results/file.h"

enum {
    WORKDIR = 256,
    INPUT,
    CHECK,
    EXHAUSTIVE,
    FROM,
    TIMEOUT,
    SEED,
    BASELINE,
    ACCEPT,
    CSV,
    JUNIT,
    RESUME,
    PLAIN,
    ENV
};

enum { SHOWN = 20, PATH_BYTES = 4096 };

struct request {
    struct ht_sweep sweep;
    const char *baseline, *accept, *csv, *junit;
    const char *asked; /* an option that --resume does not take */
    size_t envs;
};

static const struct argp_option options[] = {
    {"workdir", WORKDIR, "DIR", 0,
     "Each process works in a fresh copy of DIR (default: a folder with the files that the command names)",
     1},
    {"stdin", INPUT, "FILE", 0, "What each reads from stdin (default: nothing)", 1},
    {"env", ENV, "NAME=VALUE", 0, "Set in each; repeatable", 1},
    {"check", CHECK, "CMD", 0, "A shell command, run in the folder afterwards; when it fails: data-loss", 1},
    {"exhaustive", EXHAUSTIVE, NULL, 0,
     "Every call (default: of each stack the first, the last and one at random)", 2},
    {"from", FROM, "ONCE|PERSISTENT", 0,
     "A call fails once, or it and all later ones (default: first one, then the other)", 2},
    {"timeout", TIMEOUT, "S", 0,
     "A process that takes longer hangs (default: 20 times the usual, 2 s at least)", 2},
    {"jobs", 'j', "N", 0, "So many at a time (default: one a core)", 2},
    {"seed", SEED, "N", 0, "Of the random call of each stack (default: 1)", 2},
    {"plain", PLAIN, NULL, 0,
     "Every call by one full process, no fork server, no second look: to measure against", 2},
    {"baseline", BASELINE, "FILE", 0, "Findings that are accepted, each with a reason", 3},
    {"accept", ACCEPT, "REASON", 0, "Add what is found to the --baseline FILE, for this reason", 3},
    {"csv", CSV, "FILE", 0, "The rows, one a point (- for stdout, and no report)", 3},
    {"junit", JUNIT, "FILE", 0, "JUnit XML", 3},
    {"output", 'o', "DIR", 0, "A folder that keeps rows and findings, and can be gone on with", 3},
    {"resume", RESUME, "DIR", 0, "Go on with a sweep that was stopped", 3},
    {"quiet", 'q', NULL, 0, "No progress", 3},
    {0},
};

static const char doc[] =
    "Run a program again and again, each time with another allocation failing, and say what becomes of it. "
    "Nothing is "
    "rebuilt: any dynamic program will do. Each process has a folder, a HOME and a TMPDIR of its own, and a "
    "clean "
    "environment. Findings (crash, corrupt, hang, data-loss, silent-wrong, leak) are confirmed by a clean "
    "process, and "
    "come with the stack of the call that failed and the line that replays it."
    "\vExit status: 0 nothing was found that is not accepted; 1 it could not be run, or was stopped; 2 "
    "usage, or a "
    "program that can't be put on trial; 3 findings.\n\n"
    "Examples:\n"
    "  heaptrial sweep -- sed s/a/b/ notes.txt\n"
    "  heaptrial sweep --stdin data.json --from once -- jq .\n"
    "  heaptrial sweep --workdir tests/db --check 'sqlite3 t.db \"pragma integrity_check\" | grep -qx ok' "
    "\\\n"
    "      --stdin update.sql -- sqlite3 t.db\n"
    "  heaptrial sweep --baseline accepted.txt --junit sweep.xml -- ./mine --option file\n"
    "  heaptrial sweep --baseline accepted.txt --accept 'ends at once anyway' -- ./mine file\n"
    "  heaptrial sweep -o results/sweeps/mine -- ./mine; heaptrial sweep --resume results/sweeps/mine\n";

/* ---- options ------------------------------------------------------------------------------------------------------ */

static double parse_real(struct argp_state *state, const char *name, const char *text, double low,
                         double high)
{
    char *end;
    const double x = strtod(text, &end);
    if (end == text || *end || !(x >= low && x <= high))
        argp_error(state, "--%s takes a number from %g to %g, not '%s'", name, low, high, text);
    return x;
}

static unsigned parse_modes(struct argp_state *state, const char *text)
{
    if (!strcasecmp(text, "once"))
        return HT_POINT_ONCE;
    if (!strcasecmp(text, "persistent"))
        return HT_POINT_PERSISTENT;
    if (!strcasecmp(text, "both"))
        return HT_POINT_ONCE | HT_POINT_PERSISTENT;
    argp_error(state, "--from takes once, persistent or both, not '%s'", text);
    return 0;
}

static void add_env(struct argp_state *state, struct request *r, const char *word)
{
    const char *const equals = strchr(word, '=');
    if (!equals || equals == word)
        argp_error(state, "--env takes NAME=VALUE, not '%s'", word);
    if (!strncmp(word, "LD_PRELOAD=", 11))
        argp_error(state,
                   "--env LD_PRELOAD would take the place of the library that makes calls fail: set it for "
                   "heaptrial itself, and it is preloaded behind it");
    if (r->envs + 1 == HT_SWEEP_ENV_MAX)
        argp_error(state, "--env: at most %d", HT_SWEEP_ENV_MAX - 1);
    r->sweep.env[r->envs++] = word;
}

/* What decides what is run. */
static error_t parse_sweep(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    struct ht_sweep *const s = &r->sweep;
    switch (key) {
    case WORKDIR:
        s->folder = arg;
        return 0;
    case INPUT:
        s->input = arg;
        return 0;
    case ENV:
        add_env(state, r, arg);
        return 0;
    case CHECK:
        s->check = arg;
        return 0;
    case EXHAUSTIVE:
        s->exhaustive = true;
        return 0;
    case PLAIN:
        s->plain = true;
        return 0;
    case FROM:
        s->modes = parse_modes(state, arg);
        return 0;
    case TIMEOUT:
        s->timeout_s = parse_real(state, "timeout", arg, 0.01, 86400);
        return 0;
    case SEED:
        s->seed = (uint64_t)parse_real(state, "seed", arg, 0, 1e15);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case 'j':
        r->sweep.jobs = (unsigned)parse_real(state, "jobs", arg, 1, 256);
        return 0;
    case BASELINE:
        r->baseline = arg;
        return 0;
    case ACCEPT:
        if (!arg[strspn(arg, " \t")] || strchr(arg, '\n'))
            argp_error(state, "--accept takes a reason, in one line");
        r->accept = arg;
        return 0;
    case CSV:
        r->csv = arg;
        return 0;
    case JUNIT:
        r->junit = arg;
        return 0;
    case 'o':
        r->sweep.output = arg;
        return 0;
    case RESUME:
        r->sweep.output = arg;
        r->sweep.resume = true;
        return 0;
    case 'q':
        r->sweep.quiet = true;
        return 0;
    case ARGP_KEY_ARGS:
        r->sweep.argv = state->argv + state->next;
        return 0;
    case ARGP_KEY_END:
        if (!r->sweep.argv && !r->sweep.resume)
            argp_error(state, "name the program, as: heaptrial sweep -- sed s/a/b/ FILE");
        if (r->sweep.resume && (r->sweep.argv || r->asked))
            argp_error(state, "--resume goes on with what was asked for: leave %s%s out",
                       r->asked ? "--" : "", r->asked ? r->asked : "the program");
        if (r->accept && !r->baseline)
            argp_error(state, "--accept adds to the file of --baseline: name it");
        return 0;
    default:
        if (parse_sweep(key, arg, state))
            return ARGP_ERR_UNKNOWN;
        for (const struct argp_option *o = options; o->name; o++)
            if (o->key == key)
                r->asked = o->name;
        return 0;
    }
}

/* ---- what it gives ------------------------------------------------------------------------------------------------- */

static int cant_write(const char *path, int error)
{
    return ht_say(HT_EXIT_FAILED, "can't write %s: %s", path, strerror(-error));
}

static int write_csv(const char *path, const struct ht_sweep *s)
{
    struct ht_file file = {.out = stdout};
    const bool is_stdout = !strcmp(path, "-");
    int error = is_stdout ? 0 : ht_file_open(&file, path);
    if (error)
        return cant_write(path, error);
    fputs(ht_sweep_columns, file.out);
    for (size_t i = 0; i < s->rows.rows; i++)
        ht_sweep_row_put(file.out, &s->rows.row[i]);
    error = is_stdout ? 0 : ht_file_close(&file);
    return error ? cant_write(path, error) : HT_EXIT_GOOD;
}

/* All findings, in the folder. */
static int write_findings(struct ht_sweep *s, const struct ht_findings *f)
{
    char path[PATH_BYTES];
    struct ht_file file;
    snprintf(path, sizeof path, "%s/findings.txt", s->output);
    int error = ht_file_open(&file, path);
    if (!error) {
        ht_sweep_report(file.out, s, f, SIZE_MAX);
        error = ht_file_close(&file);
    }
    if (error == -ENOSPC)
        return ht_say(HT_EXIT_FAILED,
                      "can't write %s: %s; the rows are whole. Free some, then:  heaptrial sweep --resume %s",
                      path, strerror(-error), s->output);
    return error ? cant_write(path, error) : HT_EXIT_GOOD;
}

static int accept_findings(const struct request *r, const struct ht_accepted *accepted)
{
    size_t added;
    const int error = ht_accepted_append(r->baseline, accepted, &r->sweep.rows, r->accept, &added);
    if (error)
        return cant_write(r->baseline, error);
    return ht_say(HT_EXIT_GOOD, "%zu finding%s added to %s", added, added == 1 ? "" : "s", r->baseline);
}

static int present(struct request *r, struct ht_accepted *accepted)
{
    struct ht_findings findings;
    struct ht_sweep *const s = &r->sweep;
    if (ht_findings_collect(&s->rows, accepted, &findings))
        return ht_say(HT_EXIT_FAILED, "%s", strerror(ENOMEM));
    int status = HT_EXIT_GOOD;
    if (!r->csv || strcmp(r->csv, "-"))
        ht_sweep_report(stdout, s, &findings, SHOWN);
    if (r->csv)
        status = write_csv(r->csv, s);
    if (!status && s->output)
        status = write_findings(s, &findings);
    if (!status && r->junit) {
        const int error = ht_sweep_junit(r->junit, s, &findings);
        status = error ? cant_write(r->junit, error) : HT_EXIT_GOOD;
    }
    if (!status && r->accept)
        status = accept_findings(r, accepted);
    else if (!status && findings.fresh)
        status = HT_EXIT_UNEXPECTED;
    free(findings.finding);
    return status;
}

static int say_error(const struct ht_sweep *s, int error, const char *why)
{
    if (error == -EINTR && s->output)
        return ht_say(HT_EXIT_FAILED,
                      "stopped; the %zu rows so far are whole. Go on with:  heaptrial sweep --resume %s",
                      s->rows.rows, s->output);
    if (error == -EINTR)
        return ht_say(HT_EXIT_FAILED, "stopped; nothing was kept (with -o DIR it could be gone on with)");
    if (error == -ENOSPC && s->output && s->is_begun)
        return ht_say(HT_EXIT_FAILED,
                      "%s; the %zu rows so far are whole. Free some, then:  heaptrial sweep --resume %s", why,
                      s->rows.rows, s->output);
    const bool is_usage = error == -EINVAL || error == -EEXIST || error == -ENOTDIR;
    return ht_say(is_usage ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
}

/* The file may not be there yet when it is to be made. */
static int read_accepted(const struct request *r, struct ht_accepted *accepted, char why[256])
{
    *accepted = (struct ht_accepted){.entry = NULL};
    const int error = r->baseline ? ht_accepted_read(r->baseline, accepted, why) : 0;
    return error == -ENOENT && r->accept ? 0 : error;
}

int cmd_sweep(int argc, char **argv)
{
    static const struct argp argp = {options, parse, "-- PROGRAM [ARG...]", doc, NULL, NULL, NULL};
    static struct request r = {.sweep = {.seed = 1, .modes = HT_POINT_ONCE | HT_POINT_PERSISTENT}};
    struct ht_accepted accepted;
    char why[256] = "", library[PATH_BYTES];
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r);
    ht_built_path(HT_FAULTS_SO, library, sizeof library);
    r.sweep.library = library;
    if (read_accepted(&r, &accepted, why))
        return ht_say(HT_EXIT_USAGE, "%s", why);
    int error = r.sweep.resume ? ht_sweep_manifest_read(&r.sweep, why) : 0;
    if (!error)
        error = ht_sweep_run(&r.sweep, why);
    const int status = error ? say_error(&r.sweep, error, why) : present(&r, &accepted);
    ht_accepted_free(&accepted);
    ht_sweep_close(&r.sweep);
    return status;
}
