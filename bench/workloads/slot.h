/* Where a workload keeps an object: its address and what was asked for. In scratch memory, so that the
 * measured heap holds nothing but the workload's own objects. */
#ifndef HT_BENCH_WORKLOADS_SLOT_H
#define HT_BENCH_WORKLOADS_SLOT_H

#include "bench/subject.h"

struct slot {
    void *p;
    size_t bytes;
};

static inline void slot_make(struct ht_worker *w, struct slot *s, size_t bytes)
{
    *s = (struct slot){.p = ht_make(w, bytes), .bytes = bytes};
}

static inline void slot_drop(struct ht_worker *w, const struct slot *s)
{
    ht_drop(w, s->p, s->bytes);
}

/* Drops the `n` objects that a worker keeps in its state: a teardown. */
static inline void slots_drop(struct ht_worker *w, uint64_t n)
{
    const struct slot *const slot = w->state;
    for (uint64_t i = 0; i < n; i++)
        slot_drop(w, &slot[i]);
}

#endif
