/* Every workload for allocators, one line each: X(id) for bench/workloads/<id>.c, in the order of tables and
 * plots. */
#ifndef HT_BENCH_WORKLOADS_LIST_H
#define HT_BENCH_WORKLOADS_LIST_H

#define HT_WORKLOADS(X)                                                                                      \
    X(larson)                                                                                                \
    X(xmalloc_test)                                                                                          \
    X(alloc_test)                                                                                            \
    X(glibc_simple)                                                                                          \
    X(glibc_thread)                                                                                          \
    X(fixed_churn)                                                                                           \
    X(build_release)                                                                                         \
    /* end */

#endif
