/* rptest: sweeps of frees and allocations over slots at prime strides, some of them handed to another thread
 * (Jansson's benchmark of rpmalloc). Small sizes are more likely than large ones, with a linear falloff. The
 * original's alignments of 0, 8 and 16 in turn are all served by an ordinary allocation here.
 *
 * In every second loop a worker makes a quarter of a batch for the next one. A parcel of objects is swapped
 * for the parcel in the mailbox: an empty one when the next worker has come by, otherwise one that nobody has
 * opened, whose objects the sender frees itself. So which thread frees an object depends on timing, how many
 * there are does not. */
#include <stdatomic.h>

#include "base/scratch.h"
#include "bench/workloads/slot.h"

enum { SLOTS, BATCH, MIN_BYTES, MAX_BYTES, CROSS, LOOPS };
enum { FREE_STRIDE = 97, ALLOC_STRIDE = 61, PARCEL_SHARE = 4 };

struct parcel {
    size_t objects;
    struct slot object[];
};

struct post {
    _Atomic(struct parcel *) mailbox; /* never NULL */
    char line[128 - sizeof(void *)];  /* a mailbox a cache line */
};

struct bench {
    struct slot *slot;
    struct parcel *spare; /* empty */
    uint64_t loop;
    uint32_t free_at, alloc_at;
};

struct sizes {
    uint32_t low, span;
};

static struct sizes sizes_of(const struct ht_job *j)
{
    const uint32_t low = (uint32_t)j->value[MIN_BYTES], high = (uint32_t)j->value[MAX_BYTES];
    return (struct sizes){low, high > low ? high - low + 1 : 1};
}

/* The lesser of two uniform numbers has the density 2 (1 - x): it falls linearly to 0. */
static inline size_t any_size(struct ht_rng *rng, struct sizes sizes)
{
    const uint64_t random = ht_rng_next(rng), a = random >> 32, b = random & 0xffffffff;
    return sizes.low + ((a < b ? a : b) * sizes.span >> 32);
}

static size_t max_bytes(const struct ht_job *j)
{
    const struct sizes sizes = sizes_of(j);
    return sizes.low + sizes.span - 1;
}

static size_t parcel_objects(const struct ht_job *j)
{
    return j->value[BATCH] / PARCEL_SHARE;
}

static size_t parcel_bytes(const struct ht_job *j)
{
    return sizeof(struct parcel) + parcel_objects(j) * sizeof(struct slot);
}

static size_t scratch_bytes(const struct ht_job *j)
{
    const size_t slots = j->value[SLOTS] * sizeof(struct slot);
    return j->threads * (slots + 2 * parcel_bytes(j) + sizeof(struct post) + sizeof(struct bench) + 320);
}

static inline uint32_t stride(uint32_t at, uint32_t by, uint32_t slots)
{
    at += by;
    return at < slots ? at : at - slots;
}

static void unpack(struct ht_worker *w, struct parcel *parcel)
{
    while (parcel->objects)
        slot_drop(w, &parcel->object[--parcel->objects]);
}

static uint64_t receive(struct ht_worker *w, struct bench *b)
{
    struct post *const post = w->job->state;
    b->spare = atomic_exchange(&post[w->index].mailbox, b->spare);
    const size_t freed = b->spare->objects;
    unpack(w, b->spare);
    return freed;
}

static uint64_t hand_over(struct ht_worker *w, struct bench *b, struct ht_rng *rng, struct sizes sizes)
{
    struct post *const post = w->job->state;
    const size_t objects = parcel_objects(w->job);
    while (b->spare->objects < objects)
        slot_make(w, &b->spare->object[b->spare->objects++], any_size(rng, sizes));
    const unsigned next = w->index + 1 < w->job->threads ? w->index + 1 : 0;
    b->spare = atomic_exchange(&post[next].mailbox, b->spare);
    const size_t freed = b->spare->objects;
    unpack(w, b->spare);
    return objects + freed;
}

