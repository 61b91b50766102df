/* One process as a sweep starts them, for who replays a point by hand: a fresh copy of the files, a HOME and a TMPDIR, the
 * clean environment. */
#ifndef HT_FAULTS_SWEEP_FRESH_H
#define HT_FAULTS_SWEEP_FRESH_H

#include "faults/sweep/launch.h"

struct ht_fresh {
    char base[HT_SANDBOX_PATH];
    struct ht_sandbox box;
    struct ht_sandbox_files files;
    struct ht_launch_environment env;
};

/* Makes it, and makes its environment that of this process. The program is then to be started in `box.work`. `folder` is
 * copied; NULL: the files that argv names. 0 or a negative errno with one line in `why`; to be closed in any case. */
int ht_fresh_open(struct ht_fresh *f, char *const *argv, const char *folder, char *const *env, char why[256]);

/* Deletes it. */
void ht_fresh_close(struct ht_fresh *f);

#endif
