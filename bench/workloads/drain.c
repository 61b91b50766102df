/* drain: grows to a peak and frees all of it. In time it shows what a heap pays for memory that comes from the
 * system and goes back; in memory, who gives it back, and when. Some do at once, some after a delay, some only
 * when they are called again, so after the last iteration the memory pass waits `wait-ms`, with `beat-ops`
 * pairs of small operations every 10 ms: the resident bytes after the drain are what is still held then. 100,
 * 1000 and 5000 ms are the times to look at. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { MIN_BYTES, MAX_BYTES, PEAK_BYTES, WAIT_MS, BEAT_OPS };

enum { BEAT_MS = 10, BEAT_BYTES = 64 };

struct object {
    void *p;
    size_t bytes;
};

static size_t max_bytes(const struct ht_job *j)
{
    const size_t bytes =
        j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
    return bytes > BEAT_BYTES ? bytes : BEAT_BYTES;
}

static size_t most_objects(const struct ht_job *j)
{
    return j->value[PEAK_BYTES] / j->value[MIN_BYTES] + 1;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (most_objects(j) * sizeof(struct object) + 64);
}

static void setup(struct ht_worker *w)
{
    w->state = ht_scratch_alloc(most_objects(w->job) * sizeof(struct object));
}

static uint64_t run(struct ht_worker *w)
{
    struct object *const object = w->state;
    const size_t low = w->job->value[MIN_BYTES], high = w->job->value[MAX_BYTES];
    const size_t end = high > low ? high + 1 : low + 1, peak = w->job->value[PEAK_BYTES];
    struct ht_rng rng = w->rng;
    size_t objects = 0;
    for (size_t live = 0; live < peak; objects++) {
        const size_t bytes = ht_rng_between(&rng, low, end);
        object[objects] = (struct object){.p = ht_make(w, bytes), .bytes = bytes};
        live += bytes;
    }
    for (size_t i = 0; i < objects; i++)
        ht_drop(w, object[i].p, object[i].bytes);
    w->rng = rng;
    return 2 * objects;
}

/* The program lives on, with little to do. */
static void beat(struct ht_worker *w)
{
    for (uint64_t i = 0; i < w->job->value[BEAT_OPS]; i++)
        ht_drop(w, ht_make(w, BEAT_BYTES), BEAT_BYTES);
    ht_sleep_ns(BEAT_MS * UINT64_C(1000000));
    ht_sample(w);
}

static void teardown(struct ht_worker *w)
{
    if (ht_is_sampled(w))
        for (uint64_t ms = 0; ms < w->job->value[WAIT_MS]; ms += BEAT_MS)
            beat(w);
}

HT_WORKLOAD(drain) = {
    .name = "drain",
    .summary = "grow to a peak, free all: what goes back to the system, and when",
    .source = "heaptrial: a server after its busy hour",
    .params =
        {
            [MIN_BYTES] = {"min-bytes", 16, 1, 1 << 20, "bytes of the smallest object"},
            [MAX_BYTES] = {"max-bytes", 1024, 1, 1 << 20, "bytes of the largest"},
            [PEAK_BYTES] = {"peak-bytes", 16 << 20, 1, 1 << 26, "bytes live at the peak, in each thread"},
            [WAIT_MS] = {"wait-ms", 100, 0, 60000, "ms to wait in the memory pass, after the last drain"},
            [BEAT_OPS] = {"beat-ops", 100, 0, 1 << 20, "small objects made and freed every 10 ms of it"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
