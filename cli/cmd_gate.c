/* heaptrial gate: may the new build go in? */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/gate_run.h"
#include "cli/gate_state.h"
#include "cli/run_parts.h"
#include "cli/terminal.h"
#include "results/baseline.h"
#include "results/file.h"
#include "results/gate_rows.h"

enum { BASE = 256, NEW, CONFIG, PRINT_CONFIG, MARKDOWN, JUNIT, ANNOTATE, ALL, STRICT, RESUME, KEEP };

/* Read when it is there, and none is named. */
static const char default_config[] = "heaptrial.gate";

static const struct argp_option options[] = {
    {"base", BASE, "SIDE", 0,
     "What is compared with: a shared library, a strategy as -a of heaptrial run takes it, a folder of "
     "sources, a "
     "commit (built as the config says), or a folder of baselines",
     1},
    {"new", NEW, "SIDE", 0, "What is to go in, in the same words; against baselines: what is built here", 1},
    {"config", CONFIG, "FILE", 0,
     "Which cells, which limits, how to build (default: heaptrial.gate, if it is there)", 1},
    {"print-config", PRINT_CONFIG, NULL, 0, "Print the config that would be used, with a comment on each key",
     1},
    {"output", 'o', "DIR", 0, "Where the rows go (default: results/gates/TIME)", 2},
    {"resume", RESUME, "DIR", 0, "Go on with a gate that was stopped", 2},
    {"keep", KEEP, NULL, 0, "Keep the worktrees of commits, in DIR/base and DIR/new", 2},
    {"quiet", 'q', NULL, 0, "No progress", 2},
    {"markdown", MARKDOWN, "FILE", 0, "Write a summary there, for a pull request", 3},
    {"junit", JUNIT, "FILE", 0, "Write JUnit XML there", 3},
    {"annotate", ANNOTATE, NULL, 0,
     "Print ::error lines for GitHub, too (without being asked where GITHUB_ACTIONS is true)", 3},
    {"all", ALL, NULL, 0, "The table shows what is equivalent, too", 3},
    {"strict", STRICT, NULL, 0, "Exit 4 when nothing is worse, but something is inconclusive", 3},
    {0},
};

static const char doc[] =
    "Measure two builds side by side, and fail when the new one is worse: in instructions (exact), in memory "
    "or time "
    "(beyond a limit, and again on fresh pairs), or in what becomes of it when memory runs out."
    "\vExit status: 0 nothing is worse; 1 the gate failed; 2 usage; 3 regressed; 4 inconclusive, with "
    "--strict; 5 "
    "incomparable.\n\n"
    "Examples:\n"
    "  heaptrial gate --base old/libmine.so --new new/libmine.so\n"
    "  heaptrial gate --base tlsf --new pool\n"
    "  heaptrial gate --print-config > heaptrial.gate\n"
    "  heaptrial gate --base origin/main --new HEAD --markdown gate.md --junit gate.xml\n"
    "  heaptrial gate --base results/baseline --config results/baseline/gate.conf\n"
    "  heaptrial gate --resume results/gates/latest\n";

struct request {
    const char *base, *new, *config, *folder, *resume, *markdown, *junit;
    bool print_config, annotate, all, strict, keep, quiet;
};

/* ---- the command line ----------------------------------------------------------------------------------- */

