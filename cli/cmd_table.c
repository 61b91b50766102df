/* heaptrial table: the comparison of a run, again. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"
#include "results/table.h"

enum { BASELINE = 256, CSV };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0, "What ratios are against (default: system)", 0},
    {"csv", CSV, NULL, 0, "For programs: one line a strategy, and one a cell", 0},
    {0},
};

static const char doc[] =
    "Print the table of a run: each strategy against a baseline, in time and memory, with "
    "intervals, and what was unsupported or failed."
    "\vExamples:\n"
    "  heaptrial table results/runs/latest\n"
    "  heaptrial table results/runs/latest --baseline mimalloc --csv >ratios.csv\n";

struct request {
    const char *folder, *baseline;
    bool csv;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case BASELINE:
        r->baseline = arg;
        break;
    case CSV:
        r->csv = true;
        break;
    case ARGP_KEY_ARG:
        if (r->folder)
            argp_error(state, "one run at a time");
        r->folder = arg;
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the folder of a run, as results/runs/latest");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int cmd_table(int argc, char **argv)
{
    const struct argp argp = {options, parse, "DIR", doc, NULL, NULL, NULL};
    struct request r = {.folder = NULL};
    struct ht_run_view view;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    const int status = ht_open_run(&view, r.folder, r.baseline);
    if (status)
        return status;
    (r.csv ? ht_table_emit_csv : ht_table_emit)(&view.summary, stdout);
    ht_close_run(&view);
    return HT_EXIT_GOOD;
}
