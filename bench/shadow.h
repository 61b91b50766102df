/* The shadow of a collector's heap, in verify mode: what each object, slot and root should hold, kept beside the
 * strategy and without asking it. It says when an object was freed too early, when an edge or a root leads
 * elsewhere than the program stored, when a weak reference dangles or a finalizer runs twice, early or never; and
 * how much of what is held is dead.
 *
 * Each object carries 16 more bytes in front of its data: its id and a canary that follows from the id. What is
 * found there must be what the shadow expects, at every operation. An audit compares the whole heap: the shadow
 * is traced from its own roots, and gc_each must show every object that can be reached, once, where it stands.
 *
 * An id is an index and how often the index was used; indexes are used again once the object can't come back and
 * is not held. An object's number, which messages say, counts the allocations of its mutator from 1 on. A mistake
 * ends the cell (bench/stop.h) with the operation, the object and what is wrong with it.
 *
 * A cell has one shadow. Its functions are called one at a time (bench/verified.c sees to that); its memory is
 * mapped for it alone and claimed for the harness. An operation costs O(1); an audit is linear in objects and
 * edges. */
#ifndef HT_BENCH_SHADOW_H
#define HT_BENCH_SHADOW_H

#include "allocators/collector.h"
#include "bench/probe.h"
#include "bench/workload.h"

enum { HT_SHADOW_BYTES = 16 };

struct gc_roots;

/* The shadow of a heap that was just opened, of a strategy with these capabilities. Anything of an earlier heap is
 * forgotten. */
void ht_shadow_open(uint32_t caps, uint64_t seed);
/* The worker's mutator has attached, with these roots; or is about to detach. */
void ht_shadow_attach(const struct ht_worker *w, const struct gc_roots *roots);
void ht_shadow_detach(const struct ht_worker *w);

/* ---- operations: what the strategy has just done, or is about to do ------------------------------------------
 * `data` is the address of what gc_data gives for the root, NULL when the root is empty. */

/* Counts an operation, for the hash of the stream and for messages. */
void ht_shadow_start(const struct ht_worker *w, enum ht_op op, uint64_t a, uint64_t b);

/* A reference led to where no memory is. */
void ht_shadow_stop_wild(void) __attribute__((cold, noreturn));

/* The index of the object that `root` should hold, 0 for none, after a check that it does. */
uint32_t ht_shadow_see(const struct ht_worker *w, const struct gc_root *root, const void *data);

/* A new object was put in `dst`: stamps it. */
void ht_shadow_new(const struct ht_worker *w, const struct gc_root *dst, uint32_t kind, uint32_t slots,
                   uint32_t bytes, void *data);

/* What slot i of object `from` should lead to, after a check that it leads to `data`. A weak slot may have become
 * empty. */
uint32_t ht_shadow_edge(uint32_t from, uint32_t i, const void *data);

/* Root `dst` now holds object `index`. */
void ht_shadow_put(const struct ht_worker *w, const struct gc_root *dst, uint32_t index);
void ht_shadow_store(const struct ht_worker *w, uint32_t from, uint32_t i, uint32_t to);
void ht_shadow_push(const struct ht_worker *w, const struct gc_root *frame, uint32_t n);
/* Before the frame is popped. */
void ht_shadow_pop(const struct ht_worker *w, uint32_t n);

/* The object in `root` is given up: nobody will use it again. Where it is freed by hand it is so now, and its stamp
 * is spoilt. */
void ht_shadow_give_up(const struct ht_worker *w, const struct gc_root *root, uint32_t index, void *data);

/* Before one of its first two slots is written, what both hold must be seen (ht_shadow_edge): a collector may have
 * cleared the value since the key was. */
bool ht_shadow_is_ephemeron(uint32_t index);

/* How many slots the object has. */
uint32_t ht_shadow_slots(uint32_t index);
/* The number of an object; 0 for none. */
uint64_t ht_shadow_number(uint32_t index);

/* A finalizer is about to be called, or has returned. */
void ht_shadow_finalize(const struct ht_worker *w, const struct gc_root *object, const void *data);
void ht_shadow_finalized(const struct ht_worker *w, const struct gc_root *object);
/* How deep in finalizers the mutator is. */
bool ht_shadow_in_finalizer(void);

/* ---- audits --------------------------------------------------------------------------------------------------
 * Outside of finalizers: start, then gc_each with ht_shadow_visit if the strategy can, then stop. */

/* True when it is time to ask the strategy for its counters, which may take a walk over its heap. */
bool ht_shadow_may_be_due(void);
/* True when enough was done since the last audit that another one keeps the cost of all linear; without a
 * collection since, that is later. */
bool ht_shadow_is_due(bool collected);
void ht_shadow_audit_start(void);
void ht_shadow_visit(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data);
/* `collected`: a collection has ended since the last audit. */
void ht_shadow_audit_stop(bool collected);

/* For a walk along all edges after an audit: what a root should hold, and true once for each object that lives. */
uint32_t ht_shadow_root(const struct ht_worker *w, const struct gc_root *root);
bool ht_shadow_is_new_to_walk(uint32_t index);
/* What was freed by hand may still stand in a root or a slot that nobody reads any more. */
bool ht_shadow_is_freed(uint32_t index);
bool ht_shadow_leads_to_freed(uint32_t from, uint32_t i);
/* The walk was whole: every weak slot was looked at. */
void ht_shadow_walked(void);
/* The object must stand where the heap walk of this audit saw it. */
void ht_shadow_expect_at(uint32_t index, const void *data);

/* After all roots are cleared and the strategy has collected for the last time, and an audit: a finalizer that never
 * ran ends the cell. */
void ht_shadow_end(void);

struct ht_shadow_figures {
    uint64_t operations, stream_hash; /* of the program's own operations, those of finalizers left out */
    uint64_t objects, allocated_bytes;
    uint64_t audits;
    uint64_t live_objects, live_bytes; /* at the last audit: reachable */
    uint64_t dead_objects,
        dead_bytes; /* at the last audit: held and not reachable; GC_UNKNOWN without a heap walk */
    /* Of what was held and not reachable: the most, and the mean over allocated bytes, from each object's last moment as
     * live on. Exact where an audit follows each collection. Where a few were not followed, because little was done since
     * the last audit, or what is freed by counts is mixed with collections, each is too high by what died between two
     * audits at most. */
    uint64_t dead_peak_bytes;
    double dead_mean_bytes;
};
struct ht_shadow_figures ht_shadow_figures(void);

#endif
