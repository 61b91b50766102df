/* DIR/manifest.json of a run of misuse: what it runs, for --resume, and the versions of what it ran on. */
#ifndef HT_FAULTS_MISUSE_MANIFEST_H
#define HT_FAULTS_MISUSE_MANIFEST_H

#include "faults/misuse_plan.h"

struct ht_misuse_manifest {
    struct ht_misuse_plan plan;
    bool with_cost;
    char created[32]; /* UTC, ISO 8601 */
};

/* Writes FOLDER/manifest.json whole or not at all. 0 or a negative errno. */
int ht_misuse_manifest_write(const struct ht_misuse_manifest *manifest, const char *folder);

/* Reads it. 0, or a negative errno with one line in `why`: -ENOENT when there is none, -EPROTO when it is not ours, -ESTALE
 * when a library has changed since. */
int ht_misuse_manifest_read(struct ht_misuse_manifest *manifest, const char *folder, char why[256]);

#endif
