/* The heap against its shadow, whole; and how much of what is held is dead, since when.
 *
 * When an object died is not known before a trace finds it dead. Every object notes when a reference to it was taken
 * away last; a dead one died then, or with the last of those that led to it (Hertz, Blackburn, Moss, McKinley and
 * Stefanovic, "Error-free garbage collection traces", SIGMETRICS 2002). */
#include "bench/shadow_own.h"

#include <string.h>

#include "bench/stop.h"

#define s ht_shadow

enum { AUDIT_EACH = 100000, RADIX = 256 };

bool ht_shadow_may_be_due(void)
{
    if (s.finalizers || s.operations - s.last_audit < s.in_use / 8 ||
        s.operations - s.last_question < s.in_use / 32)
        return false;
    s.last_question = s.operations;
    return true;
}

bool ht_shadow_is_due(bool collected)
{
    const uint64_t since = s.operations - s.last_audit;
    return since >= (collected ? s.in_use / 8 : 2 * s.in_use + AUDIT_EACH);
}

void ht_shadow_audit_start(void)
{
    ht_shadow_trace();
}

void ht_shadow_visit(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)context;
    const uint32_t index = bytes >= HT_SHADOW_BYTES ? ht_shadow_index_at(data) : 0;
    struct shadow_object *const o = &s.object[index];
    if (!index)
        ht_stop(HT_CORRUPT,
                "operation %lu: the heap walk shows %p, of %u slots and %u bytes, which is no object that "
                "can be held",
                (unsigned long)s.operations, data, slots, bytes);
    if (o->flags & SHADOW_HELD)
        ht_shadow_stop(index, "is held twice");
    if (o->flags & SHADOW_GONE)
        ht_shadow_stop(index, "is held again after it was reclaimed");
    if (o->flags & SHADOW_FREED)
        ht_shadow_stop(index, "is held after it was freed by hand");
    if (slots != o->slots || bytes != o->bytes + HT_SHADOW_BYTES ||
        (kind & GC_KIND_MASK) != (o->kind & GC_KIND_MASK))
        ht_shadow_stop(index, "is held with another shape than it was made with");
    o->flags |= SHADOW_HELD;
    o->data = data;
}

/* ---- death --------------------------------------------------------------------------------------------------- */

static bool is_newly_dead(const struct shadow_object *o)
{
    return o->number && !(o->flags & (SHADOW_LIVE | SHADOW_DEAD | SHADOW_FREED | SHADOW_GONE));
}

/* Sorts n indexes by when they were reached, latest first; `spare` has room for as many. */
static void sort_by_death(uint32_t *index, uint32_t *spare, uint32_t n)
{
    for (unsigned shift = 0; shift < 64 && s.clock >> shift; shift += 8) {
        uint32_t start[RADIX + 1] = {0};
        for (uint32_t i = 0; i < n; i++)
            start[RADIX - (s.object[index[i]].reached >> shift & (RADIX - 1))]++;
        for (unsigned b = 1; b <= RADIX; b++)
            start[b] += start[b - 1];
        for (uint32_t i = 0; i < n; i++) {
            const unsigned b = RADIX - 1 - (s.object[index[i]].reached >> shift & (RADIX - 1));
            spare[start[b]++] = index[i];
        }
        memcpy(index, spare, n * sizeof *index);
    }
}

static void die(uint32_t index, uint64_t when)
{
    struct shadow_object *const o = &s.object[index];
    o->flags |= SHADOW_DEAD;
    o->reached = when;
    s.figures.dead_objects++;
    s.figures.dead_bytes += ht_shadow_size(o);
    s.dead_moment += (double)ht_shadow_size(o) * (double)when;
}

/* All that `index` reaches lived as long as it. */
static void die_with(uint32_t index, uint32_t *stack)
{
    const uint64_t when = s.object[index].reached;
    uint32_t n = 0;
    die(index, when);
    stack[n++] = index;
    while (n > 0) {
        const struct shadow_object *const o = &s.object[stack[--n]];
        for (uint32_t i = ht_shadow_first_strong(o); i < o->slots; i++) {
            const uint32_t to = *ht_shadow_slot(o, i);
            if (!to || !is_newly_dead(&s.object[to]))
                continue;
            die(to, when);
            stack[n++] = to;
        }
    }
}

/* The queue is free between traces. */
static void find_deaths(void)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < s.objects; i++)
        if (is_newly_dead(&s.object[i]))
            s.queue[n++] = i;
    sort_by_death(s.queue, s.spare, n);
    for (uint32_t i = 0; i < n; i++)
        if (is_newly_dead(&s.object[s.queue[i]]))
            die_with(s.queue[i], s.spare);
}

/* It was dead, and no more: it was reclaimed at `end`, or came back. */
static void end_death(struct shadow_object *o, bool reclaimed, uint64_t end)
{
    o->flags &= (uint16_t)~SHADOW_DEAD;
    s.figures.dead_objects--;
    s.figures.dead_bytes -= ht_shadow_size(o);
    s.dead_moment -= (double)ht_shadow_size(o) * (double)o->reached;
    if (reclaimed && end > o->reached)
        s.dead_area += (double)ht_shadow_size(o) * (double)(end - o->reached);
}

