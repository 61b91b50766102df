/* Objects of no bytes: what its cases share. */
#ifndef HT_FAULTS_MISUSE_ZERO_H
#define HT_FAULTS_MISUSE_ZERO_H

#include "faults/misuse/case.h"

enum { ZEROES = 8 };

/* Uses the first byte of some objects of no bytes. */
static inline void use_zero(void (*use)(void *p))
{
    void *p[ZEROES];
    for (int i = 0; i < ZEROES; i++)
        p[i] = c_malloc(0);
    misuse_begins();
    for (int i = 0; i < ZEROES; i++)
        use(p[i]);
    misuse_done();
    for (int i = 0; i < ZEROES; i++)
        c_free(p[i]);
}

#endif
