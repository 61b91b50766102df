#include "bench/state.h"

#include HT_STRATEGY_HEADER
#include "allocators/heap_defaults.h"
#include "bench/subject.h"

struct ht_heap ht_heap;

const char ht_state_strategy[] = HT_STRATEGY;
const bool ht_state_is_collector = false;

const char *ht_state_option_names(void)
{
    return HEAP_OPTIONS;
}

int ht_state_open(const struct ht_job *job, const struct ht_state_options *options)
{
    memset(&ht_heap, 0, sizeof ht_heap);
    const struct ht_heap_options o = {
        .threads = job->threads, .plugin = options->plugin, .variant = options->variant};
    return heap_open(&ht_heap, &o);
}

const char *ht_state_open_error(int error)
{
    return heap_open_error(&ht_heap, error);
}

void ht_state_close(void)
{
    heap_close(&ht_heap);
}

const char *ht_state_missing(uint32_t needs, unsigned threads)
{
    return ht_caps_missing(heap_caps(&ht_heap), needs | (threads > 1 ? HT_CAP_THREADS : 0));
}

void ht_state_each_cap(void (*emit)(const char *can, const char *cannot, bool has))
{
#define X(id, bit, can, cannot) emit(can, cannot, heap_caps(&ht_heap) & id);
    HT_CAPS(X)
#undef X
}

bool ht_state_says_usable(void)
{
    return heap_caps(&ht_heap) & HT_CAP_USABLE;
}

size_t ht_state_max_bytes(void)
{
    return heap_max_bytes(&ht_heap);
}

const char *ht_state_version(void)
{
    return heap_version(&ht_heap);
}

int ht_state_check(char why[160])
{
    return heap_check(&ht_heap, why);
}

void ht_state_thread_start(void)
{
    heap_thread_start(&ht_heap);
}

void ht_state_thread_stop(void)
{
    heap_thread_stop(&ht_heap);
}

void ht_state_enter(const struct ht_job *job)
{
    (void)job;
}

void ht_state_attach(struct ht_worker *w)
{
    (void)w;
}

void ht_state_detach(struct ht_worker *w)
{
    (void)w;
}

void ht_state_park(struct ht_worker *w)
{
    (void)w;
}

void ht_state_unpark(struct ht_worker *w)
{
    (void)w;
}

struct gc_stats ht_state_stats(void)
{
    struct gc_stats stats;
    memset(&stats, 0xff, sizeof stats);
    return stats;
}

void ht_state_audit(struct ht_worker *w)
{
    (void)w;
}

void ht_state_shadow(struct ht_collector_figures *figures)
{
    (void)figures;
}

struct ht_leak ht_state_leak(struct ht_worker *w)
{
    (void)w;
    return (struct ht_leak){0, 0};
}
