#include "bench/shadow_own.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "allocators/object.h"
#include "allocators/roots.h"
#include "bench/stop.h"

enum { POISON = 0xdb };

#define s ht_shadow

/* What stands in front of an object's data. */
struct stamp {
    uint64_t id, canary;
};

static uint64_t canary_of(uint64_t id)
{
    return ht_mix64(id ^ s.secret);
}

/* ---- roots --------------------------------------------------------------------------------------------------- */

void ht_shadow_attach(const struct ht_worker *w, const struct gc_roots *roots)
{
    struct shadow_mutator *const m = &s.mutator[w->index];
    struct shadow_array array = {m->root, m->root ? GC_ROOTS_MAX * sizeof *m->root : 0};
    m->root = ht_shadow_grow(&array, GC_ROOTS_MAX * sizeof *m->root);
    memset(m->root, 0, GC_ROOTS_MAX * sizeof *m->root);
    m->roots = roots;
    if (s.mutators <= w->index)
        s.mutators = w->index + 1;
}

void ht_shadow_detach(const struct ht_worker *w)
{
    s.mutator[w->index].roots = NULL;
}

static uint32_t *entry_of(const struct shadow_mutator *m, const struct gc_root *root)
{
    const uintptr_t at = m->roots ? (uintptr_t)root - (uintptr_t)m->roots->base : UINTPTR_MAX;
    return at < GC_ROOTS_BYTES ? &m->root[at / sizeof *root] : NULL;
}

/* What stands for a root of any mutator. */
static uint32_t *entry(const struct ht_worker *w, const struct gc_root *root)
{
    static uint32_t nothing;
    uint32_t *e = entry_of(&s.mutator[w->index], root);
    for (unsigned i = 0; i < s.mutators && !e; i++)
        e = entry_of(&s.mutator[i], root);
    if (e)
        return e;
    if (root == s.foreign)
        return &s.foreign_object;
    nothing = 0;
    return &nothing;
}

uint32_t ht_shadow_root(const struct ht_worker *w, const struct gc_root *root)
{
    return *entry(w, root);
}

/* ---- what is found ------------------------------------------------------------------------------------------- */

static const char *op_word(void)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_OPS(X)
#undef X
    };
    return words[s.op];
}

void ht_shadow_stop_wild(void)
{
    ht_stop(HT_CORRUPT, "operation %lu (%s): a reference leads to where no memory is",
            (unsigned long)s.operations, op_word());
}

void ht_shadow_stop(uint32_t index, const char *format, ...)
{
    char what[160];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    ht_stop(HT_CORRUPT, "operation %lu (%s): object %lu %s", (unsigned long)s.operations, op_word(),
            (unsigned long)ht_shadow_number(index), what);
}

uint32_t ht_shadow_index_at(const void *data)
{
    struct stamp stamp;
    memcpy(&stamp, data, sizeof stamp);
    const uint32_t index = (uint32_t)stamp.id;
    if (!index || index >= s.objects || s.object[index].id != stamp.id || !s.object[index].number ||
        stamp.canary != canary_of(stamp.id))
        return 0;
    return index;
}

/* The object at `data` must be `index`. */
static void expect(uint32_t index, const void *data, const char *where)
{
    struct stamp stamp;
    if (s.object[index].flags & SHADOW_GONE)
        ht_shadow_stop(index, "was reclaimed, but %s still leads to it: a dangling reference", where);
    if (s.object[index].flags & SHADOW_FREED)
        ht_shadow_stop(index, "was freed by hand, but %s still leads to it", where);
    memcpy(&stamp, data, sizeof stamp);
    if (stamp.id == s.object[index].id && stamp.canary == canary_of(stamp.id))
        return;
    const uint32_t found = ht_shadow_index_at(data);
    if (found)
        ht_shadow_stop(index, "is expected, but %s leads to object %lu: a wrong edge", where,
                       (unsigned long)ht_shadow_number(found));
    ht_shadow_stop(index, "has lost its canary, seen from %s: freed too early, or overwritten", where);
}

