/* The operations of bench/mutator.h in verify mode: the strategy's, each beside what the shadow of the heap
 * (bench/shadow.h) makes of it. Compiled once for each collector, and once more for its cell with faults.
 *
 * With several mutators one operation is done at a time: who waits for its turn is parked. */
#ifndef HT_BENCH_VERIFIED_H
#define HT_BENCH_VERIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include "allocators/collector.h"
#include "bench/workload.h"

/* Before the heap is used: a wrong reference that leads to no memory is told from other crashes. */
void ht_verified_open(void);

void ht_verified_new(struct ht_worker *w, struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes);
void ht_verified_load(struct ht_worker *w, struct gc_root *dst, const struct gc_root *object, uint32_t i);
void ht_verified_store(struct ht_worker *w, const struct gc_root *object, uint32_t i,
                       const struct gc_root *value);
void ht_verified_move(struct ht_worker *w, struct gc_root *dst, const struct gc_root *src);
void ht_verified_clear(struct ht_worker *w, struct gc_root *dst);
struct gc_root *ht_verified_push(struct ht_worker *w, uint32_t n);
void ht_verified_pop(struct ht_worker *w, uint32_t n);
void *ht_verified_data(struct ht_worker *w, const struct gc_root *object);
uint32_t ht_verified_slots(struct ht_worker *w, const struct gc_root *object);
bool ht_verified_same(struct ht_worker *w, const struct gc_root *a, const struct gc_root *b);
void ht_verified_collect(struct ht_worker *w, enum gc_collection kind);
void ht_verified_poll(struct ht_worker *w);
void ht_verified_give_up(struct ht_worker *w, struct gc_root *object);

/* Compares the whole heap with its shadow, and walks along every edge. */
void ht_verified_audit(struct ht_worker *w);

/* Around a finalizer of the workload's. */
void ht_verified_finalize(struct ht_worker *w, const struct gc_root *object);
void ht_verified_finalized(struct ht_worker *w, const struct gc_root *object);

#endif
