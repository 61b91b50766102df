/* cpython: the types of our objects, and how these die. */
#include "allocators/cpython.h"

#include "allocators/cpython_parts.h"

enum { LOGGED_RELEASES = 64 }; /* a cascade of fewer objects is no pause */

static uint32_t slots_of(const struct gc_cpython_object *object)
{
    return gc_header_slots(gc_cpython_header(object));
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    struct gc_cpython_object *const object = (struct gc_cpython_object *)self;
    const uint32_t slots = slots_of(object);
    for (uint32_t i = 0; i < slots; i++)
        Py_VISIT((PyObject *)object->slot[i]);
    return 0;
}

static int clear(PyObject *self)
{
    struct gc_cpython_object *const object = (struct gc_cpython_object *)self;
    const uint32_t slots = slots_of(object);
    for (uint32_t i = 0; i < slots; i++)
        Py_CLEAR(object->slot[i]);
    return 0;
}

static void count_dead(const struct gc_cpython_object *object, size_t more)
{
    struct gc_heap *const heap = gc_cpython_heap;
    const uint64_t header = gc_cpython_header(object);
    heap->freed++;
    heap->freed_bytes +=
        sizeof *object + 8 * (size_t)gc_header_slots(header) + gc_header_bytes(header) + more;
}

static void leaf_dealloc(PyObject *self)
{
    struct gc_cpython_object *const object = (struct gc_cpython_object *)self;
    if (object->weak)
        PyObject_ClearWeakRefs(self);
    count_dead(object, 0);
    PyObject_Free(self);
}

/* What is nested too deep comes back here later, from the trashcan. */
static void node_dealloc(PyObject *self)
{
    struct gc_cpython_object *const object = (struct gc_cpython_object *)self;
    if (object->weak)
        PyObject_ClearWeakRefs(self);
    if (Py_TYPE(self)->tp_finalize && PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, node_dealloc) clear(self);
    count_dead(object, GC_CPYTHON_LINK_BYTES);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

void gc_cpython_free(struct gc_cpython_object *object)
{
    struct gc_heap *const heap = gc_cpython_heap;
    struct gc_log *const log = heap->options->log;
    const uint64_t start = gc_pause_start(log), before = heap->freed;
    _Py_Dealloc((PyObject *)object);
    if (log && heap->freed - before >= LOGGED_RELEASES)
        gc_pause_stop(log, GC_PAUSE_RELEASE, 0, start);
}

/* ---- finalizers ---------------------------------------------------------------------------------------------- */

/* The word behind the data of an object with a finalizer: the next one in the queue. */
static struct gc_cpython_object **link_of(struct gc_cpython_object *object)
{
    const size_t words = slots_of(object) + ((size_t)gc_header_bytes(gc_cpython_header(object)) + 7) / 8;
    return &object->slot[words];
}

/* CPython calls this once in an object's life. The queue's reference brings it back to life. */
static void queue_finalizer(PyObject *self)
{
    struct gc_heap *const heap = gc_cpython_heap;
    struct gc_cpython_object *const object = (struct gc_cpython_object *)self;
    if (heap->is_closing)
        return;
    Py_INCREF(self);
    *link_of(object) = NULL;
    *heap->queue_end = object;
    heap->queue_end = link_of(object);
}

/* The oldest of the queue, which belongs to the caller now; NULL when there is none. */
static struct gc_cpython_object *next_finalizer(struct gc_heap *heap)
{
    struct gc_cpython_object *const object = heap->queue;
    if (!object)
        return NULL;
    heap->queue = *link_of(object);
    if (!heap->queue)
        heap->queue_end = &heap->queue;
    return object;
}

void gc_cpython_finalize(struct gc_mutator *m)
{
    struct gc_heap *const heap = m->heap;
    if (heap->is_finalizing)
        return;
    heap->is_finalizing = true;
    for (struct gc_cpython_object *object; (object = next_finalizer(heap));) {
        struct gc_root *const root = gc_push(m, 1);
        root->object = object;
        heap->finalized++;
        heap->options->finalize(m, root, heap->options->context);
        gc_pop(m, 1);
    }
    heap->is_finalizing = false;
}

void gc_cpython_forget_finalizers(struct gc_heap *heap)
{
    for (struct gc_cpython_object *object; (object = next_finalizer(heap));)
        gc_cpython_release(object);
}

/* ---- types --------------------------------------------------------------------------------------------------- */

#define OBJECT_TYPE(its_name)                                                                                \
    .ob_base = PyVarObject_HEAD_INIT(NULL, 0).tp_name = "heaptrial." its_name,                               \
    .tp_basicsize = sizeof(struct gc_cpython_object), .tp_itemsize = sizeof(void *),                         \
    .tp_weaklistoffset = offsetof(struct gc_cpython_object, weak)

PyTypeObject gc_cpython_leaf = {
    OBJECT_TYPE("leaf"),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = leaf_dealloc,
};

PyTypeObject gc_cpython_node = {
    OBJECT_TYPE("node"),        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = node_dealloc, .tp_traverse = traverse,
    .tp_clear = clear,
};

PyTypeObject gc_cpython_finalized = {
    OBJECT_TYPE("finalized"),   .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = node_dealloc, .tp_traverse = traverse,
    .tp_clear = clear,          .tp_finalize = queue_finalizer,
};

/* ---- weak references ----------------------------------------------------------------------------------------- */

/* Slot 0 holds a reference object of CPython's, or, when even the system has no memory for one, the object. */
struct gc_cpython_object *gc_cpython_load_weak(const struct gc_cpython_object *object)
{
    PyObject *const reference = (PyObject *)object->slot[0];
    if (!reference || !PyWeakref_Check(reference))
        return gc_cpython_retain(object->slot[0]);
    PyObject *const target = PyWeakref_GET_OBJECT(reference);
    return target == Py_None ? NULL : gc_cpython_retain((struct gc_cpython_object *)target);
}

void gc_cpython_store_weak(struct gc_mutator *m, struct gc_cpython_object *object,
                           struct gc_cpython_object *value)
{
    (void)m;
    PyObject *const reference = value ? PyWeakref_NewRef((PyObject *)value, NULL) : NULL;
    if (value && !reference)
        PyErr_Clear();
    gc_cpython_write(&object->slot[0],
                     reference ? (struct gc_cpython_object *)reference : gc_cpython_retain(value));
}
