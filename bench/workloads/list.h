/* Every workload for allocators, one line each: X(id) for bench/workloads/<id>.c, in the order of tables and
 * plots. */
#ifndef HT_BENCH_WORKLOADS_LIST_H
#define HT_BENCH_WORKLOADS_LIST_H

#define HT_WORKLOADS(X)                                                                                      \
    X(larson)                                                                                                \
    X(xmalloc_test)                                                                                          \
    X(sh6bench)                                                                                              \
    X(sh8bench)                                                                                              \
    X(cache_scratch)                                                                                         \
    X(cache_thrash)                                                                                          \
    X(threadtest)                                                                                            \
    X(alloc_test)                                                                                            \
    X(glibc_simple)                                                                                          \
    X(glibc_thread)                                                                                          \
    X(mstress)                                                                                               \
    X(rptest)                                                                                                \
    X(mleak)                                                                                                 \
    X(malloc_large)                                                                                          \
    X(rbstress)                                                                                              \
    X(linux_scalability)                                                                                     \
    X(prodcons_shared)                                                                                       \
    X(fixed_churn)                                                                                           \
    X(build_release)                                                                                         \
    X(small_objects)                                                                                         \
    X(realloc_growth)                                                                                        \
    X(fragment_sawtooth)                                                                                     \
    X(fragment_shift)                                                                                        \
    X(drain)                                                                                                 \
    X(aligned)                                                                                               \
    X(calloc_zero)                                                                                           \
    X(compact_arrays)                                                                                        \
    X(boxed_lists)                                                                                           \
    X(object_reuse)                                                                                          \
    X(chunked_stream)                                                                                        \
    X(shared_segment)                                                                                        \
    X(robson)                                                                                                \
    X(hoard_worst)                                                                                           \
    /* end */

#endif
