/* heaptrial plot: the plots of a run, by gnuplot. */
#include <argp.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/present.h"

static const char doc[] =
    "Draw the plots of a run into DIR/plots, each as SVG and PNG, and write DIR/gbench.json for "
    "Google Benchmark's compare.py. Of collectors, DIR/plots/gc-timeline.json holds the pauses over time, "
    "for "
    "ui.perfetto.dev."
    "\vExamples:\n"
    "  heaptrial plot results/runs/latest\n"
    "  compare.py filters results/runs/latest/gbench.json '/system$' '/tlsf$'\n";

/* All it takes is what names a run. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

int cmd_plot(int argc, char **argv)
{
    const struct argp_child children[] = {{&ht_presented_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {NULL, parse, NULL, doc, children, NULL, NULL};
    struct ht_presented_words words = {.folder = NULL};
    struct ht_presented run;
    argp_parse(&argp, argc, argv, 0, NULL, &words);
    int status = ht_presented_open(&run, words.folder, words.baseline);
    if (status)
        return status;
    status = ht_presented_draw(&run);
    if (!status)
        printf("%s/plots\n", words.folder);
    ht_presented_close(&run);
    return status;
}
