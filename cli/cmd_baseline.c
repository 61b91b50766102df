/* heaptrial baseline: figures that repeat to the digit, kept for a gate. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outcome.h"
#include "bench/runner.h"
#include "bench/strategy_try.h"
#include "cli/cli.h"
#include "cli/gate_plan.h"
#include "cli/gate_run.h"
#include "cli/run_parts.h"
#include "results/baseline.h"
#include "results/file.h"
#include "results/row.h"

enum { REASON = 256, CONFIG };

static const char default_folder[] = "results/baseline";

static const struct argp_option options[] = {
    {"reason", REASON, "TEXT", 0, "With `accept`: why these figures are right; it is kept in accepted.csv",
     1},
    {"config", CONFIG, "FILE", 0, "Which strategies and cells (default: DIR/gate.conf, then heaptrial.gate)",
     1},
    {"output", 'o', "DIR", 0, "Folder of the baselines (default: results/baseline)", 1},
    {"quiet", 'q', NULL, 0, "No progress", 1},
    {0},
};

static const char doc[] =
    "Keep the exact figures of this build: instructions, calls, pages and fault outcomes. They are kept by "
    "processor, C "
    "library, compiler and its flags, and `heaptrial gate --base DIR` compares with those of its own machine "
    "only. "
    "`accept` measures and keeps, `key` prints what this machine is called, `list` what there is."
    "\vExamples:\n"
    "  heaptrial baseline accept --reason 'tlsf looks at one more list' --config results/baseline/gate.conf\n"
    "  heaptrial baseline list\n"
    "  heaptrial baseline key\n";

struct request {
    const char *verb, *reason, *config, *folder;
    bool quiet;
};

static bool is_verb(const char *word)
{
    return !strcmp(word, "accept") || !strcmp(word, "list") || !strcmp(word, "key");
}

static void check(struct argp_state *state, const struct request *r)
{
    const bool accepts = r->verb && !strcmp(r->verb, "accept");
    if (!r->verb)
        argp_error(state, "say what to do: accept, list or key");
    if (accepts && (!r->reason || !*r->reason))
        argp_error(state, "accept takes --reason: whoever reads the change wants to know why");
    if (!accepts && r->reason)
        argp_error(state, "--reason is of accept");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case REASON:
        r->reason = arg;
        return 0;
    case CONFIG:
        r->config = arg;
        return 0;
    case 'o':
        r->folder = arg;
        return 0;
    case 'q':
        r->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (r->verb || !is_verb(arg))
            argp_error(state, "one of accept, list and key; not '%s'", arg);
        r->verb = arg;
        return 0;
    case ARGP_KEY_END:
        check(state, r);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- accept --------------------------------------------------------------------------------------------- */

static int read_config(const struct request *r, struct ht_gate_config *config)
{
    char why[256], beside[4096];
    snprintf(beside, sizeof beside, "%s/gate.conf", r->folder);
    const char *const path = r->config                         ? r->config
                             : !access(beside, F_OK)           ? beside
                             : !access("heaptrial.gate", F_OK) ? "heaptrial.gate"
                                                               : NULL;
    *config = ht_gate_config_defaults();
    int error = path ? ht_gate_config_read(config, path, why) : 0;
    if (!error && !config->strategies[0]) {
        snprintf(why, sizeof why,
                 "say in the config, under [subject], whose figures: strategies = tlsf, pool");
        error = -EINVAL;
    }
    if (!error && !config->exact) {
        snprintf(why, sizeof why, "only the exact tier is kept: tiers = exact, in the config");
        error = -EINVAL;
    }
    return error ? ht_say(HT_EXIT_USAGE, "%s", why) : HT_EXIT_GOOD;
}

static int make_plan(const struct ht_gate_config *config, struct ht_plan *plan, char why[256])
{
    char strategies[HT_GATE_TEXT];
    size_t n = 0;
    for (const char *at = config->strategies; *at; at++)
        if (*at != ' ' && *at != '\t')
            strategies[n++] = *at;
    strategies[n] = '\0';
    int error = ht_plan_open(plan);
    if (!error)
        error = ht_plan_add_strategies(plan, strategies, why);
    if (!error)
        error = ht_strategies_try(plan, why);
    return error ? error : ht_gate_plan(plan, config, true, why);
}

/* The rows of a stored run are not all ok where a strategy can't do a workload; that is a figure, too. */
static int measure(struct ht_manifest *m, const char *folder, bool quiet)
{
    char why[256] = "";
    struct ht_runner runner = {
        .manifest = m, .folder = folder, .quiet = quiet, .data_limit = m->plan.memory_bytes};
    const int error = ht_runner_run(&runner, why);
    if (!error)
        return HT_EXIT_GOOD;
    return ht_say(error == -EEXIST || error == -ENOTDIR ? HT_EXIT_USAGE : HT_EXIT_FAILED,
                  "%s; nothing was accepted", why);
}

