/* Every case of misuse, one line each, in the order of tables and plots: X(id, name, group, sizes, needs, summary) for
 * faults/misuse/<id>.c.
 *
 *   sizes  ANY: each of 8, 24, 4096 and 256 KiB; FROM_24: all but the first; ONE: the size means nothing
 *   needs  capabilities of the heap, HT_CAP_* (allocators/heap.h) and HT_MISUSE_* (faults/misuse.h)
 *
 * The Makefile takes the ids from here: keep an entry on one line. */
#ifndef HT_FAULTS_MISUSE_LIST_H
#define HT_FAULTS_MISUSE_LIST_H

// clang-format off
#define HT_MISUSE_GROUPS(X)        \
    X(CONTROL, "correct programs") \
    X(BOUNDS, "out of bounds")     \
    X(STALE, "use after free")     \
    X(DOUBLE, "double free")       \
    X(WRONG, "free of what is no object") \
    X(MISMATCH, "freed otherwise than it was made") \
    X(POISON, "free-list link overwritten") \
    X(LIMIT, "sizes out of range") \
    X(UNINITIALISED, "reads of what was not written") \
    X(CODE, "code on the heap")    \
    X(LEAK, "leaks")

#define HT_MISUSE_CASES(X) \
    X(nothing, "nothing", CONTROL, ANY, 0, "does nothing but the ordinary stream: must be missed") \
    X(control_use, "control-use", CONTROL, ANY, 0, "objects are written, read and freed, as they should be") \
    X(control_usable, "control-usable", CONTROL, ANY, HT_CAP_USABLE, "writes every byte that the allocator says is usable") \
    X(control_resize, "control-resize", CONTROL, ANY, HT_CAP_FREE | HT_CAP_RESIZE, "an object grows and shrinks") \
    X(control_aligned, "control-aligned", CONTROL, ANY, HT_CAP_FREE | HT_CAP_ALIGN, "objects aligned to 64 bytes and to a page") \
    X(control_zeroed, "control-zeroed", CONTROL, ANY, 0, "reads an object that was asked for zeroed") \
    X(control_null, "control-null", CONTROL, ONE, HT_MISUSE_C, "free(NULL), realloc(NULL), malloc(0) that is not used") \
    X(control_thread, "control-thread", CONTROL, ANY, HT_CAP_FREE | HT_CAP_THREADS, "freed by another thread than the one that made it") \
    X(control_new, "control-new", CONTROL, ANY, HT_MISUSE_NEW, "each operator new with its own delete") \
    X(control_new_aligned, "control-new-aligned", CONTROL, ANY, HT_MISUSE_NEW | HT_MISUSE_ALIGNED, "the same with an alignment") \
    X(overflow_asked_1, "overflow-asked-1", BOUNDS, ANY, 0, "writes 1 byte past what was asked for") \
    X(overflow_asked_8, "overflow-asked-8", BOUNDS, ANY, 0, "writes 8 bytes past what was asked for") \
    X(overflow_asked_16, "overflow-asked-16", BOUNDS, ANY, 0, "writes 16 bytes past what was asked for") \
    X(overflow_asked_4096, "overflow-asked-4096", BOUNDS, ANY, 0, "writes 4096 bytes past what was asked for") \
    X(overflow_usable_1, "overflow-usable-1", BOUNDS, ANY, HT_CAP_USABLE, "writes 1 byte past what is usable") \
    X(overflow_usable_8, "overflow-usable-8", BOUNDS, ANY, HT_CAP_USABLE, "writes 8 bytes past what is usable") \
    X(overflow_usable_16, "overflow-usable-16", BOUNDS, ANY, HT_CAP_USABLE, "writes 16 bytes past what is usable") \
    X(overflow_usable_4096, "overflow-usable-4096", BOUNDS, ANY, HT_CAP_USABLE, "writes 4096 bytes past what is usable") \
    X(underflow_1, "underflow-1", BOUNDS, ANY, 0, "writes 1 byte before an object") \
    X(underflow_16, "underflow-16", BOUNDS, ANY, 0, "writes 16 bytes before an object") \
    X(stale_read, "stale-read", STALE, ANY, HT_CAP_FREE, "reads an object that was just freed") \
    X(stale_write, "stale-write", STALE, ANY, HT_CAP_FREE, "writes an object that was just freed") \
    X(stale_read_reused, "stale-read-reused", STALE, ANY, HT_CAP_FREE, "reads a freed object that is another's by now") \
    X(stale_write_reused, "stale-write-reused", STALE, ANY, HT_CAP_FREE, "writes a freed object that is another's by now") \
    X(double_free, "double-free", DOUBLE, ANY, HT_CAP_FREE, "freed twice, at once") \
    X(double_free_delayed, "double-free-delayed", DOUBLE, ANY, HT_CAP_FREE, "freed twice, 100 operations apart") \
    X(double_free_interleaved, "double-free-interleaved", DOUBLE, ANY, HT_CAP_FREE, "a, b, a are freed, behind seven others") \
    X(double_free_reused, "double-free-reused", DOUBLE, ANY, HT_CAP_FREE, "freed again when it is another's by now") \
    X(double_free_thread, "double-free-thread", DOUBLE, ANY, HT_CAP_FREE | HT_CAP_THREADS, "freed here, then by another thread") \
    X(double_free_race, "double-free-race", DOUBLE, ANY, HT_CAP_FREE | HT_CAP_THREADS, "freed by two threads at the same time") \
    X(free_stack, "free-stack", WRONG, ANY, HT_CAP_FREE, "frees a buffer on the stack, forged as a chunk") \
    X(free_global, "free-global", WRONG, ANY, HT_CAP_FREE, "frees a global buffer, forged as a chunk") \
    X(free_interior, "free-interior", WRONG, FROM_24, HT_CAP_FREE, "frees a pointer 16 bytes into an object") \
    X(free_unaligned, "free-unaligned", WRONG, ANY, HT_CAP_FREE, "frees a pointer 1 byte into an object") \
    X(free_wild, "free-wild", WRONG, ANY, HT_CAP_FREE, "frees a pointer to where nothing is mapped") \
    X(resize_freed, "resize-freed", WRONG, ANY, HT_CAP_FREE | HT_CAP_RESIZE, "resizes an object that was freed") \
    X(resize_interior, "resize-interior", WRONG, FROM_24, HT_CAP_FREE | HT_CAP_RESIZE, "resizes a pointer 16 bytes into an object") \
    X(sized_free, "sized-free", MISMATCH, ANY, HT_CAP_FREE, "frees by a size that is too large") \
    X(aligned_delete, "aligned-delete", MISMATCH, ANY, HT_MISUSE_NEW | HT_MISUSE_ALIGNED, "aligned new, freed by the plain delete") \
    X(new_free, "new-free", MISMATCH, ANY, HT_MISUSE_NEW, "new, freed by free()") \
    X(malloc_delete, "malloc-delete", MISMATCH, ANY, HT_MISUSE_NEW, "malloc, freed by delete") \
    X(array_delete, "array-delete", MISMATCH, ANY, HT_MISUSE_NEW, "new[], freed by delete") \
    X(poison_plain, "poison-plain", POISON, ANY, HT_CAP_FREE, "the first word of freed objects becomes a pointer of the attacker's") \
    X(poison_mangled, "poison-mangled", POISON, ANY, HT_CAP_FREE, "the same, by one who knows how glibc protects its links") \
    X(calloc_overflow, "calloc-overflow", LIMIT, ONE, HT_MISUSE_C, "calloc(n, m) where n times m wraps round") \
    X(huge_malloc, "huge-malloc", LIMIT, ONE, 0, "asks for nearly 2^64 bytes, which rounds up to none") \
    X(zero_read, "zero-read", LIMIT, ONE, HT_MISUSE_C, "reads an object of no bytes") \
    X(zero_write, "zero-write", LIMIT, ONE, HT_MISUSE_C, "writes an object of no bytes") \
    X(fresh_read, "fresh-read", UNINITIALISED, ANY, 0, "decides by a byte that was never written") \
    X(reused_read, "reused-read", UNINITIALISED, ANY, HT_CAP_FREE, "decides by a byte that only the owner before has written") \
    X(heap_code, "heap-code", CODE, FROM_24, 0, "calls machine code that it has written to an object") \
    X(leak_block, "leak-block", LEAK, ANY, HT_CAP_FREE, "loses the only pointer to an object") \
    X(leak_cycle, "leak-cycle", LEAK, FROM_24, HT_CAP_FREE, "loses two objects that point at each other")
// clang-format on

#endif
