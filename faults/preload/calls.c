/* What becomes of one call: whether it counts, whether it fails, what is written down of it. */
#include <errno.h>

#include "faults/preload/injector.h"

/* Is there to put a breakpoint on: it is called where a call fails, in the thread that called. */
HT_EXPORT __attribute__((noinline)) void heaptrial_fault(void);
void heaptrial_fault(void)
{
    __asm__ volatile("" ::: "memory");
}

static uint32_t stack_when(uint32_t flags, void *const *frame)
{
    return ht_control->flags & flags ? ht_stack_of(frame) : UINT32_MAX;
}

static void record(const struct ht_called *called)
{
    struct ht_table *const table = &ht_control->records;
    const uint32_t at = atomic_fetch_add_explicit(&table->used, 1, memory_order_relaxed);
    if (at < table->most) {
        ht_control_records(ht_control)[at] = (struct ht_recorded){
            called->stack, (uint16_t)(called->thread < UINT16_MAX ? called->thread : UINT16_MAX),
            (uint16_t)called->op, called->bytes};
        return;
    }
    atomic_fetch_sub(&table->used, 1);
    atomic_fetch_add(&table->dropped, 1);
}

static void note_fault(struct ht_called *called, void *const *frame)
{
    struct ht_control *const c = ht_control;
    if (!atomic_exchange(&c->has_fired, 1)) {
        if (called->stack == UINT32_MAX)
            called->stack = stack_when(HT_CONTROL_STACKS, frame);
        c->fired = *called;
        if (c->flags & HT_CONTROL_LEAKS)
            ht_main_note_registers();
        if ((c->flags & (HT_CONTROL_LEAKS | HT_CONTROL_BEFORE)) == (HT_CONTROL_LEAKS | HT_CONTROL_BEFORE))
            ht_leaks_find_before();
    }
}

/* Calls of the loader are not the program's, and calls within a call neither. */
static bool counts(void *const *frame)
{
    return !ht_self.is_inside && !atomic_load_explicit(&ht_is_off, memory_order_relaxed) &&
           !ht_is_loader(frame[1]);
}

/* Of a call that did not fail: whether its bytes count against a budget. */
static bool is_held(const struct ht_trigger *t, const struct ht_call *call, void *const *frame)
{
    return t->plan.budget && !ht_self.benign && ht_caller_is_hit(frame[1]) && ht_trigger_passes(t, call);
}

bool ht_note_begin(struct ht_note *note, unsigned op, size_t bytes, size_t old, void *const *frame)
{
    struct ht_control *c = ht_control;
    if (!c->started && !ht_self.is_inside && !ht_is_loader(frame[1]))
        ht_start();
    c = ht_control;
    note->called = (struct ht_called){.bytes = bytes, .op = op, .stack = UINT32_MAX};
    note->is_counted = counts(frame) && atomic_load_explicit(&c->trigger.armed, memory_order_relaxed);
    if (!note->is_counted)
        return false;
    ht_self.is_inside = true;
    const struct ht_call call = {.op = op, .thread = ht_thread_number(), .bytes = bytes, .old = old};
    note->called = (struct ht_called){.own = ++ht_self.own, .bytes = bytes, .thread = call.thread, .op = op};
    note->called.stack = stack_when(HT_CONTROL_RECORD | HT_CONTROL_LEAKS, frame);
    if (c->flags & HT_CONTROL_RECORD)
        record(&note->called);
    if (ht_self.benign || !ht_caller_is_hit(frame[1]) || !ht_trigger_fires(&c->trigger, &call)) {
        note->called.is_held = is_held(&c->trigger, &call, frame);
        return false;
    }
    note_fault(&note->called, frame);
    heaptrial_fault();
    ht_self.is_inside = false;
    errno = ENOMEM;
    return true;
}

void *ht_note_end(const struct ht_note *note, void *result)
{
    if (result)
        ht_blocks_add(result, &note->called);
    if (!note->is_counted)
        return result;
    if (!result && note->called.is_held)
        ht_trigger_give_back(&ht_control->trigger, note->called.bytes);
    ht_self.is_inside = false;
    return result;
}
