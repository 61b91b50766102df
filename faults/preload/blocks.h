/* The table of live blocks, for who walks it at the end. */
#ifndef HT_FAULTS_PRELOAD_BLOCKS_H
#define HT_FAULTS_PRELOAD_BLOCKS_H

#include "faults/control.h"

struct ht_block {
    uintptr_t address; /* 0: the slot is free */
    uint64_t bytes;
    uint64_t own; /* as in ht_called; 0: not a call of the program's that counts: of the loader's, say */
    uint32_t stack;
    uint16_t thread;
    uint8_t op;
    bool is_reached : 1, is_held : 1, was_lost : 1; /* lost: before the first call failed */
};

struct ht_blocks {
    struct ht_block *slot;
    size_t slots, used;
};

/* No slots when no blocks are kept. */
const struct ht_blocks *ht_blocks(void);

#endif
