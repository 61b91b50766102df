#include "cli/gate_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/launch.h"
#include "bench/runner.h"
#include "bench/strategy_try.h"
#include "cli/cli.h"
#include "cli/gate_plan.h"
#include "cli/present.h"
#include "cli/run_parts.h"
#include "results/baseline.h"
#include "results/gate_rows.h"

static const char FIRST[] = "first", SECOND[] = "second";

void ht_gate_key(char key[256])
{
    struct ht_machine machine;
    ht_machine_read(&machine);
    ht_baseline_key(machine.cpu, machine.libc, machine.compiler, machine.flags, key);
}

/* FOLDER/PART; the caller frees it. */
static char *part_of(const struct ht_gate_run *g, const char *part)
{
    char *path;
    return asprintf(&path, "%s/%s", g->folder, part) < 0 ? NULL : path;
}

/* ---- plans ---------------------------------------------------------------------------------------------- */

static int add_twin(const struct ht_gate_run *g, struct ht_plan *plan, char why[256])
{
    struct ht_strategy twin = plan->strategy[0];
    char *const at = strrchr(twin.name, '@');
    if (!g->config.twin || (size_t)(at - twin.name) + sizeof HT_GATE_AGAIN + 1 > sizeof twin.name)
        return 0;
    strcpy(at + 1, HT_GATE_AGAIN);
    return ht_plan_add_strategy(plan, &twin, why);
}

static int plan_sides(const struct ht_gate_run *g, struct ht_plan *plan, char why[256])
{
    if (ht_side_is_cells(&g->base, &g->config) != ht_side_is_cells(&g->new, &g->config)) {
        snprintf(
            why, 256,
            "%.80s has cells of heaptrial's and %.80s has not: give both sides as commits or folders, or "
            "none",
            g->base.label, g->new.label);
        return -EINVAL;
    }
    int error = ht_side_add(&g->base, &g->config, plan, why);
    if (!error)
        error = add_twin(g, plan, why);
    if (!error)
        error = ht_side_add(&g->new, &g->config, plan, why);
    if (!error)
        error = ht_strategies_try(plan, why);
    return error ? error : ht_gate_plan(plan, &g->config, false, why);
}

/* What is stored says what is measured: the same work, by the cells of the new side. */
static int plan_baseline(const struct ht_gate_run *g, struct ht_manifest *m, char why[256])
{
    int error = ht_manifest_read(m, g->base.path, why);
    for (size_t i = 0; i < m->plan.strategies && !error; i++)
        if (g->new.kind == HT_SIDE_TREE || g->new.kind == HT_SIDE_COMMIT)
            error = ht_side_take_cell(&g->new, &g->config, &m->plan.strategy[i], why);
    if (!error && g->new.kind != HT_SIDE_TREE && g->new.kind != HT_SIDE_COMMIT && g->new.word[0]) {
        snprintf(why, 256,
                 "against a baseline --new is a commit or a folder, or left out: what is built here");
        error = -EINVAL;
    }
    return error;
}

static int plan_first(const struct ht_gate_run *g, struct ht_manifest *m, char why[256])
{
    *m = (struct ht_manifest){.created = ""};
    int error;
    if (g->base.kind == HT_SIDE_BASELINE) {
        error = plan_baseline(g, m, why);
    } else {
        error = ht_plan_open(&m->plan);
        error = error ? error : plan_sides(g, &m->plan, why);
    }
    ht_run_describe(m, 0, g->argc, g->argv);
    return error;
}

/* ---- measuring ------------------------------------------------------------------------------------------ */

/* Goes on with what is there. Returns an exit status. */
static int measure(struct ht_gate_run *g, struct ht_manifest *m, const char *part, bool resume)
{
    char why[256] = "";
    char *const folder = part_of(g, part);
    if (!folder)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    struct ht_runner runner = {.manifest = m,
                               .folder = folder,
                               .resume = resume,
                               .quiet = g->quiet,
                               .data_limit = m->plan.memory_bytes};
    const int error = ht_runner_run(&runner, why);
    if (error == -ENOSPC || error == -EDQUOT)
        snprintf(why, sizeof why,
                 "the disk of %.90s is full; free some, then go on with: heaptrial gate --resume %.90s",
                 g->folder, g->folder);
    runner.folder = g->folder;
    runner.begun = true; /* whatever there is, the gate goes on with it */
    const int status = ht_run_end(&runner, "gate", error, why);
    free(folder);
    return status;
}

