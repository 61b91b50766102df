/* plugin-collector: a collector of the user's, loaded from a .so and called through its table of functions
 * (allocators/collector_plugin.h). The table is copied into the heap when it opens, so that an operation is two
 * loads and one indirect call away; what the plug-in leaves out is replaced by a default there. Root slots are
 * heaptrial's own (allocators/roots.h), and the plug-in is told where they are.
 *
 * gc_open refuses a file that is no plug-in, or one for another version of the interface; gc_open_error says why
 * in one line. What the heap can do, and with how many mutators, is what the plug-in claims. The limit is checked
 * for memory that it maps by options->map.
 * Bounds: the plug-in's own. */
#ifndef HT_ALLOCATORS_PLUGIN_COLLECTOR_H
#define HT_ALLOCATORS_PLUGIN_COLLECTOR_H

#include "allocators/budget.h"
#include "allocators/collector.h"
#include "allocators/collector_plugin.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"

struct gc_heap {
    struct ht_plugin_collector table; /* without gaps, but for open and close */
    struct ht_collector_options asks; /* first: what the plug-in has of ours leads back here */
    void *state;                      /* the plug-in's heap */
    const struct gc_options *options;
    struct gc_budget budget;
    void *library;
    _Atomic uint32_t mutators; /* that were attached */
    char version[64];
    char error[512];
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
    void *state; /* the plug-in's mutator */
    uint32_t number;
};

/* 0, or a negative errno with the reason in heap->error and nothing held. */
int gc_plugin_open(struct gc_heap *heap, const struct gc_options *options);
void gc_plugin_close(struct gc_heap *heap);
int gc_plugin_attach(struct gc_heap *heap, struct gc_mutator *m);
void gc_plugin_detach(struct gc_mutator *m);
void gc_plugin_stats(struct gc_heap *heap, struct gc_stats *stats);

/* The same slot, as the plug-in's header calls it. */
static inline struct ht_root *gc_plugin_root(const struct gc_root *root)
{
    return (struct ht_root *)(uintptr_t)root;
}

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_plugin_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)error;
    return heap->error;
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_plugin_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    return gc_plugin_attach(heap, m);
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_plugin_detach(m);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    return m->heap->table.alloc(m->state, gc_plugin_root(dst), kind, slots, bytes);
}

static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    m->heap->table.load(m->state, gc_plugin_root(dst), gc_plugin_root(object), i);
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    m->heap->table.store(m->state, gc_plugin_root(object), i, gc_plugin_root(value));
}

static inline void gc_move(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *src)
{
    m->heap->table.move(m->state, gc_plugin_root(dst), gc_plugin_root(src));
}

static inline void gc_clear(struct gc_mutator *m, struct gc_root *dst)
{
    m->heap->table.clear(m->state, gc_plugin_root(dst));
}

static inline struct gc_root *gc_push(struct gc_mutator *m, uint32_t n)
{
    return gc_roots_push(&m->roots, n);
}

static inline void gc_pop(struct gc_mutator *m, uint32_t n)
{
    m->heap->table.pop(m->state, gc_plugin_root(m->roots.top - n), n);
    gc_roots_pop(&m->roots, n);
}

static inline void *gc_data(struct gc_mutator *m, const struct gc_root *object)
{
    return m->heap->table.data(m->state, gc_plugin_root(object));
}

static inline uint32_t gc_slots(struct gc_mutator *m, const struct gc_root *object)
{
    return m->heap->table.slots(m->state, gc_plugin_root(object));
}

static inline bool gc_same(struct gc_mutator *m, const struct gc_root *a, const struct gc_root *b)
{
    return m->heap->table.same(m->state, gc_plugin_root(a), gc_plugin_root(b));
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    m->heap->table.collect(m->state, kind == GC_FULL);
}

static inline bool gc_step(struct gc_mutator *m, size_t work)
{
    return m->heap->table.step(m->state, work);
}
#define gc_step gc_step

static inline void gc_free(struct gc_mutator *m, struct gc_root *object)
{
    m->heap->table.free(m->state, gc_plugin_root(object));
}
#define gc_free gc_free

static inline void gc_poll(struct gc_mutator *m)
{
    m->heap->table.poll(m->state);
}
#define gc_poll gc_poll

static inline void gc_park(struct gc_mutator *m)
{
    m->heap->table.park(m->state);
}

static inline void gc_unpark(struct gc_mutator *m)
{
    m->heap->table.unpark(m->state);
}
#define gc_park gc_park

static inline int gc_verify(struct gc_heap *heap, char why[160])
{
    const int error = heap->table.verify(heap->state, why);
    why[159] = 0; /* the plug-in may have forgotten */
    return error;
}
#define gc_verify gc_verify

static inline void gc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    heap->table.each(heap->state, visit, context);
}
#define gc_each gc_each

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_plugin_stats(heap, stats);
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    return heap->table.caps;
}

/* The plug-in's name and version. */
static inline const char *gc_version(struct gc_heap *heap)
{
    return heap->version;
}

#define gc_reopen HT_REOPEN_NEVER

#endif
