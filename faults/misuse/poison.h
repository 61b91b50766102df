/* A free-list link overwritten: what its cases share. */
#ifndef HT_FAULTS_MISUSE_POISON_H
#define HT_FAULTS_MISUSE_POISON_H

#include "faults/misuse/case.h"

enum { FREED = 4 };

/* What stands in the first word of a freed object to have `target` come next. */
static inline uint64_t link_to(const void *target, const void *place, bool mangled)
{
    return (uint64_t)(uintptr_t)target ^ (mangled ? (uint64_t)(uintptr_t)place >> 12 : 0);
}

static inline void poison(size_t bytes, bool mangled)
{
    static struct forged forged;
    uint64_t *freed[FREED];
    void *const target = forge(&forged, bytes);
    for (int i = 0; i < FREED; i++)
        freed[i] = subject_alloc(bytes);
    for (int i = 0; i < FREED; i++)
        subject_free(freed[i], bytes);
    misuse_begins();
    for (int i = 0; i < FREED; i++) {
        const uint64_t link = link_to(target, freed[i], mangled);
        for (int byte = 0; byte < 8; byte++)
            fill((unsigned char *)freed[i] + byte, 1, (unsigned char)(link >> 8 * byte));
    }
    misuse_done();
    watch_for_target(bytes, &forged, sizeof forged);
}

#endif
