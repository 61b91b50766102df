/* What a gate's folder says of it, so that one that was stopped goes on: gate.conf, the config, and gate.json, the
 * sides. */
#ifndef HT_CLI_GATE_STATE_H
#define HT_CLI_GATE_STATE_H

#include "cli/gate_run.h"

/* Makes the folder, or finds it empty. 0, or a negative errno with one line in `why`. */
int ht_gate_state_make(const char *folder, char why[256]);

/* 0 or a negative errno. */
int ht_gate_state_write(const struct ht_gate_run *run);

/* Fills config and sides of run->folder. 0, or a negative errno with one line in `why`. */
int ht_gate_state_read(struct ht_gate_run *run, char why[256]);

#endif
