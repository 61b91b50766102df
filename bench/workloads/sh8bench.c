/* sh8bench: many small objects and a few large ones in a fixed cycle (MicroQuill's SmartHeap benchmark for
 * multiprocessors, 2005). The main thread fills the buffer of every worker; each worker then frees all but a
 * moving fifth of its own (bench/workloads/window.h), so objects of the main thread first, and fills it
 * again.
 *
 * An iteration is one turn of the buffer: 0.8 million objects with one thread. */
#include "base/scratch.h"
#include "bench/workloads/window.h"

enum { SLOTS };

static const struct {
    uint32_t bytes, count;
} cycle[] = {
    {8, 1000}, {16, 5000}, {48, 1000}, {72, 100}, {148, 100}, {200, 100},
    {520, 10}, {1056, 5},  {4096, 3},  {9162, 1}, {34562, 1}, {168524, 1},
};
enum { STEPS = sizeof cycle / sizeof *cycle, LARGEST = 168524 };

/* The next object's size. */
struct sizes {
    uint32_t step, done;
};

struct bench {
    struct window buffer;
    struct sizes sizes;
};

static inline size_t next_size(struct sizes *s)
{
    if (s->done == cycle[s->step].count) {
        s->done = 0;
        s->step = s->step + 1 < STEPS ? s->step + 1 : 0;
    }
    s->done++;
    return cycle[s->step].bytes;
}

static uint64_t slots_each(const struct ht_job *j)
{
    const uint64_t each = j->value[SLOTS] / j->threads;
    return each ? each : 1;
}

static size_t max_bytes(const struct ht_job *j)
{
    (void)j;
    return LARGEST;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (slots_each(j) * sizeof(struct slot) + sizeof(struct bench) + 128);
}

static uint64_t refill(struct ht_worker *w, struct bench *b)
{
    struct sizes sizes = b->sizes;
    uint64_t made = 0;
    for (; b->buffer.at < b->buffer.slots; made++)
        window_put(w, &b->buffer, next_size(&sizes));
    b->sizes = sizes;
    return made;
}

static void open_buffers(struct ht_job *j)
{
    struct bench *const all = j->state = ht_scratch_alloc(j->threads * sizeof *all);
    for (unsigned i = 0; i < j->threads; i++) {
        struct bench *const b = &all[i];
        b->buffer.slots = slots_each(j);
        b->buffer.slot = ht_scratch_alloc(b->buffer.slots * sizeof *b->buffer.slot);
        refill(j->workers, b);
    }
}

static void setup(struct ht_worker *w)
{
    w->state = (struct bench *)w->job->state + w->index;
}

static uint64_t run(struct ht_worker *w)
{
    struct bench *const b = w->state;
    const uint64_t freed = window_turn(w, &b->buffer);
    return freed + refill(w, b);
}

static void teardown(struct ht_worker *w)
{
    window_close(w, &((struct bench *)w->state)->buffer);
}

HT_WORKLOAD(sh8bench) = {
    .name = "sh8bench",
    .summary = "a fixed cycle of 12 sizes in a buffer; workers free what the main thread made",
    .source = "MicroQuill, SmartHeap benchmark sh8bench, 2005",
    .params =
        {
            [SLOTS] = {"slots", 1 << 20, 1, 1 << 24, "objects live at most, all threads together"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_buffers,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
