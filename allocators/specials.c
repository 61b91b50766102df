#include "allocators/specials.h"

#include <errno.h>

#include "allocators/roots.h"

/* In a word of the ephemerons' table, during a collection. */
enum {
    SETTLED = 1, /* its value was reached */
    WAITS = 2,   /* an object that was not reached is awaited by it */
    BITS = 3,
};

static struct gc_object *object_of(uintptr_t word)
{
    return (struct gc_object *)(word & ~(uintptr_t)BITS);
}

static int add_finalizer(struct gc_specials *s, struct gc_object *object)
{
    /* The queue gets its room here, too: a collection must not need any. */
    while (s->queue.room <= s->queue.count + s->finalizer.count)
        if (gc_table_grow(&s->queue, s->budget, GC_SITE_FINALIZER))
            return -ENOMEM;
    return gc_table_add(&s->finalizer, s->budget, GC_SITE_FINALIZER, (uintptr_t)object);
}

static int add_ephemeron(struct gc_specials *s, struct gc_object *object)
{
    s->wait.count = s->ephemeron.count;
    if (s->notices && gc_table_add(&s->wait, s->budget, GC_SITE_WEAK, 0))
        return -ENOMEM;
    return gc_table_add(&s->ephemeron, s->budget, GC_SITE_WEAK, (uintptr_t)object);
}

int gc_specials_add(struct gc_specials *s, struct gc_object *object)
{
    const uint32_t kind = gc_header_kind(object->header);
    const size_t weak = s->weak.count, ephemerons = s->ephemeron.count;
    int error = 0;
    if ((kind & GC_KIND_MASK) == GC_WEAK)
        error = gc_table_add(&s->weak, s->budget, GC_SITE_WEAK, (uintptr_t)object);
    else if ((kind & GC_KIND_MASK) == GC_EPHEMERON)
        error = add_ephemeron(s, object);
    if (!error && kind & GC_FINALIZER)
        error = add_finalizer(s, object);
    if (error) {
        s->weak.count = weak;
        s->ephemeron.count = ephemerons;
    }
    return error;
}

/* ---- a collection ------------------------------------------------------------------------------------------ */

/* Has the ephemeron i wait until `object` is reached. */
static void await(struct gc_specials *s, size_t i, struct gc_object *object)
{
    s->ephemeron.word[i] |= WAITS;
    s->wait.word[i] = object->header;
    object->header = (uint64_t)i << 2 | 2;
}

void gc_specials_notice(struct gc_specials *s, struct gc_object *object)
{
    uint64_t header = object->header;
    while (!(header & 1)) {
        const size_t i = header >> 2;
        header = s->wait.word[i];
        s->wait.word[i] = s->ready;
        s->ready = i + 1;
        s->ephemeron.word[i] &= ~(uintptr_t)WAITS;
    }
    object->header = header;
}

/* Reaches the value of ephemeron i if its key was reached, and answers NULL; or says which object is missing. */
static struct gc_object *settle_ephemeron(struct gc_specials *s, size_t i, const struct gc_tracer *t)
{
    uintptr_t *const word = &s->ephemeron.word[i];
    if (*word & SETTLED)
        return NULL;
    struct gc_object *const e = t->reached(t->context, object_of(*word));
    if (!e)
        return object_of(*word);
    if (!e->slot[0])
        return NULL;
    if (!t->reached(t->context, e->slot[0]))
        return e->slot[0];
    *word |= SETTLED;
    if (e->slot[1])
        t->reach(t->context, &e->slot[1]);
    return NULL;
}

static void settle_or_await(struct gc_specials *s, size_t i, const struct gc_tracer *t)
{
    struct gc_object *const missing = settle_ephemeron(s, i, t);
    if (missing)
        await(s, i, missing);
}

/* What is awaited by ephemeron i was not reached at all: its header comes back. */
static void stop_waiting(struct gc_specials *s, size_t i, const struct gc_tracer *t)
{
    uintptr_t *const word = &s->ephemeron.word[i];
    if (!(*word & WAITS))
        return;
    *word &= ~(uintptr_t)WAITS;
    struct gc_object *const e = t->reached(t->context, object_of(*word));
    struct gc_object *const awaited = e ? e->slot[0] : object_of(*word);
    while (gc_is_awaited(awaited))
        awaited->header = s->wait.word[awaited->header >> 2];
}

static void settle_by_waiting(struct gc_specials *s, const struct gc_tracer *t)
{
    const size_t n = s->ephemeron.count;
    for (size_t i = 0; i < n; i++)
        settle_or_await(s, i, t);
    t->drain(t->context);
    while (s->ready) {
        const size_t i = s->ready - 1;
        s->ready = s->wait.word[i];
        settle_or_await(s, i, t);
        if (!s->ready)
            t->drain(t->context);
    }
    for (size_t i = 0; i < n; i++)
        stop_waiting(s, i, t);
}

static void settle_by_passes(struct gc_specials *s, const struct gc_tracer *t)
{
    const size_t n = s->ephemeron.count;
    bool forwards = false, again = n > 0;
    while (again) {
        again = false;
        forwards = !forwards;
        for (size_t k = 0; k < n; k++) {
            const size_t i = forwards ? k : n - 1 - k;
            const uintptr_t before = s->ephemeron.word[i];
            settle_ephemeron(s, i, t);
            if (s->ephemeron.word[i] == before)
                continue;
            t->drain(t->context);
            again = true;
        }
    }
}

static void settle_ephemerons(struct gc_specials *s, const struct gc_tracer *t)
{
    if (s->notices)
        settle_by_waiting(s, t);
    else
        settle_by_passes(s, t);
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
    gc_table_close(&s->wait, s->budget);
    gc_table_close(&s->finalizer, s->budget);
    gc_table_close(&s->queue, s->budget);
}
