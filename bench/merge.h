/* Joins the shards of a run, which may have run on different machines. */
#ifndef HT_BENCH_MERGE_H
#define HT_BENCH_MERGE_H

#include <stddef.h>

/* Writes into `folder`, which must not exist or be empty, the rows and series of all `parts`, in their order,
 * and a manifest with the machine of each. *missing: how many rows of the run no part has. 0, or a negative
 * errno with one line in `why`: -EPROTO when a part is no run, -EINVAL when the parts are not of one run or hold
 * a row twice, -EEXIST. */
int ht_merge(const char *folder, const char *const *parts, size_t n, size_t *missing, char why[256]);

#endif
