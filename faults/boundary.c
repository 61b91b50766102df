#include "faults/boundary.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

int ht_boundary_open(struct ht_boundary *b, const struct ht_fault_plan *plan, char why[256])
{
    *b = (struct ht_boundary){.kind = plan->kind, .supervisor.to_helper = -1, .cgroup.procs = -1};
    if (plan->kind == HT_FAULT_OS)
        return ht_supervisor_open(&b->supervisor, &plan->fail, why);
    if (plan->kind != HT_FAULT_LIMIT)
        return 0;
    b->as = plan->limit.as;
    return plan->limit.cgroup ? ht_cgroup_open(&b->cgroup, plan->limit.cgroup, why) : 0;
}

int ht_boundary_enter(void *boundary)
{
    const struct ht_boundary *const b = boundary;
    int error = b->cgroup.procs >= 0 ? ht_cgroup_enter(&b->cgroup) : 0;
    if (!error && b->as && setrlimit(RLIMIT_AS, &(struct rlimit){b->as, b->as}))
        error = -errno;
    if (!error && b->kind == HT_FAULT_OS)
        error = ht_supervisor_enter(&b->supervisor);
    return error;
}

static void read_supervised(const struct ht_supervised *s, struct ht_boundary_result *result)
{
    result->calls = s->trigger.calls;
    result->fired = s->trigger.fired;
    result->execed = s->execed;
    memcpy(result->stack, s->stack, sizeof result->stack);
}

void ht_boundary_close(struct ht_boundary *b, struct ht_boundary_result *result)
{
    if (result)
        *result = (struct ht_boundary_result){.calls = 0};
    if (result && b->supervisor.shared)
        read_supervised(b->supervisor.shared, result);
    if (result && b->cgroup.path[0])
        result->kills = ht_cgroup_kills(&b->cgroup);
    if (b->supervisor.shared)
        ht_supervisor_close(&b->supervisor);
    if (b->cgroup.path[0])
        ht_cgroup_close(&b->cgroup);
}
