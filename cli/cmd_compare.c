/* heaptrial compare: verdicts on the strategies of one run, or on two runs. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/compare_request.h"
#include "cli/terminal.h"
#include "results/file.h"

enum {
    BASELINE = 256,
    BY,
    METRICS,
    GATING,
    MARGIN,
    TWIN,
    ANY_MACHINE,
    ALL,
    CSV,
    JSON,
    MARKDOWN,
    EXIT_CODE,
    STRICT
};

enum { LINES = 40 };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0,
     "Of one run: the strategy to compare with (default: system; among collectors manual)", 1},
    {"by", BY, "WHAT", 0, "Geometric means by strategy (default), workload or threads", 1},
    {"metrics", METRICS, "LIST", 0,
     "Compare only these: time, memory, instructions, drain, mapped, p50, p99, p999, pause_max, calls, "
     "asked, "
     "pages (default: all; of one run not calls and asked, which its strategies share)",
     1},
    {"gating", GATING, "LIST", 0,
     "Those that can fail a build, adjusted by Holm (default of two runs: time, memory, drain, "
     "instructions, calls, asked and pages; of one run: none)",
     1},
    {"margin", MARGIN, "PERCENT", 0,
     "A change up to it does not matter (default: 2 for time and memory, 5 for p50, 10 for p99, 20 for p999 "
     "and "
     "pauses; instructions, calls, asked and pages always 0.1, and instructions 1 with threads)",
     1},
    {"twin", TWIN, "NAME", 0,
     "A strategy that is the baseline once more or, of two runs, has not changed: it measures the noise "
     "floor",
     1},
    {"any-machine", ANY_MACHINE, NULL, 0, "Of two runs: also when they are of different machines", 1},
    {"all", ALL, NULL, 0, "Every cell, not the first 40", 2},
    {"csv", CSV, NULL, 0, "Every figure as CSV", 2},
    {"json", JSON, NULL, 0, "Every figure as JSON, with those of each pair", 2},
    {"markdown", MARKDOWN, NULL, 0, "As Markdown, for a pull request", 2},
    {"output", 'o', "FILE", 0, "Write there instead of to stdout", 2},
    {"exit-code", EXIT_CODE, NULL, 0, "Exit 3 when what can fail a build is worse", 3},
    {"strict", STRICT, NULL, 0,
     "With --exit-code: exit 4 when nothing is worse, but something is inconclusive", 3},
    {0},
};

static const char doc[] =
    "Say what is slower, larger or the same, and how sure that is: of the strategies of one run against a "
    "baseline, or "
    "of two runs. Each cell is regressed, improved, equivalent or inconclusive."
    "\vExamples:\n"
    "  heaptrial compare results/runs/latest\n"
    "  heaptrial compare results/runs/latest --baseline slab --by workload\n"
    "  heaptrial compare before/rows.csv after/rows.csv --exit-code\n"
    "  heaptrial compare before after --twin null --json -o comparison.json\n";

struct request {
    const char *path[2];
    unsigned paths;
    const char *baseline, *output;
    struct ht_compare_options options;
    bool any_machine, metrics, gating, all, exit_code, strict;
    int format; /* 0, CSV, JSON or MARKDOWN */
};

/* ---- the command line ----------------------------------------------------------------------------------- */

static void parse_metrics(struct argp_state *state, const char *words, unsigned *metrics)
{
    char why[256];
    if (!ht_compared_parse_metrics(words, metrics, why))
        argp_error(state, "%s", why);
}

static void parse_by(struct argp_state *state, const char *word, enum ht_compare_by *by)
{
    for (*by = HT_BY_STRATEGY; *by <= HT_BY_THREADS; ++*by)
        if (!strcmp(word, ht_compare_by_word(*by)))
            return;
    argp_error(state, "--by takes strategy, workload or threads, not '%s'", word);
}

static double parse_margin(struct argp_state *state, const char *word)
{
    char *end;
    const double percent = strtod(word, &end);
    if (end == word || strcmp(end + (*end == '%'), "") || !(percent >= 0 && percent <= 1000))
        argp_error(state, "--margin takes percent from 0 to 1000, not '%s'", word);
    return percent / 100;
}

static void take_path(struct argp_state *state, struct request *r, const char *path)
{
    if (r->paths == 2)
        argp_error(state, "one run, or two: '%s' is a third", path);
    r->path[r->paths++] = path;
}

