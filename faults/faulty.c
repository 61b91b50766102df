#include "faults/faulty.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "allocators/pages.h"
#include "faults/faulty_sites.h"
#include "faults/faulty_system.h"

static struct ht_trigger own;
struct ht_trigger *ht_faulty_trigger = &own;
struct ht_fault_plan ht_faulty_plan;

/* By so many threads; and whether it is to be armed again after the last of them. */
static _Atomic unsigned suspended;
static _Atomic bool is_over;

/* Hooks of strategies that this cell may lack. */
extern bool (*gc_budget_fail)(enum gc_site site, size_t bytes) __attribute__((weak));
extern bool (*gc_cpython_fail[HT_CPYTHON_DOMAINS])(size_t bytes) __attribute__((weak));
extern int64_t gc_incremental_work __attribute__((weak));

/* Of the plan; of other kinds than HT_SITE_BUDGET only its hook is set. */
static struct ht_site struck;

/* ---- calls -------------------------------------------------------------------------------------------------- */

static bool fires(unsigned op, uint32_t thread, size_t bytes, size_t old)
{
    const struct ht_call call = {.op = op, .thread = thread, .bytes = bytes, .old = old};
    return ht_trigger_fires(ht_faulty_trigger, &call);
}

bool ht_faulty_fires(enum ht_fault_op op, uint32_t thread, size_t bytes, size_t old)
{
    return ht_faulty_plan.kind == HT_FAULT_FAIL && !ht_faulty_plan.fail.site[0] &&
           fires(op, thread, bytes, old);
}

void ht_faulty_took(size_t bytes)
{
    atomic_fetch_add(&ht_faulty_trigger->held, bytes);
}

void ht_faulty_gave_back(size_t bytes)
{
    atomic_fetch_sub(&ht_faulty_trigger->held, bytes);
}

static bool fail_pages(size_t bytes)
{
    return fires(HT_CALL_MALLOC, 1, bytes, 0);
}

static bool fail_budget(enum gc_site site, size_t bytes)
{
    return site == struck.index && fail_pages(bytes);
}

uint64_t ht_faulty_fired(void)
{
    return atomic_load(&ht_faulty_trigger->fired);
}

uint64_t ht_faulty_calls(void)
{
    return atomic_load(&ht_faulty_trigger->calls);
}

void ht_faulty_acted(void)
{
    if (ht_faulty_plan.kind != HT_FAULT_LIMIT && ht_faulty_plan.kind != HT_FAULT_STRESS)
        return;
    atomic_fetch_add(&ht_faulty_trigger->calls, 1);
    atomic_fetch_add(&ht_faulty_trigger->fired, 1);
}

/* ---- while it is armed --------------------------------------------------------------------------------------- */

static void let_fail(bool fail)
{
    atomic_store(&ht_faulty_trigger->armed, fail);
    ht_faulty_system_limit(fail);
}

void ht_faulty_start(const struct ht_fault_plan *plan)
{
    struct ht_trigger *const t = ht_faulty_trigger;
    ht_faulty_plan = *plan;
    t->plan = plan->fail;
    atomic_store(&t->armed, false);
    atomic_store(&t->calls, 0);
    atomic_store(&t->fired, 0);
    atomic_store(&t->held, 0);
    atomic_store(&suspended, 0);
    atomic_store(&is_over, false);
}

void ht_faulty_arm(void)
{
    if (!atomic_load(&is_over))
        let_fail(true);
}

void ht_faulty_disarm(void)
{
    let_fail(false);
}

bool ht_faulty_is_lasting(void)
{
    const struct ht_fail_plan *const p = &ht_faulty_plan.fail;
    return (ht_faulty_plan.kind == HT_FAULT_FAIL || ht_faulty_plan.kind == HT_FAULT_OS) && !p->every &&
           p->p <= 0 && !p->budget && !p->size_least && p->count == UINT64_MAX;
}

void ht_faulty_end(void)
{
    atomic_store(&is_over, true);
    let_fail(false);
}

void ht_faulty_suspend(void)
{
    if (!atomic_fetch_add(&suspended, 1))
        let_fail(false);
}

void ht_faulty_resume(bool lifted)
{
    if (lifted)
        atomic_store(&is_over, true);
    if (atomic_fetch_sub(&suspended, 1) == 1 && !atomic_load(&is_over))
        let_fail(true);
}

/* ---- hooks --------------------------------------------------------------------------------------------------- */

static int hook_cpython(unsigned domain, char why[256])
{
    if (!gc_cpython_fail) {
        snprintf(why, 256, "has no domains of CPython's");
        return -EOPNOTSUPP;
    }
    gc_cpython_fail[domain] = fail_pages;
    return 0;
}

static int hook_budget(char why[256])
{
    if (!&gc_budget_fail) {
        snprintf(why, 256, "is an allocator: its one internal site is `pages`");
        return -EOPNOTSUPP;
    }
    gc_budget_fail = fail_budget;
    return 0;
}

static int hook_site(const char *word, char why[256])
{
    const int error = ht_site_find(word, &struck, why);
    if (error)
        return error;
    if (struck.kind == HT_SITE_BUDGET)
        return hook_budget(why);
    if (struck.kind == HT_SITE_CPYTHON)
        return hook_cpython(struck.index, why);
    ht_pages_fail = fail_pages;
    return 0;
}

/* Words that mean something to other injectors alone. */
static int check_fail(const struct ht_fail_plan *p, char why[256])
{
    const char *const word = p->only[0] ? "only" : p->except[0] ? "except" : p->after_steady ? "after" : NULL;
    if (!word)
        return p->site[0] ? hook_site(p->site, why) : 0;
    snprintf(why, 256, "%s= is for programs: a cell has no other libraries, and no steady state", word);
    return -EINVAL;
}

static int check_stress(const struct ht_stress_plan *p, char why[256])
{
    if (!p->slice)
        return 0;
    if (!&gc_incremental_work) {
        snprintf(why, 256, "does not collect in slices");
        return -EOPNOTSUPP;
    }
    gc_incremental_work = 0;
    return 0;
}

int ht_faulty_open(const char *text, char why[256])
{
    if (!*text) {
        ht_faulty_plan = (struct ht_fault_plan){.kind = HT_FAULT_CYCLE};
        return 0;
    }
    const int error = ht_fault_plan_parse(text, &ht_faulty_plan, why);
    if (error)
        return error;
    switch (ht_faulty_plan.kind) {
    case HT_FAULT_FAIL:
        return check_fail(&ht_faulty_plan.fail, why);
    case HT_FAULT_OS:
    case HT_FAULT_LIMIT:
        return ht_faulty_system_open(&ht_faulty_plan, why);
    case HT_FAULT_STRESS:
        return check_stress(&ht_faulty_plan.stress, why);
    default:
        snprintf(why, 256, "a cell for faults takes fail, os, limit and stress, not %s",
                 ht_fault_kind_word(ht_faulty_plan.kind));
        return -EINVAL;
    }
}
