/* What the parts of cpython (allocators/cpython*.c) know of each other. */
#ifndef HT_ALLOCATORS_CPYTHON_PARTS_H
#define HT_ALLOCATORS_CPYTHON_PARTS_H

#include "allocators/cpython.h"

enum { GC_CPYTHON_LINK_BYTES = 16 }; /* PyGC_Head, before each object that the collector knows */

/* The one heap: callbacks of CPython's bring no context. */
extern struct gc_heap *gc_cpython_heap;

extern PyTypeObject gc_cpython_leaf, gc_cpython_node, gc_cpython_finalized;

/* Calls the finalizers that wait. */
void gc_cpython_finalize(struct gc_mutator *m);
void gc_cpython_forget_finalizers(struct gc_heap *heap);

/* Puts the hooks beneath the interpreter, before it starts, and takes them away after its end. */
void gc_cpython_hook_memory(void);
void gc_cpython_unhook_memory(void);

#endif
