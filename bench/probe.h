/* What the probed build of a workload adds to each operation: a time, and the live bytes. */
#ifndef HT_BENCH_PROBE_H
#define HT_BENCH_PROBE_H

#include "base/clock.h"
#include "base/histogram.h"
#include "bench/workload.h"

/* Operations of both contracts. X(id, word): the word stands in series files. */
#define HT_OPS(X)                                                                                            \
    X(HT_OP_ALLOC, "alloc")                                                                                  \
    X(HT_OP_RESIZE, "resize")                                                                                \
    X(HT_OP_FREE, "free")                                                                                    \
    X(HT_OP_LOAD, "load")                                                                                    \
    X(HT_OP_STORE, "store")                                                                                  \
    X(HT_OP_ROOT, "root")                                                                                    \
    X(HT_OP_COLLECT, "collect")

enum ht_op {
#define X(id, word) id,
    HT_OPS(X)
#undef X
        HT_OP_KINDS
};

/* One mutator thread's, from the scratch region. */
struct ht_probe {
    struct ht_histogram latency[HT_OP_KINDS]; /* in ticks */
    bool timed;                               /* the latency pass: take the time of each operation */
    bool counted;                             /* the memory pass: keep the live bytes and sample */
    bool open;                                /* the window is open: record */
};

static inline uint64_t ht_probe_start(const struct ht_worker *w)
{
    return w->probe->timed ? ht_ticks() : 0;
}

static inline void ht_probe_stop(struct ht_worker *w, enum ht_op op, uint64_t start)
{
    if (w->probe->timed && w->probe->open)
        ht_histogram_record(&w->probe->latency[op], ht_ticks() - start);
}

/* Takes a sample when one is due (bench/sampler.c), then adds to the live and usable bytes of the cell. */
void ht_probe_count(int64_t bytes, int64_t usable_bytes);

/* Takes `bytes` of live objects off at once; of the usable bytes the same share goes. */
void ht_probe_release(uint64_t bytes);

/* From now on `hear` is told what ht_probe_count would count, by any thread, and nothing is sampled. */
void ht_probe_listen(void (*hear)(int64_t bytes));

/* Takes a sample of memory now: for a workload whose point is what memory does while nothing is called. Does
 * nothing outside the memory pass when called through ht_sample (bench/subject.h). */
void ht_sample_now(void);

/* The probes of all workers together, in ns, to the parent. */
void ht_probe_send(const struct ht_job *job, const struct ht_tick_rate *rate);

#endif
