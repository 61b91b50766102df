#include "allocators/counted.h"

#include <errno.h>

void gc_counted_open(struct gc_counted *c, const struct gc_options *options)
{
    c->options = options;
    c->budget.limit = options->heap_bytes;
    gc_cells_open(&c->cells, &c->budget);
}

void gc_counted_close(struct gc_counted *c)
{
    gc_cells_close(&c->cells);
    if (c->watchers.room)
        gc_budget_unmap(&c->budget, c->watchers.first, c->watchers.room * sizeof c->watchers.first[0]);
    c->watchers = (struct gc_watchers){.first = NULL};
}

/* ---- targets of weak references, hashed -------------------------------------------------------------------- */

static size_t place_after(const struct gc_watchers *w, size_t i)
{
    return (i + 1) & (w->room - 1);
}

static size_t home_of(const struct gc_watchers *w, const struct gc_object *target)
{
    return (size_t)((uintptr_t)target / 8 * 0x9e3779b97f4a7c15u >> 24) & (w->room - 1);
}

/* Where the first watcher of the target is, or would be. */
static struct gc_object **place_of(const struct gc_watchers *w, const struct gc_object *target)
{
    size_t i = home_of(w, target);
    while (w->first[i] && w->first[i]->slot[0] != target)
        i = place_after(w, i);
    return &w->first[i];
}

/* Closes the gap: what follows moves up where it may. */
static void remove_at(struct gc_watchers *w, size_t gap)
{
    for (size_t i = place_after(w, gap); w->first[i]; i = place_after(w, i)) {
        const size_t home = home_of(w, w->first[i]->slot[0]);
        if (((i - home) & (w->room - 1)) < ((i - gap) & (w->room - 1)))
            continue;
        w->first[gap] = w->first[i];
        gap = i;
    }
    w->first[gap] = NULL;
}

static int grow(struct gc_counted *c)
{
    struct gc_watchers *const w = &c->watchers, old = *w;
    const size_t page = HT_PAGE_BYTES / sizeof w->first[0];
    struct gc_watchers new = {.room = old.room ? 2 * old.room : page, .objects = old.objects};
    new.first = gc_budget_map(&c->budget, GC_SITE_WEAK, new.room * sizeof new.first[0], HT_PAGE_BYTES);
    if (!new.first)
        return -ENOMEM;
    *w = new;
    for (size_t i = 0; i < old.room; i++)
        if (old.first[i])
            *place_of(w, old.first[i]->slot[0]) = old.first[i];
    if (old.room)
        gc_budget_unmap(&c->budget, old.first, old.room * sizeof old.first[0]);
    return 0;
}

void *gc_counted_alloc(struct gc_counted *c, uint32_t kind, size_t bytes)
{
    const bool weak = kind & GC_KIND_MASK;
    c->any_special |= kind != 0;
    if (weak && 2 * (c->watchers.objects + 1) > c->watchers.room && grow(c))
        return NULL;
    void *const cell = gc_cells_alloc(&c->cells, bytes);
    c->watchers.objects += weak && cell;
    return cell;
}

void gc_counted_ready(struct gc_object *object)
{
    const uint32_t kind = gc_header_kind(object->header);
    if (kind & GC_KIND_MASK)
        *gc_weak_links(object) = (struct gc_weak_links){NULL, NULL};
    if (kind & GC_FINALIZER)
        *gc_finalizer_link(object) = 0;
}

/* ---- weak references --------------------------------------------------------------------------------------- */

static void unlink_watcher(struct gc_counted *c, struct gc_object *weak)
{
    struct gc_weak_links *const links = gc_weak_links(weak);
    if (links->next)
        gc_weak_links(links->next)->previous = links->previous;
    if (links->previous) {
        gc_weak_links(links->previous)->next = links->next;
    } else {
        struct gc_object *const target = weak->slot[0], **const place = place_of(&c->watchers, target);
        if (links->next) {
            *place = links->next;
        } else {
            remove_at(&c->watchers, (size_t)(place - c->watchers.first));
            target->header &= ~GC_WATCHED;
        }
    }
    *links = (struct gc_weak_links){NULL, NULL};
}

