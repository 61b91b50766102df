/* What a gate measures, and which differences fail the build: the config file (docs/gate-config.md).
 *
 * Lines are `key = value` under a `[section]`; `#` at the start of a word starts a comment, except in `build`, which the
 * shell reads. What is not said has its default. Every mistake is told with its line, and the nearest key. */
#ifndef HT_RESULTS_GATE_CONFIG_H
#define HT_RESULTS_GATE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "results/metrics.h"

enum { HT_GATE_TEXT = 2048, HT_GATE_FAULTS_MAX = 16, HT_GATE_FAULT_TEXT = 128 };

struct ht_gate_config {
    /* [subject]: of a side that is a commit or a source folder. "": not said. */
    char build[HT_GATE_TEXT];      /* a shell command, run in the folder */
    char library[HT_GATE_TEXT];    /* what it makes, relative to the folder: a drop-in library */
    char plugin[HT_GATE_TEXT];     /* or a plug-in */
    char cells[HT_GATE_TEXT];      /* or a folder of heaptrial's own cells */
    char strategies[HT_GATE_TEXT]; /* with `cells`, and against a stored baseline: which of them */

    /* [cells] */
    char workloads[HT_GATE_TEXT], threads[HT_GATE_TEXT], heaps[HT_GATE_TEXT]; /* as of heaptrial run */
    char fault[HT_GATE_FAULTS_MAX][HT_GATE_FAULT_TEXT]; /* `fault`, a line each; `none` for none at all */
    unsigned faults;
    bool exact, memory, time; /* `tiers` */

    /* [run] */
    unsigned pairs,
        confirm;          /* rounds of the first measurement, and of the one on fresh pairs; both 6 or more */
    unsigned repetitions; /* windows in a process */
    unsigned points;      /* tries of each fault plan with a *; 0: all */
    double window_ms, timeout_s;
    uint64_t seed;
    bool twin; /* the base a second time, which measures the noise floor */

    /* [limits]: in the file percent, or `off`; here shares. NAN: the metric fails no build. */
    double limit[HT_METRICS];
};

struct ht_gate_config ht_gate_config_defaults(void);

/* The defaults, with what the file at `path` says over them. 0; or a negative errno with one line in `why`: -EINVAL with
 * "FILE:LINE: what is wrong, and what would be right". Workloads, heaps and fault plans are words here, for the plan to
 * check. After an error *config is of no use. */
int ht_gate_config_read(struct ht_gate_config *config, const char *path, char why[256]);

/* The same from memory, over what *config says already; `name` is the file's, for `why`. */
int ht_gate_config_parse(struct ht_gate_config *config, const char *name, const char *text, size_t bytes,
                         char why[256]);

/* A config file that says what `config` says, each key with a comment. */
void ht_gate_config_emit(const struct ht_gate_config *config, FILE *out);

#endif
