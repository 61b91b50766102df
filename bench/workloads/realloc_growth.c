/* realloc-growth: containers that grow. Vectors grow geometrically, as a std::vector or a Python list does;
 * strings grow by one byte, as a careless string builder does. A random one grows at a time; at its cap it is
 * freed and starts again small. Shows who grows in place, who rounds up with foresight, and who copies.
 *
 * An object moves when it grows, so its stamp is its own, not its address's: the first and the last byte, and
 * in verify mode every byte, must survive. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { VECTORS, VECTOR_BYTES, GROWTH, STRINGS, STRING_BYTES, OPS };

enum { VECTOR_START = 16, STRING_START = 1 };

struct grower {
    unsigned char *p;
    size_t bytes;
};

/* Never 0, which fresh memory holds. */
static inline unsigned char stamp_of(size_t index)
{
    return (unsigned char)(index | 0x80);
}

static size_t growers(const struct ht_job *j)
{
    return j->value[VECTORS] + j->value[STRINGS];
}

static size_t max_bytes(const struct ht_job *j)
{
    const size_t vector = j->value[VECTOR_BYTES], string = j->value[STRING_BYTES];
    return vector > string ? vector : string;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (growers(j) * sizeof(struct grower) + 64);
}

/* Writes what is new in an object that held `old` bytes. */
static inline void write_tail(struct ht_worker *w, struct grower *g, size_t old, unsigned char stamp)
{
    if (!old)
        g->p[0] = stamp;
    g->p[g->bytes - 1] = stamp;
#ifdef HT_PROBED
    if (w->job->verify)
        memset(g->p + old, stamp, g->bytes - old);
#else
    (void)w;
#endif
}

static inline void check(struct ht_worker *w, const struct grower *g, size_t old, unsigned char stamp)
{
    ht_judge(g->p[0] == stamp && g->p[old - 1] == stamp, g->p, old);
#ifdef HT_PROBED
    if (w->job->verify)
        for (size_t i = 0; i < old; i++)
            ht_judge(g->p[i] == stamp, g->p, old);
#else
    (void)w;
#endif
}

static inline void begin(struct ht_worker *w, struct grower *g, size_t bytes, unsigned char stamp)
{
    *g = (struct grower){.p = ht_alloc(w, bytes), .bytes = bytes};
    write_tail(w, g, 0, stamp);
}

/* Grows to `bytes`, or starts again at `start` where the cap has been reached. Returns the operations. */
static inline uint64_t grow(struct ht_worker *w, struct grower *g, size_t bytes, size_t cap, size_t start,
                            unsigned char stamp)
{
    const size_t old = g->bytes;
    if (old >= cap) {
        check(w, g, old, stamp);
        ht_free(w, g->p, old);
        begin(w, g, start, stamp);
        return 2;
    }
    g->bytes = bytes < cap ? bytes : cap;
    g->p = ht_resize(w, g->p, old, g->bytes);
    check(w, g, old, stamp);
    write_tail(w, g, old, stamp);
    return 1;
}

static inline size_t next_vector(size_t bytes, size_t growth)
{
    return bytes * growth / 100 + 1;
}

/* As far as a vector has got at a random moment of its life. */
static size_t any_vector(struct ht_rng *rng, size_t growth, size_t cap)
{
    uint32_t steps = 1;
    for (size_t bytes = VECTOR_START; bytes < cap && steps < 1000; bytes = next_vector(bytes, growth))
        steps++;
    size_t bytes = VECTOR_START;
    for (uint32_t i = ht_rng_below(rng, steps); i; i--)
        bytes = next_vector(bytes, growth);
    return bytes < cap ? bytes : cap;
}

static void setup(struct ht_worker *w)
{
    const uint64_t *const value = w->job->value;
    const size_t all = growers(w->job), vectors = value[VECTORS];
    struct grower *const grower = w->state = ht_scratch_alloc(all * sizeof *grower);
    for (size_t i = 0; i < vectors; i++)
        begin(w, &grower[i], any_vector(&w->rng, value[GROWTH], value[VECTOR_BYTES]), stamp_of(i));
    for (size_t i = vectors; i < all; i++)
        begin(w, &grower[i], ht_rng_between(&w->rng, STRING_START, value[STRING_BYTES] + 1), stamp_of(i));
}

static uint64_t run(struct ht_worker *w)
{
    struct grower *const grower = w->state;
    const uint64_t *const value = w->job->value;
    const size_t vectors = value[VECTORS], growth = value[GROWTH];
    const size_t vector_cap = value[VECTOR_BYTES], string_cap = value[STRING_BYTES];
    const uint32_t all = (uint32_t)growers(w->job);
    const uint64_t enough = value[OPS];
    struct ht_rng rng = w->rng;
    uint64_t ops = 0;
    while (ops < enough) {
        const uint32_t i = ht_rng_below(&rng, all);
        struct grower *const g = &grower[i];
        if (i < vectors)
            ops += grow(w, g, next_vector(g->bytes, growth), vector_cap, VECTOR_START, stamp_of(i));
        else
            ops += grow(w, g, g->bytes + 1, string_cap, STRING_START, stamp_of(i));
    }
    w->rng = rng;
    return ops;
}

static void teardown(struct ht_worker *w)
{
    struct grower *const grower = w->state;
    for (size_t i = 0; i < growers(w->job); i++) {
        check(w, &grower[i], grower[i].bytes, stamp_of(i));
        ht_free(w, grower[i].p, grower[i].bytes);
    }
}

HT_WORKLOAD(realloc_growth) = {
    .name = "realloc-growth",
    .summary = "vectors that grow geometrically and strings that grow by one byte",
    .source = "heaptrial: std::vector, CPython's list, and a careless string builder",
    .params =
        {
            [VECTORS] = {"vectors", 64, 0, 1 << 14, "vectors alive, in each thread"},
            [VECTOR_BYTES] = {"vector-bytes", 64 << 10, VECTOR_START, 1 << 24, "bytes of a full vector"},
            [GROWTH] = {"growth", 200, 100, 1000, "per cent of its size that a vector grows to"},
            [STRINGS] = {"strings", 1000, 1, 1 << 20, "strings alive, in each thread"},
            [STRING_BYTES] = {"string-bytes", 1000, STRING_START, 1 << 24, "bytes of a full string"},
            [OPS] = {"ops", 20000, 1, 1 << 30, "operations an iteration, in each thread"},
        },
    /* A strategy that can't free has nowhere to put what a vector leaves behind. */
    .needs = HT_CAP_FREE | HT_CAP_RESIZE | HT_CAP_DISTINCT,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
