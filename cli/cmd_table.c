/* heaptrial table: the comparison table of a run. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/present.h"
#include "results/table.h"

enum { BASELINE = 256, CSV };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0, "The strategy to compare with (default: system)", 0},
    {"csv", CSV, NULL, 0, "Every ratio with its interval, as CSV: the suite, then each cell", 0},
    {0},
};

static const char doc[] =
    "Print the comparison table of a run: time and memory relative to a baseline, and what was "
    "not ok."
    "\vExamples:\n"
    "  heaptrial table results/runs/bench\n"
    "  heaptrial table results/runs/bench --baseline mimalloc --csv\n";

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
        return 0;
    case CSV:
        r->csv = true;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the folder of a run");
        return 0;
    case ARGP_KEY_ARG:
        if (r->folder)
            argp_error(state, "one run at a time");
        r->folder = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_table(int argc, char **argv)
{
    const struct argp argp = {options, parse, "DIR", doc, NULL, NULL, NULL};
    struct request r = {.folder = NULL};
    struct ht_presented run;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    const int status = ht_presented_open(&run, r.folder, r.baseline);
    if (status)
        return status;
    (r.csv ? ht_table_emit_csv : ht_table_emit)(&run.summary, stdout);
    ht_presented_close(&run);
    return HT_EXIT_GOOD;
}
