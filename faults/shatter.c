/* Fragmentation, injected into an allocator: before the workload its heap is shattered, and the window is that of the
 * plain build (bench/injector.h). Compiled for each allocator.
 *
 * A rehearsal tells what the workload allocates: a sample of its sizes, each as likely to be in it, and the most bytes
 * that were live. Each mutator allocates its share of `times` as many in sizes drawn from the sample, writes every byte,
 * shuffles them, and frees all but the first `keep` percent. Those stay until the workload is over. */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "base/scratch.h"
#include "bench/record.h"
#include "bench/subject.h"
#include "faults/injectors.h"

enum { SIZES = 4096 };

/* Shared with the child that rehearses. */
struct heard {
    uint64_t count; /* allocations */
    int64_t live, live_peak;
    struct ht_rng rng;
    uint32_t size[SIZES];
};

struct splinter {
    void *p;
    uint32_t bytes;
};

/* What one mutator has shattered. */
struct share {
    struct splinter *splinter;
    size_t count, kept, room_bytes;
    uint64_t bytes, kept_bytes;
};

static struct {
    struct ht_shatter_plan plan;
    struct heard *heard;
    struct share share[HT_THREADS_MAX];
} state;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- memory of the harness's --------------------------------------------------------------------------------- */

static void *map(size_t bytes, int sharing)
{
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (p == MAP_FAILED)
        ht_stop(HT_ERROR, "no memory for the harness's table of what shatters the heap: %s", strerror(errno));
    ht_scratch_claim(bytes);
    return p;
}

static size_t in_pages(size_t bytes)
{
    return (bytes + 4095) & ~(size_t)4095;
}

/* Keeps what holds `count` splinters. */
static void shrink(struct share *share, size_t count)
{
    const size_t bytes = in_pages(count * sizeof *share->splinter);
    if (bytes < share->room_bytes) {
        munmap((char *)share->splinter + bytes, share->room_bytes - bytes);
        ht_scratch_claim(bytes - share->room_bytes);
    }
    share->room_bytes = bytes;
}

/* ---- what the workload allocates ----------------------------------------------------------------------------- */

static void open_plan(const struct ht_fault_plan *plan)
{
    state.plan = plan->shatter;
    if (!state.heard)
        state.heard = map(in_pages(sizeof *state.heard), MAP_SHARED);
}

static const char *missing(void)
{
    return ht_caps_missing(heap_caps(&ht_heap), HT_CAP_FREE | HT_CAP_DISTINCT | HT_CAP_FORK);
}

/* The probes of the rehearsal. */
static size_t scratch_bytes(const struct ht_job *job)
{
    return job->threads * (sizeof(struct ht_probe) + 64);
}

static void forget(void)
{
    *state.heard = (struct heard){.rng = ht_rng_open(1, 0)};
}

/* Vitter's algorithm R. */
static void hear(int64_t bytes)
{
    struct heard *const h = state.heard;
    pthread_mutex_lock(&lock);
    h->live += bytes;
    h->live_peak = h->live > h->live_peak ? h->live : h->live_peak;
    if (bytes > 0) {
        const uint64_t n = h->count++, place = n < SIZES ? n : ht_rng_next(&h->rng) % (n + 1);
        if (place < SIZES)
            h->size[place] = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
    }
    pthread_mutex_unlock(&lock);
}

/* ---- shattering ----------------------------------------------------------------------------------------------- */

static uint32_t draw_size(struct ht_rng *rng)
{
    const uint64_t n = state.heard->count < SIZES ? state.heard->count : SIZES;
    return state.heard->size[ht_rng_below(rng, (uint32_t)n)];
}

/* As many splinters as it takes to come to `bytes`; the same draws are made again when they are allocated. */
static size_t count_splinters(struct ht_rng rng, uint64_t bytes)
{
    size_t n = 0;
    for (uint64_t sum = 0; sum < bytes; n++)
        sum += draw_size(&rng);
    return n;
}

static void make_splinters(struct ht_worker *w, struct share *share, struct ht_rng *rng)
{
    for (size_t i = 0; i < share->count; i++) {
        struct splinter *const s = &share->splinter[i];
        s->bytes = draw_size(rng);
        s->p = ht_alloc(w, s->bytes);
        memset(s->p, ht_stamp_byte(s->p, s->bytes), s->bytes);
        share->bytes += s->bytes;
    }
}

static void shuffle(struct share *share, struct ht_rng *rng)
{
    for (size_t i = share->count; i > 1; i--) {
        const size_t other = ht_rng_next(rng) % i;
        const struct splinter was = share->splinter[i - 1];
        share->splinter[i - 1] = share->splinter[other];
        share->splinter[other] = was;
    }
}

static void drop(struct ht_worker *w, const struct share *share, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        ht_drop(w, share->splinter[i].p, share->splinter[i].bytes);
}

/* At least one stays. */
static size_t to_keep(size_t count)
{
    const size_t kept = (count * state.plan.keep + 50) / 100;
    return kept || !count ? kept : 1;
}

/* The table of the window before is given back only now: until the end it is counted as the harness's. */
static void start(struct ht_worker *w)
{
    struct share *const share = &state.share[w->index];
    struct ht_rng rng = ht_rng_open(w->job->seed, HT_THREADS_MAX + 1 + w->index);
    const uint64_t bytes = state.plan.times * (uint64_t)state.heard->live_peak / w->job->threads;
    pthread_mutex_lock(&lock);
    shrink(share, 0);
    *share = (struct share){.count = count_splinters(rng, bytes)};
    share->kept = to_keep(share->count);
    share->room_bytes = in_pages(share->count * sizeof *share->splinter);
    if (share->count)
        share->splinter = map(share->room_bytes, MAP_PRIVATE);
    pthread_mutex_unlock(&lock);
    make_splinters(w, share, &rng);
    shuffle(share, &rng);
    drop(w, share, share->kept, share->count);
    for (size_t i = 0; i < share->kept; i++)
        share->kept_bytes += share->splinter[i].bytes;
    pthread_mutex_lock(&lock);
    shrink(share, share->kept);
    pthread_mutex_unlock(&lock);
}

static void stop(struct ht_worker *w)
{
    drop(w, &state.share[w->index], 0, state.share[w->index].kept);
}

static void send_shatter(const struct ht_job *job)
{
    struct ht_record record = {.kind = HT_RECORD_SHATTER};
    for (unsigned i = 0; i < job->threads; i++) {
        record.shattered.bytes += state.share[i].bytes;
        record.shattered.kept_bytes += state.share[i].kept_bytes;
    }
    ht_record_send(&record);
}

const struct ht_injector ht_shatter = {
    .is_plain = true,
    .open = open_plan,
    .missing = missing,
    .scratch_bytes = scratch_bytes,
    .listen = forget,
    .hear = hear,
    .start = start,
    .stop = stop,
    .send = send_shatter,
};
