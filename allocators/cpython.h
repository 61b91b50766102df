/* cpython: the real one, by libpython3.11: reference counts, and above them the cycle collector of three
 * generations (Modules/gcmodule.c; the finalizers of PEP 442). An interpreter without site and without any module
 * but `gc` is started for it, and what it holds by then is frozen (gc.freeze): collections look at our objects only.
 *
 * An object with slots is of a type with Py_TPFLAGS_HAVE_GC: the 16 bytes of the collector's links, a PyVarObject
 * whose ob_size holds the header word of allocators/object.h, the list of weak references, the slots, the data. One
 * without slots is of a type outside the collector, as str and bytes are. A root slot and a slot own a reference.
 * Collections happen when CPython has them, by its thresholds of 700, 10, 10 and its quarter of what lives long.
 * pymalloc stays beneath the OBJ and MEM domains.
 *
 * A finalizer (tp_finalize) may be due anywhere: it puts its object in a queue, and the next safepoint calls it.
 * Weak references are cleared before, in the deallocator too, where CPython's own types do so after.
 *
 * Variants: threshold=N   of generation 0, in place of 700
 *
 * Invariant: an object's reference count is that of the slots, root slots and entries of the queue that hold it.
 * Bounds: a pause is that of a full collection, O(objects with slots), or a cascade of releases, O(what dies): in
 * steps of 50 nested deallocations, what is deeper waits on CPython's trashcan, so that a C stack of 64 KiB does;
 * space is 32 bytes an object, 48 with slots, in arenas of 1 MiB.
 * Limit: arenas, and what is larger than 512 bytes with malloc's header, that were taken since the start of the
 * interpreter, which itself is not counted. It holds for new objects; what CPython asks for on its own way (a weak
 * reference, the arguments of a callback) is counted, and not refused. */
#ifndef HT_ALLOCATORS_CPYTHON_H
#define HT_ALLOCATORS_CPYTHON_H

#include <Python.h>

#include "allocators/budget.h"
#include "allocators/object.h"
#include "allocators/pauses.h"
#include "allocators/roots.h"

enum { GC_CPYTHON_GENERATIONS = 3 };

struct gc_cpython_object {
    PyVarObject head; /* ob_size: gc_header() */
    PyObject *weak;   /* references to it */
    struct gc_cpython_object *slot[];
};

struct gc_heap {
    const struct gc_options *options;
    struct gc_budget budget;
    bool is_limited; /* the next request is for an object of ours */
    bool is_closing, is_finalizing;
    struct gc_cpython_object *queue, **queue_end; /* finalizers that wait */
    uint64_t made, freed, freed_bytes, finalized, pause_start;
    struct {
        uint64_t collections, collected; /* as gc.get_stats() has them */
    } generation[GC_CPYTHON_GENERATIONS];
    uint64_t base_bytes; /* the interpreter had when it had started */
    PyThreadState *main; /* of the thread that opened the heap, while it does not run */
    PyObject *collect;   /* gc.collect */
    PyObject *spare;     /* of the count of generation 0, during a full collection */
    char version[16];
};

struct gc_mutator {
    struct gc_roots roots;
    struct gc_heap *heap;
    PyGILState_STATE gil;
};

/* The three domains, in the order of PyMemAllocatorDomain. When set, each request of the domain asks first, and
 * fails where the answer is true: a hook of fault injection. Not while the interpreter starts or ends: CPython
 * crashes when it runs out of memory there. */
extern bool (*gc_cpython_fail[3])(size_t bytes);

int gc_cpython_open(struct gc_heap *heap, const struct gc_options *options);
const char *gc_cpython_open_error(int error);
void gc_cpython_close(struct gc_heap *heap);
int gc_cpython_attach(struct gc_heap *heap, struct gc_mutator *m);
void gc_cpython_detach(struct gc_mutator *m);
/* The new object, which belongs to the caller; NULL when there is no room. Runs finalizers. */
struct gc_cpython_object *gc_cpython_alloc(struct gc_mutator *m, uint32_t kind, uint32_t slots,
                                           uint32_t bytes);
/* Takes an object apart whose count has come to zero. */
void gc_cpython_free(struct gc_cpython_object *object);
/* Slot 0 of a weak object. What was loaded belongs to the caller. */
struct gc_cpython_object *gc_cpython_load_weak(const struct gc_cpython_object *object);
void gc_cpython_store_weak(struct gc_mutator *m, struct gc_cpython_object *object,
                           struct gc_cpython_object *value);
