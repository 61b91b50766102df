/* What the program can reach, what must be held because a finalizer is due, and what may come back through a weak
 * reference: three closures over the shadow, each linear in objects and edges. */
#include "bench/shadow_own.h"

#include "allocators/roots.h"

#define s ht_shadow

struct trace {
    uint32_t bit;
    uint32_t count, done; /* of the queue */
};

static void reach(struct trace *t, uint32_t index)
{
    struct shadow_object *const o = &s.object[index];
    if (!index || o->flags & (t->bit | SHADOW_FREED | SHADOW_GONE))
        return;
    o->flags |= (uint16_t)t->bit;
    s.queue[t->count++] = index;
}

/* Its value is reached when its key is: at once, or when that is reached later. */
static void reach_by_ephemeron(struct trace *t, uint32_t index)
{
    struct shadow_object *const e = &s.object[index];
    const uint32_t key = *ht_shadow_slot(e, 0);
    if (!key || !*ht_shadow_slot(e, 1))
        return;
    if (s.object[key].flags & SHADOW_LIVE) {
        reach(t, *ht_shadow_slot(e, 1));
        return;
    }
    e->next = s.object[key].waiting;
    s.object[key].waiting = index;
}

static void reach_strong_slots(struct trace *t, const struct shadow_object *o)
{
    for (uint32_t i = ht_shadow_first_strong(o); i < o->slots; i++)
        reach(t, *ht_shadow_slot(o, i));
}

static void reach_strongly(struct trace *t)
{
    while (t->done < t->count)
        reach_strong_slots(t, &s.object[s.queue[t->done++]]);
}

/* Over all that was reached strongly, and what that reaches. */
static void reach_by_keys(struct trace *t)
{
    const uint32_t strongly = t->count;
    t->bit |= SHADOW_BY_KEY;
    for (t->done = 0; t->done < t->count; t->done++) {
        const uint32_t index = s.queue[t->done];
        struct shadow_object *const o = &s.object[index];
        if (t->done >= strongly)
            reach_strong_slots(t, o);
        if (ht_shadow_first_strong(o) == GC_EPHEMERON)
            reach_by_ephemeron(t, index);
        for (uint32_t e = o->waiting; e; e = s.object[e].next)
            reach(t, *ht_shadow_slot(&s.object[e], 1));
        o->waiting = 0;
    }
}

static void reach_root(struct trace *t, uint32_t index)
{
    s.object[index].flags |= SHADOW_NAMED;
    reach(t, index);
}

static void reach_roots(struct trace *t)
{
    for (unsigned m = 0; m < s.mutators; m++) {
        const struct gc_roots *const roots = s.mutator[m].roots;
        for (size_t i = 0; roots && i < (size_t)(roots->top - roots->base); i++)
            reach_root(t, s.mutator[m].root[i]);
    }
    reach_root(t, s.foreign_object);
}

/* Live objects, and what is reached from dead ones whose finalizer was not called yet; the values of ephemerons,
 * which may have been cleared, are not. */
static void trace_must(void)
{
    struct trace t = {SHADOW_MUST, 0, 0};
    for (uint32_t i = 1; i < s.objects; i++) {
        struct shadow_object *const o = &s.object[i];
        if (o->flags & SHADOW_LIVE)
            o->flags |= SHADOW_MUST;
    }
    for (uint32_t i = 1; i < s.objects; i++) {
        struct shadow_object *const o = &s.object[i];
        if (!o->number || !ht_shadow_is_to_be_finalized(o) || o->flags & SHADOW_LIVE)
            continue;
        o->flags |= SHADOW_WAS_DEAD;
        reach(&t, i);
    }
    reach_strongly(&t);
}

static void trace_may(void)
{
    struct trace t = {SHADOW_MAY, 0, 0};
    for (uint32_t i = 1; i < s.objects; i++)
        if (s.object[i].flags & SHADOW_MUST)
            reach(&t, i);
    while (t.done < t.count) {
        const struct shadow_object *const o = &s.object[s.queue[t.done++]];
        for (uint32_t i = 0; i < o->slots; i++) {
            s.object[*ht_shadow_slot(o, i)].flags |= SHADOW_NAMED;
            reach(&t, *ht_shadow_slot(o, i));
        }
    }
}

void ht_shadow_trace(void)
{
    struct trace t = {SHADOW_LIVE, 0, 0};
    for (uint32_t i = 1; i < s.objects; i++) {
        s.object[i].flags &= (uint16_t)~SHADOW_OF_TRACE;
        s.object[i].waiting = 0;
    }
    reach_roots(&t);
    reach_strongly(&t);
    reach_by_keys(&t);
    trace_must();
    trace_may();
    s.last_trace = s.operations;
}
