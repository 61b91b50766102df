/* What a program, or a test, says to the library (heaptrial_faults.h). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "faults/heaptrial_faults.h"
#include "faults/os_mark.h"
#include "faults/preload/injector.h"

static int refuse(char *why, size_t bytes, const char *reason, int error)
{
    if (why && bytes)
        snprintf(why, bytes, "%s", reason);
    return error;
}

/* Counts begin anew. Nothing is armed while the plan changes. */
static void take_plan(const struct ht_fail_plan *plan)
{
    struct ht_trigger *const t = &ht_control->trigger;
    t->armed = false;
    t->plan = *plan;
    t->calls = t->fired = t->held = 0;
    t->steady = false;
    ht_control->has_fired = 0;
    ht_control->flags |= HT_CONTROL_LIVE;
    ht_callers_start();
    ht_blocks_start();
    ht_blocks_live(true);
    ht_steady_start();
    t->armed = true;
}

HT_EXPORT int heaptrial_arm(const char *text, char *why, size_t why_bytes)
{
    struct ht_fault_plan plan;
    char reason[256];
    ht_start();
    if (ht_has_parent())
        return refuse(why, why_bytes, "heaptrial runs this program under a plan of its own", EBUSY);
    if (!ht_stands_first())
        return refuse(
            why, why_bytes,
            "another malloc stands before the library's: a sanitizer's, or one of the program's own",
            ENOTSUP);
    if (ht_fault_plan_parse(text, &plan, reason))
        return refuse(why, why_bytes, reason, EINVAL);
    if (plan.kind != HT_FAULT_FAIL)
        return refuse(why, why_bytes, "only a plan fail: can be armed inside a program", EINVAL);
    ht_pid = getpid(); /* a test may have forked */
    ht_is_off = false;
    take_plan(&plan.fail);
    return 0;
}

HT_EXPORT void heaptrial_disarm(void)
{
    if (!ht_has_parent())
        ht_control->trigger.armed = false;
}

HT_EXPORT unsigned long heaptrial_calls(void)
{
    return ht_control->trigger.calls;
}

HT_EXPORT unsigned long heaptrial_fired(void)
{
    return ht_control->trigger.fired;
}

HT_EXPORT unsigned long heaptrial_live(void)
{
    return ht_blocks_live(false);
}

HT_EXPORT void heaptrial_benign_begin(void)
{
    ht_self.benign++;
}

HT_EXPORT void heaptrial_benign_end(void)
{
    if (ht_self.benign)
        ht_self.benign--;
}

/* ---- the steady state ---------------------------------------------------------------------------------------- */

static void be_steady(void)
{
    if (!ht_is_off)
        ht_control->trigger.steady = true;
}

HT_EXPORT void heaptrial_steady(void)
{
    const int error = errno;
    be_steady();
    ht_os_mark(HT_OS_MARK_STEADY); /* to a supervisor, if there is one */
    errno = error;
}

static void on_signal(int signal)
{
    (void)signal;
    be_steady();
}

void ht_steady_start(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    if (ht_control->trigger.plan.after_steady)
        sigaction(SIGUSR1, &action, NULL);
}