uint32_t ht_shadow_see(const struct ht_worker *w, const struct gc_root *root, const void *data)
{
    const uint32_t index = *entry(w, root);
    if (!index && !data)
        return 0;
    if (!index)
        ht_shadow_stop(ht_shadow_index_at(data), "is in a root that should be empty");
    if (!data)
        ht_shadow_stop(index, "is expected in a root that is empty");
    expect(index, data, "a root");
    if (s.object[index].flags & SHADOW_GIVEN_UP)
        ht_stop(HT_ERROR, "operation %lu: the workload uses object %lu, which it has given up",
                (unsigned long)s.operations, (unsigned long)ht_shadow_number(index));
    return index;
}

/* Weak slot i was found empty: what it led to, the key of an ephemeron, must have been found dead. The next audit
 * sees to that, unless a finalizer may have brought it back. */
static void clear_weak(const struct shadow_object *from, uint32_t i)
{
    if (i == 0 && !s.doubt)
        s.object[*ht_shadow_slot(from, 0)].flags |= SHADOW_CLEARED;
    *ht_shadow_slot(from, i) = 0;
}

uint32_t ht_shadow_edge(uint32_t from, uint32_t i, const void *data)
{
    const struct shadow_object *const o = &s.object[from];
    if (i >= o->slots)
        ht_stop(HT_ERROR, "the workload reads slot %u of an object with %u", i, o->slots);
    const uint32_t to = *ht_shadow_slot(o, i);
    if (!to && !data)
        return 0;
    if (!to)
        ht_shadow_stop(from, "has something in slot %u, which should be empty", i);
    char where[64];
    snprintf(where, sizeof where, "slot %u of object %lu", i, (unsigned long)o->number);
    if (!data && i < ht_shadow_first_strong(o)) {
        clear_weak(o, i);
        return 0;
    }
    if (!data)
        ht_shadow_stop(to, "is expected in %s, which is empty: a lost edge", where);
    expect(to, data, where);
    return to;
}

/* ---- operations ---------------------------------------------------------------------------------------------- */

static void hash(const struct ht_worker *w, uint64_t word)
{
    struct shadow_mutator *const m = &s.mutator[w->index];
    if (!s.finalizers)
        m->hash = ht_mix64(m->hash ^ word);
}

void ht_shadow_start(const struct ht_worker *w, enum ht_op op, uint64_t a, uint64_t b)
{
    s.operations++;
    s.op = op;
    if (!s.finalizers)
        s.mutator[w->index].operations++;
    hash(w, (uint64_t)op << 56 ^ a << 28 ^ b);
}

void ht_shadow_put(const struct ht_worker *w, const struct gc_root *dst, uint32_t index)
{
    uint32_t *const e = entry(w, dst);
    s.object[*e].reached = s.clock;
    *e = index;
    if (!s.finalizers)
        s.object[index].flags &= (uint16_t)~SHADOW_WAS_DEAD;
    hash(w, ht_shadow_number(index));
}

void ht_shadow_new(const struct ht_worker *w, const struct gc_root *dst, uint32_t kind, uint32_t slots,
                   uint32_t bytes, void *data)
{
    const uint32_t index = ht_shadow_take_object();
    struct shadow_object *const o = &s.object[index];
    const uint64_t generation = (o->id >> 32) + 1;
    /* Those that finalizers make don't count: when they are made is the strategy's choice. */
    const uint64_t number =
        s.finalizers ? (uint64_t)1 << 63 | s.figures.objects : ++s.mutator[w->index].numbers;
    *o = (struct shadow_object){.id = generation << 32 | index,
                                .number = number,
                                .slots = slots,
                                .bytes = bytes,
                                .edges = ht_shadow_take_edges(slots),
                                .kind = (uint16_t)kind};
    if (!(s.caps & GC_CAP_FINALIZER))
        o->kind &= GC_KIND_MASK;
    s.had_finalizers |= o->kind & GC_FINALIZER;
    const struct stamp stamp = {o->id, canary_of(o->id)};
    memcpy(data, &stamp, sizeof stamp);
    s.clock += ht_shadow_size(o);
    o->reached = s.clock;
    s.figures.objects++;
    hash(w, (uint64_t)kind << 60 ^ (uint64_t)slots << 30 ^ bytes);
    ht_shadow_put(w, dst, index);
}

