#include "faults/os_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/os_mark.h"

/* The level of libseccomp's interface that knows notification. It is set and not found out, because the plan is made
 * where seccomp may be forbidden; loading it says so. */
enum { NOTIFIES = 5 };

#define NOTIFY(ctx, call, ...) seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(call), __VA_ARGS__)

/* What belongs to one call of a plan. */
static int add_call(scmp_filter_ctx ctx, enum ht_os_call call)
{
    int error = 0;
    switch (call) {
    case HT_OS_MMAP:
        error = NOTIFY(ctx, mmap, 1, SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
        return error ? error : NOTIFY(ctx, mremap, 0);
    case HT_OS_BRK: /* brk(0) asks where it is */
        return NOTIFY(ctx, brk, 1, SCMP_A0(SCMP_CMP_NE, 0, 0));
    case HT_OS_MPROTECT:
        return NOTIFY(ctx, mprotect, 0);
    case HT_OS_MADVISE:
        return NOTIFY(ctx, madvise, 0);
    case HT_OS_THREAD: /* the flags of clone3 lie in memory: the supervisor reads them */
        error = NOTIFY(ctx, clone, 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
        return error ? error : NOTIFY(ctx, clone3, 0);
    default:
        return -EINVAL;
    }
}

static int add_rules(scmp_filter_ctx ctx, const struct ht_fail_plan *plan)
{
    uint64_t ops = plan->ops & ((UINT64_C(1) << HT_OS_CALL_COUNT) - 1);
    if (plan->thread) /* threads are numbered as they are made */
        ops |= 1 << HT_OS_THREAD;
    int error = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
    for (unsigned call = 0; !error && call < HT_OS_CALL_COUNT; call++)
        error = ops >> call & 1 ? add_call(ctx, (enum ht_os_call)call) : 0;
    if (!error)
        error = NOTIFY(ctx, prctl, 1, SCMP_A0(SCMP_CMP_EQ, HT_OS_MARK, 0));
    if (!error)
        error = NOTIFY(ctx, execve, 0);
    return error ? error : NOTIFY(ctx, execveat, 0);
}

/* libseccomp 2.5 writes its code into a file. */
static int export(scmp_filter_ctx ctx, struct ht_os_filter *filter)
{
    const int fd = memfd_create("heaptrial", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = seccomp_export_bpf(ctx, fd);
    const ssize_t bytes = error ? 0 : pread(fd, filter->code, sizeof filter->code, 0);
    if (!error && (bytes <= 0 || (size_t)bytes >= sizeof filter->code))
        error = -E2BIG;
    filter->count = (unsigned short)((size_t)(bytes > 0 ? bytes : 0) / sizeof filter->code[0]);
    close(fd);
    return error;
}

int ht_os_filter_build(const struct ht_fail_plan *plan, struct ht_os_filter *filter, char why[256])
{
    seccomp_api_set(NOTIFIES);
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    int error = ctx ? add_rules(ctx, plan) : -ENOMEM;
    if (!error)
        error = export(ctx, filter);
    if (ctx)
        seccomp_release(ctx);
    if (error)
        snprintf(why, 256, "libseccomp can't make the filter: %s", strerror(-error));
    return error;
}

/* A signal that comes while the supervisor decides would have the call made again, and counted again: since Linux 5.19
 * only one that kills does. */
int ht_os_filter_load(const struct ht_os_filter *filter)
{
    const struct sock_fprog program = {filter->count, (struct sock_filter *)filter->code};
    const unsigned long notify = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL))
        return -errno;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, notify | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                      &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, notify, &program);
    return fd < 0 ? -errno : (int)fd;
}

static const char *refusal(int error)
{
    switch (error) {
    case EBUSY:
        return "another supervisor is there already, as that of a container or of another heaptrial";
    case ENOSYS:
    case EINVAL:
        return "this kernel, or the container, has no filters that notify";
    case EPERM:
    case EACCES:
        return "no permission; in a container, allow the system call seccomp";
    default:
        return strerror(error);
    }
}

static int try_once(void)
{
    const struct ht_os_filter nothing = {.code = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}, .count = 1};
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const int fd = ht_os_filter_load(&nothing);
        _exit(fd < 0 ? -fd : 0);
    }
    if (child < 0)
        return errno;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    /* Some filters kill instead of refusing. */
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

int ht_os_filter_try(char why[256])
{
    static int known = -1;
    if (known < 0)
        known = try_once();
    if (known)
        snprintf(why, 256, "seccomp's user notification is not to be had here: %s", refusal(known));
    return -known;
}
