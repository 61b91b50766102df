/* The harness's own memory in a cell: one mapped, prefaulted, named region, so that the measured heap is not
 * disturbed and the region can be left out of every memory figure.
 *
 * Memory is handed out in 64-byte lines and never given back; it lives as long as the process. It
 * is used before the window opens and after it closes. Thread-safe. */
#ifndef HT_BASE_SCRATCH_H
#define HT_BASE_SCRATCH_H

#include <stddef.h>

/* Maps `bytes` (rounded up to pages) and touches each page. Returns 0 or a negative errno. */
int ht_scratch_open(size_t bytes);

/* Zeroed memory, aligned to 64 bytes; when the region is full, a message and exit 1: the cell asked for less
 * than it uses, which is a mistake of the harness. */
void *ht_scratch_alloc(size_t bytes);

/* Where the region stands, to be handed back to with ht_scratch_release: what came after is free again, and
 * zeroed when it is handed out anew. */
size_t ht_scratch_mark(void);
void ht_scratch_release(size_t mark);

/* Counts `bytes` that another part of the harness has mapped and touched for itself. Callable before main. */
void ht_scratch_claim(size_t bytes);

/* Bytes of the harness in this process: the region and what was claimed, all of them resident. */
size_t ht_scratch_bytes(void);

#endif
