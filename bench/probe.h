/* What the probed build of a workload adds to each operation: a time, and the live bytes. */
#ifndef HT_BENCH_PROBE_H
#define HT_BENCH_PROBE_H

#include "base/clock.h"
#include "base/histogram.h"
#include "bench/workload.h"

enum ht_op { HT_OP_ALLOC, HT_OP_RESIZE, HT_OP_FREE, HT_OP_KINDS };

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

/* Adds to the live and usable bytes of the cell, and takes a sample when one is due (bench/sampler.c). */
void ht_probe_count(int64_t live, int64_t usable);

#ifdef HT_PROBED
#define ht_probe_live(worker, heap, p, bytes, sign)                                                          \
    do {                                                                                                     \
        if ((worker)->probe->counted)                                                                        \
            ht_probe_count((sign) * (int64_t)(bytes),                                                        \
                           (p) ? (sign) * (int64_t)heap_usable(heap, p, bytes) : 0);                         \
    } while (0)
#endif

#endif
