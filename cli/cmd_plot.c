/* heaptrial plot: the plots of a run, by gnuplot. */
#include <argp.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/present.h"

enum { BASELINE = 256 };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0, "The strategy to compare with (default: system)", 0},
    {0},
};

static const char doc[] =
    "Draw the plots of a run into DIR/plots, each as SVG and PNG, and write DIR/gbench.json for "
    "Google Benchmark's compare.py."
    "\vExamples:\n"
    "  heaptrial plot results/runs/bench\n"
    "  compare.py filters results/runs/bench/gbench.json '/system$' '/tlsf$'\n";

struct request {
    const char *folder, *baseline;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case BASELINE:
        r->baseline = arg;
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

int cmd_plot(int argc, char **argv)
{
    const struct argp argp = {options, parse, "DIR", doc, NULL, NULL, NULL};
    struct request r = {.folder = NULL};
    struct ht_presented run;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    int status = ht_presented_open(&run, r.folder, r.baseline);
    if (status)
        return status;
    status = ht_presented_draw(&run);
    if (!status)
        printf("%s/plots\n", r.folder);
    ht_presented_close(&run);
    return status;
}