/* A cell that heaptrial itself could not run is no figure. */
static int refuse_errors(const char *folder)
{
    struct ht_rows rows;
    char path[4300], why[256];
    int status = HT_EXIT_GOOD;
    snprintf(path, sizeof path, "%s/rows.csv", folder);
    if (ht_rows_read(path, &rows, why))
        return ht_say(HT_EXIT_FAILED, "%s", why);
    for (size_t i = 0; i < rows.count && !status; i++)
        if (!strcmp(rows.row[i].outcome, ht_outcome_word(HT_ERROR)))
            status = ht_say(HT_EXIT_FAILED, "%s on %s in the pass %s: %s; nothing was accepted",
                            rows.row[i].strategy, rows.row[i].workload, rows.row[i].pass, rows.row[i].reason);
    ht_rows_free(&rows);
    return status;
}

static void remove_run(const char *folder)
{
    static const char *const files[] = {"rows.csv", "manifest.json", "lock", "series", ""};
    char path[4300];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        remove(path);
    }
}

/* The new figures take the place of the old ones at once. */
static int put_in_place(const char *fresh, const char *place)
{
    char series[4300], old[4300];
    snprintf(series, sizeof series, "%s/series", fresh);
    snprintf(old, sizeof old, "%s.old", place);
    rmdir(series); /* empty: nothing of the exact tier has any */
    remove_run(old);
    if (!access(place, F_OK) && rename(place, old))
        return -errno;
    if (rename(fresh, place)) {
        const int error = -errno;
        rename(old, place);
        return error;
    }
    remove_run(old);
    return 0;
}

/* Of the sources here, where they are in git; "" otherwise. */
static void find_commit(char commit[64])
{
    FILE *const git = popen("git describe --always --dirty 2>/dev/null", "r");
    commit[0] = '\0';
    if (git && fgets(commit, 64, git))
        commit[strcspn(commit, "\n")] = '\0';
    if (git)
        pclose(git);
}

static int keep(const struct request *r, const struct ht_manifest *m, const char *fresh, const char *key)
{
    char place[4200], commit[64];
    snprintf(place, sizeof place, "%s/%s", r->folder, key);
    find_commit(commit);
    int error = put_in_place(fresh, place);
    if (!error)
        error = ht_baseline_log(r->folder, m->created, key, commit, r->reason);
    if (error)
        return ht_say(HT_EXIT_FAILED, "can't keep the figures in %s: %s", place, strerror(-error));
    printf("accepted: %zu strategies, %zu groups, as %s\n", m->plan.strategies, m->plan.groups, place);
    return HT_EXIT_GOOD;
}

static int accept_figures(const struct request *r, int argc, char **argv)
{
    char why[256], key[256], fresh[4200];
    struct ht_gate_config config;
    int status = read_config(r, &config);
    if (status)
        return status;
    struct ht_manifest *const m = calloc(1, sizeof *m);
    if (!m)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    ht_gate_key(key);
    snprintf(fresh, sizeof fresh, "%s/.accepting-%d", r->folder, (int)getpid());
    if (make_plan(&config, &m->plan, why))
        status = ht_say(HT_EXIT_USAGE, "%s", why);
    mkdir("results", 0777);
    if (!status && mkdir(r->folder, 0777) && errno != EEXIST)
        status = ht_say(HT_EXIT_FAILED, "can't make the folder %s: %s", r->folder, strerror(errno));
    ht_run_describe(m, 0, argc, argv);
    if (!status)
        status = measure(m, fresh, r->quiet);
    if (!status)
        status = refuse_errors(fresh);
    if (!status)
        status = keep(r, m, fresh, key);
    remove_run(fresh);
    ht_plan_close(&m->plan);
    free(m);
    return status;
}

/* ---- the others ----------------------------------------------------------------------------------------- */

static int list_figures(const struct request *r)
{
    char *path, *text;
    size_t bytes;
    if (asprintf(&path, "%s/%s", r->folder, HT_BASELINE_LOG) < 0)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    const int error = ht_file_read(path, &text, &bytes);
    free(path);
    if (error)
        return ht_say(HT_EXIT_USAGE, "%s holds no baselines: %s", r->folder, strerror(-error));
    fwrite(text, 1, bytes, stdout);
    free(text);
    return HT_EXIT_GOOD;
}

int cmd_baseline(int argc, char **argv)
{
    const struct argp argp = {options, parse, "accept|list|key", doc, NULL, NULL, NULL};
    struct request r = {.folder = default_folder};
    char key[256];
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    if (!strcmp(r.verb, "accept"))
        return accept_figures(&r, argc, argv);
    if (!strcmp(r.verb, "list"))
        return list_figures(&r);
    ht_gate_key(key);
    puts(key);
    return HT_EXIT_GOOD;
}
