#include "faults/sweep/judge.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/damage.h"
#include "results/text.h"

/* What is said of damage to memory; NULL for nothing. */
static const char *damage_said(const struct ht_normal *n, const struct ht_ending *e, bool is_aborted)
{
    return e->err.text ? ht_damage_said(e->err.text, n->err.text ? n->err.text : "", !is_aborted) : NULL;
}

/* ---- details ------------------------------------------------------------------------------------------------------ */

static void note_line(struct ht_verdict *v, const char *line, size_t bytes)
{
    snprintf(v->detail, sizeof v->detail, "%.*s",
             (int)(bytes < sizeof v->detail ? bytes : sizeof v->detail - 1), line);
    v->detail[strcspn(v->detail, "\n")] = 0;
    ht_text_clean(v->detail);
}

static void note_message(struct ht_verdict *v, const struct ht_normal *n, const struct ht_ending *e)
{
    size_t bytes;
    const char *const message = ht_normal_message(n, e, &bytes);
    if (message)
        note_line(v, message, bytes);
}

static bool says_something(const struct ht_normal *n, const struct ht_ending *e)
{
    size_t bytes;
    return ht_normal_message(n, e, &bytes) != NULL;
}

/* ---- kinds of ends ------------------------------------------------------------------------------------------------ */

static bool fired_elsewhere(const struct ht_expected *expected, const struct ht_control *c)
{
    return c->fired.stack < c->stacks.used && ht_control_stacks(c)[c->fired.stack].hash != expected->stack;
}

static enum ht_sweep_outcome judge_signal(const struct ht_normal *n, const struct ht_ending *e,
                                          struct ht_verdict *v)
{
    const char *const said = damage_said(n, e, e->signal == SIGABRT);
    snprintf(v->detail, sizeof v->detail, "%s", strsignal(e->signal));
    if (said)
        note_line(v, said, strlen(said));
    else if (e->signal != SIGSEGV && e->signal != SIGBUS)
        note_message(v, n, e);
    switch (e->signal) {
    case SIGABRT:
        return said ? HT_SWEEP_CORRUPT : HT_SWEEP_ABORT;
    case SIGTRAP: /* of GLib's errors */
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
    case SIGQUIT:
    case SIGUSR1:
    case SIGUSR2:
    case SIGPIPE:
    case SIGALRM: /* sent by itself */
        return HT_SWEEP_ABORT;
    case SIGXFSZ:
    case SIGXCPU:
        return HT_SWEEP_HANG; /* it wrote without end */
    default:
        return HT_SWEEP_CRASH;
    }
}

/* It exited by itself, and its data are as they should. */
static enum ht_sweep_outcome judge_exit(const struct ht_normal *n, const struct ht_ending *e,
                                        struct ht_verdict *v)
{
    const char *which = NULL;
    const bool is_said = says_something(n, e);
    note_message(v, n, e);
    if (e->exit_status != n->exit_status) {
        if (e->exit_status == 0 && !is_said)
            snprintf(v->detail, sizeof v->detail, "success, where exit status %d is usual", n->exit_status);
        return e->exit_status == 0 && !is_said ? HT_SWEEP_SILENT_WRONG
               : is_said                       ? HT_SWEEP_CLEAN
                                               : HT_SWEEP_NO_MESSAGE;
    }
    const bool same_out = ht_normal_same_out(n, e), same_files = ht_normal_same_files(n, e, &which);
    if (same_out && same_files)
        return HT_SWEEP_TOLERATED;
    if (n->exit_status && is_said) /* an error has the status of an ordinary answer */
        return HT_SWEEP_CLEAN;
    char said[HT_VERDICT_TEXT];
    snprintf(said, sizeof said, "%s", v->detail);
    snprintf(v->detail, sizeof v->detail, "%s%.80s differ%s; %s%.90s", same_out ? "" : "stdout",
             same_files ? "" : which, "s", is_said ? "it says: " : "no message", is_said ? said : "");
    return HT_SWEEP_SILENT_WRONG;
}

/* Looks for blocks that are lost under this fault only; notes those of the stack that lost most. */
static bool judge_leaks(const struct ht_normal *n, const struct ht_control *c, struct ht_verdict *v)
{
    const struct ht_called *const leak = ht_control_leaks(c);
    uint64_t most = 0, all = 0, blocks = 0;
    for (uint32_t i = 0; i < c->leaks.used; i++) {
        const uint64_t hash = leak[i].stack < c->stacks.used ? ht_control_stacks(c)[leak[i].stack].hash : 0;
        if (!hash || ht_normal_leaks(n, hash))
            continue;
        all += leak[i].bytes;
        blocks++;
        if (!v->leak_stack || leak[i].bytes > most) {
            most = leak[i].bytes;
            v->leak_stack = hash;
        }
    }
    if (blocks)
        snprintf(v->detail, sizeof v->detail, "%" PRIu64 " bytes in %" PRIu64 " block%s", all, blocks,
                 blocks == 1 ? "" : "s");
    return blocks;
}

void ht_judge(const struct ht_normal *n, const struct ht_expected *expected, const struct ht_ending *e,
              const struct ht_control *c, struct ht_verdict *v)
{
    *v = (struct ht_verdict){.exit_status = e->exit_status, .signal = e->signal};
    if (c->crashed && c->crashed <= c->stacks.used)
        v->crash_stack = ht_control_stacks(c)[c->crashed - 1].hash;
    if (!c->has_fired) {
        v->outcome = e->timed_out || e->signal ? HT_SWEEP_UNSTABLE : HT_SWEEP_DID_NOT_FIRE;
        snprintf(v->detail, sizeof v->detail, "it %s before this call", e->timed_out ? "hung" : "ended");
    } else if (fired_elsewhere(expected, c)) {
        v->outcome = HT_SWEEP_UNSTABLE;
        snprintf(v->detail, sizeof v->detail, "another stack made this call");
    } else if (e->timed_out) {
        v->outcome = HT_SWEEP_HANG;
        snprintf(v->detail, sizeof v->detail, "killed after %.1f s", (double)e->wall_ns / 1e9);
    } else if (e->signal)
        v->outcome = judge_signal(n, e, v);
    else if (damage_said(n, e, false)) {
        v->outcome = HT_SWEEP_CORRUPT;
        note_message(v, n, e);
    } else if (expected->is_checked && expected->check_status) {
        v->outcome = HT_SWEEP_DATA_LOSS;
        snprintf(v->detail, sizeof v->detail, "the check says %d", expected->check_status);
    } else {
        v->outcome = judge_exit(n, e, v);
        if (v->outcome >= HT_SWEEP_ABORT && judge_leaks(n, c, v))
            v->outcome = HT_SWEEP_LEAK;
    }
}
