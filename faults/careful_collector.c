/* A careful program on a collector: bench/careful.h. Compiled for each strategy, with -DHT_FAULTY.
 *
 * It also collects at times of its own, so that a short workload has marked, swept, moved and called finalizers at each
 * point where something may fail. */
#include <errno.h>

#include "bench/careful.h"
#include "bench/mutator.h"
#include "bench/shadow.h"
#include "faults/careful.h"
#include "faults/faulty.h"

enum { FULL_EVERY = 97, MINOR_EVERY = 31, STEP_EVERY = 7, STEP_BYTES = 512, COLLECTIONS = 3 };

/* What the program asks for. */
struct request {
    struct gc_root *dst;
    uint32_t kind, slots, bytes;
};

static uint64_t safepoints;
static uint64_t looked_at; /* failures that were followed by a look */

/* ---- asking -------------------------------------------------------------------------------------------------- */

/* 0 or -ENOMEM; anything else is wrong. */
static int ask_strategy(struct ht_worker *w, const struct request *r)
{
    const int error = gc_alloc(w->mutator, r->dst, r->kind, r->slots, r->bytes);
    if (error && error != -ENOMEM)
        ht_stop(HT_CORRUPT, "an allocation failed with the status %d, not -ENOMEM", error);
    if (!error && gc_is_empty(r->dst))
        ht_stop(HT_CORRUPT, "an allocation returned 0 and left its root empty");
#ifdef HT_ALLOCATORS_COUNTED_H
    if (!error && ht_faulty_plan.kind == HT_FAULT_STRESS && ht_faulty_plan.stress.counts &&
        ht_faulty_trigger->armed) {
        gc_count_of(r->dst->object)->count = GC_STICKY;
        ht_faulty_acted();
    }
#endif
    return error;
}

