/* compact-arrays: a million numbers in as few objects as can be: built, summed, and let go. The other half of
 * boxed-lists, which holds the same numbers (same seed) in an object each: what the data structure costs under
 * each allocator, in time and in memory. A strategy that has mark and release uses it.
 *
 *     layout 0   one array, asked for whole
 *     layout 1   one array, grown by doubling
 *     layout 2   a struct of arrays: one array for each of `fields` columns, filled row by row */
#include "base/scratch.h"
#include "bench/subject.h"

enum { COUNT, LAYOUT, FIELDS, SUMS };

enum layout { WHOLE, GROWN, COLUMNS };

enum { FIELDS_MAX = 64, GROWN_START = 16 };

static size_t rows_of(const struct ht_job *j)
{
    return (j->value[COUNT] + j->value[FIELDS] - 1) / j->value[FIELDS];
}

static size_t max_bytes(const struct ht_job *j)
{
    const size_t count = j->value[COUNT] > GROWN_START ? j->value[COUNT] : GROWN_START;
    return (j->value[LAYOUT] == COLUMNS ? rows_of(j) : count) * sizeof(uint64_t);
}

static uint32_t needs_more(const struct ht_job *j)
{
    const uint32_t let_go = ht_has_region() ? 0 : HT_CAP_FREE;
    switch (j->value[LAYOUT]) {
    case GROWN:
        return let_go | HT_CAP_RESIZE | HT_CAP_DISTINCT;
    case COLUMNS:
        return let_go | HT_CAP_DISTINCT;
    default:
        return let_go;
    }
}

static inline uint64_t sum_of(const uint64_t *number, size_t count, uint64_t sums)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < sums; i++) {
        /* Each sum is taken anew. */
        __asm__ volatile("" : : "r"(number) : "memory");
        for (size_t k = 0; k < count; k++)
            sum += number[k];
    }
    return sum;
}

static inline void judge_sum(uint64_t sum, uint64_t expected)
{
    if (__builtin_expect(sum != expected, 0))
        ht_stop(HT_CORRUPT, "the numbers add up to %#lx, not %#lx", (unsigned long)sum,
                (unsigned long)expected);
}

/* Frees an array, or all since `mark`. */
static inline void let_go(struct ht_worker *w, struct ht_mark mark, void *p, size_t bytes)
{
    if (ht_has_region())
        ht_release(w, mark, bytes);
    else
        ht_free(w, p, bytes);
}

static uint64_t run_whole(struct ht_worker *w, struct ht_rng *rng)
{
    const size_t count = w->job->value[COUNT], bytes = count * sizeof(uint64_t);
    const uint64_t sums = w->job->value[SUMS];
    const struct ht_mark mark = ht_mark(w);
    uint64_t *const number = ht_alloc(w, bytes);
    uint64_t expected = 0;
    for (size_t i = 0; i < count; i++)
        expected += number[i] = ht_rng_next(rng);
    judge_sum(sum_of(number, count, sums), expected * sums);
    let_go(w, mark, number, bytes);
    return 2;
}

static uint64_t run_grown(struct ht_worker *w, struct ht_rng *rng)
{
    const size_t count = w->job->value[COUNT];
    const uint64_t sums = w->job->value[SUMS];
    const struct ht_mark mark = ht_mark(w);
    size_t room = GROWN_START;
    uint64_t *number = ht_alloc(w, room * sizeof *number), expected = 0, ops = 2;
    for (size_t i = 0; i < count; i++) {
        if (i == room) {
            const size_t more = 2 * room < count ? 2 * room : count;
            number = ht_resize(w, number, room * sizeof *number, more * sizeof *number);
            room = more;
            ops++;
        }
        expected += number[i] = ht_rng_next(rng);
    }
    judge_sum(sum_of(number, count, sums), expected * sums);
    let_go(w, mark, number, room * sizeof *number);
    return ops;
}

static uint64_t run_columns(struct ht_worker *w, struct ht_rng *rng)
{
    const size_t rows = rows_of(w->job), bytes = rows * sizeof(uint64_t), fields = w->job->value[FIELDS];
    const uint64_t sums = w->job->value[SUMS];
    const struct ht_mark mark = ht_mark(w);
    uint64_t *column[FIELDS_MAX], expected = 0, sum = 0;
    for (size_t f = 0; f < fields; f++)
        column[f] = ht_alloc(w, bytes);
    for (size_t row = 0; row < rows; row++)
        for (size_t f = 0; f < fields; f++)
            expected += column[f][row] = ht_rng_next(rng);
    for (size_t f = 0; f < fields; f++)
        sum += sum_of(column[f], rows, sums);
    judge_sum(sum, expected * sums);
    if (ht_has_region()) {
        ht_release(w, mark, fields * bytes);
        return fields + 1;
    }
    for (size_t f = 0; f < fields; f++)
        ht_free(w, column[f], bytes);
    return 2 * fields;
}

static uint64_t run(struct ht_worker *w)
{
    switch (w->job->value[LAYOUT]) {
    case GROWN:
        return run_grown(w, &w->rng);
    case COLUMNS:
        return run_columns(w, &w->rng);
    default:
        return run_whole(w, &w->rng);
    }
}

HT_WORKLOAD(compact_arrays) = {
    .name = "compact-arrays",
    .summary = "a million numbers in one array, or an array a column; to be compared with boxed-lists",
    .source = "heaptrial: what a data structure costs",
    .params =
        {
            [COUNT] = {"count", 1000000, 1, 1 << 25, "numbers, in each thread"},
            [LAYOUT] = {"layout", WHOLE, WHOLE, COLUMNS, "0 an array, 1 a growing array, 2 struct of arrays"},
            [FIELDS] = {"fields", 4, 1, FIELDS_MAX, "numbers a row, for layout 2; whole rows are made"},
            [SUMS] = {"sums", 1, 1, 1 << 20, "how often the numbers are summed"},
        },
    .needs_more = needs_more,
    .max_bytes = max_bytes,
    .run = run,
};