/* One loop: frees a batch, then allocates one. Returns the operations. */
static uint64_t sweep(struct ht_worker *w, struct bench *b, struct ht_rng *rng, struct sizes sizes)
{
    const uint32_t slots = (uint32_t)w->job->value[SLOTS];
    const uint32_t free_by = FREE_STRIDE % slots, alloc_by = ALLOC_STRIDE % slots;
    const uint64_t batch = w->job->value[BATCH];
    uint64_t ops = 0;
    for (uint64_t i = 0; i < batch; i++) {
        struct slot *const s = &b->slot[b->free_at];
        if (s->p) {
            slot_drop(w, s);
            s->p = NULL;
            ops++;
        }
        b->free_at = stride(b->free_at, free_by, slots);
    }
    for (uint64_t i = 0; i < batch; i++) {
        struct slot *const s = &b->slot[b->alloc_at];
        if (!s->p) {
            slot_make(w, s, any_size(rng, sizes));
            ops++;
        }
        b->alloc_at = stride(b->alloc_at, alloc_by, slots);
    }
    return ops;
}

static uint64_t run(struct ht_worker *w)
{
    struct bench *const b = w->state;
    const struct sizes sizes = sizes_of(w->job);
    const uint64_t loops = w->job->value[LOOPS], cross = w->job->value[CROSS];
    struct ht_rng rng = w->rng;
    uint64_t ops = 0;
    for (uint64_t i = 0; i < loops; i++) {
        ops += receive(w, b) + sweep(w, b, &rng, sizes);
        if (cross && ++b->loop % cross == 0)
            ops += hand_over(w, b, &rng, sizes);
    }
    w->rng = rng;
    return ops;
}

static void open_post(struct ht_job *j)
{
    struct post *const post = j->state = ht_scratch_alloc(j->threads * sizeof *post);
    for (unsigned i = 0; i < j->threads; i++)
        atomic_init(&post[i].mailbox, ht_scratch_alloc(parcel_bytes(j)));
}

static void setup(struct ht_worker *w)
{
    struct bench *const b = w->state = ht_scratch_alloc(sizeof *b);
    b->spare = ht_scratch_alloc(parcel_bytes(w->job));
    b->slot = ht_scratch_alloc(w->job->value[SLOTS] * sizeof *b->slot);
    for (uint64_t i = 0; i < w->job->value[SLOTS]; i++)
        slot_make(w, &b->slot[i], any_size(&w->rng, sizes_of(w->job)));
}

static void teardown(struct ht_worker *w)
{
    const struct bench *const b = w->state;
    for (uint64_t i = 0; i < w->job->value[SLOTS]; i++)
        if (b->slot[i].p)
            slot_drop(w, &b->slot[i]);
}

static void close_post(struct ht_job *j)
{
    struct post *const post = j->state;
    for (unsigned i = 0; i < j->threads; i++)
        unpack(j->workers, atomic_load(&post[i].mailbox));
}

HT_WORKLOAD(rptest) = {
    .name = "rptest",
    .summary = "free and allocate at prime strides; sizes fall linearly; parcels go to the next thread",
    .source = "Jansson, the benchmark of rpmalloc, 2017",
    .params =
        {
            [SLOTS] = {"slots", 1000, 1, 1 << 20, "objects live at most, in each thread"},
            [BATCH] = {"batch", 100, 1, 1 << 20, "frees, then allocations, in a loop"},
            [MIN_BYTES] = {"min-bytes", 8, 1, 1 << 20, "smallest object"},
            [MAX_BYTES] = {"max-bytes", 16000, 1, 1 << 20, "largest object"},
            [CROSS] = {"cross", 2, 0, 1 << 20, "one loop in so many hands objects on; 0: none"},
            [LOOPS] = {"loops", 50, 1, 1 << 20, "loops an iteration, in each thread"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_post,
    .setup = setup,
    .run = run,
    .teardown = teardown,
    .close = close_post,
};
