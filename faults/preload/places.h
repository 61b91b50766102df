/* Return addresses: the module that each leads to, and the rule to the next frame. Looked up once and kept in a table
 * that only grows, so that a walk is a few loads a frame. */
#ifndef HT_FAULTS_PRELOAD_PLACES_H
#define HT_FAULTS_PRELOAD_PLACES_H

#include "faults/preload/cfi.h"
#include "faults/preload/injector.h"

enum { HT_PLACES = 1 << 15 };

struct ht_place {
    _Atomic uintptr_t pc; /* 0: free; written last */
    uint64_t hash;        /* of the module's name and the offset */
    struct ht_cfi_step step;
};

extern struct ht_place ht_places[HT_PLACES];

/* The slow way: it is not known yet. In `own` when the table is full. */
const struct ht_place *ht_place_add(uintptr_t pc, struct ht_place *own);

/* A return address as a frame of control.h. */
uint64_t ht_place_frame(uintptr_t pc);

/* Looks up all that stands in the control file's frames already, for the children of a fork server. */
void ht_places_warm(void);

static inline size_t ht_place_slot(uintptr_t pc)
{
    return (pc * 0x9e3779b97f4a7c15u) >> (64 - 15);
}

static inline const struct ht_place *ht_place_of(uintptr_t pc, struct ht_place *own)
{
    for (size_t i = ht_place_slot(pc);; i = (i + 1) % HT_PLACES) {
        const uintptr_t found = atomic_load_explicit(&ht_places[i].pc, memory_order_acquire);
        if (found == pc)
            return &ht_places[i];
        if (!found)
            return ht_place_add(pc, own);
    }
}

#endif
