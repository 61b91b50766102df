/* The loop that reaches all that can be reached, for the tracing collectors: a mark stack, with a queue of
 * prefetched objects in front of it (Cher, Hosking, Vitek, "Software prefetching for mark-sweep garbage
 * collection", ASPLOS 2004), and pointer reversal for what the stack can't hold (Schorr, Waite, "An efficient
 * machine-independent procedure for garbage collection in various list structures", CACM 10(8), 1967).
 *
 * What a slot refers to is prefetched and goes into the queue; when it comes out, it is reached, and its slots
 * are looked at. Only when the queue is full does the rest of an object, the address of the next slot and the
 * end, go on the stack: one entry an object, however wide it is.
 *
 * When the stack can't grow, or is at its cap, the rest of that object is traced at once and without memory: on
 * the way down a slot holds the parent instead of the child, and the way back restores it. Which slot that is
 * stands in the upper 16 bits of the slots 0 and 1 of the object itself, as user addresses have 47 bits, so that
 * each step back takes constant time. Each object is still reached once: the time stays linear.
 *
 * Invariant: what is in the queue was not looked at; an object that was reached has its slots looked at, or is
 * on the stack with those that were not; outside of a call no slot is reversed.
 * Bounds: no recursion; the stack has at most one entry of 16 bytes for each object that is reached and was not
 * fully looked at, under GC_SITE_MARK_STACK.
 *
 * A collector gives a constant struct gc_trace_ops, which the compiler folds into the loop:
 *
 *     static const struct gc_trace_ops ops = {reach, prefetch, false};
 *     gc_trace_add(&heap->trace, &ops, heap, slot);    each root
 *     gc_trace_drain(&heap->trace, &ops, heap);
 */
#ifndef HT_ALLOCATORS_TRACER_H
#define HT_ALLOCATORS_TRACER_H

#include "allocators/budget.h"
#include "allocators/object.h"

#define GC_TRACE_INLINE static inline __attribute__((always_inline))

enum {
    GC_TRACE_QUEUE = 64,  /* entries of the queue, a power of two */
    GC_TRACE_AHEAD = 16,  /* so many are left in it for their prefetch to arrive, while the stack has more */
    GC_TRACE_SLICE = 512, /* slots of an object that are looked at without a pause */
};

struct gc_trace_ops {
    /* Reaches *object: true when it was not reached before, and its slots are to be looked at. A collector that
     * moves objects writes where it stands now. */
    bool (*reach)(void *context, struct gc_object **object);
    void (*prefetch)(void *context, const struct gc_object *object);
    bool moves; /* `reach` may write; then slots that were added must stay where they are until the drain */
};

struct gc_trace {
    struct gc_budget *budget;
    struct gc_table stack; /* pairs: the address of the next slot, and of the end of the slots */
    size_t cap;            /* entries, at most; 0: pointer reversal always */
    uint64_t objects;      /* reached */
    uint64_t high;         /* the most entries on the stack */
    uint64_t overflows;    /* times that an entry did not fit */
    size_t queue_first, queue_count;
    uintptr_t queue[GC_TRACE_QUEUE]; /* objects; with `moves`, slots */
};

/* No memory until it is needed. `cap` as above, SIZE_MAX: none. */
static inline void gc_trace_open(struct gc_trace *t, struct gc_budget *budget, size_t cap)
{
    *t = (struct gc_trace){.budget = budget, .cap = cap};
}

static inline void gc_trace_close(struct gc_trace *t)
{
    gc_table_close(&t->stack, t->budget);
}

/* Room for `entries` at once, as far as there is memory and the cap allows. */
static inline void gc_trace_reserve(struct gc_trace *t, size_t entries)
{
    const size_t wanted = entries < t->cap ? entries : t->cap;
    while (t->stack.room / 2 < wanted && !gc_table_grow(&t->stack, t->budget, GC_SITE_MARK_STACK))
        ;
}

/* False when it does not fit. */
static inline bool gc_trace_push(struct gc_trace *t, struct gc_object **slot, struct gc_object **end)
{
    struct gc_table *const stack = &t->stack;
    const size_t n = stack->count / 2;
    if (n >= t->cap || (stack->count == stack->room && gc_table_grow(stack, t->budget, GC_SITE_MARK_STACK)))
        return false;
    stack->word[stack->count++] = (uintptr_t)slot;
    stack->word[stack->count++] = (uintptr_t)end;
    if (n >= t->high)
        t->high = n + 1;
    return true;
}

/* ---- pointer reversal --------------------------------------------------------------------------------------- */

#define GC_TRACE_ADDRESS (((uintptr_t)1 << 48) - 1)

/* Keeps i in the object: not in its header, which whoever walks the heap reads. */
static inline void gc_trace_note(struct gc_object *object, uint32_t i)
{
    uintptr_t *const word = (uintptr_t *)object->slot;
    word[0] |= (uintptr_t)(i & 0xffff) << 48;
    if (i >> 16)
        word[1] |= (uintptr_t)(i >> 16) << 48;
}

/* What was kept, and is no longer. */
static inline uint32_t gc_trace_take_note(struct gc_object *object)
{
    uintptr_t *const word = (uintptr_t *)object->slot;
    uint32_t i = (uint32_t)(word[0] >> 48);
    word[0] &= GC_TRACE_ADDRESS;
    if (gc_header_slots(object->header) > 1) {
        i |= (uint32_t)(word[1] >> 48) << 16;
        word[1] &= GC_TRACE_ADDRESS;
    }
    return i;
}

