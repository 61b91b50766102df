/* heaptrial misuse: what the user names is misused, judged and shown. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/run_folder.h"
#include "cli/cli.h"
#include "cli/misuse_request.h"
#include "faults/misuse_cost.h"
#include "faults/misuse_manifest.h"
#include "faults/misuse_run.h"
#include "results/file.h"
#include "results/misuse_matrix.h"
#include "results/summary.h"

/* ---- the request becomes a plan ---- */

static int add_strategies(struct ht_misuse_plan *plan, const struct ht_misuse_request *r, char why[256])
{
    int error = ht_misuse_plan_add_strategies(plan,
                                              r->strategies ? r->strategies
                                              : r->preloads ? "system"
                                                            : "all",
                                              why);
    for (unsigned i = 0; i < r->preloads && !error; i++) {
        struct ht_strategy s;
        error = ht_strategy_preload(r->preload[i], &s, why);
        if (!error)
            error = ht_misuse_plan_add_strategy(plan, &s, why);
    }
    return error;
}

static int make_manifest(struct ht_misuse_manifest *m, const struct ht_misuse_request *r, char why[256])
{
    struct ht_misuse_plan *const plan = &m->plan;
    *m = (struct ht_misuse_manifest){.with_cost = r->with_cost};
    plan->repeat = r->repeat;
    plan->seed = r->seed ? r->seed : 1;
    plan->timeout_s = r->timeout_s > 0 ? r->timeout_s : 10;
    int error = add_strategies(plan, r, why);
    if (!error)
        error = ht_misuse_plan_add_cases(plan, r->cases ? r->cases : "all", why);
    if (!error)
        error = ht_misuse_plan_set_sizes(plan, r->sizes ? r->sizes : "all", why);
    if (!error && !ht_misuse_plan_steps(plan)) {
        snprintf(why, 256, "nothing is left to run: no such case in these sizes, or no strategy");
        error = -EINVAL;
    }
    for (size_t i = 0; i < plan->strategies; i++)
        ht_digest_file(plan->strategy[i].library, plan->strategy[i].digest);
    const time_t now = time(NULL);
    strftime(m->created, sizeof m->created, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    return error;
}

/* results/misuse/20261120-173000, and `latest` that leads to it. Made here, so that no two runs share one. */
static const char *default_folder(char *out, size_t bytes)
{
    char name[32];
    const time_t now = time(NULL);
    strftime(name, sizeof name, "%Y%m%d-%H%M%S", localtime(&now));
    mkdir("results", 0777);
    mkdir("results/misuse", 0777);
    snprintf(out, bytes, "results/misuse/%s", name);
    for (int i = 2; mkdir(out, 0777) && errno == EEXIST && i < 100; i++)
        snprintf(out, bytes, "results/misuse/%s-%d", name, i);
    unlink("results/misuse/latest.tmp");
    if (symlink(strrchr(out, '/') + 1, "results/misuse/latest.tmp") ||
        rename("results/misuse/latest.tmp", "results/misuse/latest"))
        ht_say(0, "can't make results/misuse/latest: %s", strerror(errno));
    return out;
}

/* ---- the end ---- */

struct shown {
    struct ht_misuse_rows rows;
    struct ht_misuse_matrix matrix;
    const char *name[HT_MISUSE_STRATEGIES_MAX];
    struct ht_misuse_axis axis[HT_MISUSE_CASES_MAX];
    struct ht_misuse_cost cost[HT_MISUSE_STRATEGIES_MAX];
    bool has_cost;
};

static void take_costs(struct shown *shown, const struct ht_misuse_plan *plan,
                       const struct ht_summary *summary)
{
    for (size_t i = 0; i < plan->strategies; i++)
        for (size_t s = 0; s < summary->strategies; s++)
            if (!strcmp(summary->strategy[s].name, plan->strategy[i].name)) {
                const struct ht_interval *const suite = summary->strategy[s].suite;
                shown->cost[i].time = suite[HT_TIME].n ? suite[HT_TIME].estimate : NAN;
                shown->cost[i].memory = suite[HT_MEMORY].n ? suite[HT_MEMORY].estimate : NAN;
                if (s == summary->baseline)
                    shown->cost[i] = (struct ht_misuse_cost){1, 1};
            }
}

/* The rows of DIR/cost; nothing when it was not measured. */
static int read_costs(struct shown *shown, const struct ht_misuse_plan *plan, const char *folder)
{
    struct ht_rows rows;
    struct ht_summary summary;
    char path[4200], why[256];
    for (size_t i = 0; i < plan->strategies; i++)
        shown->cost[i] = (struct ht_misuse_cost){NAN, NAN};
    snprintf(path, sizeof path, "%s/cost/rows.csv", folder);
    if (access(path, R_OK))
        return HT_EXIT_GOOD;
    int error = ht_rows_read(path, &rows, why);
    if (error)
        return ht_say(HT_EXIT_FAILED, "%s", why);
    error = ht_summary_open(&summary, &rows, "system", why);
    if (!error) {
        shown->has_cost = true;
        take_costs(shown, plan, &summary);
        ht_summary_close(&summary);
    }
    ht_rows_free(&rows);
    return error ? ht_say(HT_EXIT_FAILED, "%s: %s", path, why) : HT_EXIT_GOOD;
}

static int open_shown(struct shown *shown, const struct ht_misuse_plan *plan, const char *folder,
                      const char *path)
{
    char why[256];
    for (size_t i = 0; i < plan->strategies; i++)
        shown->name[i] = plan->strategy[i].name;
    for (size_t i = 0; i < plan->cases; i++)
        shown->axis[i] =
            (struct ht_misuse_axis){plan->chosen[i]->name, ht_misuse_group_word(plan->chosen[i]->group),
                                    plan->chosen[i]->group == HT_MISUSE_CONTROL};
    int status = read_costs(shown, plan, folder);
    if (!status && ht_misuse_rows_read(path, &shown->rows, why))
        status = ht_say(HT_EXIT_FAILED, "%s", why);
    shown->matrix =
        (struct ht_misuse_matrix){plan->strategies, plan->cases, shown->name, shown->axis, NULL, NULL};
    if (!status && ht_misuse_matrix_open(&shown->matrix, &shown->rows))
        status = ht_say(HT_EXIT_FAILED, "no memory left");
    return status;
}

static void draw(const struct shown *shown, const char *folder)
{
    char scripts[PATH_MAX], why[256];
    ht_script_path("", scripts, sizeof scripts);
    if (ht_misuse_plot(&shown->matrix, shown->has_cost ? shown->cost : NULL, folder, scripts, why))
        ht_say(0, "%s", why); /* a machine without gnuplot still has its rows and its table */
    else
        printf("\nPlots: %s/plots\n", folder);
}

/* A correct program that was blamed, or a run that could not be. */
static int judge(const struct shown *shown)
{
    unsigned blamed = 0, failed = 0;
    for (size_t i = 0; i < shown->matrix.strategies; i++) {
        blamed += shown->matrix.score[i].false_alarms;
        failed += shown->matrix.score[i].count[HT_MISUSED_NOT_RUN];
    }
    if (blamed)
        return ht_say(HT_EXIT_UNEXPECTED,
                      "%u rows of correct programs were not left alone: see the column `false`", blamed);
    if (failed)
        return ht_say(HT_EXIT_UNEXPECTED, "%u rows could not be run: see `error` in the rows", failed);
    return HT_EXIT_GOOD;
}

static int copy_csv(const char *from, const char *to)
{
    struct ht_file file;
    char *text;
    size_t bytes;
    int error = ht_file_read(from, &text, &bytes);
    if (error)
        return ht_say(HT_EXIT_FAILED, "%s: %s", from, strerror(-error));
    error = ht_file_open(&file, to);
    if (!error) {
        fwrite(text, 1, bytes, file.out);
        error = ht_file_close(&file);
    }
    free(text);
    return error ? ht_say(HT_EXIT_FAILED, "can't write %s: %s", to, strerror(-error)) : HT_EXIT_GOOD;
}

static bool wants_colour(void)
{
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static int present(const struct ht_misuse_manifest *m, const char *folder, const char *path, const char *csv)
{
    struct shown *const shown = calloc(1, sizeof *shown);
    if (!shown)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    int status = open_shown(shown, &m->plan, folder, path);
    if (!status) {
        ht_misuse_matrix_emit(&shown->matrix, wants_colour(), stdout);
        putchar('\n');
        ht_misuse_score_emit(&shown->matrix, shown->has_cost ? shown->cost : NULL, stdout);
        draw(shown, folder);
        printf("Rows: %s\n", path);
        status = csv ? copy_csv(path, csv) : HT_EXIT_GOOD;
        status = status ? status : judge(shown);
    }
    ht_misuse_matrix_close(&shown->matrix);
    ht_misuse_rows_free(&shown->rows);
    free(shown);
    return status;
}

/* ---- the run ---- */

static int fail(int error, const char *folder, size_t rows, const char *why)
{
    const bool is_usage = error == -EEXIST || error == -ENOTDIR || error == -EPROTO || error == -EINVAL;
    if (error == -EINTR)
        return ht_say(HT_EXIT_FAILED,
                      "stopped; the %zu rows so far are whole. Go on with:  heaptrial misuse --resume %s",
                      rows, folder);
    return ht_say(is_usage ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
}

/* The manifest comes first, so that a run that is stopped can go on; then again, with the versions. */
static int begin(struct ht_misuse_manifest *m, const char *folder, char why[256])
{
    int error = ht_misuse_manifest_write(m, folder);
    if (!error)
        error = ht_misuse_ask_versions(&m->plan);
    if (!error)
        error = ht_misuse_manifest_write(m, folder);
    snprintf(why, 256, "can't write manifest.json in %.150s: %s", folder, strerror(-error));
    return error;
}

static int run_in(struct ht_misuse_manifest *m, const struct ht_misuse_request *r, const char *folder)
{
    char path[4200], cost[4200], why[256];
    snprintf(path, sizeof path, "%s/misuse.csv", folder);
    snprintf(cost, sizeof cost, "%s/cost", folder);
    struct ht_misuse_runner runner = {.plan = &m->plan, .path = path, .quiet = r->quiet};
    int error = begin(m, folder, why);
    if (!error)
        error = ht_misuse_run(&runner, why);
    if (!error && m->with_cost)
        error = ht_misuse_cost_run(&m->plan, cost, r->quiet, why);
    if (error)
        return fail(error, folder, runner.rows, why);
    return present(m, folder, path, r->csv);
}

int cmd_misuse(int argc, char **argv)
{
    static struct ht_misuse_request r;
    static struct ht_misuse_manifest m;
    char why[256] = "", made[4096];
    struct ht_run_folder held;
    argp_parse(&ht_misuse_argp, argc, argv, 0, NULL, &r);
    if (r.resume && r.planned)
        return ht_say(HT_EXIT_USAGE, "--resume takes the plan of the run as it is: leave --%s out",
                      r.planned);
    int error = r.resume ? ht_misuse_manifest_read(&m, r.resume, why) : make_manifest(&m, &r, why);
    if (error)
        return ht_say(HT_EXIT_USAGE, "%s", why);
    const char *const folder = r.resume ? r.resume : r.folder ? r.folder : default_folder(made, sizeof made);
    error = ht_run_folder_open(&held, folder, r.resume, why);
    if (error)
        return fail(error, folder, 0, why);
    const int status = run_in(&m, &r, folder);
    ht_run_folder_close(&held);
    return status;
}
