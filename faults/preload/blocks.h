/* The table of live blocks, for who walks it at the end. */
#ifndef HT_FAULTS_PRELOAD_BLOCKS_H
#define HT_FAULTS_PRELOAD_BLOCKS_H

#include "faults/control.h"

struct ht_block {
    uintptr_t address; /* 0: the slot is free */
    struct ht_called called;
    bool is_reached;
};

struct ht_blocks {
    struct ht_block *slot;
    size_t slots, used;
};

/* NULL slots when no blocks are kept. */
const struct ht_blocks *ht_blocks(void);

#endif
