/* The workloads for allocators that cells with faults are built for: X(id, as, threads). `as` is what they are run as, so
 * short that each of their allocations can be made to fail in turn. */
#ifndef HT_BENCH_WORKLOADS_FAULTY_H
#define HT_BENCH_WORKLOADS_FAULTY_H

// clang-format off
#define HT_FAULTY_WORKLOADS(X)                                                                               \
    X(larson, "larson:slots=60:rounds=2", 1)                                                                 \
    X(xmalloc_test, "xmalloc-test:bytes=0:objects=40:batches=2", 2)                                          \
    X(fixed_churn, "fixed-churn:slots=200:ops=400", 1)                                                       \
    X(realloc_growth, "realloc-growth:vectors=6:vector-bytes=64k:strings=10:string-bytes=200:ops=300", 1)    \
    X(fragment_sawtooth, "fragment-sawtooth:tooth-bytes=16k:max-bytes=512:pin-every=10", 1)                  \
    X(fragment_sawtooth, "fragment-sawtooth:tooth-bytes=1200k:min-bytes=500:max-bytes=500:pin-every=10", 1)  \
    X(fragment_sawtooth, "fragment-sawtooth:tooth-bytes=2M:min-bytes=8k:max-bytes=128k:pin-every=10", 1)     \
    X(aligned, "aligned:slots=20:ops=120:max-alignment=64k", 1)                                              \
    X(calloc_zero, "calloc-zero:slots=40:ops=200:large-every=20", 1)                                         \
    X(build_release, "build-release:objects=400:max-bytes=8k", 1)                                            \
    X(chunked_stream, "chunked-stream:records=300", 1)                                                       \
    /* end */
// clang-format on

#endif