static void check(struct argp_state *state, const struct request *r)
{
    if (r->resume && (r->base || r->new || r->config || r->folder))
        argp_error(state, "--resume takes the gate as it is: leave --base, --new, --config and --output out");
    if (!r->resume && !r->print_config && !r->base)
        argp_error(state, "name the sides: --base and --new (a library, a strategy, a folder or a commit)");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case BASE:
        r->base = arg;
        return 0;
    case NEW:
        r->new = arg;
        return 0;
    case CONFIG:
        r->config = arg;
        return 0;
    case PRINT_CONFIG:
        r->print_config = true;
        return 0;
    case 'o':
        r->folder = arg;
        return 0;
    case RESUME:
        r->resume = arg;
        return 0;
    case KEEP:
        r->keep = true;
        return 0;
    case 'q':
        r->quiet = true;
        return 0;
    case MARKDOWN:
        r->markdown = arg;
        return 0;
    case JUNIT:
        r->junit = arg;
        return 0;
    case ANNOTATE:
        r->annotate = true;
        return 0;
    case ALL:
        r->all = true;
        return 0;
    case STRICT:
        r->strict = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not an option; the sides are named with --base and --new", arg);
        return 0;
    case ARGP_KEY_END:
        check(state, r);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what it prints ------------------------------------------------------------------------------------- */

static int write_file(const char *path, const struct ht_gate *gate,
                      void (*emit)(const struct ht_gate *gate, FILE *out))
{
    struct ht_file file;
    int error = path ? ht_file_open(&file, path) : 0;
    if (path && !error) {
        emit(gate, file.out);
        error = ht_file_close(&file);
    }
    return error ? ht_say(HT_EXIT_FAILED, "can't write %s: %s", path, strerror(-error)) : HT_EXIT_GOOD;
}

static bool wants_annotations(const struct request *r)
{
    const char *const github = getenv("GITHUB_ACTIONS");
    return r->annotate || (github && !strcmp(github, "true"));
}

/* The table, in which nothing is a command of GitHub's, whatever a subject has said: its last words stand there. */
static void print_table(const struct request *r, const struct ht_gate *gate)
{
    const struct ht_compare_style style = ht_terminal_style();
    uint64_t token[2] = {0};
    const bool guarded = wants_annotations(r) && !getentropy(token, sizeof token);
    if (guarded)
        printf("::stop-commands::%016" PRIx64 "%016" PRIx64 "\n", token[0], token[1]);
    ht_gate_emit_table(gate, &style, r->all, stdout);
    if (guarded)
        printf("::%016" PRIx64 "%016" PRIx64 "::\n", token[0], token[1]);
}

/* Whatever else is asked for. */
static int write_lines(const struct ht_gate *gate)
{
    char *path;
    if (asprintf(&path, "%s/gate.csv", gate->folder) < 0)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    const int status = write_file(path, gate, ht_gate_emit_csv);
    free(path);
    return status;
}

static int present(const struct request *r, const struct ht_gate *gate)
{
    const int lines = write_lines(gate);
    print_table(r, gate);
    if (wants_annotations(r))
        ht_gate_emit_annotations(gate, stdout);
    const int markdown = write_file(r->markdown, gate, ht_gate_emit_markdown);
    const int junit = write_file(r->junit, gate, ht_gate_emit_junit);
    if (lines || markdown || junit)
        return HT_EXIT_FAILED;
    const enum ht_gate_answer answer = ht_gate_answer(gate);
    if (answer == HT_GATE_ANSWER_FAIL)
        return HT_EXIT_UNEXPECTED;
    return r->strict && answer == HT_GATE_ANSWER_INCONCLUSIVE ? HT_EXIT_INCONCLUSIVE : HT_EXIT_GOOD;
}

/* ---- the gate ------------------------------------------------------------------------------------------- */

static int read_config(const struct request *r, struct ht_gate_config *config)
{
    char why[256];
    const char *const path = r->config ? r->config : !access(default_config, F_OK) ? default_config : NULL;
    *config = ht_gate_config_defaults();
    const int error = path ? ht_gate_config_read(config, path, why) : 0;
    return error ? ht_say(HT_EXIT_USAGE, "%s", why) : HT_EXIT_GOOD;
}

static int find_sides(const struct request *r, struct ht_gate_run *g)
{
    char why[256];
    int error = ht_side_find(&g->base, HT_GATE_BASE, r->base, why);
    if (!error && !r->new && g->base.kind != HT_SIDE_BASELINE) {
        snprintf(why, sizeof why, "name what is to go in: --new");
        error = -EINVAL;
    }
    if (!error && r->new)
        error = ht_side_find(&g->new, HT_GATE_NEW, r->new, why);
    if (!error && !r->new)
        g->new = (struct ht_side){.name = HT_GATE_NEW, .label = "what is built here"};
    if (!error && g->new.kind == HT_SIDE_BASELINE) {
        snprintf(why, sizeof why, "%.100s holds baselines: they are what is compared with, --base", r->new);
        error = -EINVAL;
    }
    g->base.quiet = g->new.quiet = r->quiet;
    return error ? ht_say(HT_EXIT_USAGE, "%s", why) : HT_EXIT_GOOD;
}

/* The folder must be there for the logs of builds; it is a new one, or empty. */
static int open_folder(struct ht_gate_run *g, const struct request *r, char *folder, size_t bytes)
{
    char why[256], full[PATH_MAX];
    g->folder = r->folder ? r->folder : ht_run_new_folder("gates", folder, bytes);
    if (ht_gate_state_make(g->folder, why))
        return ht_say(HT_EXIT_USAGE, "%s", why);
    /* Commits are built in it, from where git is. */
    if (realpath(g->folder, full) && strlen(full) < bytes) {
        strcpy(folder, full);
        g->folder = folder;
    }
    const int error = ht_gate_state_write(g);
    return error ? ht_say(HT_EXIT_FAILED, "can't write in %s: %s", g->folder, strerror(-error))
                 : HT_EXIT_GOOD;
}

static int start(struct ht_gate_run *g, const struct request *r, char *folder, size_t bytes)
{
    char why[256];
    if (r->resume) {
        g->folder = r->resume;
        const int error = ht_gate_state_read(g, why);
        g->base.quiet = g->new.quiet = r->quiet;
        return error ? ht_say(HT_EXIT_USAGE, "%s", why) : HT_EXIT_GOOD;
    }
    int status = read_config(r, &g->config);
    if (!status)
        status = find_sides(r, g);
    return status ? status : open_folder(g, r, folder, bytes);
}

int cmd_gate(int argc, char **argv)
{
    const struct argp argp = {options, parse, NULL, doc, NULL, NULL, NULL};
    static struct ht_gate_run g;
    static char folder[4096];
    struct request r = {.base = NULL};
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    if (r.print_config) {
        const int status = read_config(&r, &g.config);
        if (!status)
            ht_gate_config_emit(&g.config, stdout);
        return status;
    }
    g.argc = argc;
    g.argv = argv;
    g.quiet = r.quiet;
    g.resume = r.resume;
    int status = start(&g, &r, folder, sizeof folder);
    if (!status)
        status = ht_gate_run(&g);
    if (!status)
        status = present(&r, &g.gate);
    ht_gate_run_close(&g);
    /* What was measured in part goes on with the builds that it began with. */
    const bool goes_on = (status == HT_EXIT_FAILED || status == HT_EXIT_USAGE) && ht_gate_is_begun(&g);
    if (!r.keep && !goes_on) {
        ht_side_close(&g.base);
        ht_side_close(&g.new);
    }
    return status;
}