void gc_cpython_collect(struct gc_mutator *m, enum gc_collection kind);
void gc_cpython_stats(struct gc_heap *heap, struct gc_stats *stats);

#define GC_OPTIONS "threshold"

static inline int gc_open(struct gc_heap *heap, const struct gc_options *options)
{
    return gc_cpython_open(heap, options);
}

static inline const char *gc_open_error(struct gc_heap *heap, int error)
{
    (void)heap;
    return gc_cpython_open_error(error);
}
#define gc_open_error gc_open_error

static inline void gc_close(struct gc_heap *heap)
{
    gc_cpython_close(heap);
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    return gc_cpython_attach(heap, m);
}

static inline void gc_detach(struct gc_mutator *m)
{
    gc_cpython_detach(m);
}

static inline uint64_t gc_cpython_header(const struct gc_cpython_object *object)
{
    return (uint64_t)object->head.ob_size;
}

static inline bool gc_cpython_is_weak(const struct gc_cpython_object *object)
{
    return (gc_header_kind(gc_cpython_header(object)) & GC_KIND_MASK) == GC_WEAK;
}

static inline struct gc_cpython_object *gc_cpython_retain(struct gc_cpython_object *object)
{
    if (object)
        object->head.ob_base.ob_refcnt++;
    return object;
}

static inline void gc_cpython_release(struct gc_cpython_object *object)
{
    if (object && --object->head.ob_base.ob_refcnt == 0)
        gc_cpython_free(object);
}

/* Writes a cell that owns what it refers to. `value` is retained already. */
static inline void gc_cpython_write(void *cell, struct gc_cpython_object *value)
{
    struct gc_cpython_object **const at = cell, *const old = *at;
    *at = value;
    gc_cpython_release(old);
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    struct gc_cpython_object *const object = gc_cpython_alloc(m, kind, slots, bytes);
    if (!object)
        return -ENOMEM;
    gc_cpython_write(dst, object);
    return 0;
}

static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    (void)m;
    const struct gc_cpython_object *const holder = object->object;
    if (__builtin_expect(i == 0 && gc_cpython_is_weak(holder), 0))
        gc_cpython_write(dst, gc_cpython_load_weak(holder));
    else
        gc_cpython_write(dst, gc_cpython_retain(holder->slot[i]));
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    struct gc_cpython_object *const holder = object->object;
    if (__builtin_expect(i == 0 && gc_cpython_is_weak(holder), 0))
        gc_cpython_store_weak(m, holder, value->object);
    else
        gc_cpython_write(&holder->slot[i], gc_cpython_retain(value->object));
}

static inline void gc_move(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *src)
{
    (void)m;
    gc_cpython_write(dst, gc_cpython_retain(src->object));
}

static inline void gc_clear(struct gc_mutator *m, struct gc_root *dst)
{
    (void)m;
    gc_cpython_write(dst, NULL);
}

static inline struct gc_root *gc_push(struct gc_mutator *m, uint32_t n)
{
    return gc_roots_push(&m->roots, n);
}

static inline void gc_pop(struct gc_mutator *m, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        gc_clear(m, --m->roots.top);
}

static inline void *gc_data(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    struct gc_cpython_object *const o = object->object;
    return &o->slot[gc_header_slots(gc_cpython_header(o))];
}

static inline uint32_t gc_slots(struct gc_mutator *m, const struct gc_root *object)
{
    (void)m;
    return gc_header_slots(gc_cpython_header(object->object));
}

static inline bool gc_same(struct gc_mutator *m, const struct gc_root *a, const struct gc_root *b)
{
    (void)m;
    return a->object == b->object;
}

static inline void gc_collect(struct gc_mutator *m, enum gc_collection kind)
{
    gc_cpython_collect(m, kind);
}

static inline void gc_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    gc_cpython_stats(heap, stats);
}

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    (void)heap;
    return GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_WEAK | GC_CAP_FINALIZER | GC_CAP_EXACT | GC_CAP_LIMIT;
}

static inline const char *gc_version(struct gc_heap *heap)
{
    return heap->version;
}

#define gc_reopen HT_REOPEN_NEVER

#endif