void ht_shadow_store(const struct ht_worker *w, uint32_t from, uint32_t i, uint32_t to)
{
    const struct shadow_object *const o = &s.object[from];
    if (i >= o->slots)
        ht_stop(HT_ERROR, "the workload writes slot %u of an object with %u", i, o->slots);
    uint32_t *const slot = ht_shadow_slot(o, i);
    s.object[*slot].reached = s.clock;
    *slot = to;
    hash(w, ht_shadow_number(from) << 32 ^ ht_shadow_number(to));
}

void ht_shadow_push(const struct ht_worker *w, const struct gc_root *frame, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!gc_is_empty(&frame[i]))
            ht_stop(HT_CORRUPT, "operation %lu: a new frame is not empty", (unsigned long)s.operations);
        *entry(w, &frame[i]) = 0;
    }
}

void ht_shadow_pop(const struct ht_worker *w, uint32_t n)
{
    const struct gc_root *const top = s.mutator[w->index].roots->top;
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t *const e = entry(w, top - i);
        s.object[*e].reached = s.clock;
        *e = 0;
    }
}

void ht_shadow_give_up(const struct ht_worker *w, const struct gc_root *root, uint32_t index, void *data)
{
    if (index) {
        struct shadow_object *const o = &s.object[index];
        o->flags |= SHADOW_GIVEN_UP;
        if (s.caps & GC_CAP_EXPLICIT) {
            o->flags |= SHADOW_FREED;
            memset(data, POISON, sizeof(struct stamp));
        }
    }
    ht_shadow_put(w, root, 0);
}

bool ht_shadow_is_ephemeron(uint32_t index)
{
    return (s.object[index].kind & GC_KIND_MASK) == GC_EPHEMERON;
}

uint32_t ht_shadow_slots(uint32_t index)
{
    return s.object[index].slots;
}

uint64_t ht_shadow_number(uint32_t index)
{
    return s.object[index].number;
}

uint64_t ht_shadow_size(const struct shadow_object *o)
{
    return gc_size(o->slots, o->bytes);
}

/* ---- finalizers ---------------------------------------------------------------------------------------------- */

/* A trace now, unless the last one was so recent that it would cost more than the work since, or another finalizer,
 * called before this one, may have brought the object back. */
static void check_dead(const struct shadow_object *o, uint32_t index)
{
    if (o->flags & SHADOW_WAS_DEAD || s.doubt || s.operations - s.last_trace < s.in_use / 8)
        return;
    ht_shadow_trace();
    if (o->flags & SHADOW_LIVE)
        ht_shadow_stop(index, "is reachable, but its finalizer was called");
}

void ht_shadow_finalize(const struct ht_worker *w, const struct gc_root *object, const void *data)
{
    const uint32_t index = data ? ht_shadow_index_at(data) : 0;
    struct shadow_object *const o = &s.object[index];
    if (!index)
        ht_stop(HT_CORRUPT, "operation %lu: a finalizer was called for what is no object",
                (unsigned long)s.operations);
    if (!(o->kind & GC_FINALIZER))
        ht_shadow_stop(index, "has no finalizer, but one was called");
    if (o->flags & SHADOW_CALLED)
        ht_shadow_stop(index, "had its finalizer called twice");
    if (o->flags & SHADOW_GONE)
        ht_shadow_stop(index, "had its finalizer called after it was reclaimed");
    check_dead(o, index);
    o->flags |= SHADOW_CALLED;
    o->flags &= (uint16_t)~SHADOW_GIVEN_UP;
    s.finalizers++;
    s.doubt = true;
    s.foreign = object;
    s.foreign_object = 0;
    *entry(w, object) = index;
}

void ht_shadow_finalized(const struct ht_worker *w, const struct gc_root *object)
{
    s.object[*entry(w, object)].reached = s.clock;
    *entry(w, object) = 0;
    s.foreign = NULL;
    s.finalizers--;
}

bool ht_shadow_in_finalizer(void)
{
    return s.finalizers > 0;
}
