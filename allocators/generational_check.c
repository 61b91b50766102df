#include "allocators/generational.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- every object ------------------------------------------------------------------------------------------ */

struct walk {
    gc_visitor *visit;
    void *context;
};

static void visit_object(void *context, struct gc_object *object)
{
    const struct walk *const walk = context;
    const uint64_t h = object->header;
    walk->visit(walk->context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h),
                gc_object_data(object));
}

static void each_young(const struct gc_heap *heap, struct walk *walk)
{
    const struct gc_nursery *const n = &heap->nursery;
    const char *const last = n->base + n->bytes;
    for (char *at = gc_nursery_object(n, n->base); at < last;
         at = gc_nursery_object(n, at + gc_nursery_step(at)))
        visit_object(walk, (struct gc_object *)at);
}

void gc_generational_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    struct walk walk = {visit, context};
    each_young(heap, &walk);
    gc_cache_sync(&heap->cache);
    gc_blocks_each(&heap->old, visit_object, &walk);
}

static void count(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    uint64_t *const n = context;
    (void)kind, (void)slots, (void)bytes, (void)data;
    ++*n;
}

uint64_t gc_generational_objects(struct gc_heap *heap)
{
    struct walk walk = {count, &(uint64_t){0}};
    each_young(heap, &walk);
    gc_cache_sync(&heap->cache);
    return *(uint64_t *)walk.context + gc_blocks_objects(&heap->old);
}

/* ---- verify ------------------------------------------------------------------------------------------------ */

/* Tables from outside the heap and its limit. */
struct check {
    struct gc_heap *heap;
    struct gc_budget none;
    struct gc_table starts; /* bits: where objects of the nursery start */
    struct gc_table
        remembered; /* objects that are remembered; with bit 0 set, slots; with bit 1, objects whose
                                   weak slots the next minor collection looks at; ascending */
    size_t logged;  /* old objects that are not GC_UNLOGGED */
    size_t objects; /* in `remembered` */
    char *why;
    int error;
};

__attribute__((format(printf, 2, 3))) static void fail(struct check *check, const char *format, ...)
{
    va_list arguments;
    if (check->error)
        return;
    check->error = -EUCLEAN;
    va_start(arguments, format);
    vsnprintf(check->why, 160, format, arguments);
    va_end(arguments);
}

static bool starts_at(const struct check *check, const void *p)
{
    const size_t at = (uintptr_t)p - (uintptr_t)check->heap->nursery.base, i = at / 8;
    return at % 8 == 0 && check->starts.word[i / 64] >> i % 64 & 1;
}

/* False when there was no memory to look. */
static bool note_starts(struct check *check)
{
    const struct gc_nursery *const n = &check->heap->nursery;
    char *const last = n->base + n->bytes;
    while (check->starts.room < n->bytes / 512)
        if (gc_table_grow(&check->starts, &check->none, GC_SITE_HEAP))
            return false;
    for (char *at = gc_nursery_object(n, n->base); at < last;) {
        const uint64_t header = ((struct gc_object *)at)->header;
        const size_t i = (size_t)(at - n->base) / 8;
        if (!(header & 1) || header >> GC_OWN_SHIFT || gc_header_size(header) > (size_t)(last - at)) {
            fail(check, "the young object at %p has the header %#lx", (void *)at, (unsigned long)header);
            return true;
        }
        check->starts.word[i / 64] |= (uint64_t)1 << i % 64;
        at = gc_nursery_object(n, at + gc_header_size(header));
    }
    return true;
}

