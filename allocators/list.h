/* Every allocator and every collector, one line each, in the order of tables and plots.
 *
 * X(name, kind, file, package, summary)
 *   kind     CELL: compiled into build/cells/<name> from allocators/<name>.h (`-` in a name is `_` in the file)
 *            MALLOC: the cell `malloc` as it is
 *            PRELOAD: the cell `malloc` with `file` preloaded
 *            COLLECTOR: as CELL, for the contract of a collector
 *   file     PRELOAD: the library to look for; CELL, COLLECTOR: the pkg-config module it needs, or ""
 *   package  the Debian package that brings it, or ""
 *
 * scripts/configure reads the CELL and COLLECTOR lines: keep an entry on one line. */
#ifndef HT_ALLOCATORS_LIST_H
#define HT_ALLOCATORS_LIST_H

// clang-format off
#define HT_ALLOCATORS(X)                                                                                     \
    X("null", CELL, "", "", "a bump pointer that wraps: the floor of the harness")                           \
    X("system", MALLOC, "", "libc6", "the C library's malloc")                                               \
    X("jemalloc", PRELOAD, "libjemalloc.so.2", "libjemalloc2", "jemalloc")                                   \
    X("mimalloc", PRELOAD, "libmimalloc.so.2", "libmimalloc2.0", "mimalloc")                                 \
    X("tcmalloc", PRELOAD, "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4", "gperftools tcmalloc")        \
    X("tbbmalloc", PRELOAD, "libtbbmalloc_proxy.so.2", "libtbbmalloc2", "oneTBB's scalable allocator")       \
    X("scudo", PRELOAD, "libclang_rt.scudo_standalone-x86_64.so", "libclang-rt-14-dev", "LLVM's scudo")      \
    X("pool", CELL, "", "", "fixed-size free lists")                                                         \
    X("buddy", CELL, "", "", "binary buddies")                                                               \
    X("tlsf", CELL, "", "", "two-level segregated fit")                                                      \
    X("pymalloc", CELL, "", "", "CPython's arenas, pools and size classes for small objects")                \
    X("slab", CELL, "", "", "Bonwick's slabs, with a magazine layer in each thread")                         \
    X("arena", CELL, "", "", "a region with mark and release")                                               \
    X("talloc", CELL, "talloc", "libtalloc-dev", "Samba's talloc: a tree of objects")                        \
    X("apr", CELL, "apr-1", "libapr1-dev", "the Apache Portable Runtime's pools")                            \
    X("gslice", CELL, "glib-2.0", "libglib2.0-dev", "GLib's slices")                                         \
    X("obstack", CELL, "", "libc6", "the C library's obstacks")                                              \
    X("plugin-allocator", CELL, "", "", "the bundled skeleton, as a plug-in of yours is loaded")             \
    /* end */
// clang-format on

/* Every collector, in the same form. Options of its own stand after the name: rc:deferred (allocators/variant.h). */
// clang-format off
#define HT_COLLECTORS(X)                                                                                     \
    X("manual", COLLECTOR, "", "libc6", "explicit: freed where the program knows it, by malloc")              \
    X("nogc", COLLECTOR, "", "", "a bump pointer that never frees")                                          \
    X("rc", COLLECTOR, "", "", "reference counts, released a little at a time (rc:deferred: roots do not count)") \
    X("rc-cpython", COLLECTOR, "", "", "reference counts, and CPython's cycle collector of three generations")    \
    X("rc-trial", COLLECTOR, "", "", "reference counts, and cycles by trial deletion (Bacon, Rajan)")            \
    X("cpython", COLLECTOR, "python-3.11-embed", "libpython3.11-dev", "CPython's reference counts and cycle collector") \
    X("marksweep", COLLECTOR, "", "", "side mark bits, lazy sweep, size-class blocks")                       \
    X("incremental", COLLECTOR, "", "", "tri-colour mark and sweep in slices (Yuasa)")                       \
    X("generational", COLLECTOR, "", "", "a copying nursery in front of a marked and swept old space")           \
    X("semispace", COLLECTOR, "", "", "two halves, copied from one to the other (Cheney)")                   \
    X("markcompact", COLLECTOR, "", "", "marked, and slid down over the dead (Lisp2)")                       \
    X("immix", COLLECTOR, "", "", "runs of free lines in blocks, evacuated where they are scattered")        \
    X("boehm", COLLECTOR, "bdw-gc", "libgc-dev", "libgc: conservative mark and sweep")                       \
    X("plugin-collector", COLLECTOR, "", "", "the bundled skeleton, as a plug-in of yours is loaded")        \
    /* end */
// clang-format on

/* Known faults for a gate to find, in the same form, with options as collectors have. Nobody chooses between these:
 * `all` and `allocators` do not mean them. */
// clang-format off
#define HT_PLANTED(X)                                                                                        \
    X("planted", CELL, "", "", "tlsf with known faults (planted:slower=5): it proves that a gate finds them")  \
    /* end */
// clang-format on

#endif
