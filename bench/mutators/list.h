/* Every workload for collectors, one line each: X(id) for bench/mutators/<id>.c, in the order of tables and
 * plots. */
#ifndef HT_BENCH_MUTATORS_LIST_H
#define HT_BENCH_MUTATORS_LIST_H

// clang-format off
#define HT_MUTATORS(X)                                                                                       \
    X(binary_trees)                                                                                          \
    X(gcbench)                                                                                               \
    X(quads)                                                                                                 \
    X(splay)                                                                                                 \
    X(lru)                                                                                                   \
    X(churn)                                                                                                 \
    X(rings)                                                                                                 \
    X(cliques)                                                                                               \
    X(doubly_linked)                                                                                         \
    X(parent_tree)                                                                                           \
    X(deep)                                                                                                  \
    X(fragment)                                                                                              \
    X(weak)                                                                                                  \
    X(ambiguous)                                                                                             \
    X(array_graph)                                                                                           \
    X(boxed_graph)                                                                                           \
    /* end */
// clang-format on

#endif