static int by_word(const void *a, const void *b)
{
    const uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

static bool is_remembered(const struct check *check, uintptr_t word)
{
    const struct gc_table *const t = &check->remembered;
    return t->count && bsearch(&word, t->word, t->count, sizeof word, by_word);
}

static void check_retired(struct check *check, const struct gc_table *table, size_t first)
{
    for (size_t i = 0; i < first; i++)
        if (gc_nursery_has(&check->heap->nursery, (void *)table->word[i]))
            fail(check, "no minor collection looks at the young object at %p", (void *)table->word[i]);
}

static bool note_specials(struct check *check, const struct gc_table *from, size_t first)
{
    for (size_t i = first; i < from->count; i++)
        if (gc_table_add(&check->remembered, &check->none, GC_SITE_REMEMBERED, from->word[i] | 2))
            return false;
    check_retired(check, from, first);
    return true;
}

static bool note_remembered(struct check *check)
{
    const struct gc_table *const from = &check->heap->remembered;
    struct gc_table *const t = &check->remembered;
    for (size_t i = 0; i < from->count; i++) {
        uintptr_t word = from->word[i];
        if (word & 1)
            word = (uintptr_t) & ((struct gc_object *)(word - 1))->slot[from->word[++i]] | 1;
        else
            check->objects++;
        if (gc_table_add(t, &check->none, GC_SITE_REMEMBERED, word))
            return false;
    }
    const struct gc_specials *const s = &check->heap->specials;
    if (!note_specials(check, &s->weak, check->heap->first.weak) ||
        !note_specials(check, &s->ephemeron, check->heap->first.ephemeron))
        return false;
    check_retired(check, &s->finalizer, check->heap->first.finalizer);
    if (t->count)
        qsort(t->word, t->count, sizeof t->word[0], by_word);
    for (size_t i = 1; i < t->count; i++)
        if (t->word[i] == t->word[i - 1] && !(t->word[i] & 3))
            fail(check, "the object at %p is remembered twice", (void *)t->word[i]);
    return true;
}

static void check_young_reference(struct check *check, const void *from, const struct gc_object *to)
{
    if (!starts_at(check, to))
        fail(check, "what stands at %p refers to %p in the nursery, where no object is", from,
             (const void *)to);
}

static void check_young(struct check *check, const struct gc_object *object)
{
    struct gc_heap *const heap = check->heap;
    for (uint32_t i = 0; i < gc_header_slots(object->header) && !check->error; i++) {
        const struct gc_object *const to = object->slot[i];
        if (gc_nursery_has(&heap->nursery, to))
            check_young_reference(check, &object->slot[i], to);
        else if (to && !gc_blocks_has(&heap->old, to))
            fail(check, "the young object at %p refers to %p, where no object is", (const void *)object,
                 (const void *)to);
    }
}

/* Slot i of an old object refers to a young one. */
static void check_old_slot(struct check *check, struct gc_object *object, uint32_t i)
{
    check_young_reference(check, &object->slot[i], object->slot[i]);
    const bool weak = i < gc_first_strong(object->header);
    const bool known = weak ? is_remembered(check, (uintptr_t)object | 2)
                            : check->heap->forgot || !(object->header & GC_UNLOGGED) ||
                                  is_remembered(check, (uintptr_t)&object->slot[i] | 1);
    if (!known)
        fail(check, "slot %u of the old object at %p refers to a young one and is not remembered", i,
             (void *)object);
}

static void check_old(void *context, struct gc_object *object)
{
    struct check *const check = context;
    const uint64_t header = object->header;
    const bool logged = !(header & GC_UNLOGGED);
    check->logged += logged;
    if ((header >> GC_OWN_SHIFT << GC_OWN_SHIFT & ~(GC_UNLOGGED | GC_AGAIN)) ||
        (logged && !is_remembered(check, (uintptr_t)object)))
        fail(check, "the old object at %p has the header %#lx", (void *)object, (unsigned long)header);
    for (uint32_t i = 0; i < gc_header_slots(header) && !check->error; i++)
        if (gc_nursery_has(&check->heap->nursery, object->slot[i]))
            check_old_slot(check, object, i);
}

static void check_objects(struct check *check)
{
    const struct gc_nursery *const n = &check->heap->nursery;
    const char *const last = n->base + n->bytes;
    const struct gc_roots none = {NULL, NULL}, *const roots = check->heap->mutator
                                                                  ? &check->heap->mutator->roots
                                                                  : &none;
    for (const struct gc_root *r = roots->base; r < roots->top && !check->error; r++)
        if (gc_nursery_has(n, r->object))
            check_young_reference(check, r, r->object);
    for (char *at = gc_nursery_object(n, n->base); at < last && !check->error;
         at = gc_nursery_object(n, at + gc_nursery_step(at)))
        check_young(check, (struct gc_object *)at);
    if (!check->error)
        check->error = gc_blocks_verify(&check->heap->old, check->why);
    if (!check->error)
        check->error = gc_blocks_verify_roots(&check->heap->old, roots, check->why);
    if (check->error)
        return;
    gc_blocks_each(&check->heap->old, check_old, check);
    if (check->logged != check->objects)
        fail(check, "%zu objects are remembered, and %zu old ones say so", check->objects, check->logged);
}

int gc_generational_verify(struct gc_heap *heap, char why[160])
{
    struct check check = {.heap = heap, .why = why};
    gc_cache_sync(&heap->cache);
    if (note_starts(&check) && !check.error && note_remembered(&check) && !check.error)
        check_objects(&check);
    gc_table_close(&check.starts, &check.none);
    gc_table_close(&check.remembered, &check.none);
    return check.error;
}
