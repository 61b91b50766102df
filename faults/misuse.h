/* Misuse of a heap: what both sides know, the program that misuses it (build/misuse/<strategy>) and the command that
 * starts it and judges.
 *
 * A run is one case at one size in one process: the misuse, then the case's own clean-up, then a seeded stream of
 * ordinary operations, then an orderly exit. The program tells its steps through records; what the allocator says goes
 * to stderr, as it always does. */
#ifndef HT_FAULTS_MISUSE_H
#define HT_FAULTS_MISUSE_H

#include <stdint.h>

#include "allocators/heap.h"
#include "faults/misuse/list.h"

/* Steps of a run. */
enum ht_misuse_event {
    HT_MISUSE_UNSUPPORTED, /* the heap has no such operation; text says which */
    HT_MISUSE_FAILED,      /* the program could not come as far as the misuse; text says why */
    HT_MISUSE_BEGINS,
    HT_MISUSE_DONE,    /* from here on each operation counts */
    HT_MISUSE_OP,      /* the operation number `ops` begins */
    HT_MISUSE_WON,     /* the case sees that the attacker has what they want; text says what */
    HT_MISUSE_REFUSED, /* the allocator said no by its return value; text says to what */
    HT_MISUSE_ENDS,    /* the stream is over, what follows is the exit */
};

/* What a case needs beside the capabilities of a heap (allocators/heap.h). */
enum {
    HT_MISUSE_NEW = 1 << 16, /* operators new and delete: of C's malloc only */
    HT_MISUSE_C =
        1 << 17, /* what malloc takes and the contract does not: calloc of n times m, no bytes, NULL */
    HT_MISUSE_ALIGNED = 1 << 18, /* operator new with an alignment, which takes from aligned_alloc */
};

enum ht_misuse_group {
#define X(id, word) HT_MISUSE_##id,
    HT_MISUSE_GROUPS(X)
#undef X
        HT_MISUSE_GROUP_N
};

/* Operations of the ordinary stream. */
enum { HT_MISUSE_STREAM_OPS = 1000 };

/* Sizes of a case, as bits of the list. */
enum { HT_MISUSE_SIZES = 4, HT_MISUSE_ANY = 15, HT_MISUSE_FROM_24 = 14, HT_MISUSE_ONE = 0 };
static const uint32_t ht_misuse_size[HT_MISUSE_SIZES] = {8, 24, 4096, 256 << 10};

struct ht_misuse_case {
    const char *name, *summary;
    enum ht_misuse_group group;
    uint32_t sizes; /* HT_MISUSE_ONE: the size means nothing */
    uint32_t needs;
};

/* Every case, in the order of the list. */
extern const struct ht_misuse_case ht_misuse_cases[];
extern const unsigned ht_misuse_case_count;

const char *ht_misuse_group_word(enum ht_misuse_group group);

/* The index of the case `name`, or -1. */
int ht_misuse_find_case(const char *name);

#endif