/* ---- the end of an audit ------------------------------------------------------------------------------------- */

static void settle_held(uint32_t index, struct shadow_object *o)
{
    if (o->flags & SHADOW_HELD || o->flags & (SHADOW_FREED | SHADOW_GONE))
        return;
    /* The key may have come back by a finalizer after the ephemeron was cleared. */
    if (o->flags & SHADOW_BY_KEY && s.had_finalizers) {
        o->flags &= (uint16_t) ~(SHADOW_LIVE | SHADOW_MUST);
        o->flags |= SHADOW_GONE;
        return;
    }
    if (o->flags & SHADOW_LIVE)
        ht_shadow_stop(index, "is reachable, but the heap walk does not show it: freed too early");
    if (o->flags & SHADOW_MUST && ht_shadow_is_to_be_finalized(o))
        ht_shadow_stop(index, "was reclaimed, and its finalizer never ran");
    if (o->flags & SHADOW_MUST)
        ht_shadow_stop(index, "was reclaimed, but an object whose finalizer is due reaches it");
    o->flags |= SHADOW_GONE;
}

static void settle(uint32_t index, struct shadow_object *o, bool walked, uint64_t end)
{
    if (walked)
        settle_held(index, o);
    if (o->flags & SHADOW_LIVE && o->flags & SHADOW_CLEARED && !s.doubt)
        ht_shadow_stop(index, "is reachable, but a weak reference to it was cleared");
    o->flags &= (uint16_t)~SHADOW_CLEARED;
    const bool gone = walked ? o->flags & (SHADOW_GONE | SHADOW_FREED) : !(o->flags & SHADOW_MAY);
    if (o->flags & SHADOW_DEAD && (gone || o->flags & SHADOW_LIVE))
        end_death(o, gone, end);
    if (o->flags & SHADOW_LIVE) {
        s.figures.live_objects++;
        s.figures.live_bytes += ht_shadow_size(o);
    }
    if (gone && !(o->flags & SHADOW_NAMED))
        ht_shadow_forget(index);
}

static void note_peak(void)
{
    if (s.figures.dead_peak_bytes < s.figures.dead_bytes)
        s.figures.dead_peak_bytes = s.figures.dead_bytes;
}

/* What a collection reclaimed was held until now. Without one, what is gone went by its count, or by hand: when it died,
 * or at the last audit if it was held then. */
void ht_shadow_audit_stop(bool collected)
{
    const uint64_t end = collected ? s.clock : s.audit_clock;
    find_deaths();
    if (collected)
        note_peak();
    s.figures.live_objects = s.figures.live_bytes = 0;
    for (uint32_t i = 1; i < s.objects; i++)
        if (s.object[i].number)
            settle(i, &s.object[i], s.caps & GC_CAP_WALK, end);
    note_peak();
    s.figures.audits++;
    s.last_audit = s.operations;
    s.audit_clock = s.clock;
}

bool ht_shadow_is_new_to_walk(uint32_t index)
{
    struct shadow_object *const o = &s.object[index];
    const bool is_new = !(o->flags & SHADOW_WALKED);
    o->flags |= SHADOW_WALKED;
    return index && is_new;
}

bool ht_shadow_is_freed(uint32_t index)
{
    return s.object[index].flags & SHADOW_FREED;
}

bool ht_shadow_leads_to_freed(uint32_t from, uint32_t i)
{
    return ht_shadow_is_freed(*ht_shadow_slot(&s.object[from], i));
}

void ht_shadow_walked(void)
{
    s.doubt = false;
}

void ht_shadow_expect_at(uint32_t index, const void *data)
{
    const struct shadow_object *const o = &s.object[index];
    if (index && o->flags & SHADOW_HELD && o->data != data)
        ht_shadow_stop(index, "stands at %p, but a reference leads to %p: to where it was moved from",
                       o->data, data);
}

/* A strategy that may leak a cycle, or keep what only looks reachable, is judged by what it holds alone. */
void ht_shadow_end(void)
{
    const uint32_t finds_all = GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_EXACT | GC_CAP_FINALIZER;
    if ((s.caps & finds_all) != finds_all || s.caps & GC_CAP_EXPLICIT)
        return;
    for (uint32_t i = 1; i < s.objects; i++)
        if (s.object[i].number && ht_shadow_is_to_be_finalized(&s.object[i]))
            ht_shadow_stop(i, "is dead, and its finalizer never ran");
}

struct ht_shadow_figures ht_shadow_figures(void)
{
    struct ht_shadow_figures f = s.figures;
    f.allocated_bytes = s.clock;
    for (unsigned i = 0; i < s.mutators; i++) {
        f.operations += s.mutator[i].operations;
        f.stream_hash += ht_mix64(s.mutator[i].hash ^ i);
    }
    const double outstanding = (double)f.dead_bytes * (double)s.clock - s.dead_moment;
    f.dead_mean_bytes = s.clock ? (s.dead_area + outstanding) / (double)s.clock : 0;
    if (!(s.caps & GC_CAP_WALK))
        f.dead_objects = f.dead_bytes = f.dead_peak_bytes = GC_UNKNOWN;
    return f;
}
