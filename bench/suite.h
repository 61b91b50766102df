/* All workloads that are compiled into this program: those for allocators in the order of bench/workloads/list.h, then
 * those for collectors in the order of bench/mutators/list.h. A cell has one of the two. */
#ifndef HT_BENCH_SUITE_H
#define HT_BENCH_SUITE_H

#include <stddef.h>

#include "bench/workload.h"

/* The number of workloads. */
size_t ht_suite_count(void);

/* Workload `index`, plain or with probes around each operation. */
const struct ht_workload *ht_suite_plain(size_t index);
const struct ht_workload *ht_suite_probed(size_t index);

/* True when workload `index` is for collectors. */
bool ht_suite_is_mutator(size_t index);

/* The index of the first workload called `name` from index `from` on, or -1: a name may stand once for each
 * contract. */
int ht_suite_find(const char *name, size_t from);

/* Fills job->value with the defaults of the workload, then with `params`, "name=value" separated by spaces,
 * commas or colons; a value may end in k, M or G (powers of 1024). 0, or -EINVAL with the reason in words. */
int ht_suite_set_params(struct ht_job *job, const char *params, char why[256]);

/* The heap limit that `heap` means for this job: a number of bytes (k, M, G) or, as "1.75x", a multiple of what the
 * workload and a fault plan have live at most; "" is HT_HEAP_DEFAULT. HT_HEAP_LEAST is the least. 0, or -EINVAL with the reason in
 * words. */
#define HT_HEAP_DEFAULT "3x"
enum { HT_HEAP_LEAST = 1 << 20 };
int ht_suite_heap_bytes(const struct ht_job *job, const char *heap, uint64_t *bytes, char why[256]);

/* The parameters of `job` that are not the default, "name=value", separated by spaces. 0, or -E2BIG when they
 * don't fit. */
int ht_suite_emit_params(const struct ht_job *job, char *out, size_t bytes);

#endif