static bool has_manifest(const struct ht_gate_run *g, const char *part)
{
    char *path;
    if (asprintf(&path, "%s/%s/manifest.json", g->folder, part) < 0)
        return false;
    const bool found = !access(path, F_OK);
    free(path);
    return found;
}

bool ht_gate_is_begun(const struct ht_gate_run *run)
{
    return run->folder && has_manifest(run, FIRST);
}

/* ---- comparing ------------------------------------------------------------------------------------------ */

static int read_rows(struct ht_gate_run *g, const char *part, struct ht_gate_measured *m, size_t *first_new)
{
    const bool stored = g->base.kind == HT_SIDE_BASELINE;
    int status = stored ? ht_present_read(g->base.path, &m->rows) : HT_EXIT_GOOD;
    *first_new = m->rows.count;
    char *const folder = part_of(g, part);
    if (!folder)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    if (!status)
        status = ht_present_read(folder, &m->rows);
    if (!status && !stored && ht_gate_part_sides(&m->rows, first_new))
        status = ht_say(HT_EXIT_FAILED, "%s/rows.csv holds rows that are not of a gate", folder);
    free(folder);
    return status;
}

/* A stored baseline has none, nor does a second measurement of workloads that are not the twin's. */
static bool has_twin(const struct ht_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!strcmp(rows->row[i].strategy, HT_GATE_TWIN))
            return true;
    return false;
}

static const char *first_reason(const struct ht_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].reason[0])
            return rows->row[i].reason;
    return "no cell ran on both sides";
}

static int compare(struct ht_gate_run *g, const char *part, struct ht_gate_measured *m)
{
    char why[256];
    size_t first_new;
    const struct ht_summary *const summaries[] = {&m->summary};
    struct ht_compare_options options = ht_gate_options(&g->config);
    int status = read_rows(g, part, m, &first_new);
    options.twin = !status && has_twin(&m->rows) ? options.twin : NULL;
    if (!status && ht_summary_open_sides(&m->summary, &m->rows, first_new, g->base.label, g->new.label, why))
        status = ht_say(HT_EXIT_FAILED, "%s", why);
    if (status) {
        ht_rows_free(&m->rows);
        return status;
    }
    const int error = ht_compare_open(&m->compare, summaries, 1, &options, why);
    m->is_there = !error;
    if (error == -ENODATA)
        status = ht_say(HT_EXIT_INCOMPARABLE, "incomparable: %s", first_reason(&m->rows));
    else if (error)
        status = ht_say(HT_EXIT_FAILED, "%s", why);
    if (error) {
        ht_summary_close(&m->summary);
        ht_rows_free(&m->rows);
    }
    return status;
}

static void close_measured(struct ht_gate_measured *m)
{
    if (!m->is_there)
        return;
    ht_compare_close(&m->compare);
    ht_summary_close(&m->summary);
    ht_rows_free(&m->rows);
    m->is_there = false;
}

/* ---- the steps ------------------------------------------------------------------------------------------ */

/* Figures of this machine and build, or none. */
static int find_figures(struct ht_gate_run *g)
{
    char key[256], others[512], *path;
    if (g->base.kind != HT_SIDE_BASELINE)
        return HT_EXIT_GOOD;
    ht_gate_key(key);
    if (asprintf(&path, "%s/%s", g->base.path, key) < 0 || strlen(path) >= sizeof g->base.path)
        return ht_say(HT_EXIT_FAILED, "the path of %s is too long", g->base.word);
    const bool found = !access(path, F_OK);
    ht_baseline_list(g->base.path, others, sizeof others);
    strcpy(g->base.path, path);
    free(path);
    if (found)
        return HT_EXIT_GOOD;
    return ht_say(
        HT_EXIT_INCOMPARABLE,
        "incomparable: %s has no figures of %s; there are: %s. Accept some here (heaptrial baseline "
        "accept --reason WHY), or gate against a commit, which is built beside the new one (--base "
        "COMMIT)",
        g->base.word, key, others);
}

/* The worktree of a gate that was done is gone with what was built in it. */
static int refuse_gone(const struct ht_gate_run *g, char why[256])
{
    const struct ht_side *const sides[] = {&g->base, &g->new};
    for (size_t i = 0; i < 2; i++)
        if (sides[i]->kind == HT_SIDE_COMMIT && !sides[i]->has_worktree) {
            snprintf(
                why, 256,
                "the build of %.60s is gone, and nothing more can be measured; %.80s/gate.csv has what was",
                sides[i]->label, g->folder);
            return -ESTALE;
        }
    return 0;
}

