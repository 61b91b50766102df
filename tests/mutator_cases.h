/* The workloads for collectors in all their shapes, with parameters that make a test short. */
#ifndef HT_TESTS_MUTATOR_CASES_H
#define HT_TESTS_MUTATOR_CASES_H

#include <stddef.h>

enum {
    CYCLIC = 1,         /* what is dropped has cycles */
    BLIND_TO_BYTES = 2, /* data that is not checked, or written later than the next call */
    BLIND_TO_LOSS = 4,  /* references that matter to nobody but the collector */
};

static const struct mutator_case {
    const char *name, *params;
    unsigned traits;
} mutator_cases[] = {
    {"binary-trees", "depth=8", 0},
    {"gcbench", "long-depth=8 doubles=1000 max-depth=9 stretch-depth=9", 0},
    {"gcbench", "long-depth=10 doubles=100 min-depth=3 max-depth=8 stretch-depth=8 holes=300", 0},
    {"quads", "depth=4 steps=3", 0},
    {"splay", "nodes=200 payload-depth=2", 0},
    {"lru", "entries=1000 lookups=3000", 0},
    {"lru", "entries=300 lookups=1000 hit=100", 0},
    {"churn", "old=500 batch=200 batches=3 rounds=2", 0},
    {"churn", "old=100 batch=1000 batches=4 rounds=1 young-survival=500 old-to-young=0", 0},
    {"churn", "old=100 batch=100 batches=4 middle-survival=1000 old-to-young=1000 bytes=16", 0},
    {"rings", "length=20 live=20 cycles=50", CYCLIC},
    {"rings", "length=1 live=200 cycles=500", CYCLIC},
    {"rings", "length=20 live=20 cycles=50 shape=1", CYCLIC | BLIND_TO_LOSS},
    {"rings", "length=20 live=20 cycles=50 shape=2", CYCLIC | BLIND_TO_LOSS},
    {"rings", "length=20 live=20 cycles=50 shape=3", CYCLIC | BLIND_TO_LOSS},
    {"rings", "length=20 live=20 cycles=50 shape=4", CYCLIC | BLIND_TO_LOSS},
    {"rings", "length=20 live=20 cycles=50 shape=5", CYCLIC},
    {"cliques", "live=20 cycles=50", CYCLIC},
    {"cliques", "nodes=1 live=20 cycles=50", CYCLIC},
    {"cliques", "live=20 cycles=50 shape=1", CYCLIC | BLIND_TO_LOSS},
    {"cliques", "live=20 cycles=50 shape=2", CYCLIC | BLIND_TO_LOSS},
    {"cliques", "live=20 cycles=50 shape=3", CYCLIC | BLIND_TO_LOSS},
    {"cliques", "live=20 cycles=50 shape=4", CYCLIC | BLIND_TO_LOSS},
    {"cliques", "live=20 cycles=50 shape=5", CYCLIC},
    {"doubly-linked", "length=500 turns=100", CYCLIC},
    {"doubly-linked", "length=2 turns=100", CYCLIC},
    {"parent-tree", "depth=8 subtree=3 turns=100", CYCLIC},
    {"parent-tree", "depth=3 subtree=0 turns=100", CYCLIC},
    {"deep", "objects=3000", 0},
    {"deep", "objects=3000 shape=1", 0},
    {"deep", "objects=3000 shape=2", 0},
    {"deep", "objects=3000 shape=3", 0},
    {"deep", "objects=3000 shape=4 width=12", 0},
    {"deep", "objects=10 shape=4", 0},
    {"fragment", "live-bytes=64k", 0},
    {"fragment", "live-bytes=128k shape=1", 0},
    {"fragment", "live-bytes=64k shape=2 pinned=10", 0},
    {"fragment", "live-bytes=128k shape=3 large-bytes=8k", 0},
    {"weak", "objects=1000 shape=0", BLIND_TO_LOSS},
    {"weak", "objects=200 order=1 shape=0", BLIND_TO_LOSS},
    {"weak", "objects=200 order=2 shape=0", BLIND_TO_LOSS},
    {"weak", "objects=300 lookups=2000 shape=1", BLIND_TO_LOSS},
    {"weak", "objects=500 shape=2", 0},
    {"weak", "objects=500 shape=3", 0},
    {"weak", "objects=500 shape=4", 0},
    {"weak", "objects=500 shape=5", 0},
    {"ambiguous", "length=20 live=20 lists=50 rate=100", 0},
    {"compact-arrays", "count=5000", BLIND_TO_BYTES},
    {"compact-arrays", "count=6000 layout=1", BLIND_TO_BYTES},
    {"compact-arrays", "count=5000 layout=2", BLIND_TO_BYTES},
    {"boxed-lists", "count=3000", 0},
    {"boxed-lists", "count=3000 layout=1", 0},
    {"boxed-lists", "count=3000 layout=2", BLIND_TO_BYTES},
    {.name = NULL},
};

#endif
