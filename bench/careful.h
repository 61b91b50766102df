/* What stands between a workload and the strategy in a cell that is built for faults (-DHT_FAULTY): a careful program.
 * Where an allocation fails, by injection or because the strategy got nothing from the system, it looks whether all is
 * as it was, asks again, and goes on with the workload; what is wrong ends the cell (bench/stop.h). Implemented where
 * the faults are: faults/careful_heap.c for allocators, faults/careful_collector.c for collectors.
 *
 * bench/subject.h and bench/verified.c call it in place of the strategy. */
#ifndef HT_BENCH_CAREFUL_H
#define HT_BENCH_CAREFUL_H

#include "bench/workload.h"

/* ---- allocators: as heap_alloc, heap_zalloc, ... They return NULL only when memory stays out. */

void *ht_careful_alloc(struct ht_worker *w, size_t bytes, size_t alignment);
void *ht_careful_zalloc(struct ht_worker *w, size_t bytes);
void *ht_careful_resize(struct ht_worker *w, void *p, size_t old_bytes, size_t new_bytes);
void ht_careful_free(struct ht_worker *w, void *p, size_t bytes);

struct ht_mark;
struct ht_mark ht_careful_mark(struct ht_worker *w);
void ht_careful_release(struct ht_worker *w, struct ht_mark mark);

/* The whole object has its stamp, until it goes. */
void ht_careful_stamped(const void *p);

/* ---- collectors: as gc_alloc, on the mutator's turn. A status that is not 0 means that memory stays out. */

int ht_careful_new(struct ht_worker *w, struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes);

/* At the end of a safepoint, on the mutator's turn. */
void ht_careful_safepoint(struct ht_worker *w);

#endif
