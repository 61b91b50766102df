/* The mutator's operations of the strategies that count references (allocators/counted.h): the same for all,
 * but for what they do with a reference from a root slot, and from a slot. Included at the end of a strategy's
 * header, after
 *
 *     struct gc_heap                         its first member is `struct gc_counted counted`
 *     struct gc_mutator                      with `struct gc_heap *heap`
 *     void gc_root_retain(m, object), gc_root_release(m, object)
 *     void gc_slot_release(c, object)        a gc_releaser */
#ifndef HT_ALLOCATORS_COUNTED_DEFAULTS_H
#define HT_ALLOCATORS_COUNTED_DEFAULTS_H

/* object becomes what the root slot refers to; its reference is handed over. */
static inline void gc_root_set(struct gc_mutator *m, struct gc_root *dst, struct gc_object *object)
{
    struct gc_object *const old = dst->object;
    dst->object = object;
    if (old)
        gc_root_release(m, old);
}

static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    struct gc_object *const value = ((struct gc_object *)object->object)->slot[i];
    if (value)
        gc_root_retain(m, value);
    gc_root_set(m, dst, value);
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    struct gc_object *const o = object->object, *const new = value->object;
    if (__builtin_expect(i < gc_first_counted(o->header), 0)) {
        gc_watch(&m->heap->counted, o, new, gc_slot_release);
        return;
    }
    struct gc_object *const old = o->slot[i];
    if (new)
        gc_retain(new);
    o->slot[i] = new;
    if (old)
        gc_slot_release(&m->heap->counted, old);
}

static inline void gc_move(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *src)
{
    struct gc_object *const object = src->object;
    if (object)
        gc_root_retain(m, object);
    gc_root_set(m, dst, object);
}

static inline void gc_clear(struct gc_mutator *m, struct gc_root *dst)
{
    gc_root_set(m, dst, NULL);
}

static inline struct gc_root *gc_push(struct gc_mutator *m, uint32_t n)
{
    return gc_roots_push(&m->roots, n);
}

static inline void gc_pop(struct gc_mutator *m, uint32_t n)
{
    for (; n; n--) {
        struct gc_object *const object = (--m->roots.top)->object;
        if (object)
            gc_root_release(m, object);
    }
}

static inline void *gc_data(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_object_data(object->object);
}

static inline uint32_t gc_slots(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_header_slots(((struct gc_object *)object->object)->header);
}

static inline bool gc_same(struct gc_mutator *m, const struct gc_root *a, const struct gc_root *b)
{
    (void)m;
    return a->object == b->object;
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_pop(m, (uint32_t)(m->roots.top - m->roots.base));
    m->heap->counted.mutator = NULL;
    gc_roots_close(&m->roots);
}

/* A new object in a cell of gc_counted_size bytes; `count` is its first. The room for its kind is there. */
static inline struct gc_object *gc_counted_make(void *cell, uint32_t kind, uint32_t slots, uint32_t bytes,
                                                uint32_t count)
{
    union gc_count *const counts = cell;
    *counts = (union gc_count){.count = count};
    struct gc_object *const object = gc_object_make(counts + 1, kind, slots, bytes);
    if (__builtin_expect(kind, 0))
        gc_counted_ready(object);
    return object;
}

/* Calls the finalizers of those that wait now; not inside of another. Outside of pauses. */
static inline void gc_run_finalizers(struct gc_mutator *m)
{
    struct gc_counted *const c = &m->heap->counted;
    const struct gc_object *const last = c->last_finalizer;
    bool more = c->finalizer && !c->called;
    while (more) {
        gc_next_finalizer(c);
        struct gc_object *const object = c->called;
        struct gc_root *const root = gc_push(m, 1);
        gc_root_retain(m, object);
        root->object = object;
        c->options->finalize(m, root, c->options->context);
        gc_pop(m, 1);
        more = object != last && c->finalizer;
        c->called = NULL;
        gc_slot_release(c, object);
    }
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_COUNTED_CAPS;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    (void)heap;
    return HT_VERSION;
}

#endif