static int ask(struct ht_worker *w, const struct request *r)
{
    if (ht_faulty_fires(HT_CALL_MALLOC, w->index + 1, gc_size(r->slots, r->bytes), 0))
        return -ENOMEM;
    const int error = ask_strategy(w, r);
    if (error)
        ht_faulty_acted();
    return error;
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

/* The shadow compares all roots, objects and edges. Not in a finalizer: there the heap is between two states. */
static void look(struct ht_worker *w, const char *when)
{
    char why[160] = "";
    looked_at = ht_faulty_fired();
    if (ht_shadow_in_finalizer())
        return;
    if (w->job->threads == 1 && gc_verify(&ht_gc_heap, why))
        ht_stop(HT_CORRUPT, "heap walk %s: %s", when, why);
    ht_verified_audit(w);
}

/* ---- while memory is out ------------------------------------------------------------------------------------- */

static void *data_of(const struct ht_worker *w, const struct gc_root *root)
{
    return gc_is_empty(root) ? NULL : gc_data(w->mutator, root);
}

static void forget(struct ht_worker *w, struct gc_root *root)
{
    if (ht_can(GC_CAP_EXPLICIT)) {
        void *const data = data_of(w, root);
        ht_shadow_give_up(w, root, ht_shadow_see(w, root, data), data);
        gc_free(w->mutator, root);
    } else {
        gc_clear(w->mutator, root);
        ht_shadow_put(w, root, 0);
    }
}

/* Objects of several sizes, which each come or fail cleanly. */
static void probe(struct ht_worker *w)
{
    static const struct {
        uint32_t slots, bytes;
    } sizes[] = {{0, 8}, {2, 0}, {1, 200}, {30, 16}, {0, 3000}, {500, 0}, {0, 40000}};
    struct gc_root *const root = gc_push(w->mutator, 1);
    ht_shadow_push(w, root, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct request r = {root, GC_PLAIN, sizes[i].slots, sizes[i].bytes + HT_SHADOW_BYTES};
        if (ask(w, &r))
            continue;
        ht_shadow_new(w, root, r.kind, r.slots, sizes[i].bytes, gc_data(w->mutator, root));
        forget(w, root);
    }
    ht_shadow_pop(w, 1);
    gc_pop(w->mutator, 1);
}

/* Memory is back; what is dead may have to go first. */
static int ask_again(struct ht_worker *w, const struct request *r)
{
    ht_faulty_suspend();
    int error = ask_strategy(w, r);
    for (int i = 0; i < COLLECTIONS && error; i++) {
        gc_collect(w->mutator, GC_FULL);
        error = ask_strategy(w, r);
    }
    ht_faulty_resume(ht_faulty_is_lasting());
    return error;
}

/* It failed: all must be as it was. Asks again, first as things are, then when memory is back. */
static int survive(struct ht_worker *w, const struct request *r)
{
    ht_shadow_see(w, r->dst, data_of(w, r->dst));
    look(w, "after a failure");
    int error = ask(w, r);
    if (!error)
        return 0;
    probe(w);
    if (!ht_shadow_in_finalizer())
        gc_collect(w->mutator, GC_FULL);
    look(w, "while memory was out");
    error = ask_again(w, r);
    return error;
}

/* ---- bench/careful.h ----------------------------------------------------------------------------------------- */

int ht_careful_new(struct ht_worker *w, struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    const struct request r = {dst, kind, slots, bytes};
    const int error = ask(w, &r);
    return error ? survive(w, &r) : 0;
}

static void collect(struct ht_worker *w, uint64_t n)
{
    if (n % FULL_EVERY == 0)
        gc_collect(w->mutator, GC_FULL);
    else if (n % MINOR_EVERY == 0)
        gc_collect(w->mutator, GC_MINOR);
    else if (n % STEP_EVERY == 0)
        gc_step(w->mutator, ht_faulty_plan.stress.slice ? 0 : STEP_BYTES);
}

void ht_careful_safepoint(struct ht_worker *w)
{
    if (ht_shadow_in_finalizer())
        return;
    const uint64_t n = ++safepoints;
    const struct ht_stress_plan *const stress = &ht_faulty_plan.stress;
    const bool stressed = ht_faulty_plan.kind == HT_FAULT_STRESS && ht_faulty_trigger->armed;
    if (stressed && stress->collect && n % stress->collect == 0) {
        gc_collect(w->mutator, GC_FULL);
        ht_faulty_acted();
    } else {
        collect(w, n);
        if (stressed && stress->slice)
            ht_faulty_acted();
    }
    if (looked_at != ht_faulty_fired() && !(stressed && n % FULL_EVERY))
        look(w, "after a failure that it coped with");
}

/* ---- faults/careful.h ---------------------------------------------------------------------------------------- */

void ht_careful_warm(void)
{
    ht_shadow_open(0, 1);
}

void ht_careful_open(void)
{
    safepoints = 0;
    looked_at = 0;
}

void ht_careful_start(struct ht_worker *w)
{
    (void)w;
}

void ht_careful_stop(struct ht_worker *w)
{
    (void)w;
}

const char *ht_careful_missing(const struct ht_fault_plan *plan, const struct ht_job *job)
{
    const struct ht_workload *const w = job->workload;
    const uint32_t needs = w->needs | (w->needs_more ? w->needs_more(job) : 0);
#ifndef HT_ALLOCATORS_COUNTED_H
    if (plan->kind == HT_FAULT_STRESS && plan->stress.counts)
        return "has no counts of ours that could saturate";
#endif
    if (plan->kind == HT_FAULT_STRESS && plan->stress.counts &&
        needs & (GC_CAP_WEAK | GC_CAP_EPHEMERON | GC_CAP_FINALIZER))
        return "what has a saturated count never dies: no weak reference to it is emptied";
    if (plan->kind == HT_FAULT_FAIL && plan->fail.budget && !plan->fail.site[0])
        return "is a collector: the bytes that a program holds are not known; --heap limits them";
    return NULL;
}

const enum ht_reopen ht_careful_reopen =
#ifdef gc_reopen
    gc_reopen;
#else
    HT_REOPEN_WHOLE;
#endif
