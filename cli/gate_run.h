/* A gate from its sides to its verdict: built, measured, measured again where something looks worse, judged. */
#ifndef HT_CLI_GATE_RUN_H
#define HT_CLI_GATE_RUN_H

#include "cli/gate_side.h"
#include "results/gate.h"

/* One measurement: rows of both sides, and what they come to. */
struct ht_gate_measured {
    struct ht_rows rows;
    struct ht_summary summary;
    struct ht_compare compare;
    bool is_there;
};

struct ht_gate_run {
    struct ht_gate_config config;
    struct ht_side base, new;
    const char *folder;
    bool quiet, resume;
    int argc;
    char **argv;
    struct ht_gate_measured first, second;
    struct ht_gate gate; /* once it is judged */
};

/* Runs it to its verdict in run->gate. Says what went wrong. Returns an exit status: HT_EXIT_GOOD when there is a
 * verdict, whatever it is. Close it in any case. */
int ht_gate_run(struct ht_gate_run *run);
void ht_gate_run_close(struct ht_gate_run *run);

/* Whether there are rows, or will be: what is measured does not change any more. */
bool ht_gate_is_begun(const struct ht_gate_run *run);

/* The key of this machine and build (results/baseline.h). */
void ht_gate_key(char key[256]);

#endif
