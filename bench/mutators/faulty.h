/* As bench/workloads/faulty.h, for collectors. */
#ifndef HT_BENCH_MUTATORS_FAULTY_H
#define HT_BENCH_MUTATORS_FAULTY_H

// clang-format off
#define HT_FAULTY_MUTATORS(X)                                                                                \
    X(binary_trees, "binary-trees:depth=6", 1)                                                               \
    X(churn, "churn:old=60:batch=40:batches=3:rounds=2", 1)                                                  \
    X(splay, "splay:nodes=40:payload-depth=2:modifications=20", 1)                                           \
    X(doubly_linked, "doubly-linked:length=100:segment=10:turns=40", 1)                                      \
    X(deep, "deep:objects=1500:shape=3", 1)                                                                  \
    X(fragment, "fragment:live-bytes=64k:shape=3:large-bytes=16k", 1)                                        \
    X(weak, "weak:objects=120:shape=0", 1)                                                                   \
    X(weak, "weak:objects=60:lookups=300:shape=1", 1)                                                        \
    X(weak, "weak:objects=120:shape=5", 1)                                                                   \
    /* end */
// clang-format on

#endif
