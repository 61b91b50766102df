/* Overflow: what its cases share. */
#ifndef HT_FAULTS_MISUSE_OVERFLOW_H
#define HT_FAULTS_MISUSE_OVERFLOW_H

#include "faults/misuse/case.h"

/* Writes `amount` bytes past the end of an object between others. */
static inline void overflow(size_t bytes, bool past_usable, size_t amount)
{
    struct neighbours n;
    unsigned char *const p = open_neighbours(&n, bytes);
    const size_t end = past_usable ? subject_usable(p, bytes) : bytes;
    misuse_begins();
    fill(p + end, amount, 0x41);
    misuse_done();
    watch_neighbours(&n);
    close_neighbours(&n);
}

#endif
