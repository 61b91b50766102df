/* The one heap of a collector's cell, and its end. Apart from bench/collector_state.c, because the command links the
 * workloads of one collector too, to know their names, and has the state of an allocator. */
#include "bench/mutator.h"
#include "bench/record.h"
#include "bench/state.h"

struct gc_heap ht_gc_heap;

void ht_stop_heap_full(struct ht_worker *w, size_t bytes)
{
    struct gc_roots *const roots = (struct gc_roots *)w->mutator;
    if (w->job->threads == 1) /* another mutator may be in the midst of it */
        ht_injector_send(w->job);
    if (w->job->threads > 1 || ht_can(GC_CAP_CYCLES) || !ht_can(GC_CAP_RECLAIM))
        ht_stop_oom(bytes);
    gc_pop(w->mutator, (uint32_t)(roots->top - roots->base));
    const struct ht_leak leak = ht_state_leak(w);
    struct ht_record record = {.kind = HT_RECORD_LEAK, .leaked = {leak.objects, leak.bytes}};
    ht_record_send(&record);
    if (leak.objects)
        ht_stop(HT_LEAK, "out of memory for %zu bytes; with all roots cleared %lu objects of %lu bytes stay",
                bytes, (unsigned long)leak.objects, (unsigned long)leak.bytes);
    ht_stop_oom(bytes);
}
