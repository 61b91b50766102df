/* Where nothing can be injected: the cell of an allocator. */
#include <errno.h>
#include <stdio.h>

#include "bench/injector.h"

int ht_injector_open(const char *plan, char why[256])
{
    if (!*plan)
        return 0;
    snprintf(why, 256, "the fault plan '%.80s' is for collectors", plan);
    return -EINVAL;
}

const char *ht_injector_missing(void)
{
    return NULL;
}

size_t ht_injector_live_bytes(const struct ht_job *job)
{
    (void)job;
    return 0;
}

size_t ht_injector_scratch_bytes(const struct ht_job *job)
{
    (void)job;
    return 0;
}

void ht_injector_start(struct ht_worker *w)
{
    (void)w;
}

void ht_injector_arm(struct ht_worker *w)
{
    (void)w;
}

void ht_injector_disarm(struct ht_worker *w)
{
    (void)w;
}

void ht_injector_settle(struct ht_worker *w)
{
    (void)w;
}

void ht_injector_stop(struct ht_worker *w)
{
    (void)w;
}

void ht_injector_send(const struct ht_job *job)
{
    (void)job;
}
