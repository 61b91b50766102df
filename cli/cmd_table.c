/* heaptrial table: the comparison table of a run. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/present.h"
#include "results/table.h"

enum { CSV = 256 };

static const struct argp_option options[] = {
    {"csv", CSV, NULL, 0, "Every ratio with its interval, as CSV: the suite, then each cell", 0},
    {0},
};

static const char doc[] =
    "Print the comparison table of a run: time and memory relative to a baseline, and what was "
    "not ok."
    "\vExamples:\n"
    "  heaptrial table results/runs/latest\n"
    "  heaptrial table results/runs/latest --baseline mimalloc --csv\n";

struct request {
    struct ht_presented_words words;
    bool csv;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    struct request *const r = state->input;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = &r->words;
    else if (key == CSV)
        r->csv = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

int cmd_table(int argc, char **argv)
{
    const struct argp_child children[] = {{&ht_presented_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options, parse, NULL, doc, children, NULL, NULL};
    struct request r = {.csv = false};
    struct ht_presented run;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    const int status = ht_presented_open(&run, r.words.folder, r.words.baseline);
    if (status)
        return status;
    if (r.csv)
        ht_table_emit_csv_header(stdout);
    for (unsigned i = 0; r.csv && i < run.parts; i++)
        ht_table_emit_csv(&run.part[i].summary, stdout);
    if (!r.csv)
        ht_presented_table(&run);
    ht_presented_close(&run);
    return HT_EXIT_GOOD;
}
