#include "allocators/cpython.h"

#include "allocators/cpython_parts.h"
#include "allocators/variant.h"

enum { RESERVE_BYTES = 32 << 10 }; /* of the limit, for what CPython asks for in a full heap */

struct gc_heap *gc_cpython_heap;

/* ---- collections ----------------------------------------------------------------------------------------------- */

/* A full collection ends with empty free lists, so that the dict of its report is an allocation that CPython alone
 * would not have, and the next collection comes one object early. It is evened out by an object that is made
 * before the counts are reset, and freed behind. */
static void even_out(struct gc_heap *heap, bool starts)
{
    Py_CLEAR(heap->spare);
    if (!starts)
        return;
    heap->spare = PySet_New(NULL);
    if (heap->spare)
        PyObject_GC_UnTrack(heap->spare);
    else
        PyErr_Clear();
}

/* Of gc.callbacks: phase is "start" or "stop", info a dict with the generation and what was collected. */
static PyObject *note_collection(PyObject *self, PyObject *const *argument, Py_ssize_t count)
{
    (void)self, (void)count;
    struct gc_heap *const heap = gc_cpython_heap;
    const long g = PyLong_AsLong(PyDict_GetItemString(argument[1], "generation"));
    const bool starts = PyUnicode_READ_CHAR(argument[0], 2) == 'a';
    if (g == GC_CPYTHON_GENERATIONS - 1)
        even_out(heap, starts);
    if (!heap->main) /* it starts, or ends */
        Py_RETURN_NONE;
    if (starts) {
        heap->pause_start = gc_pause_start(heap->options->log);
        Py_RETURN_NONE;
    }
    heap->generation[g].collections++;
    heap->generation[g].collected += (uint64_t)PyLong_AsLong(PyDict_GetItemString(argument[1], "collected"));
    gc_pause_stop(heap->options->log, g == GC_CPYTHON_GENERATIONS - 1 ? GC_PAUSE_FULL : GC_PAUSE_MINOR, 0,
                  heap->pause_start);
    Py_RETURN_NONE;
}

static PyMethodDef note_collection_def = {"note_collection", (PyCFunction)(void (*)(void))note_collection,
                                          METH_FASTCALL, NULL};

void gc_cpython_collect(struct gc_mutator *m, enum gc_collection kind)
{
    if (kind == GC_FULL) {
        PyGC_Collect(); /* never disabled, so never 0 for that */
    } else {
        PyObject *const zero = PyLong_FromLong(0), *const found = PyObject_CallOneArg(m->heap->collect, zero);
        Py_XDECREF(found);
        Py_DECREF(zero);
    }
    gc_cpython_finalize(m);
}

/* ---- open, close ----------------------------------------------------------------------------------------------- */

static int start_interpreter(void)
{
    PyPreConfig preconfig;
    PyConfig config;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    if (PyStatus_Exception(Py_PreInitialize(&preconfig)))
        return -EIO;
    gc_cpython_hook_memory();
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.install_signal_handlers = 0;
    config.configure_c_stdio = 0;
    const PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (!PyStatus_Exception(status))
        return 0;
    gc_cpython_unhook_memory();
    return -EIO;
}

/* 0 when `result` is something, which is given up; -EIO otherwise. */
static int done(PyObject *result)
{
    Py_XDECREF(result);
    return result ? 0 : -EIO;
}

/* Takes what the interpreter has made so far out of all collections, and has the later ones reported. */
static int set_collector(struct gc_heap *heap, uint64_t threshold)
{
    PyObject *const gc = PyImport_ImportModule("gc");
    PyObject *const callbacks = gc ? PyObject_GetAttrString(gc, "callbacks") : NULL;
    PyObject *const callback = callbacks ? PyCFunction_New(&note_collection_def, NULL) : NULL;
    heap->collect = callback ? PyObject_GetAttrString(gc, "collect") : NULL;
    int error = heap->collect && !PyList_Append(callbacks, callback) ? 0 : -EIO;
    if (!error && threshold)
        error = done(PyObject_CallMethod(gc, "set_threshold", "i", (int)threshold));
    PyGC_Collect();
    if (!error)
        error = done(PyObject_CallMethod(gc, "freeze", NULL));
    PyGC_Collect(); /* so that nothing counts as long-lived */
    Py_XDECREF(callback);
    Py_XDECREF(callbacks);
    Py_XDECREF(gc);
    return error;
}

static int set_up(struct gc_heap *heap)
{
    int error = PyType_Ready(&gc_cpython_leaf) || PyType_Ready(&gc_cpython_node) ||
                        PyType_Ready(&gc_cpython_finalized)
                    ? -ENOMEM
                    : 0;
    if (!error)
        error = set_collector(heap, ht_variant(heap->options->variant, "threshold", 0));
    return error;
}

