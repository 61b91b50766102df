#include "allocators/specials.h"

#include <errno.h>

#include "allocators/roots.h"

enum { SETTLED = 1 }; /* bit 0 of a word of the ephemerons' table */

static struct gc_object *object_of(uintptr_t word)
{
    return (struct gc_object *)(word & ~(uintptr_t)SETTLED);
}

static int add_finalizer(struct gc_specials *s, struct gc_object *object)
{
    /* The queue gets its room here, too: a collection must not need any. */
    while (s->queue.room <= s->queue.count + s->finalizer.count)
        if (gc_table_grow(&s->queue, s->budget, GC_SITE_FINALIZER))
            return -ENOMEM;
    return gc_table_add(&s->finalizer, s->budget, GC_SITE_FINALIZER, (uintptr_t)object);
}

int gc_specials_add(struct gc_specials *s, struct gc_object *object)
{
    const uint32_t kind = gc_header_kind(object->header);
    struct gc_table *const table = (kind & GC_KIND_MASK) == GC_WEAK        ? &s->weak
                                   : (kind & GC_KIND_MASK) == GC_EPHEMERON ? &s->ephemeron
                                                                           : NULL;
    if (table && gc_table_add(table, s->budget, GC_SITE_WEAK, (uintptr_t)object))
        return -ENOMEM;
    if (!(kind & GC_FINALIZER) || !add_finalizer(s, object))
        return 0;
    if (table)
        table->count--;
    return -ENOMEM;
}

/* ---- a collection ------------------------------------------------------------------------------------------ */

/* True when the value of the ephemeron of `word` is reached by it just now. */
static bool settle_ephemeron(uintptr_t *word, const struct gc_tracer *t)
{
    struct gc_object *const e = *word & SETTLED ? NULL : t->reached(t->context, object_of(*word));
    struct gc_object *const key = e && e->slot[0] ? t->reached(t->context, e->slot[0]) : NULL;
    if (!key)
        return false;
    *word |= SETTLED;
    e->slot[0] = key;
    if (e->slot[1])
        t->reach(t->context, &e->slot[1]);
    t->drain(t->context);
    return true;
}

static void settle_ephemerons(struct gc_specials *s, const struct gc_tracer *t)
{
    const size_t n = s->ephemeron.count;
    bool forwards = false, again = n > 0;
    while (again) {
        again = false;
        forwards = !forwards;
        for (size_t i = 0; i < n; i++)
            again |= settle_ephemeron(&s->ephemeron.word[forwards ? i : n - 1 - i], t);
    }
}

/* Of every object of the table, reached or not: it may be reached later, by a finalizer. */
static void clear_dead(struct gc_table *table, const struct gc_tracer *t)
{
    for (size_t i = 0; i < table->count; i++) {
        struct gc_object *const old = object_of(table->word[i]), *const now = t->reached(t->context, old);
        struct gc_object *const object = now ? now : old;
        if (object->slot[0])
            object->slot[0] = t->reached(t->context, object->slot[0]);
        if (!object->slot[0] && (gc_header_kind(object->header) & GC_KIND_MASK) == GC_EPHEMERON)
            object->slot[1] = NULL;
    }
}

/* All that are dead are found before one of them is reached: one may be reached from another. */
static void queue_dead(struct gc_specials *s, const struct gc_tracer *t)
{
    const size_t first = s->queue.count;
    size_t kept = 0;
    for (size_t i = 0; i < s->finalizer.count; i++) {
        struct gc_object *const old = object_of(s->finalizer.word[i]), *const now =
                                                                           t->reached(t->context, old);
        if (now)
            s->finalizer.word[kept++] = (uintptr_t)now;
        else
            s->queue.word[s->queue.count++] = (uintptr_t)old;
    }
    s->finalizer.count = kept;
    for (size_t i = first; i < s->queue.count; i++)
        t->reach(t->context, (struct gc_object **)&s->queue.word[i]);
    t->drain(t->context);
}

/* Forgets the objects that were not reached. */
static void keep_reached(struct gc_table *table, const struct gc_tracer *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct gc_object *const now = t->reached(t->context, object_of(table->word[i]));
        if (now)
            table->word[kept++] = (uintptr_t)now;
    }
    table->count = kept;
}

void gc_specials_settle(struct gc_specials *s, const struct gc_tracer *t)
{
    settle_ephemerons(s, t);
    clear_dead(&s->weak, t);
    clear_dead(&s->ephemeron, t);
    queue_dead(s, t);
    settle_ephemerons(s, t);
    keep_reached(&s->weak, t);
    keep_reached(&s->ephemeron, t);
}

void gc_specials_trace_queue(struct gc_specials *s, const struct gc_tracer *t)
{
    for (size_t i = s->called; i < s->queue.count; i++)
        t->reach(t->context, (struct gc_object **)&s->queue.word[i]);
}

static void move_table(struct gc_table *table, size_t first,
                       struct gc_object *(*moved)(void *context, struct gc_object *), void *context)
{
    for (size_t i = first; i < table->count; i++)
        table->word[i] = (uintptr_t)moved(context, object_of(table->word[i]));
}

void gc_specials_move(struct gc_specials *s, struct gc_object *(*moved)(void *context, struct gc_object *),
                      void *context)
{
    move_table(&s->weak, 0, moved, context);
    move_table(&s->ephemeron, 0, moved, context);
    move_table(&s->finalizer, 0, moved, context);
    move_table(&s->queue, s->called, moved, context);
}

/* ---- finalizers -------------------------------------------------------------------------------------------- */

void gc_specials_finalize(struct gc_specials *s, struct gc_mutator *m, const struct gc_options *options)
{
    struct gc_roots *const roots = (struct gc_roots *)m;
    if (s->running)
        return;
    s->running = true;
    while (s->called < s->queue.count) {
        struct gc_root *const object = gc_roots_push(roots, 1);
        object->object = object_of(s->queue.word[s->called++]);
        s->finalized++;
        options->finalize(m, object, options->context);
        gc_roots_pop(roots, 1);
    }
    s->queue.count = s->called = 0;
    s->running = false;
}

void gc_specials_close(struct gc_specials *s)
{
    gc_table_close(&s->weak, s->budget);
    gc_table_close(&s->ephemeron, s->budget);
    gc_table_close(&s->finalizer, s->budget);
    gc_table_close(&s->queue, s->budget);
}
