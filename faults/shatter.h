/* Fragmentation, injected: before a workload's window so many times its live bytes are allocated, in sizes of its own, and
 * all but a few of the objects, drawn at random, are freed (struct ht_shatter_plan). Those that are kept stay until the
 * workload has ended. The window itself is the plain build's.
 *
 * The sizes come from a rehearsal: a forked child runs the workload once, in the probed build, and tells. The heap that
 * is measured has not seen it. */
#ifndef HT_FAULTS_SHATTER_H
#define HT_FAULTS_SHATTER_H

#include "base/rng.h"
#include "faults/injectors.h"

enum { HT_SHATTER_SIZES = 4096 };

/* What the rehearsal told: a sample of the sizes, each as likely to be in it, and the most bytes that were live. */
struct ht_shatter_sizes {
    uint64_t heard;
    int64_t live, live_peak;
    uint32_t bytes[HT_SHATTER_SIZES];
};

/* Rehearses the job, unless that was done; an `error` ends the cell. */
const struct ht_shatter_sizes *ht_shatter_rehearse(const struct ht_job *job);

/* A size, drawn. */
size_t ht_shatter_draw(const struct ht_shatter_sizes *sizes, struct ht_rng *rng);

/* Memory of the harness's for a table; all of the process's life. */
void *ht_shatter_map(size_t bytes);

extern const struct ht_injector ht_shatter;

#endif
