/* Where one process on trial works: a folder with a fresh copy of the user's files, a HOME and a TMPDIR, and files that
 * take what it prints. One for each job; it is made anew between two processes where they left anything behind. */
#ifndef HT_FAULTS_SWEEP_SANDBOX_H
#define HT_FAULTS_SWEEP_SANDBOX_H

#include "faults/sweep/tree.h"

enum { HT_SANDBOX_PATH = 200 };

/* What the working folder holds at the start. */
struct ht_sandbox_files {
    const char *folder; /* copied whole; NULL: none */
    char *const *files; /* or these, relative to here; NULL: none */
    size_t count;
};

/* The files that a command names: relative, below this folder, and there. `files` is to be freed. 0 or -ENOMEM. */
int ht_sandbox_files_of(char *const *argv, struct ht_sandbox_files *files);

struct ht_sandbox {
    char root[HT_SANDBOX_PATH];
    char work[HT_SANDBOX_PATH + 8], home[HT_SANDBOX_PATH + 8], tmp[HT_SANDBOX_PATH + 8];
    char out[HT_SANDBOX_PATH + 8], err[HT_SANDBOX_PATH + 8];
    const struct ht_sandbox_files *files;
    struct ht_tree pristine;
    bool is_made;
};

/* The folder of all sandboxes of this process: made, with a name of its own, under $TMPDIR or /tmp. 0 or a negative
 * errno with one line in `why`. Deleted by ht_sandboxes_close. */
int ht_sandboxes_open(char base[HT_SANDBOX_PATH], char why[256]);
void ht_sandboxes_close(const char *base);

/* Sandbox number `index` under `base`. All of them have paths of the same length. */
int ht_sandbox_open(struct ht_sandbox *s, const char *base, unsigned index,
                    const struct ht_sandbox_files *files);
void ht_sandbox_close(struct ht_sandbox *s);

/* Makes it fresh. 0 or a negative errno. */
int ht_sandbox_refresh(struct ht_sandbox *s);

/* A full disk makes programs fail in ways that are not theirs: 0, or -ENOSPC when less than a MiB is left where it stands. */
int ht_sandbox_check_space(const struct ht_sandbox *s);

/* Writes the path of the first sandbox over that of this one, wherever it stands in a text: what two processes say of
 * their folders is the same then. */
void ht_sandbox_normalise(const struct ht_sandbox *s, char *text, size_t bytes);

#endif
