/* Writes a made-up history: make_history FILE COMMITS. Each commit has one run of 1,000 rows: 50 cells in 20 rounds. Of the
 * five strategies `tlsf` gets 10 % slower in `larson` after a third of the commits, and `slab` is put right after two thirds
 * of them; the rest is noise of 2 % a row, and of 3 % a run, which all cells of a run share. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "results/history.h"

enum { STRATEGIES = 5, WORKLOADS = 10, ROUNDS = 20 };

static const char *const strategies[STRATEGIES] = {"system", "mimalloc", "tlsf", "slab", "pool"};
static const char *const workloads[WORKLOADS] = {"larson",  "alloc-test", "xmalloc-test", "cfrac", "espresso",
                                                 "mstress", "rptest",     "fixed-churn",  "mleak", "bimodal"};

static double normal(struct ht_rng *rng)
{
    return sqrt(-2 * log(1 - ht_rng_unit(rng))) * cos(2 * M_PI * ht_rng_unit(rng));
}

static double level(size_t strategy, size_t workload, size_t commit, size_t commits)
{
    if (workload)
        return 1;
    return strategy == 2   ? (commit >= commits / 3 ? 1.1 : 1)
           : strategy == 3 ? (commit >= 2 * commits / 3 ? 0.8 : 1)
                           : 1;
}

static void fill(struct ht_row *row, struct ht_rng *rng, size_t commit, size_t commits)
{
    const double mood = exp(0.03 * normal(rng));
    for (size_t i = 0; i < STRATEGIES * WORKLOADS * ROUNDS; i++) {
        const size_t strategy = i % STRATEGIES, workload = i / STRATEGIES % WORKLOADS;
        row[i] = ht_row_empty();
        row[i].round = i / (STRATEGIES * WORKLOADS) + 1;
        row[i].kind = "allocator";
        row[i].strategy = strategies[strategy];
        row[i].workload = workloads[workload];
        row[i].threads = 1;
        row[i].pass = "throughput";
        row[i].outcome = "ok";
        row[i].iterations = 100;
        row[i].cpu_ns = 1e8 * (double)(workload + 1) * level(strategy, workload, commit, commits) * mood *
                        exp(0.02 * normal(rng));
    }
}

int main(int argc, char **argv)
{
    static struct ht_row row[STRATEGIES * WORKLOADS * ROUNDS];
    const struct ht_rows rows = {.row = row, .count = STRATEGIES * WORKLOADS * ROUNDS};
    const size_t commits = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    struct ht_rng rng = ht_rng_open(1, 0);
    struct ht_history history;
    char why[256] = "usage: make_history FILE COMMITS";
    int error = commits ? ht_history_open(&history, argv[1], true, why) : -1;
    for (size_t i = 0; i < commits && !error; i++) {
        struct ht_origin origin = {.run = "made-up", .cpu = "a processor", .cores = 2};
        char commit[32], digest[40];
        bool known;
        snprintf(commit, sizeof commit, "c%04zu", i);
        snprintf(digest, sizeof digest, "%032zu", i);
        snprintf(origin.created, sizeof origin.created, "2026-%02zu-%02zuT%02zu:%02zu:00Z", 1 + i / 672 % 12,
                 1 + i / 24 % 28, i % 24, i / 8064);
        fill(row, &rng, i, commits);
        error = ht_history_add(&history, &rows, &origin, commit, digest, &known, why);
    }
    if (error)
        fprintf(stderr, "make_history: %s\n", why);
    else
        ht_history_close(&history);
    return error != 0;
}