static void link_watcher(struct gc_counted *c, struct gc_object *weak, struct gc_object *target)
{
    struct gc_object **const place = place_of(&c->watchers, target), *const first = *place;
    *gc_weak_links(weak) = (struct gc_weak_links){first, NULL};
    if (first)
        gc_weak_links(first)->previous = weak;
    *place = weak;
    target->header |= GC_WATCHED;
}

static bool is_ephemeron(const struct gc_object *weak)
{
    return (gc_header_kind(weak->header) & GC_KIND_MASK) == GC_EPHEMERON;
}

/* And of those that come of it: no recursion. */
void gc_release_orphans(struct gc_counted *c, gc_releaser *release)
{
    c->settling = true;
    while (c->orphans) {
        struct gc_object *const ephemeron = c->orphans, *const value = ephemeron->slot[1];
        c->orphans = gc_weak_links(ephemeron)->next;
        gc_weak_links(ephemeron)->next = NULL;
        ephemeron->slot[1] = NULL;
        release(c, value);
    }
    c->settling = false;
}

static void orphan(struct gc_counted *c, struct gc_object *weak)
{
    weak->slot[0] = NULL;
    *gc_weak_links(weak) = (struct gc_weak_links){NULL, NULL};
    if (!is_ephemeron(weak) || !weak->slot[1])
        return;
    gc_weak_links(weak)->next = c->orphans;
    c->orphans = weak;
}

void gc_watch(struct gc_counted *c, struct gc_object *weak, struct gc_object *target, gc_releaser *release)
{
    struct gc_object *const old = weak->slot[0];
    if (old == target)
        return;
    if (old)
        unlink_watcher(c, weak);
    if (target)
        link_watcher(c, weak, target);
    weak->slot[0] = target;
    if (target)
        return;
    orphan(c, weak);
    if (!c->settling)
        gc_release_orphans(c, release);
}

struct gc_object *gc_watcher(const struct gc_counted *c, const struct gc_object *target)
{
    return *place_of(&c->watchers, target);
}

void gc_unwatch(struct gc_counted *c, struct gc_object *target, gc_releaser *release)
{
    struct gc_object **const place = place_of(&c->watchers, target), *weak = *place;
    remove_at(&c->watchers, (size_t)(place - c->watchers.first));
    target->header &= ~GC_WATCHED;
    for (struct gc_object *next; weak; weak = next) {
        next = gc_weak_links(weak)->next;
        orphan(c, weak);
    }
    if (!c->settling)
        gc_release_orphans(c, release);
}

void gc_stop_watching(struct gc_counted *c, struct gc_object *weak)
{
    if (weak->slot[0])
        unlink_watcher(c, weak);
    weak->slot[0] = NULL;
}

void gc_forget_weak(struct gc_counted *c, struct gc_object *weak)
{
    gc_stop_watching(c, weak);
    c->watchers.objects--;
}

/* ---- finalizers -------------------------------------------------------------------------------------------- */

void gc_await_finalizer(struct gc_counted *c, struct gc_object *object)
{
    gc_retain(object);
    *gc_finalizer_link(object) = 1;
    if (c->finalizer)
        *gc_finalizer_link(c->last_finalizer) = (uintptr_t)object | 1;
    else
        c->finalizer = object;
    c->last_finalizer = object;
}

void gc_next_finalizer(struct gc_counted *c)
{
    c->called = c->finalizer;
    c->finalizer = (struct gc_object *)(*gc_finalizer_link(c->called) & ~(uintptr_t)1);
    c->stats.finalized++;
}

void gc_counted_stats(struct gc_counted *c, struct gc_stats *stats)
{
    stats->live_objects = gc_cells_used(&c->cells);
    stats->freed_objects = c->stats.freed_objects;
    stats->freed_bytes = c->stats.freed_bytes;
    stats->finalized = c->stats.finalized;
    stats->mark_stack_high = c->stats.mark_stack_high;
    stats->mark_stack_overflows = c->stats.mark_stack_overflows;
    stats->dead_peak_bytes = c->stats.dead_peak_bytes;
    stats->held_bytes = c->budget.held;
    stats->held_peak_bytes = c->budget.peak;
}
