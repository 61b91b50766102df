/* What the commands share that run a plan into a folder. */
#ifndef HT_CLI_RUN_PARTS_H
#define HT_CLI_RUN_PARTS_H

#include "bench/runner.h"

/* What a manifest says beside its plan: the machine, the moment, the command line, the digests of the libraries.
 * `memory_bytes` 0: three quarters of what is free. */
void ht_run_describe(struct ht_manifest *m, uint64_t memory_bytes, int argc, char **argv);

/* results/UNDER/20261120-173000, and `latest` beside it that leads to it. Made here, so that no two runs share one. */
const char *ht_run_new_folder(const char *under, char *out, size_t bytes);

/* Says what ended the runner, unless it came to its end, and how `command` goes on with it. Returns an exit status. */
int ht_run_end(const struct ht_runner *runner, const char *command, int error, const char *why);

/* Rows of two builds of one library must not stand in one run: -ESTALE with one line in `why`. */
int ht_run_refuse_changed(const struct ht_plan *plan, char why[256]);

#endif
