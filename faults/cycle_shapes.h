/* The cycles of faults/cycles.c: made, checked and, where memory is managed by hand, freed.
 *
 * A cycle has `length` objects, each with one slot, which refers to the next; or in a clique with `length` slots, of
 * which slot i refers to object i. The first object has OWN_SLOTS more. The data of each begins and ends with its id:
 * mutator, number of the cycle, number of the object. */
#ifndef HT_FAULTS_CYCLE_SHAPES_H
#define HT_FAULTS_CYCLE_SHAPES_H

#include "bench/mutators/stamp.h"
#include "faults/fault_plan.h"

enum { TO_MARKER, TO_TAIL, TO_YOUNG, OWN_SLOTS }; /* of a first object, behind those of the cycle */
enum { NODE_BITS = 20, CYCLE_BITS = 20, WORD = sizeof(uint64_t) };

static inline uint32_t cycle_slots(const struct ht_cycle_plan *p)
{
    return p->shape == HT_CYCLE_CLIQUE ? (uint32_t)p->length : 1;
}

static inline uint32_t data_bytes(const struct ht_cycle_plan *p)
{
    return (uint32_t)p->bytes & -(uint32_t)WORD;
}

static inline size_t cycle_bytes(const struct ht_cycle_plan *p)
{
    return gc_size(cycle_slots(p) + OWN_SLOTS, data_bytes(p)) +
           (p->length - 1) * gc_size(cycle_slots(p), data_bytes(p));
}

static inline uint64_t id_of(const struct ht_worker *owner, uint64_t cycle, uint64_t node)
{
    return (uint64_t)(owner->index + 1) << (NODE_BITS + CYCLE_BITS) | cycle << NODE_BITS | node;
}

static inline uint64_t cycle_of(uint64_t id)
{
    return id >> NODE_BITS & ((1 << CYCLE_BITS) - 1);
}

/* ---- cycles ------------------------------------------------------------------------------------------------- */

static inline void new_node(struct ht_worker *w, const struct ht_cycle_plan *p, struct gc_root *dst,
                            uint64_t cycle, uint64_t node)
{
    const uint32_t kind = p->finalizer && !node ? GC_PLAIN | GC_FINALIZER : GC_PLAIN;
    const uint32_t slots = cycle_slots(p) + (node ? 0 : OWN_SLOTS);
    ht_new_kind(w, dst, kind, slots, data_bytes(p));
    stamp(w, dst, data_bytes(p), id_of(w, cycle, node));
}

/* Slot 0 of each object refers to the next. */
static inline void make_ring(struct ht_worker *w, const struct ht_cycle_plan *p, struct gc_root *first,
                             struct gc_root *last, uint64_t cycle)
{
    struct gc_root *const node = ht_push(w, 1);
    new_node(w, p, first, cycle, 0);
    ht_move(w, last, first);
    for (uint64_t n = 1; n < p->length; n++) {
        new_node(w, p, node, cycle, n);
        ht_store(w, last, 0, node);
        ht_move(w, last, node);
    }
    ht_store(w, last, 0, first);
    ht_pop(w, 1);
}

/* Slot i of each object refers to object i. */
static inline void make_clique(struct ht_worker *w, const struct ht_cycle_plan *p, struct gc_root *first,
                               struct gc_root *last, uint64_t cycle)
{
    const uint32_t k = (uint32_t)p->length;
    struct gc_root *const node = ht_push(w, k);
    for (uint32_t n = 0; n < k; n++)
        new_node(w, p, &node[n], cycle, n);
    for (uint32_t n = 0; n < k; n++)
        for (uint32_t i = 0; i < k; i++)
            ht_store(w, &node[n], i, &node[i]);
    ht_move(w, first, &node[0]);
    ht_move(w, last, &node[k - 1]);
    ht_pop(w, k);
}

/* The object after `node`, which is number `n`. */
static inline void load_next(struct ht_worker *w, const struct ht_cycle_plan *p, struct gc_root *dst,
                             const struct gc_root *first, const struct gc_root *node, uint32_t n)
{
    if (p->shape == HT_CYCLE_CLIQUE)
        load_full(w, dst, first, (n + 1) % (uint32_t)p->length);
    else
        load_full(w, dst, node, 0);
}

/* That each object of the cycle is there, and leads to the next. */
static inline void check_cycle(struct ht_worker *w, const struct ht_cycle_plan *p,
                               const struct gc_root *first)
{
    struct gc_root *const node = ht_push(w, 1);
    const uint64_t id = stamp_of(w, first, data_bytes(p));
    ht_move(w, node, first);
    for (uint32_t n = 0; n < p->length; n++) {
        check_stamp(w, node, data_bytes(p), id + n);
        load_next(w, p, node, first, node, n);
    }
    ht_expect(ht_same(w, node, first), "an injected cycle does not come back to its first object");
    ht_pop(w, 1);
}

static inline void free_cycle(struct ht_worker *w, const struct ht_cycle_plan *p, struct gc_root *first)
{
    struct gc_root *const r = ht_push(w, 2), *const node = &r[0], *const next = &r[1];
    load_next(w, p, node, first, first, 0);
    for (uint32_t n = 1; n < p->length; n++) {
        load_next(w, p, next, first, node, n);
        ht_give_up(w, node);
        ht_move(w, node, next);
    }
    ht_clear(w, node);
    ht_clear(w, next);
    ht_give_up(w, first);
    ht_pop(w, 2);
}

/* ---- the tail: a list that lives -------------------------------------------------------------------------- */

static inline void make_tail(struct ht_worker *w, const struct ht_cycle_plan *p, struct gc_root *tail)
{
    struct gc_root *const node = ht_push(w, 1);
    for (uint64_t i = p->tail; i > 0; i--) {
        new_stamped(w, node, 1, WORD, i);
        ht_store(w, node, 0, tail);
        ht_move(w, tail, node);
    }
    ht_pop(w, 1);
}

static inline void check_tail(struct ht_worker *w, const struct ht_cycle_plan *p, const struct gc_root *tail)
{
    struct gc_root *const node = ht_push(w, 1);
    ht_move(w, node, tail);
    for (uint64_t i = 1; i <= p->tail; i++) {
        ht_expect(!gc_is_empty(node), "the live tail of the injected cycles has lost objects");
        check_stamp(w, node, WORD, i);
        ht_load(w, node, node, 0);
    }
    ht_pop(w, 1);
}

#endif
