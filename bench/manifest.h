/* manifest.json: all that decides what a run measures, and what it ran on. Written once the work is frozen;
 * `--resume` and `merge` read it back. */
#ifndef HT_BENCH_MANIFEST_H
#define HT_BENCH_MANIFEST_H

#include "bench/machine.h"
#include "bench/plan.h"

struct ht_manifest {
    struct ht_plan plan;
    struct ht_machine machine;
    char created[32]; /* UTC, ISO 8601 */
    char command[1024];
};

/* Writes FOLDER/manifest.json whole or not at all. 0 or a negative errno. */
int ht_manifest_write(const struct ht_manifest *manifest, const char *folder);

/* Reads it; manifest->plan is the caller's to close. 0, or a negative errno with one line in `why`: -ENOENT
 * when there is none, -EPROTO when it is not ours. */
int ht_manifest_read(struct ht_manifest *manifest, const char *folder, char why[256]);

#endif