/* Reaches what slot i refers to; what is to be gone down to, or NULL. */
GC_TRACE_INLINE struct gc_object *gc_trace_child(struct gc_trace *t, const struct gc_trace_ops *ops,
                                                 void *context, struct gc_object *object, uint32_t i)
{
    struct gc_object *child = object->slot[i];
    if (!child)
        return NULL;
    const bool first = ops->reach(context, &child);
    if (ops->moves)
        object->slot[i] = child;
    t->objects += first;
    return first && gc_first_strong(child->header) < gc_header_slots(child->header) ? child : NULL;
}

/* Reaches all that can be reached from the slots of `object` from i on. */
GC_TRACE_INLINE void gc_trace_reverse(struct gc_trace *t, const struct gc_trace_ops *ops, void *context,
                                      struct gc_object *object, uint32_t i)
{
    struct gc_object *parent = NULL;
    uint32_t slots = gc_header_slots(object->header);
    for (;;) {
        struct gc_object *child = NULL;
        for (; i < slots && !(child = gc_trace_child(t, ops, context, object, i)); i++)
            ;
        if (child) {
            object->slot[i] = parent;
            gc_trace_note(object, i);
            parent = object;
            object = child;
            i = gc_first_strong(child->header);
        } else if (parent) {
            i = gc_trace_take_note(parent);
            struct gc_object *const above = parent->slot[i];
            parent->slot[i++] = object;
            object = parent;
            parent = above;
        } else {
            return;
        }
        slots = gc_header_slots(object->header);
    }
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

/* Looks at slots until the queue is full; the first that was not looked at. */
GC_TRACE_INLINE struct gc_object **gc_trace_scan(struct gc_trace *t, const struct gc_trace_ops *ops,
                                                 void *context, struct gc_object **slot,
                                                 struct gc_object **end)
{
    size_t count = t->queue_count;
    for (; slot < end; slot++) {
        struct gc_object *const child = *slot;
        if (!child)
            continue;
        if (__builtin_expect(count == GC_TRACE_QUEUE, 0))
            break;
        ops->prefetch(context, child);
        t->queue[(t->queue_first + count++) % GC_TRACE_QUEUE] =
            (uintptr_t)(ops->moves ? (void *)slot : child);
    }
    t->queue_count = count;
    return slot;
}

/* The oldest of the queue; NULL when it was reached before. */
GC_TRACE_INLINE struct gc_object *gc_trace_next(struct gc_trace *t, const struct gc_trace_ops *ops,
                                                void *context)
{
    const uintptr_t entry = t->queue[t->queue_first];
    struct gc_object *object = ops->moves ? *(struct gc_object **)entry : (struct gc_object *)entry;
    t->queue_first = (t->queue_first + 1) % GC_TRACE_QUEUE;
    t->queue_count--;
    const bool first = ops->reach(context, &object);
    if (ops->moves)
        *(struct gc_object **)entry = object;
    t->objects += first;
    return first ? object : NULL;
}

/* Looks at a slice of a new object, or reverses it all; how many slots of it, and one. */
GC_TRACE_INLINE size_t gc_trace_object(struct gc_trace *t, const struct gc_trace_ops *ops, void *context,
                                       struct gc_object *object)
{
    const uint32_t first = gc_first_strong(object->header), slots = gc_header_slots(object->header);
    struct gc_object **const end = object->slot + slots, **slot = object->slot + first;
    if (__builtin_expect(slots <= first, 0))
        return 1;
    if (t->cap)
        slot = gc_trace_scan(t, ops, context, slot,
                             slots - first > GC_TRACE_SLICE ? slot + GC_TRACE_SLICE : end);
    const size_t done = (size_t)(slot - object->slot) - first + 1;
    if (__builtin_expect(slot < end, 0) && !gc_trace_push(t, slot, end)) {
        t->overflows += t->cap > 0;
        gc_trace_reverse(t, ops, context, object, (uint32_t)(slot - object->slot));
    }
    return done;
}

GC_TRACE_INLINE size_t gc_trace_pop(struct gc_trace *t, const struct gc_trace_ops *ops, void *context)
{
    struct gc_table *const stack = &t->stack;
    struct gc_object **const end = (struct gc_object **)stack->word[stack->count - 1],
                             **const from = (struct gc_object **)stack->word[stack->count - 2];
    struct gc_object **const slot =
        gc_trace_scan(t, ops, context, from, end - from > GC_TRACE_SLICE ? from + GC_TRACE_SLICE : end);
    if (slot < end)
        stack->word[stack->count - 2] = (uintptr_t)slot;
    else
        stack->count -= 2;
    return (size_t)(slot - from);
}

/* Goes on for about `work` slots; true when nothing is left. Pointer reversal does not stop midway. */
GC_TRACE_INLINE bool gc_trace_some(struct gc_trace *t, const struct gc_trace_ops *ops, void *context,
                                   size_t work)
{
    for (size_t done = 0; done < work;) {
        if (t->stack.count && t->queue_count <= GC_TRACE_AHEAD) {
            done += gc_trace_pop(t, ops, context);
            continue;
        }
        if (!t->queue_count)
            return true;
        struct gc_object *const object = gc_trace_next(t, ops, context);
        done += object ? gc_trace_object(t, ops, context, object) : 1;
    }
    return !t->queue_count && !t->stack.count;
}

GC_TRACE_INLINE void gc_trace_drain(struct gc_trace *t, const struct gc_trace_ops *ops, void *context)
{
    while (!gc_trace_some(t, ops, context, SIZE_MAX))
        ;
}

/* Has the object in *slot reached, now or in the next drain. */
GC_TRACE_INLINE void gc_trace_add(struct gc_trace *t, const struct gc_trace_ops *ops, void *context,
                                  struct gc_object **slot)
{
    if (__builtin_expect(t->queue_count == GC_TRACE_QUEUE, 0))
        gc_trace_drain(t, ops, context);
    gc_trace_scan(t, ops, context, slot, slot + 1);
}

#endif
