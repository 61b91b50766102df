/* What main holds. */
#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>

#include "faults/preload/cfi.h"
#include "faults/preload/injector.h"

enum { MOST = 1 << 17, REGISTERS = HT_CFI_KEPT + 1 };

static struct {
    uintptr_t registers[REGISTERS];
    uintptr_t *words; /* the registers, then the frame; NULL: main has not returned, or there was no memory */
    size_t count;
} held;

const uintptr_t *ht_main_holds(size_t *words)
{
    *words = held.words ? held.count : REGISTERS;
    return held.words ? held.words : held.registers;
}

void ht_main_note_frame(const void *end)
{
    const uintptr_t *const start = ht_stack_outermost();
    if (!start || start >= (const uintptr_t *)end || (const uintptr_t *)end - start > MOST)
        return;
    const size_t frame = (size_t)((const uintptr_t *)end - start), all = REGISTERS + frame;
    uintptr_t *const words =
        mmap(NULL, all * sizeof *words, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED)
        return;
    memcpy(words, held.registers, sizeof held.registers);
    memcpy(words + REGISTERS, start, frame * sizeof *words);
    held.words = words;
    held.count = all;
}

#if defined __x86_64__
/* Walks to main, and notes on the way where each frame has saved the registers of the frame that called it. */
__attribute__((noinline)) void ht_main_note_registers(void)
{
    uintptr_t now[REGISTERS], pc, sp, bp;
    const uintptr_t *at[REGISTERS];
    const uintptr_t main_sp = (uintptr_t)ht_stack_outermost();
    struct dl_find_object found;
    __asm__ volatile("movq %%rbx, 0(%3)\n\tmovq %%r12, 8(%3)\n\tmovq %%r13, 16(%3)\n\tmovq %%r14, 24(%3)\n\t"
                     "movq %%r15, 32(%3)\n\tleaq 0(%%rip), %0\n\tmovq %%rsp, %1\n\tmovq %%rbp, %2"
                     : "=&r"(pc), "=&r"(sp), "=&r"(bp)
                     : "r"(now)
                     : "memory");
    for (int i = 0; i < HT_CFI_KEPT; i++)
        at[i] = &now[i];
    while (sp < main_sp && !_dl_find_object((void *)(pc - 1), &found)) {
        int32_t saved[HT_CFI_KEPT];
        const struct ht_cfi_step s = ht_cfi_find_kept(found.dlfo_eh_frame, pc - 1, saved);
        const uintptr_t from = (s.cfa_rule == HT_CFA_SP ? sp : bp) + (uintptr_t)(intptr_t)s.cfa;
        const uintptr_t cfa = s.cfa_rule == HT_CFA_AT ? *(const uintptr_t *)from : from;
        if (s.cfa_rule == HT_CFA_END || cfa <= sp || cfa > main_sp)
            return;
        for (int i = 0; i < HT_CFI_KEPT; i++)
            at[i] = saved[i] ? (const uintptr_t *)(cfa + (uintptr_t)(intptr_t)saved[i]) : at[i];
        if (s.bp_rule != HT_BP_SAME)
            bp = *(const uintptr_t *)((s.bp_rule == HT_BP_BP ? bp : cfa) + (uintptr_t)(intptr_t)s.bp);
        pc = *(const uintptr_t *)(cfa + (uintptr_t)(intptr_t)s.ra);
        sp = cfa;
    }
    for (int i = 0; i < HT_CFI_KEPT && sp == main_sp; i++)
        held.registers[i] = *at[i];
    held.registers[HT_CFI_KEPT] = bp;
}
#else
void ht_main_note_registers(void) {}
#endif
