/* fragment-shift: a program whose sizes drift. It holds a fixed amount of live bytes and replaces random
 * objects for a long time, while the sizes that it asks for grow slowly from the smallest to the largest and
 * shrink back. What was cut to fit last week's sizes must serve today's: memory that is kept for a size class
 * or an object's neighbours shows as resident bytes above the live ones, which hardly change.
 *
 * The drift goes on from iteration to iteration, so it is the number of iterations that makes it long. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { MIN_BYTES, MAX_BYTES, LIVE_BYTES, PERIOD, OPS };

enum { PACE = 64 };

struct object {
    void *p;
    size_t bytes;
};

struct drift {
    struct object *object;
    size_t objects, live;
    uint64_t step; /* 0 .. 2 * PERIOD - 1: there and back */
    size_t top;    /* the ceiling at the last multiple of PACE steps */
};

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
}

/* The largest number of objects that can be live at once, and the one that takes the amount past its limit. */
static size_t most_objects(const struct ht_job *j)
{
    return j->value[LIVE_BYTES] / j->value[MIN_BYTES] + 2;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (sizeof(struct drift) + most_objects(j) * sizeof(struct object) + 128);
}

/* Where the drift stands: the size that objects have at most now. It moves through the doublings from the
 * smallest to the largest size at an even pace, so that each is asked for equally long. */
static inline size_t ceiling(const struct ht_job *j, uint64_t step)
{
    const uint64_t period = j->value[PERIOD], low = j->value[MIN_BYTES], high = max_bytes(j);
    const uint64_t there = step < period ? step : 2 * period - 1 - step;
    /* Doublings and a fraction, in units of 1/1024. */
    const uint64_t doublings = 63 - (uint64_t)__builtin_clzll(high / low);
    const uint64_t at = there * (doublings * 1024 + 1023) / period;
    const uint64_t bytes = (low << (at >> 10)) * (1024 + (at & 1023)) >> 10;
    return bytes < high ? bytes : high;
}

static inline void append(struct ht_worker *w, struct ht_rng *rng, struct drift *d)
{
    if (d->step % PACE == 0)
        d->top = ceiling(w->job, d->step);
    const size_t low = w->job->value[MIN_BYTES], floor = d->top / 2 > low ? d->top / 2 : low;
    const size_t bytes = ht_rng_between(rng, floor, d->top + 1);
    d->object[d->objects++] = (struct object){.p = ht_make(w, bytes), .bytes = bytes};
    d->live += bytes;
    if (++d->step == 2 * w->job->value[PERIOD])
        d->step = 0;
}

static inline void drop_one(struct ht_worker *w, struct ht_rng *rng, struct drift *d)
{
    struct object *const o = &d->object[ht_rng_below(rng, (uint32_t)d->objects)];
    ht_drop(w, o->p, o->bytes);
    d->live -= o->bytes;
    *o = d->object[--d->objects];
}

static void setup(struct ht_worker *w)
{
    struct drift *const d = w->state = ht_scratch_alloc(sizeof *d);
    d->object = ht_scratch_alloc(most_objects(w->job) * sizeof *d->object);
    while (d->live < w->job->value[LIVE_BYTES])
        append(w, &w->rng, d);
}

static uint64_t run(struct ht_worker *w)
{
    struct drift drift = *(struct drift *)w->state;
    const size_t most = w->job->value[LIVE_BYTES];
    const uint64_t enough = w->job->value[OPS];
    struct ht_rng rng = w->rng;
    uint64_t ops = 0;
    while (ops < enough) {
        for (; drift.objects && drift.live > most; ops++)
            drop_one(w, &rng, &drift);
        append(w, &rng, &drift);
        ops++;
    }
    w->rng = rng;
    *(struct drift *)w->state = drift;
    return ops;
}

static void teardown(struct ht_worker *w)
{
    struct drift *const d = w->state;
    while (d->objects)
        drop_one(w, &w->rng, d);
}

HT_WORKLOAD(fragment_shift) = {
    .name = "fragment-shift",
    .summary = "a fixed amount of live bytes, replaced at random while the sizes drift up and down",
    .source = "heaptrial: after Wilson, Johnstone, Neely and Boles, IWMM 1995",
    .params =
        {
            [MIN_BYTES] = {"min-bytes", 16, 1, 1 << 16, "bytes of the smallest objects"},
            [MAX_BYTES] = {"max-bytes", 1024, 1, 1 << 16, "bytes of the largest"},
            [LIVE_BYTES] = {"live-bytes", 4 << 20, 1, 1 << 26, "bytes live at once, in each thread"},
            [PERIOD] = {"period", 500000, 1, 1 << 30, "allocations from the smallest to the largest"},
            [OPS] = {"ops", 20000, 1, 1 << 30, "operations an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
