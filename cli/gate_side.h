/* One side of a gate: what the user names with --base or --new, and the strategies that it comes to. */
#ifndef HT_CLI_GATE_SIDE_H
#define HT_CLI_GATE_SIDE_H

#include <limits.h>
#include <stdbool.h>

#include "bench/plan.h"
#include "results/gate_config.h"

enum ht_side_kind {
    HT_SIDE_STRATEGY, /* as -a takes it: tlsf, plugin:FILE.so */
    HT_SIDE_FILE,     /* a shared library */
    HT_SIDE_TREE,     /* a folder of sources, built where it is */
    HT_SIDE_COMMIT,   /* of the git repository here, built in a worktree of its own */
    HT_SIDE_BASELINE  /* a folder of stored figures (results/baseline.h) */
};

struct ht_side {
    const char *name; /* HT_GATE_BASE or HT_GATE_NEW */
    enum ht_side_kind kind;
    char word[512];  /* as the user said it */
    char path[4096]; /* of the file or the folder */
    char commit[64];
    char label[640]; /* for people: "v1.2 (1a2b3c4)" */
    bool has_worktree;
    bool quiet; /* no word that something is built */
};

/* Finds out what `word` is, in this order: a file, a folder, a strategy, a commit. 0, or a negative errno with one line
 * in `why`. */
int ht_side_find(struct ht_side *side, const char *name, const char *word, char why[256]);

/* Builds what must be built, for FOLDER/NAME.log to show; a worktree is made in FOLDER/NAME. 0, -EINTR, or a negative
 * errno with one line in `why`. */
int ht_side_build(struct ht_side *side, const struct ht_gate_config *config, const char *folder,
                  char why[256]);

/* Adds the strategies of the side, "NAME@base". 0, or a negative errno with one line in `why`. */
int ht_side_add(const struct ht_side *side, const struct ht_gate_config *config, struct ht_plan *plan,
                char why[256]);

/* Whether the side has strategies by name, rather than one thing that is compared with another. */
bool ht_side_is_cells(const struct ht_side *side, const struct ht_gate_config *config);

/* Points a strategy at the cell that was built on this side. 0, or -ENOENT with one line in `why`. */
int ht_side_take_cell(const struct ht_side *side, const struct ht_gate_config *config,
                      struct ht_strategy *strategy, char why[256]);

/* Takes the worktree away, if there is one. */
void ht_side_close(struct ht_side *side);

#endif
