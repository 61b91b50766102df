/* heaptrial report: one page that says what a run shows, and a short one for a pull request. */
#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/compare_request.h"
#include "results/file.h"
#include "results/report.h"

enum { BASELINE = 256, HTML, MARKDOWN, SELFTEST };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0,
     "The strategy to compare with (default: system; among collectors manual)", 0},
    {"output", 'o', "FOLDER", 0, "Where report.html and report.md go (default: DIR)", 0},
    {"selftest", SELFTEST, "FOLDER", 0,
     "Show how far the gate can be trusted: of FOLDER/selftest.csv (default: that of DIR, else of "
     "results/selftest, else nothing)",
     0},
    {"html", HTML, NULL, 0, "Only the page, to stdout", 0},
    {"markdown", MARKDOWN, NULL, 0, "Only the short one, to stdout", 0},
    {0},
};

static const char doc[] = "Write what a run shows: DIR/report.html, one page with every chart that needs "
                          "nothing else and asks no network, and "
                          "DIR/report.md for a pull request. DIR is results/runs/latest where none is named."
                          "\vExamples:\n"
                          "  heaptrial report\n"
                          "  heaptrial report results/runs/latest --baseline mimalloc\n"
                          "  heaptrial report results/runs/latest --markdown >>\"$GITHUB_STEP_SUMMARY\"\n"
                          "  heaptrial report results/runs/latest -o public\n"
                          "  heaptrial report --selftest results/selftest\n";

struct request {
    const char *dir, *baseline, *output, *selftest; /* dir: as it was named, then the folder of the rows */
    int only;                                       /* 0, HTML or MARKDOWN */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case BASELINE:
        r->baseline = arg;
        return 0;
    case 'o':
        r->output = arg;
        return 0;
    case SELFTEST:
        r->selftest = arg;
        return 0;
    case HTML:
    case MARKDOWN:
        if (r->only && r->only != key)
            argp_error(state, "--html and --markdown: one at a time");
        r->only = key;
        return 0;
    case ARGP_KEY_ARG:
        if (r->dir)
            argp_error(state, "one run at a time");
        r->dir = arg;
        return 0;
    case ARGP_KEY_END:
        if (r->only && r->output)
            argp_error(state,
                       "--output is of both files; with --html or --markdown the report goes to stdout");
        r->dir = r->dir ? r->dir : "results/runs/latest";
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* main sees whether it could be written. */
static int print(struct ht_report *report, int (*emit)(struct ht_report *report, FILE *out))
{
    return emit(report, stdout) ? ht_say(HT_EXIT_FAILED, "no memory left") : HT_EXIT_GOOD;
}

static int write_file(struct ht_report *report, const char *folder, const char *name,
                      int (*emit)(struct ht_report *report, FILE *out))
{
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    int error = ht_file_open(&file, path);
    if (!error) {
        error = emit(report, file.out);
        error = error ? ht_file_abandon(&file, error) : ht_file_close(&file);
    }
    if (error)
        ht_say(0, "can't write %s: %s", path, strerror(-error));
    else
        puts(path);
    free(path);
    return error ? HT_EXIT_FAILED : HT_EXIT_GOOD;
}

static int emit_as_asked(const struct request *r, struct ht_report *report)
{
    if (r->only == HTML)
        return print(report, ht_report_emit_html);
    if (r->only == MARKDOWN)
        return print(report, ht_report_emit_markdown);
    const char *const folder = r->output ? r->output : r->dir;
    const int status = write_file(report, folder, "report.html", ht_report_emit_html);
    return status ? status : write_file(report, folder, "report.md", ht_report_emit_markdown);
}

/* The self-test that was named must be one; those that lie about need not, and what is wrong with them is in `why`. */
static int read_selftest(const struct request *r, struct ht_selftest *selftest, char why[256])
{
    why[0] = '\0';
    if (!r->selftest) {
        if (!ht_selftest_read(selftest, r->dir, why) && !selftest->trials)
            ht_selftest_read(selftest, "results/selftest", why);
        return HT_EXIT_GOOD;
    }
    if (ht_selftest_read(selftest, r->selftest, why))
        return ht_say(HT_EXIT_FAILED, "%s", why);
    if (!selftest->trials)
        return ht_say(HT_EXIT_USAGE, "%s/selftest.csv: there are no trials of heaptrial gate-selftest",
                      r->selftest);
    return HT_EXIT_GOOD;
}

static int write_report(const struct request *r, const struct ht_compared *run,
                        const struct ht_compare *compare, const struct ht_selftest *selftest,
                        const char *selftest_why)
{
    struct ht_report report;
    char why[256];
    if (ht_report_open(&report, r->dir, run->summary, run->summaries, compare, why))
        return ht_say(HT_EXIT_FAILED, "%s", why);
    if (why[0])
        ht_say(0, "%s", why);
    report.selftest = selftest;
    report.selftest_why = selftest_why[0] ? selftest_why : NULL;
    const int status = emit_as_asked(r, &report);
    ht_report_close(&report);
    return status;
}

/* A run in which nothing can be paired still has a report. */
static int report(const struct request *r, const struct ht_compared *run)
{
    struct ht_compare_options judging = ht_compare_defaults();
    struct ht_compare compare;
    char why[256];
    judging.gating = 0;
    judging.metrics = ht_compare_metrics_of_one_run();
    const int error = ht_compare_open(&compare, run->summary, run->summaries, &judging, why);
    if (error && error != -ENODATA)
        return ht_say(HT_EXIT_FAILED, "%s", why);
    struct ht_selftest selftest;
    int status = read_selftest(r, &selftest, why);
    if (!status)
        status = write_report(r, run, error ? NULL : &compare, &selftest, why);
    ht_selftest_close(&selftest);
    if (!error)
        ht_compare_close(&compare);
    return status;
}

int cmd_report(int argc, char **argv)
{
    const struct argp argp = {options, parse, "[DIR]", doc, NULL, NULL, NULL};
    struct request r = {.dir = NULL};
    struct ht_compared run;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    int status = ht_compared_open_run(&run, r.dir, r.baseline);
    if (status)
        return status;
    char *const rows = ht_rows_path(r.dir);
    if (rows)
        r.dir = dirname(rows);
    status = rows ? report(&r, &run) : ht_say(HT_EXIT_FAILED, "no memory left");
    ht_compared_close(&run);
    free(rows);
    return status;
}
