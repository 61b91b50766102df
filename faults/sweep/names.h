/* Stacks for people, and for the next build: each frame by the name of its function where that is known, so that a stack
 * has the same number when the program was compiled anew. May be asked by several threads. */
#ifndef HT_FAULTS_SWEEP_NAMES_H
#define HT_FAULTS_SWEEP_NAMES_H

#include "faults/control.h"

struct ht_names;

struct ht_named {
    uint64_t hash;      /* as the library knows the stack */
    uint64_t id;        /* over the names of its frames */
    char location[200]; /* the innermost frame that is not the C library's */
    char *frames;       /* one line a frame, innermost first */
};

int ht_names_open(struct ht_names **out);
void ht_names_close(struct ht_names *names);

/* The stack of this hash, which `c` knows if it was not asked for before; NULL: nobody knows it, or no memory. It lives as
 * long as the names. */
const struct ht_named *ht_names_find(struct ht_names *names, const struct ht_control *c, uint64_t hash);

#endif
