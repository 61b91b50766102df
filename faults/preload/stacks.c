/* Stacks: walked by the rules of cfi.h, known by a hash over modules and offsets.
 *
 * Two calls in a row share most of their outer frames. Each thread remembers its last walk: where the new one meets it,
 * at the same place on the stack, and the return addresses further out are still those, the rest is taken from there. */
#include <string.h>

#include "faults/preload/places.h"

extern void *__libc_stack_end;

/* A frame of the last walk, outermost first. */
struct step {
    uintptr_t sp, pc;
    const uintptr_t *slot; /* where on the stack pc stands */
    uint64_t hash;         /* of this frame and all further out */
};

static _Thread_local struct {
    uint32_t depth;
    struct step step[HT_FRAMES_MAX];
} last;

static _Atomic bool lock;

/* ---- the walk -------------------------------------------------------------------------------------------------- */

struct walk {
    uintptr_t pc, sp, bp, top;
    const uintptr_t *slot;
};

/* Whether a word of this stack may be read there. */
static inline bool is_on_stack(const struct walk *w, uintptr_t address)
{
    return address >= w->sp - 16 && address < w->top && address % sizeof(uintptr_t) == 0;
}

/* To the caller; false when there is none. */
static inline bool step_out(struct walk *w, const struct ht_cfi_step *s)
{
    if (s->cfa_rule == HT_CFA_END)
        return false;
    const uintptr_t from = (s->cfa_rule == HT_CFA_SP ? w->sp : w->bp) + (uintptr_t)(intptr_t)s->cfa;
    if (s->cfa_rule == HT_CFA_AT && !is_on_stack(w, from))
        return false;
    const uintptr_t cfa = s->cfa_rule == HT_CFA_AT ? *(const uintptr_t *)from : from;
    const uintptr_t ra = cfa + (uintptr_t)(intptr_t)s->ra;
    const uintptr_t bp = (s->bp_rule == HT_BP_BP ? w->bp : cfa) + (uintptr_t)(intptr_t)s->bp;
    if (cfa <= w->sp || !is_on_stack(w, ra) || (s->bp_rule != HT_BP_SAME && !is_on_stack(w, bp)))
        return false;
    w->slot = (const uintptr_t *)ra;
    w->pc = *w->slot;
    w->bp = s->bp_rule == HT_BP_SAME ? w->bp : *(const uintptr_t *)bp;
    w->sp = cfa;
    return w->pc != 0;
}

/* How many frames of the last walk, outermost first, are those of this one from here on; 0: none. `at` is where the
 * search goes on: both walks go outwards. */
static inline uint32_t meets_last(const struct walk *w, uint32_t *at)
{
    while (*at && last.step[*at - 1].sp < w->sp)
        (*at)--;
    if (!*at || last.step[*at - 1].sp != w->sp || last.step[*at - 1].pc != w->pc)
        return 0;
    for (uint32_t i = *at - 1; i-- > 0;)
        if (*last.step[i].slot != last.step[i].pc)
            return 0;
    return *at;
}

/* The new frames stand innermost first in `fresh`; they become the inner part of the last walk. */
static uint64_t remember(const struct step *fresh, uint32_t n, const uint64_t *hashes, uint32_t kept)
{
    uint64_t hash = kept ? last.step[kept - 1].hash : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct step *const s = &last.step[kept + i];
        *s = fresh[n - 1 - i];
        hash = s->hash = ht_mix64(hash ^ hashes[n - 1 - i]);
    }
    last.depth = kept + n;
    return hash;
}

/* Walks, and leaves the frames in `last`; returns their hash. A stack that is too deep is known by its inner part. */
static uint64_t walk(struct walk w)
{
    struct step fresh[HT_FRAMES_MAX];
    uint64_t hashes[HT_FRAMES_MAX];
    struct ht_place own = {.pc = 0};
    uint32_t n = 0, kept = 0, at = last.depth;
    if (!w.top && ht_self.number == 1)
        w.top = ht_self.top = (uintptr_t)__libc_stack_end;
    for (;;) {
        kept = meets_last(&w, &at);
        if (kept && kept + n <= HT_FRAMES_MAX)
            break;
        kept = 0;
        const struct ht_place *const p = ht_place_of(w.pc, &own);
        if (p->step.cfa_rule == HT_CFA_OWN || n == HT_FRAMES_MAX)
            break;
        fresh[n] = (struct step){.sp = w.sp, .pc = w.pc, .slot = w.slot};
        hashes[n++] = p->hash;
        if (!step_out(&w, &p->step))
            break;
    }
    const uint64_t hash = remember(fresh, n, hashes, kept);
    if (last.depth == HT_FRAMES_MAX) /* it may be cut off: no walk may go on from it */
        last.step[0].sp = 0;
    return hash;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* The slot of a hash in the index: of the stack that has it, or a free one. */
static _Atomic uint32_t *index_slot(struct ht_control *c, uint64_t hash)
{
    _Atomic uint32_t *const index = ht_control_table(c, &c->index);
    const struct ht_stack *const stacks = ht_control_stacks(c);
    size_t i = hash & (c->index.most - 1);
    uint32_t at;
    while ((at = atomic_load_explicit(&index[i], memory_order_acquire)) && stacks[at - 1].hash != hash)
        i = (i + 1) & (c->index.most - 1);
    return &index[i];
}

/* Under the lock. */
static void add(struct ht_control *c, uint64_t hash, _Atomic uint32_t *slot)
{
    if (c->stacks.used == c->stacks.most || c->frames.used + last.depth > c->frames.most) {
        c->stacks.dropped++;
        return;
    }
    uint64_t *const frames = ht_control_frames(c) + c->frames.used;
    for (uint32_t i = 0; i < last.depth; i++)
        frames[i] = ht_place_frame(last.step[last.depth - 1 - i].pc);
    ht_control_stacks(c)[c->stacks.used] = (struct ht_stack){hash, c->frames.used, last.depth};
    c->frames.used += last.depth;
    c->stacks.used++;
    atomic_store_explicit(slot, c->stacks.used, memory_order_release);
}

static uint32_t stack_from(struct walk from)
{
    struct ht_control *const c = ht_control;
    if (!c->index.most) /* nobody is there to read it */
        return UINT32_MAX;
    const uint64_t hash = walk(from);
    _Atomic uint32_t *slot = index_slot(c, hash);
    if (*slot)
        return *slot - 1;
    ht_lock(&lock);
    slot = index_slot(c, hash);
    if (!*slot)
        add(c, hash, slot);
    ht_unlock(&lock);
    return *slot - 1; /* UINT32_MAX when there was no room */
}

uint32_t ht_stack_of(void *const *frame)
{
    return stack_from((struct walk){(uintptr_t)frame[1], (uintptr_t)(frame + 2), (uintptr_t)frame[0],
                                    ht_self.top, (const uintptr_t *)(frame + 1)});
}

uint32_t ht_stack_at(uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
    static const uintptr_t nowhere;
    last.depth = 0;
    /* Not a return address: what stands before it may be another function. */
    return stack_from((struct walk){pc + 1, sp, bp, ht_self.top, &nowhere});
}

const void *ht_stack_outermost(void)
{
    return last.depth ? (const void *)last.step[0].sp : NULL;
}
