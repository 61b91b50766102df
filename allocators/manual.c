#include "allocators/manual.h"

#include <pthread.h>

static pthread_mutex_t attaching = PTHREAD_MUTEX_INITIALIZER;

int gc_manual_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    const int error = gc_roots_open(&m->roots);
    if (error)
        return error;
    pthread_mutex_lock(&attaching);
    m->next = heap->mutators;
    heap->mutators = m;
    pthread_mutex_unlock(&attaching);
    return 0;
}

void gc_manual_detach(struct gc_mutator *m)
{
    struct gc_heap *const heap = m->heap;
    pthread_mutex_lock(&attaching);
    struct gc_mutator **link = &heap->mutators;
    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    heap->made += m->made;
    heap->freed += m->freed;
    heap->freed_bytes += m->freed_bytes;
    pthread_mutex_unlock(&attaching);
    gc_budget_give(&heap->budget, m->credit);
    gc_roots_close(&m->roots);
}

/* ---- the limit --------------------------------------------------------------------------------------------- */

bool gc_manual_borrow(struct gc_mutator *m, size_t bytes)
{
    const size_t missing = bytes - m->credit;
    if (gc_budget_take(&m->heap->budget, GC_SITE_HEAP, missing + GC_MANUAL_CREDIT)) {
        m->credit += missing + GC_MANUAL_CREDIT;
        return true;
    }
    if (!gc_budget_take(&m->heap->budget, GC_SITE_HEAP, missing))
        return false;
    m->credit += missing;
    return true;
}

void gc_manual_repay(struct gc_mutator *m)
{
    gc_budget_give(&m->heap->budget, m->credit - GC_MANUAL_CREDIT);
    m->credit = GC_MANUAL_CREDIT;
}

/* While no mutator calls: exact. */
void gc_manual_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    uint64_t made = heap->made, credit = 0;
    stats->freed_objects = heap->freed;
    stats->freed_bytes = heap->freed_bytes;
    pthread_mutex_lock(&attaching);
    for (const struct gc_mutator *m = heap->mutators; m; m = m->next) {
        made += m->made;
        credit += m->credit;
        stats->freed_objects += m->freed;
        stats->freed_bytes += m->freed_bytes;
    }
    pthread_mutex_unlock(&attaching);
    stats->live_objects = made - stats->freed_objects;
    stats->held_bytes = heap->budget.held - credit;
    stats->held_peak_bytes = heap->budget.peak;
}
