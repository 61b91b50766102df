/* sh6bench: batches of small objects that live for a while (MicroQuill's SmartHeap benchmark, 2000). For each
 * base of 1, 2, 4, 7, 11, ... (times one and a half, plus one) up to max-bytes it allocates batches of that
 * size, of half of it, and so on down to 1; batches of the smaller sizes are longer. Objects go into a buffer
 * of which all but a fifth is freed whenever it is full (bench/workloads/window.h). First and last byte are
 * touched, which is what stamps do. */
#include "base/scratch.h"
#include "bench/workloads/window.h"

enum { SLOTS, MAX_BYTES };
enum { TINY_BYTES = 100, TINY_BATCH = 250, BATCH = 50 };

/* The next object's size. */
struct sizes {
    uint32_t most, base, bytes;
    uint32_t left; /* in the batch */
};

struct bench {
    struct window buffer;
    struct sizes sizes;
};

static inline size_t next_size(struct sizes *s)
{
    if (s->left == 0) {
        s->bytes /= 2;
        if (s->bytes == 0) {
            s->base = s->base * 3 / 2 + 1;
            if (s->base > s->most)
                s->base = 1;
            s->bytes = s->base;
        }
        s->left = s->bytes < TINY_BYTES ? TINY_BATCH : BATCH;
    }
    s->left--;
    return s->bytes;
}

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MAX_BYTES];
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (j->value[SLOTS] * sizeof(struct slot) + sizeof(struct bench) + 128);
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

static void setup(struct ht_worker *w)
{
    struct bench *const b = w->state = ht_scratch_alloc(sizeof *b);
    b->buffer.slots = w->job->value[SLOTS];
    b->buffer.slot = ht_scratch_alloc(b->buffer.slots * sizeof *b->buffer.slot);
    b->sizes.most = (uint32_t)w->job->value[MAX_BYTES];
    refill(w, b);
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

HT_WORKLOAD(sh6bench) = {
    .name = "sh6bench",
    .summary = "batches of small sizes in a buffer; all but a moving fifth is freed when it is full",
    .source = "MicroQuill, SmartHeap benchmark sh6bench, 2000",
    .params =
        {
            [SLOTS] = {"slots", 50000, 5, 1 << 24, "objects live at most, in each thread"},
            [MAX_BYTES] = {"max-bytes", 1000, 1, 1 << 20, "largest object"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
