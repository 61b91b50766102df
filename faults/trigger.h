/* Decides, call by call, which fail: the one reading of a plan `fail` or `os` for all injectors.
 *
 * It stands inside malloc, inside a cell's loop and inside a supervisor: no lock, no allocation, no call of a library.
 * The calls that pass the filters are counted from 1, in the order in which threads come; with `thread` they are those
 * of one thread, whose count is the same from run to run. A drawn failure depends on seed and count alone.
 *
 * Where it is called from (site, only, except) and whether the caller shall be spared (a benign scope) is the
 * injector's to know: such calls are not shown to the trigger. */
#ifndef HT_FAULTS_TRIGGER_H
#define HT_FAULTS_TRIGGER_H

#include <stdatomic.h>

#include "base/rng.h"
#include "faults/fault_plan.h"

struct ht_trigger {
    struct ht_fail_plan plan;
    _Atomic uint64_t calls; /* that passed the filters */
    _Atomic uint64_t fired;
    _Atomic uint64_t held; /* bytes, with a budget */
    _Atomic bool armed;    /* nothing is counted before */
    _Atomic bool steady;   /* the program has said that it is in its steady state */
};

/* One call. */
struct ht_call {
    unsigned op;     /* enum ht_fault_op, or of the system enum ht_os_call */
    uint32_t thread; /* from 1 */
    uint64_t bytes;  /* that are asked for */
    uint64_t old;    /* bytes that it gives back in exchange: of realloc */
};

static inline bool ht_trigger_passes(const struct ht_trigger *t, const struct ht_call *call)
{
    const struct ht_fail_plan *const p = &t->plan;
    return atomic_load_explicit(&t->armed, memory_order_relaxed) && (p->ops >> call->op & 1) &&
           call->bytes >= p->size_least && (!p->thread || p->thread == call->thread) &&
           (!p->after_steady || atomic_load_explicit(&t->steady, memory_order_relaxed));
}

/* Whether call number `n` is one of those that the plan names; a budget aside. */
static inline bool ht_trigger_names(const struct ht_fail_plan *p, uint64_t n)
{
    if (p->every)
        return n % p->every == 0;
    if (p->p > 0)
        return (double)(ht_mix64(p->seed ^ ht_mix64(n)) >> 11) * 0x1p-53 < p->p;
    return n >= p->first && n - p->first < p->count;
}

/* True when the bytes would pass the budget; otherwise they are held. */
static inline bool ht_trigger_is_over(struct ht_trigger *t, const struct ht_call *call)
{
    const uint64_t before = atomic_fetch_add(&t->held, call->bytes - call->old);
    if (before + call->bytes - call->old <= t->plan.budget || call->bytes <= call->old)
        return false;
    atomic_fetch_sub(&t->held, call->bytes - call->old);
    return true;
}

/* True when this call is to fail. */
static inline bool ht_trigger_fires(struct ht_trigger *t, const struct ht_call *call)
{
    if (!ht_trigger_passes(t, call))
        return false;
    const uint64_t n = atomic_fetch_add(&t->calls, 1) + 1;
    if (t->plan.budget ? !ht_trigger_is_over(t, call) : !ht_trigger_names(&t->plan, n))
        return false;
    atomic_fetch_add(&t->fired, 1);
    return true;
}

/* `bytes` of a call that passed were given back. */
static inline void ht_trigger_give_back(struct ht_trigger *t, uint64_t bytes)
{
    if (t->plan.budget)
        atomic_fetch_sub(&t->held, bytes);
}

#endif
