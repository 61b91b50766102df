/* How to get from one frame to the next, by the tables that compilers write for exceptions (.eh_frame): Debian's
 * programs keep no frame pointer. */
#ifndef HT_FAULTS_PRELOAD_CFI_H
#define HT_FAULTS_PRELOAD_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* Where the canonical frame address (the caller's stack pointer) is found. */
enum ht_cfa_rule {
    HT_CFA_END, /* nobody called, or nobody knows who */
    HT_CFA_SP,  /* stack pointer + cfa */
    HT_CFA_BP,  /* base pointer + cfa */
    HT_CFA_OWN, /* the function is of this library */
    HT_CFA_AT,  /* stands in memory at base pointer + cfa */
};

/* Where the caller's base pointer is found. */
enum ht_bp_rule {
    HT_BP_SAME,
    HT_BP_CFA, /* in memory at the frame address + bp */
    HT_BP_BP,  /* in memory at base pointer + bp */
};

struct ht_cfi_step {
    uint8_t cfa_rule, bp_rule;
    int32_t cfa, bp, ra; /* ra: the return address stands at the frame address + ra */
};

/* The step out of the function that holds `pc`, as it is at `pc`. `table` is the .eh_frame_hdr of the module. */
struct ht_cfi_step ht_cfi_find(const void *table, uintptr_t pc);

/* Registers that a function must give back as they were, but for the base pointer: rbx, r12 to r15. */
enum { HT_CFI_KEPT = 5 };

/* The same, and where the function has saved those registers: in memory at the frame address + saved; 0: nowhere. */
struct ht_cfi_step ht_cfi_find_kept(const void *table, uintptr_t pc, int32_t saved[HT_CFI_KEPT]);

#endif
