/* The run: every round, every cell in its order, one row each, appended whole. A run that was killed goes on
 * where it stopped. */
#ifndef HT_BENCH_RUNNER_H
#define HT_BENCH_RUNNER_H

#include "bench/manifest.h"

struct ht_runner {
    struct ht_manifest *manifest;
    const char *folder;
    bool resume;
    bool quiet; /* no progress */
    uint64_t data_limit;
    size_t rows; /* out: rows of this shard that there are now */
    bool begun;  /* out: it has a manifest, and can be resumed */
};

/* Runs the plan in runner->folder, which it makes. Progress goes to stderr. 0; -EINTR when the user stopped
 * it; -EEXIST, -ENOTDIR, -EPROTO, -EINVAL (the folder or its rows are not ours),
 * -EBUSY (another runner is at it), -ENOSPC and others with one line in `why`. Whatever
 * it returns, the rows that were there are whole. */
int ht_runner_run(struct ht_runner *runner, char why[256]);

#endif
