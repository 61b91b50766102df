#include "faults/faulty_system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults/faulty.h"
#include "faults/supervisor.h"

static struct ht_supervisor supervisor;

static int supervise(const struct ht_fail_plan *plan, char why[256])
{
    int error = ht_supervisor_open(&supervisor, plan, why);
    if (error)
        return error == -ENOTSUP ? -EOPNOTSUPP : error;
    error = ht_supervisor_enter(&supervisor);
    if (error) {
        snprintf(why, 256, "the supervisor of system calls can't be entered: %s", strerror(-error));
        return error;
    }
    ht_faulty_trigger = &supervisor.shared->trigger;
    return 0;
}

int ht_faulty_system_open(const struct ht_fault_plan *plan, char why[256])
{
    if (plan->kind == HT_FAULT_OS)
        return supervise(&plan->fail, why);
    if (!plan->limit.cgroup)
        return 0;
    snprintf(why, 256,
             "a cgroup kills what goes over its limit: nothing is left to go on; see heaptrial sweep");
    return -EOPNOTSUPP;
}

/* Bytes of address space; calls no allocator. */
static rlim_t address_space(void)
{
    char text[64];
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    return (rlim_t)strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* In a cell the limit is on top of what the process has when the fault is armed: the harness has most of that. */
void ht_faulty_system_limit(bool limited)
{
    static rlim_t limit;
    if (ht_faulty_plan.kind != HT_FAULT_LIMIT)
        return;
    if (!limit)
        limit = address_space() + ht_faulty_plan.limit.as;
    struct rlimit as;
    getrlimit(RLIMIT_AS, &as);
    as.rlim_cur = limited && limit < as.rlim_max ? limit : as.rlim_max;
    setrlimit(RLIMIT_AS, &as);
}
