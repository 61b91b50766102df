/* The main of a cell that is built for faults: one strategy, one workload, one plan, as many tries as the plan has points.
 *
 * A plan may have a `*` in place of a number: fail:nth=* is tried with 1, 2, 3 ... This process itself opens no heap: it
 * forks one that does, from a state with one thread and nothing allocated. Where a closed heap leaves nothing behind, one
 * child tries point after point, and finds what leaks from one to the next; elsewhere each point has a child. What goes
 * wrong at a point is tried once more in a child of its own, and those behind it go on in a fresh one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "allocators/malloc_version.h"
#include "bench/cell_own.h"
#include "bench/injector.h"
#include "bench/stop.h"
#include "bench/suite.h"
#include "faults/faulty_sweep.h"

struct ht_cell ht_cell;

/* Ends the cell when malloc is not the one that was asked for. */
static void prove_preload(void)
{
    const char *const library = ht_malloc_library(), *const slash = strrchr(library, '/');
    ht_record_send_text(HT_RECORD_LIBRARY, library);
    if (ht_cell.options.preload && strcmp(slash ? slash + 1 : library, ht_cell.options.preload))
        ht_stop(HT_ERROR, "the preload of %s did not take: malloc comes from %s", ht_cell.options.preload,
                library);
}

static void print_cap(const char *can, const char *cannot, bool has)
{
    printf("%c %s\n", has ? '+' : '-', has ? can : cannot);
}

/* What can't be run, in words; NULL when all is well. */
static const char *wrong_option(const struct ht_cell_options *o)
{
    if (o->threads < 1 || o->threads > HT_THREADS_MAX)
        return "--heaptrial_threads takes 1 to 256";
    if (!o->workload || ht_suite_find(o->workload, 0) < 0)
        return "a cell for faults takes one of its workloads: heaptrial faults --help names them";
    if (!o->fault[0])
        return "a cell for faults takes a plan, as --heaptrial_fault=fail:nth=*";
    return NULL;
}

/* By hand. */
static int print(const struct ht_sweep *sweep)
{
    printf("%s: %lu points, %lu fired, %lu survived%s%s\n", ht_outcome_word(sweep->outcome),
           (unsigned long)sweep->all.points, (unsigned long)sweep->all.fired,
           (unsigned long)sweep->all.survived, sweep->reason[0] ? "; " : "", sweep->reason);
    if (fflush(stdout))
        return 1;
    return sweep->outcome == HT_OK || sweep->outcome == HT_UNSUPPORTED ? 0 : 3;
}

int main(int argc, char **argv)
{
    ht_cell_options_parse(&ht_cell.options, &argc, argv);
    if (ht_cell.options.capabilities) {
        ht_state_each_cap(print_cap);
        return fflush(stdout) ? 1 : 0;
    }
    const char *const wrong = argc > 1 ? argv[1] : wrong_option(&ht_cell.options);
    if (wrong) {
        fprintf(stderr, "heaptrial: %s%s; see --help\n", wrong, argc > 1 ? " is not understood" : "");
        return 2;
    }
    ht_cell.options.verify = true;
    ht_cell.iterations = ht_cell.options.iterations ? ht_cell.options.iterations : 1;
    struct ht_job job = ht_cell_job((size_t)ht_suite_find(ht_cell.options.workload, 0));
    ht_record_open(ht_cell.options.fd);
    prove_preload();
    char why[256];
    struct ht_sweep sweep;
    if (ht_sweep_open(&sweep, ht_cell.options.fault, ht_cell.options.points, why)) {
        fprintf(stderr, "heaptrial: %s\n", why);
        return 2;
    }
    ht_sweep_run(&sweep, &job);
    if (!ht_record_is_open())
        return print(&sweep);
    ht_record_send(&(struct ht_record){.kind = HT_RECORD_POINTS, .points = sweep.all});
    ht_stop(sweep.outcome, "%s", sweep.reason);
}