static void check(struct argp_state *state, struct request *r)
{
    if (!r->paths)
        argp_error(state, "name a run, or two: folders, or their rows.csv");
    if (r->paths == 2 && r->baseline)
        argp_error(state, "--baseline is of one run; of two, the first is what the second is compared with");
    if (r->paths == 1 && r->any_machine)
        argp_error(state, "--any-machine is of two runs");
    if (r->paths == 1 && !r->gating)
        r->options.gating = 0;
    if (r->paths == 1 && !r->metrics)
        r->options.metrics = ht_compare_metrics_of_one_run();
    r->options.gating &= r->options.metrics;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case BASELINE:
        r->baseline = arg;
        return 0;
    case BY:
        parse_by(state, arg, &r->options.by);
        return 0;
    case METRICS:
        parse_metrics(state, arg, &r->options.metrics);
        r->metrics = true;
        return 0;
    case GATING:
        parse_metrics(state, arg, &r->options.gating);
        r->gating = true;
        return 0;
    case MARGIN:
        r->options.margin = parse_margin(state, arg);
        return 0;
    case TWIN:
        r->options.twin = arg;
        return 0;
    case ANY_MACHINE:
        r->any_machine = true;
        return 0;
    case ALL:
        r->all = true;
        return 0;
    case CSV:
    case JSON:
    case MARKDOWN:
        if (r->format && r->format != key)
            argp_error(state, "--csv, --json and --markdown: one at a time");
        r->format = key;
        return 0;
    case 'o':
        r->output = arg;
        return 0;
    case EXIT_CODE:
        r->exit_code = true;
        return 0;
    case STRICT:
        r->strict = true;
        return 0;
    case ARGP_KEY_ARG:
        take_path(state, r, arg);
        return 0;
    case ARGP_KEY_END:
        check(state, r);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what it prints ------------------------------------------------------------------------------------- */

static int emit(const struct request *r, const struct ht_compare *c, FILE *out)
{
    struct ht_compare_style style = ht_terminal_style();
    style.colour &= !r->output;
    style.most = r->all ? 0 : LINES;
    switch (r->format) {
    case CSV:
        ht_compare_emit_csv(c, out);
        return 0;
    case JSON:
        return ht_compare_emit_json(c, out);
    case MARKDOWN:
        ht_compare_emit_markdown(c, &style, out);
        return 0;
    default:
        ht_compare_emit_table(c, &style, out);
        return 0;
    }
}

static int write_output(const struct request *r, const struct ht_compare *c)
{
    struct ht_file file;
    int error = r->output ? ht_file_open(&file, r->output) : emit(r, c, stdout);
    if (r->output && !error) {
        error = emit(r, c, file.out);
        error = error ? ht_file_abandon(&file, error) : ht_file_close(&file);
    }
    return error ? ht_say(HT_EXIT_FAILED, "can't write %s: %s", r->output ? r->output : "to stdout",
                          strerror(-error))
                 : HT_EXIT_GOOD;
}

static int judge(const struct request *r, const struct ht_compare *c)
{
    if (!r->exit_code)
        return HT_EXIT_GOOD;
    if (ht_compare_is_worse(c))
        return HT_EXIT_UNEXPECTED;
    return r->strict && c->verdicts[true][HT_INCONCLUSIVE] ? HT_EXIT_INCONCLUSIVE : HT_EXIT_GOOD;
}

static int compare(const struct request *r, const struct ht_compared *compared)
{
    struct ht_compare c;
    char why[256];
    const int error = ht_compare_open(&c, compared->summary, compared->summaries, &r->options, why);
    if (error == -ENODATA)
        return ht_say(HT_EXIT_INCOMPARABLE, "%s", why);
    if (error)
        return ht_say(error == -ENOENT ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
    int status = write_output(r, &c);
    if (!status)
        status = judge(r, &c);
    ht_compare_close(&c);
    return status;
}

int cmd_compare(int argc, char **argv)
{
    const struct argp argp = {options, parse, "DIR\nBASE NEW", doc, NULL, NULL, NULL};
    struct request r = {.options = ht_compare_defaults()};
    struct ht_compared compared;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    int status = r.paths == 1 ? ht_compared_open_run(&compared, r.path[0], r.baseline)
                              : ht_compared_open_pair(&compared, r.path[0], r.path[1], r.any_machine);
    if (status)
        return status;
    status = compare(&r, &compared);
    ht_compared_close(&compared);
    return status;
}
