#include "faults/supervisor_loop.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "faults/os_mark.h"
#include "faults/subject.h"
#include "faults/unwind.h"

/* Wakes who waits on the same core at once; since Linux 6.6. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
enum { SYNC_WAKE_UP = 1 };

struct helper {
    struct ht_supervised *shared;
    struct ht_subject subject;
    /* The call that was answered when its thread had been called away by a signal (before Linux 5.19): it comes again,
     * and is no other call. */
    struct seccomp_notif again;
    struct seccomp_notif_resp again_answer;
};

static void go_on(struct seccomp_notif_resp *answer)
{
    answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

/* ---- which call it is ---------------------------------------------------------------------------------------- */

/* True when a clone3 makes a thread. */
static bool makes_thread(const struct helper *h, const struct seccomp_data *data)
{
    uint64_t flags = 0;
    _Static_assert(offsetof(struct clone_args, flags) == 0, "");
    return ht_subject_read(&h->subject, data->args[0], &flags, sizeof flags) && (flags & CLONE_THREAD);
}

/* brk asks for an address: `bytes` is by how much it would grow. */
static bool grows(struct helper *h, uint64_t address, struct ht_call *call)
{
    const uint64_t old = h->subject.brk ? h->subject.brk : ht_subject_brk(&h->subject);
    h->subject.brk = address;
    call->bytes = address > old ? address - old : 0;
    return address > old;
}

/* False for what the filter lets through to us and no plan names: a mapping that shrinks, the memory of a file. */
static bool classify(struct helper *h, const struct seccomp_data *data, struct ht_call *call)
{
    switch (data->nr) {
    case SYS_mmap:
        *call = (struct ht_call){.op = HT_OS_MMAP, .bytes = data->args[1]};
        return true;
    case SYS_mremap:
        *call = (struct ht_call){.op = HT_OS_MMAP, .bytes = data->args[2], .old = data->args[1]};
        return data->args[2] > data->args[1];
    case SYS_brk:
        *call = (struct ht_call){.op = HT_OS_BRK};
        return grows(h, data->args[0], call);
    case SYS_mprotect:
        *call = (struct ht_call){.op = HT_OS_MPROTECT, .bytes = data->args[1]};
        return ht_subject_is_anonymous(&h->subject, data->args[0]);
    case SYS_madvise:
        *call = (struct ht_call){.op = HT_OS_MADVISE, .bytes = data->args[1]};
        return true;
    case SYS_clone:
        *call = (struct ht_call){.op = HT_OS_THREAD};
        return true;
    case SYS_clone3:
        *call = (struct ht_call){.op = HT_OS_THREAD};
        return makes_thread(h, data);
    default:
        return false;
    }
}

/* ---- the answer ---------------------------------------------------------------------------------------------- */

static void fail(struct helper *h, unsigned op, struct seccomp_notif_resp *answer)
{
    if (op == HT_OS_BRK) /* it knows no errors: it says where the break is */
        answer->val = (int64_t)(h->subject.brk = ht_subject_brk(&h->subject));
    else
        answer->error = op == HT_OS_THREAD ? -EAGAIN : -ENOMEM;
}

static void decide(struct helper *h, const struct seccomp_notif *notice, struct seccomp_notif_resp *answer)
{
    struct ht_trigger *const t = &h->shared->trigger;
    const uint64_t brk = h->subject.brk;
    struct ht_call call;
    go_on(answer);
    if (!classify(h, &notice->data, &call))
        return;
    if (t->plan.thread) {
        ht_subject_number(&h->subject);
        call.thread = ht_subject_thread(&h->subject, (pid_t)notice->pid);
    }
    if (!ht_trigger_fires(t, &call))
        return;
    if (call.op == HT_OS_BRK)
        h->subject.brk = brk;
    answer->flags = 0;
    fail(h, call.op, answer);
}

static int64_t most_int(uint64_t n)
{
    return n > INT32_MAX ? INT32_MAX : (int64_t)n;
}

static void hear(struct helper *h, uint64_t mark, struct seccomp_notif_resp *answer)
{
    struct ht_trigger *const t = &h->shared->trigger;
    switch (mark) {
    case HT_OS_MARK_ARM:
        t->armed = true;
        break;
    case HT_OS_MARK_DISARM:
        t->armed = false;
        break;
    case HT_OS_MARK_STEADY:
        t->steady = true;
        break;
    case HT_OS_MARK_CALLS:
        answer->val = most_int(t->calls);
        break;
    case HT_OS_MARK_FIRED:
        answer->val = most_int(t->fired);
        break;
    default:
        answer->error = -EINVAL;
    }
}

static void answer_one(struct helper *h, const struct seccomp_notif *notice,
                       struct seccomp_notif_resp *answer)
{
    const int nr = notice->data.nr;
    if (!ht_subject_owns(&h->subject, (pid_t)notice->pid)) {
        go_on(answer);
    } else if (nr == SYS_execve || nr == SYS_execveat) {
        /* Its own start has come before anything was armed; what it becomes later is another program. */
        h->shared->execed += h->shared->trigger.armed;
        h->shared->trigger.armed = false;
        h->subject.brk = 0;
        go_on(answer);
    } else if (nr == SYS_prctl) {
        hear(h, notice->data.args[1], answer);
    } else {
        decide(h, notice, answer);
    }
}

/* ---- the loop ------------------------------------------------------------------------------------------------ */

static bool comes_again(const struct helper *h, const struct seccomp_notif *notice)
{
    return h->again.pid && h->again.pid == notice->pid &&
           !memcmp(&h->again.data, &notice->data, sizeof notice->data);
}

/* Its stack is looked at once the call has failed, before the program sees that. */
static bool is_first_failure(struct helper *h, const struct seccomp_notif_resp *answer)
{
    const bool is_first = h->shared->wants_stack && !answer->flags && h->shared->trigger.fired == 1;
    h->shared->wants_stack &= !is_first;
    return is_first;
}

static void serve(struct helper *h, int listener, struct seccomp_notif *notice,
                  struct seccomp_notif_resp *answer)
{
    if (comes_again(h, notice))
        *answer = h->again_answer;
    else
        answer_one(h, notice, answer);
    h->again.pid = 0;
    answer->id = notice->id;
    const bool is_held = is_first_failure(h, answer) && ht_unwind_hold((pid_t)notice->pid);
    if (seccomp_notify_respond(listener, answer)) {
        h->again = *notice;
        h->again_answer = *answer;
    }
    if (is_held)
        ht_unwind_thread(h->subject.pid, (pid_t)notice->pid, h->shared->stack, sizeof h->shared->stack);
}

void ht_supervisor_loop(int listener, pid_t target, struct ht_supervised *shared)
{
    static struct helper h;
    struct seccomp_notif *notice;
    struct seccomp_notif_resp *answer;
    h = (struct helper){.shared = shared, .subject = {.pid = target}};
    if (seccomp_notify_alloc(&notice, &answer))
        return;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP);
    struct pollfd watched = {.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(&watched, 1, -1) < 0 && errno != EINTR)
            break;
        if (watched.revents & POLLIN) {
            /* It fails when the one who called has been killed meanwhile. */
            memset(notice, 0, sizeof *notice);
            memset(answer, 0, sizeof *answer);
            if (!seccomp_notify_receive(listener, notice))
                serve(&h, listener, notice, answer);
        } else if (watched.revents) {
            break; /* nobody is left */
        }
    }
    seccomp_notify_free(notice, answer);
}
