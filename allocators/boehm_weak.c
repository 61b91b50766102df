/* boehm: weak references and finalizers. */
#include "allocators/boehm.h"

#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>

/* ---- weak references ----------------------------------------------------------------------------------------- */

/* With libgc's lock: between the look and the root slot no collection may clear the link. */
static void *reveal(void *weak_object)
{
    struct gc_object *const value = ((struct gc_object *)weak_object)->slot[0];
    return (intptr_t)value < 0 ? GC_REVEAL_POINTER(value) : value;
}

struct gc_object *gc_boehm_load_weak(struct gc_object *object)
{
    return GC_call_with_alloc_lock(reveal, object);
}

static bool register_link(struct gc_mutator *m, struct gc_object *object, struct gc_object *value)
{
    int collections = 1;
    bool has = gc_budget_take(&m->heap->budget, GC_SITE_WEAK, 0);
    while (has && GC_general_register_disappearing_link((void **)&object->slot[0], value) == GC_NO_MEMORY)
        has = gc_boehm_make_room(m, HT_PAGE_BYTES, &collections);
    return has;
}

/* When there is no memory for the link even after a collection, the reference is a strong one until it is
 * written again: it keeps what may be garbage, and never dangles. */
void gc_boehm_store_weak(struct gc_mutator *m, struct gc_object *object, struct gc_object *value)
{
    GC_unregister_disappearing_link((void **)&object->slot[0]);
    object->slot[0] = value ? (struct gc_object *)GC_HIDE_POINTER(value) : NULL;
    if (value && !register_link(m, object, value))
        object->slot[0] = value;
}

/* ---- finalizers ---------------------------------------------------------------------------------------------- */

static void run_finalizer(void *object, void *context)
{
    (void)context;
    struct gc_mutator *const m = gc_boehm_self;
    if (!m)
        return;
    struct gc_root *const root = gc_push(m, 1);
    root->object = object;
    atomic_fetch_add_explicit(&m->heap->finalized, 1, memory_order_relaxed);
    m->heap->options->finalize(m, root, m->heap->options->context);
    gc_pop(m, 1);
}

static void no_finalizer(void *object, void *context)
{
    (void)object, (void)context;
}

/* libgc returns without a word when it has no memory, but then leaves the old finalizer unanswered. */
static bool register_finalizer(struct gc_object *object)
{
    GC_finalization_proc old = no_finalizer;
    void *old_context;
    GC_register_finalizer_no_order(object, run_finalizer, NULL, &old, &old_context);
    return old != no_finalizer;
}

int gc_boehm_add_finalizer(struct gc_mutator *m, struct gc_object *object)
{
    int collections = 1;
    if (!gc_budget_take(&m->heap->budget, GC_SITE_FINALIZER, 0))
        return -ENOMEM;
    while (!register_finalizer(object))
        if (!gc_boehm_make_room(m, HT_PAGE_BYTES, &collections))
            return -ENOMEM;
    return 0;
}

void gc_boehm_finalize(struct gc_mutator *m)
{
    if (m->is_finalizing || !GC_should_invoke_finalizers())
        return;
    m->is_finalizing = true;
    GC_invoke_finalizers();
    m->is_finalizing = false;
}
