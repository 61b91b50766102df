/* sweep.json in the folder of a sweep: what was asked for, so that it can be gone on with. */
#ifndef HT_FAULTS_SWEEP_MANIFEST_H
#define HT_FAULTS_SWEEP_MANIFEST_H

#include "faults/sweep/sweep.h"

/* 0 or a negative errno with one line in `why`. */
int ht_sweep_manifest_write(const struct ht_sweep *s, char why[256]);

/* Reads what was asked for into `s`, whose `output` names the folder. The texts live as long as the process. -EINVAL when
 * it is no folder of a sweep. */
int ht_sweep_manifest_read(struct ht_sweep *s, char why[256]);

#endif
