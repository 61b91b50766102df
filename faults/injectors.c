#include "faults/injectors.h"

#include <errno.h>

#include "bench/probe.h"
#include "bench/state.h"

static const struct ht_injector *chosen; /* NULL: the cell has no fault plan */

int ht_injector_open(const char *text, char why[256])
{
    struct ht_fault_plan plan;
    chosen = NULL;
    if (!*text)
        return 0;
    const int error = ht_fault_plan_parse(text, &plan, why);
    if (error)
        return error;
    chosen = ht_injectors[plan.kind];
    if (chosen) {
        chosen->open(&plan);
        return 0;
    }
    snprintf(why, 256, "nothing injects '%.80s' into %s", text,
             ht_state_is_collector ? "a collector" : "an allocator");
    return -EINVAL;
}

const char *ht_injector_missing(void)
{
    return chosen && chosen->missing ? chosen->missing() : NULL;
}

size_t ht_injector_live_bytes(const struct ht_job *job)
{
    return chosen && chosen->live_bytes ? chosen->live_bytes(job) : 0;
}

size_t ht_injector_scratch_bytes(const struct ht_job *job)
{
    return chosen && chosen->scratch_bytes ? chosen->scratch_bytes(job) : 0;
}

bool ht_injector_is_plain(void)
{
    return chosen && chosen->is_plain;
}

bool ht_injector_listens(void)
{
    if (!chosen || !chosen->listen)
        return false;
    chosen->listen();
    return true;
}

void ht_injector_hear(int64_t bytes)
{
    chosen->hear(bytes);
}

void ht_injector_start(struct ht_worker *w)
{
    if (chosen && chosen->start)
        chosen->start(w);
}

void ht_injector_arm(struct ht_worker *w)
{
    if (chosen && chosen->arm)
        chosen->arm(w);
    w->injector = chosen && chosen->inject ? chosen : NULL;
}

void ht_injector_disarm(struct ht_worker *w)
{
    w->injector = NULL;
}

void ht_injector_settle(struct ht_worker *w)
{
    if (chosen && chosen->settle)
        chosen->settle(w);
}

void ht_injector_stop(struct ht_worker *w)
{
    if (chosen && chosen->stop)
        chosen->stop(w);
}

void ht_inject(struct ht_worker *w, size_t bytes)
{
    const struct ht_injector *const injector = w->injector;
    const bool is_open = w->probe->open;
    w->injector = NULL;
    w->probe->open = false;
    injector->inject(w, bytes);
    w->probe->open = is_open;
    w->injector = injector;
}

bool ht_injector_finalize(struct ht_worker *w, struct gc_root *object)
{
    return chosen && chosen->finalize && chosen->finalize(w, object);
}

void ht_injector_send(const struct ht_job *job)
{
    if (chosen && chosen->send)
        chosen->send(job);
}