static int prepare(struct ht_gate_run *g, struct ht_manifest *m, bool resume)
{
    char why[256] = "";
    int error;
    if (resume) {
        char *const folder = part_of(g, FIRST);
        error = refuse_gone(g, why);
        if (!error)
            error = folder ? ht_manifest_read(m, folder, why) : -ENOMEM;
        free(folder);
        if (!error)
            error = ht_run_refuse_changed(&m->plan, why);
    } else {
        error = ht_side_build(&g->base, &g->config, g->folder, why);
        if (!error)
            error = ht_side_build(&g->new, &g->config, g->folder, why);
        if (!error)
            error = plan_first(g, m, why);
    }
    if (error == -EINTR || (error && ht_launch_interrupt))
        return ht_say(HT_EXIT_FAILED,
                      "stopped before anything was measured. Go on with:  heaptrial gate --resume %s",
                      g->folder);
    return error ? ht_say(error == -ECHILD ? HT_EXIT_FAILED : HT_EXIT_USAGE, "%s", why) : HT_EXIT_GOOD;
}

/* What looks worse, on fresh pairs. */
static int look_again(struct ht_gate_run *g, const struct ht_manifest *first)
{
    struct ht_manifest *const m = malloc(sizeof *m);
    if (!m)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    *m = *first;
    int status = HT_EXIT_GOOD;
    if (ht_gate_plan_again(&first->plan, &g->config, &g->first.compare, g->base.kind == HT_SIDE_BASELINE,
                           &m->plan)) {
        free(m);
        return ht_say(HT_EXIT_FAILED, "no memory left");
    }
    if (m->plan.groups) {
        if (!g->quiet)
            ht_say(0, "%zu of %zu groups look worse, and are measured again", m->plan.groups,
                   first->plan.groups);
        status = measure(g, m, SECOND, g->resume && has_manifest(g, SECOND));
        if (!status)
            status = compare(g, SECOND, &g->second);
        /* Nothing has a pair any more: then nothing is confirmed. */
        if (status == HT_EXIT_INCOMPARABLE)
            status = HT_EXIT_GOOD;
    }
    ht_plan_close(&m->plan);
    free(m);
    return status;
}

/* Tiers that were asked for, and have no line; of outcomes: fault plans that were tried on nothing. A stored baseline has
 * the exact tier only. `asked` is of that one too, but comes with the pass of memory: it does not show that there was a
 * pass of instructions. */
static unsigned find_empty(const struct ht_gate_run *g)
{
    const bool stored = g->base.kind == HT_SIDE_BASELINE;
    unsigned empty = (g->config.exact ? 1u << HT_TIER_EXACT : 0) |
                     (g->config.memory && !stored ? 1u << HT_TIER_MEMORY : 0) |
                     (g->config.time && !stored ? 1u << HT_TIER_TIME : 0);
    for (size_t i = 0; i < g->gate.lines; i++)
        if (strcmp(g->gate.line[i].key, ht_metric_word(HT_ASKED)))
            empty &= ~(1u << g->gate.line[i].tier);
    const bool faults = g->config.faults && !stored && !g->first.compare.faulted;
    return empty | (faults ? 1u << HT_TIER_OUTCOME : 0);
}

int ht_gate_run(struct ht_gate_run *g)
{
    const uint64_t start = ht_wall_ns();
    struct ht_manifest *const m = calloc(1, sizeof *m);
    const bool resume = g->resume && has_manifest(g, FIRST);
    int status = m ? find_figures(g) : ht_say(HT_EXIT_FAILED, "no memory left");
    if (!status)
        status = prepare(g, m, resume);
    if (!status)
        status = measure(g, m, FIRST, resume);
    if (!status)
        status = compare(g, FIRST, &g->first);
    if (!status)
        status = look_again(g, m);
    if (!status && ht_gate_open(&g->gate, &g->first.compare, g->second.is_there ? &g->second.compare : NULL))
        status = ht_say(HT_EXIT_FAILED, "no memory left");
    if (m)
        ht_plan_close(&m->plan);
    free(m);
    g->gate.empty = find_empty(g);
    g->gate.base = g->base.label;
    g->gate.new = g->new.label;
    g->gate.folder = g->folder;
    g->gate.seconds = (double)(ht_wall_ns() - start) * 1e-9;
    return status;
}

void ht_gate_run_close(struct ht_gate_run *g)
{
    ht_gate_close(&g->gate);
    close_measured(&g->second);
    close_measured(&g->first);
}