static void stop_interpreter(struct gc_heap *heap)
{
    heap->is_closing = true;
    gc_cpython_forget_finalizers(heap);
    Py_CLEAR(heap->collect);
    Py_CLEAR(heap->spare);
    Py_FinalizeEx();
    gc_cpython_unhook_memory();
}

int gc_cpython_open(struct gc_heap *heap, const struct gc_options *options)
{
    heap->options = options;
    heap->queue_end = &heap->queue;
    if (!ht_variant_is_known(options->variant, GC_OPTIONS))
        return -EINVAL;
    gc_cpython_heap = heap;
    int error = start_interpreter();
    if (error)
        return error;
    error = set_up(heap);
    /* The interpreter's own memory is not the heap's. */
    heap->budget.limit =
        heap->budget.held + (options->heap_bytes > RESERVE_BYTES ? options->heap_bytes - RESERVE_BYTES : 1);
    heap->base_bytes = heap->budget.held;
    heap->budget.peak = heap->base_bytes;
    snprintf(heap->version, sizeof heap->version, "%.*s", (int)strcspn(Py_GetVersion(), " "),
             Py_GetVersion());
    if (error)
        stop_interpreter(heap);
    else
        heap->main = PyEval_SaveThread();
    return error;
}

const char *gc_cpython_open_error(int error)
{
    return error == -EINVAL ? "cpython's option is threshold=N"
           : error == -EIO  ? "the interpreter did not start"
                            : strerror(-error);
}

void gc_cpython_close(struct gc_heap *heap)
{
    PyEval_RestoreThread(heap->main);
    heap->main = NULL;
    stop_interpreter(heap);
}

int gc_cpython_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    const int error = gc_roots_open(&m->roots);
    if (!error)
        m->gil = PyGILState_Ensure();
    return error;
}

void gc_cpython_detach(struct gc_mutator *m)
{
    gc_pop(m, (uint32_t)(m->roots.top - m->roots.base));
    PyGILState_Release(m->gil);
    gc_roots_close(&m->roots);
}

/* ---- allocation ------------------------------------------------------------------------------------------------ */

static struct gc_cpython_object *take(struct gc_heap *heap, uint32_t kind, uint32_t slots, size_t words)
{
    heap->is_limited = true;
    PyObject *object;
    if (kind & GC_FINALIZER)
        object = (PyObject *)_PyObject_GC_NewVar(&gc_cpython_finalized, (Py_ssize_t)words + 1);
    else if (slots)
        object = (PyObject *)_PyObject_GC_NewVar(&gc_cpython_node, (Py_ssize_t)words);
    else
        object = (PyObject *)_PyObject_NewVar(&gc_cpython_leaf, (Py_ssize_t)words);
    heap->is_limited = false;
    if (!object)
        PyErr_Clear();
    return (struct gc_cpython_object *)object;
}

struct gc_cpython_object *gc_cpython_alloc(struct gc_mutator *m, uint32_t kind, uint32_t slots,
                                           uint32_t bytes)
{
    struct gc_heap *const heap = m->heap;
    const size_t words = slots + ((size_t)bytes + 7) / 8;
    if (__builtin_expect(heap->queue != NULL, 0))
        gc_cpython_finalize(m);
    struct gc_cpython_object *object = take(heap, kind, slots, words);
    /* Once for what is garbage, and once more for what finalizers held back. */
    for (int i = 0; i < 2 && !object; i++) {
        gc_cpython_collect(m, GC_FULL);
        object = take(heap, kind, slots, words);
    }
    if (!object)
        return NULL;
    Py_SET_SIZE(object, (Py_ssize_t)gc_header(kind, slots, bytes));
    object->weak = NULL;
    memset(object->slot, 0, 8 * (size_t)slots);
    heap->made++;
    if (slots || kind & GC_FINALIZER)
        PyObject_GC_Track(object);
    return object;
}

void gc_cpython_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    stats->collections = heap->generation[2].collections;
    stats->minor_collections = heap->generation[0].collections + heap->generation[1].collections;
    stats->freed_objects = heap->freed;
    stats->freed_bytes = heap->freed_bytes;
    stats->finalized = heap->finalized;
    const uint64_t held = heap->budget.held;
    stats->held_bytes = held > heap->base_bytes ? held - heap->base_bytes : 0;
    stats->held_peak_bytes = heap->budget.peak - heap->base_bytes;
    stats->live_objects = heap->made - heap->freed;
}
