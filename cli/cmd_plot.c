/* heaptrial plot: the plots of a run, again. */
#include <argp.h>

#include "cli/cli.h"

enum { BASELINE = 256 };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0, "What ratios are against (default: system)", 0},
    {0},
};

static const char doc[] = "Draw the plots of a run, as SVG and PNG, into DIR/plots."
                          "\vExample:\n"
                          "  heaptrial plot results/runs/latest --baseline mimalloc\n";

struct request {
    const char *folder, *baseline;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case BASELINE:
        r->baseline = arg;
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

int cmd_plot(int argc, char **argv)
{
    const struct argp argp = {options, parse, "DIR", doc, NULL, NULL, NULL};
    struct request r = {.folder = NULL};
    struct ht_run_view view;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    int status = ht_open_run(&view, r.folder, r.baseline);
    if (status)
        return status;
    status = ht_draw(&view, r.folder);
    ht_close_run(&view);
    return status;
}
