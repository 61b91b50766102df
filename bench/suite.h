/* All workloads that are compiled into this program, in the order of bench/workloads/list.h. */
#ifndef HT_BENCH_SUITE_H
#define HT_BENCH_SUITE_H

#include <stddef.h>

#include "bench/workload.h"

/* The number of workloads. */
size_t ht_suite_count(void);

/* Workload `index`, plain or with probes around each operation. */
const struct ht_workload *ht_suite_plain(size_t index);
const struct ht_workload *ht_suite_probed(size_t index);

/* The index of the workload called `name`, or -1. */
int ht_suite_find(const char *name);

/* Fills job->value with the defaults of the workload, then with `params`, "name=value" separated by spaces,
 * commas or colons; a value may end in k, M or G (powers of 1024). 0, or -EINVAL with the reason in words. */
int ht_suite_set_params(struct ht_job *job, const char *params, char why[256]);

/* The parameters of `job` that are not the default, "name=value", separated by spaces. 0, or -E2BIG when they
 * don't fit. */
int ht_suite_emit_params(const struct ht_job *job, char *out, size_t bytes);

#endif
