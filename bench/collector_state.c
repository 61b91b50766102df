#include "bench/state.h"

#include "base/scratch.h"
#include "bench/mutator.h"
#include "bench/shadow.h"

enum { LEAK_COLLECTIONS = 3 };

const char ht_state_strategy[] = HT_STRATEGY;
const bool ht_state_is_collector = true;

static struct {
    struct gc_options options;
    const struct ht_job *job;
} state;

static struct ht_worker *worker_of(const struct gc_mutator *m)
{
    for (unsigned i = 0; i < state.job->threads; i++)
        if (state.job->workers[i].mutator == m)
            return &state.job->workers[i];
    ht_stop(HT_CORRUPT, "a finalizer was called with a mutator that is not attached");
}

/* When a finalizer runs is the collector's choice: its allocations are not counted, and have nothing injected. */
static void finalize_one(struct ht_worker *w, struct gc_root *object)
{
    const struct ht_injector *const injector = w->injector;
    if (ht_injector_finalize(w, object))
        return;
    w->injector = NULL;
    if (state.job->workload->finalize)
        state.job->workload->finalize(w, object);
    w->injector = injector;
}

static void finalize(struct gc_mutator *m, struct gc_root *object, void *context)
{
    struct ht_worker *const w = worker_of(m);
    (void)context;
    if (state.job->verify)
        ht_verified_finalize(w, object);
    finalize_one(w, object);
    if (state.job->verify)
        ht_verified_finalized(w, object);
}

const char *ht_state_option_names(void)
{
    return GC_OPTIONS;
}

int ht_state_open(const struct ht_job *job, const struct ht_state_options *options)
{
    memset(&ht_gc_heap, 0, sizeof ht_gc_heap);
    state.job = job;
    state.options = (struct gc_options){.threads = job->threads,
                                        .heap_bytes = job->heap_bytes,
                                        .variant = options->variant,
                                        .plugin = options->plugin,
                                        .log = options->log,
                                        .finalize = finalize};
    /* What the shadow adds to an object is at most as much again. */
    if (job->verify)
        state.options.heap_bytes *= 2;
    const int error = gc_open(&ht_gc_heap, &state.options);
    if (!error && job->verify) {
        ht_shadow_open(gc_caps(&ht_gc_heap), job->seed);
        ht_verified_open();
    }
    return error;
}

const char *ht_state_open_error(int error)
{
    return gc_open_error(&ht_gc_heap, error);
}

void ht_state_close(void)
{
    gc_close(&ht_gc_heap);
}

const char *ht_state_missing(uint32_t needs, unsigned threads)
{
    return gc_caps_missing(gc_caps(&ht_gc_heap), needs | (threads > 1 ? GC_CAP_THREADS : 0));
}

void ht_state_each_cap(void (*emit)(const char *can, const char *cannot, bool has))
{
#define X(id, bit, can, cannot) emit(can, cannot, ht_can(id));
    GC_CAPS(X)
#undef X
}

bool ht_state_says_usable(void)
{
    return false;
}

size_t ht_state_max_bytes(void)
{
    return SIZE_MAX;
}

const char *ht_state_version(void)
{
    return gc_version(&ht_gc_heap);
}

int ht_state_check(char why[160])
{
    return gc_verify(&ht_gc_heap, why);
}

void ht_state_thread_start(void) {}

void ht_state_thread_stop(void) {}

void ht_state_enter(const struct ht_job *job)
{
    state.job = job;
}

void ht_state_attach(struct ht_worker *w)
{
    w->mutator = ht_scratch_alloc(sizeof *w->mutator);
    const int error = gc_attach(&ht_gc_heap, w->mutator);
    if (error)
        ht_stop(HT_ERROR, "can't attach a mutator: %s", strerror(-error));
    if (w->job->verify)
        ht_shadow_attach(w, (const struct gc_roots *)w->mutator);
}

void ht_state_detach(struct ht_worker *w)
{
    if (w->job->verify)
        ht_shadow_detach(w);
    gc_detach(w->mutator);
}

void ht_state_park(struct ht_worker *w)
{
    gc_park(w->mutator);
}

void ht_state_unpark(struct ht_worker *w)
{
    gc_unpark(w->mutator);
}

struct gc_stats ht_state_stats(void)
{
    struct gc_stats stats;
    memset(&stats, 0xff, sizeof stats);
    gc_stats(&ht_gc_heap, &stats);
    return stats;
}

void ht_state_shadow(struct ht_collector_figures *figures)
{
    const struct ht_shadow_figures f = ht_shadow_figures();
    figures->floating_mean_bytes = f.dead_mean_bytes;
    figures->floating_max_bytes = f.dead_peak_bytes;
    figures->stream = f.stream_hash;
}

static void count_object(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)kind, (void)data;
    struct ht_leak *const leak = context;
    leak->objects++;
    leak->bytes += gc_size(slots, bytes);
}

void ht_state_audit(struct ht_worker *w)
{
    ht_verified_audit(w);
}

struct ht_leak ht_state_leak(struct ht_worker *w)
{
    struct ht_leak leak = {0, 0};
    for (int i = 0; i < LEAK_COLLECTIONS; i++)
        gc_collect(w->mutator, GC_FULL);
    if (w->job->verify) {
        ht_verified_audit(w);
        ht_shadow_end();
    }
    if (ht_can(GC_CAP_WALK | GC_CAP_RECLAIM))
        gc_each(&ht_gc_heap, count_object, &leak);
    return leak;
}
