/* Every workload for allocators, one line each: X(id) for bench/workloads/<id>.c, in the order of tables and
 * plots. */
#ifndef HT_BENCH_WORKLOADS_LIST_H
#define HT_BENCH_WORKLOADS_LIST_H

#define HT_WORKLOADS(X)                                                                                      \
    X(larson)                                                                                                \
    X(alloc_test)                                                                                            \
    X(fixed_churn)                                                                                           \
    X(build_release)                                                                                         \
    /* end */

#endif
