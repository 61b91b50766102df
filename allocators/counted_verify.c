/* The heap walk of allocators/counted.h, and its check. */
#include <errno.h>
#include <stdio.h>

#include "allocators/counted.h"

void gc_counted_each(struct gc_counted *c, gc_visitor *visit, void *context)
{
    struct gc_cells_walk walk = {.chunk = c->cells.chunks};
    for (struct gc_object *object; (object = gc_counted_next(&walk));) {
        const uint64_t h = object->header;
        if (!(h & GC_DEAD))
            visit(context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h), gc_object_data(object));
    }
}

/* The first slot of an object that is still to be released, if it is dead; that counts, if it lives. */
static uint32_t first_slot(const struct gc_counted *c, const struct gc_object *object)
{
    const uint32_t first = gc_first_counted(object->header);
    return object == c->dead && c->released > first ? c->released : first;
}

static int check_reference(const struct gc_cells_index *index, const void *from, const struct gc_object *to,
                           bool from_dead, char why[160])
{
    if (!to || (gc_cells_is_cell(index, gc_count_of(to)) && (from_dead || !(to->header & GC_DEAD))))
        return 0;
    snprintf(why, 160, "what stands at %p refers to %p, where no live object is", from, (const void *)to);
    return -EUCLEAN;
}

static int check_watch(const struct gc_counted *c, const struct gc_object *weak, char why[160])
{
    const struct gc_object *const target = weak->slot[0], *const before = gc_weak_links(weak)->previous;
    if (!target || (target->header & GC_WATCHED &&
                    (before ? gc_weak_links(before)->next == weak : gc_watcher(c, target) == weak)))
        return 0;
    snprintf(why, 160, "the weak object at %p is not in the list of what refers to %p", (const void *)weak,
             (const void *)target);
    return -EUCLEAN;
}

static int check_references(struct gc_counted *c, const struct gc_cells_index *index, char why[160])
{
    struct gc_cells_walk walk = {.chunk = c->cells.chunks};
    int error = 0;
    for (struct gc_object *o; !error && (o = gc_counted_next(&walk));) {
        const bool dead = o->header & GC_DEAD;
        for (uint32_t i = first_slot(c, o); i < gc_header_slots(o->header) && !error; i++)
            error = check_reference(index, &o->slot[i], o->slot[i], dead, why);
        if (error || !gc_first_counted(o->header) || dead)
            continue;
        error = check_reference(index, o->slot, o->slot[0], false, why);
        if (!error)
            error = check_watch(c, o, why);
    }
    const struct gc_roots none = {NULL, NULL}, *const roots =
                                                   c->mutator ? (struct gc_roots *)c->mutator : &none;
    for (const struct gc_root *r = roots->base; r < roots->top && !error; r++)
        error = check_reference(index, r, r->object, false, why);
    return error;
}

/* ---- counts ------------------------------------------------------------------------------------------------ */

static void add_to(struct gc_object *object, uint32_t n)
{
    if (object && !(object->header & GC_DEAD))
        gc_count_of(object)->count += n;
}

/* Adds n to the count of an object for each reference to it. */
static void add_to_all(struct gc_counted *c, bool roots_count, uint32_t n)
{
    struct gc_cells_walk walk = {.chunk = c->cells.chunks};
    for (struct gc_object *o; (o = gc_counted_next(&walk));)
        for (uint32_t i = first_slot(c, o); i < gc_header_slots(o->header); i++)
            add_to(o->slot[i], n);
    for (struct gc_object *o = c->finalizer; o;
         o = (struct gc_object *)(*gc_finalizer_link(o) & ~(uintptr_t)1))
        add_to(o, n);
    add_to(c->called, n);
    const struct gc_roots none = {NULL, NULL}, *const roots =
                                                   c->mutator ? (struct gc_roots *)c->mutator : &none;
    for (const struct gc_root *r = roots->base; r < roots->top && roots_count; r++)
        add_to(r->object, n);
}

/* After all were taken down. One that sticks was far above. */
static int check_counts(struct gc_counted *c, char why[160])
{
    struct gc_cells_walk walk = {.chunk = c->cells.chunks};
    for (struct gc_object *o; (o = gc_counted_next(&walk));) {
        const uint32_t left = o->header & GC_DEAD ? 0 : gc_count_of(o)->count;
        if (!left || (left >= GC_STICKY / 2 && left <= GC_STICKY))
            continue;
        snprintf(why, 160, "the count of the object at %p is %d more than its references", (void *)o,
                 (int)left);
        return -EUCLEAN;
    }
    return 0;
}

int gc_counted_verify(struct gc_counted *c, bool roots_count, char why[160])
{
    int error = gc_cells_check(&c->cells, why);
    if (error)
        return error;
    struct gc_cells_index index;
    gc_cells_index_open(&index, &c->cells);
    error = check_references(c, &index, why);
    gc_cells_index_close(&index);
    if (error)
        return error;
    add_to_all(c, roots_count, (uint32_t)-1);
    error = check_counts(c, why);
    add_to_all(c, roots_count, 1);
    return error;
}
