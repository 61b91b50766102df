/* chunked-stream: the same input processed whole and in chunks: each record becomes an object of its own size,
 * the objects are read once all of a chunk are there, and let go. Peak memory against time: what it costs to
 * hold everything, and what an allocator makes of memory that it gets back soon.
 *
 * `chunk` is how many records are held at once; 0 is all of them. The result is the same for any chunk, and is
 * verified. A strategy that has mark and release uses it for each chunk. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { RECORDS, CHUNK, MIN_BYTES, MAX_BYTES };

struct record {
    uint64_t head; /* of the data; the last byte is stamped */
    size_t bytes;
    struct record *next;
};

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
}

static uint32_t needs_more(const struct ht_job *j)
{
    (void)j;
    return ht_has_region() ? 0 : HT_CAP_FREE;
}

/* The order of the records matters to the result. */
static inline uint64_t digest(uint64_t result, uint64_t head, size_t bytes)
{
    return result * 31 + (head ^ bytes);
}

/* The input is a stream of random numbers: for each record its size, then its data. */
static inline struct record *read_record(struct ht_worker *w, struct ht_rng *input, size_t low, size_t end)
{
    const size_t bytes = ht_rng_between(input, low, end);
    struct record *const r = ht_alloc(w, bytes);
    *r = (struct record){.bytes = bytes, .head = ht_rng_next(input)};
    ((unsigned char *)r)[bytes - 1] = ht_stamp_byte(r, bytes);
    return r;
}

static inline uint64_t use(const struct record *records, uint64_t result)
{
    for (const struct record *r = records; r; r = r->next) {
        ht_judge(((const unsigned char *)r)[r->bytes - 1] == ht_stamp_byte(r, r->bytes), r, r->bytes);
        result = digest(result, r->head, r->bytes);
    }
    return result;
}

/* Returns the operations. */
static inline uint64_t let_go(struct ht_worker *w, struct ht_mark mark, struct record *records, size_t count,
                              size_t bytes)
{
    if (ht_has_region()) {
        ht_release(w, mark, bytes);
        return 1;
    }
    for (struct record *next; records; records = next) {
        next = records->next;
        ht_free(w, records, records->bytes);
    }
    return count;
}

/* The result of the input from `input` on, for comparison: no object is made. */
static uint64_t result_of(struct ht_rng input, uint64_t records, size_t low, size_t end)
{
    uint64_t result = 0;
    while (records--) {
        const size_t bytes = ht_rng_between(&input, low, end);
        result = digest(result, ht_rng_next(&input), bytes);
    }
    return result;
}

static void setup(struct ht_worker *w)
{
    uint64_t *const expected = w->state = ht_scratch_alloc(sizeof *expected);
    *expected = result_of(w->rng, w->job->value[RECORDS], w->job->value[MIN_BYTES], max_bytes(w->job) + 1);
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (sizeof(uint64_t) + 64);
}

/* Each iteration reads the same input again. */
static uint64_t run(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    const size_t low = j->value[MIN_BYTES], end = max_bytes(j) + 1;
    const size_t all = j->value[RECORDS], chunk = j->value[CHUNK] ? j->value[CHUNK] : all;
    struct ht_rng input = w->rng;
    uint64_t result = 0, ops = 0;
    for (size_t done = 0, count; done < all; done += count) {
        const struct ht_mark mark = ht_mark(w);
        struct record *records = NULL, **last = &records;
        size_t bytes = 0;
        for (count = 0; count < chunk && done + count < all; count++) {
            struct record *const r = *last = read_record(w, &input, low, end);
            last = &r->next;
            bytes += r->bytes;
        }
        result = use(records, result);
        ops += count + let_go(w, mark, records, count, bytes);
    }
    if (__builtin_expect(result != *(uint64_t *)w->state, 0))
        ht_stop(HT_CORRUPT, "the result of the stream is %#lx, not %#lx", (unsigned long)result,
                *(unsigned long *)w->state);
    return ops;
}

HT_WORKLOAD(chunked_stream) = {
    .name = "chunked-stream",
    .summary = "the same input processed whole and in chunks: peak memory against time",
    .source = "heaptrial: whole documents against streams",
    .params =
        {
            [RECORDS] = {"records", 65536, 1, 1 << 22, "records of the input, in each thread"},
            [CHUNK] = {"chunk", 0, 0, 1 << 22, "records held at once; 0 is all"},
            [MIN_BYTES] = {"min-bytes", 32, 32, 1 << 16, "bytes of the smallest record"},
            [MAX_BYTES] = {"max-bytes", 256, 32, 1 << 16, "bytes of the largest"},
        },
    .needs = HT_CAP_DISTINCT,
    .needs_more = needs_more,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
};
