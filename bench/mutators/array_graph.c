/* compact-arrays, on a collector: a million numbers in as few objects as can be: built, summed, and let go. The other half
 * of boxed-lists (bench/mutators/boxed_graph.c), which holds the same numbers (same seed) in an object each: what the
 * data structure costs under each collector, in time and in memory.
 *
 *     layout 0   one array, asked for whole
 *     layout 1   one array, grown by doubling
 *     layout 2   a struct of arrays: one array for each of `fields` columns, filled row by row */
#include "bench/mutators/stamp.h"

enum { COUNT, LAYOUT, FIELDS, SUMS };
enum layout { WHOLE, GROWN, COLUMNS };
enum { FIELDS_MAX = 64, GROWN_START = 16 };
enum { NUMBERS, ROOTS };

static size_t rows_of(const struct ht_job *j)
{
    return (j->value[COUNT] + j->value[FIELDS] - 1) / j->value[FIELDS];
}

static size_t array_size(size_t count)
{
    return gc_size(0, (uint32_t)(count * sizeof(uint64_t)));
}

/* The array that is left with the one that it grows to. */
static size_t grown_size(size_t count)
{
    size_t room = GROWN_START, most = array_size(room);
    while (room < count) {
        const size_t more = 2 * room < count ? 2 * room : count;
        most = array_size(room) + array_size(more);
        room = more;
    }
    return most;
}

static size_t live_bytes(const struct ht_job *j)
{
    const size_t count = j->value[COUNT], fields = j->value[FIELDS];
    switch (j->value[LAYOUT]) {
    case GROWN:
        return grown_size(count) * j->threads;
    case COLUMNS:
        return (gc_size((uint32_t)fields, 0) + fields * array_size(rows_of(j))) * j->threads;
    default:
        return array_size(count) * j->threads;
    }
}

static void new_array(struct ht_worker *w, struct gc_root *dst, size_t count)
{
    ht_new(w, dst, 0, (uint32_t)(count * sizeof(uint64_t)));
}

static uint64_t sum_of(const uint64_t *number, size_t count, uint64_t sums)
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

static void judge_sum(uint64_t sum, uint64_t expected)
{
    ht_expect(sum == expected, "the numbers do not add up");
}

static uint64_t run_whole(struct ht_worker *w)
{
    const size_t count = w->job->value[COUNT];
    const uint64_t sums = w->job->value[SUMS];
    new_array(w, &w->root[NUMBERS], count);
    uint64_t *const number = ht_data(w, &w->root[NUMBERS]), expected = 0;
    for (size_t i = 0; i < count; i++)
        expected += number[i] = ht_rng_next(&w->rng);
    judge_sum(sum_of(number, count, sums), expected * sums);
    ht_give_up(w, &w->root[NUMBERS]);
    return 1;
}

static void grow(struct ht_worker *w, struct gc_root *array, size_t room, size_t more)
{
    struct gc_root *const larger = ht_push(w, 1);
    new_array(w, larger, more);
    memcpy(ht_data(w, larger), ht_data(w, array), room * sizeof(uint64_t));
    ht_give_up(w, array);
    ht_move(w, array, larger);
    ht_pop(w, 1);
}

static uint64_t run_grown(struct ht_worker *w)
{
    const size_t count = w->job->value[COUNT];
    const uint64_t sums = w->job->value[SUMS];
    struct gc_root *const array = &w->root[NUMBERS];
    size_t room = GROWN_START;
    uint64_t expected = 0, ops = 1;
    new_array(w, array, room);
    uint64_t *number = ht_data(w, array);
    for (size_t i = 0; i < count; i++) {
        if (i == room) {
            const size_t more = 2 * room < count ? 2 * room : count;
            grow(w, array, room, more);
            number = ht_data(w, array);
            room = more;
            ops++;
        }
        expected += number[i] = ht_rng_next(&w->rng);
    }
    judge_sum(sum_of(number, count, sums), expected * sums);
    ht_give_up(w, array);
    return ops;
}

static uint64_t run_columns(struct ht_worker *w)
{
    const size_t rows = rows_of(w->job);
    const uint32_t fields = (uint32_t)w->job->value[FIELDS];
    const uint64_t sums = w->job->value[SUMS];
    struct gc_root *const table = &w->root[NUMBERS], *const array = ht_push(w, 1);
    uint64_t *column[FIELDS_MAX], expected = 0, sum = 0;
    ht_new(w, table, fields, 0);
    for (uint32_t f = 0; f < fields; f++) {
        new_array(w, array, rows);
        ht_store(w, table, f, array);
    }
    for (uint32_t f = 0; f < fields; f++) {
        load_full(w, array, table, f);
        column[f] = ht_data(w, array);
    }
    for (size_t row = 0; row < rows; row++)
        for (uint32_t f = 0; f < fields; f++)
            expected += column[f][row] = ht_rng_next(&w->rng);
    for (uint32_t f = 0; f < fields; f++)
        sum += sum_of(column[f], rows, sums);
    judge_sum(sum, expected * sums);
    ht_pop(w, 1);
    ht_give_up_tree(w, table);
    return 1 + 3 * fields;
}

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    switch (w->job->value[LAYOUT]) {
    case GROWN:
        return run_grown(w);
    case COLUMNS:
        return run_columns(w);
    default:
        return run_whole(w);
    }
}

static void teardown(struct ht_worker *w)
{
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(array_graph) = {
    .name = "compact-arrays",
    .summary = "a million numbers in one array, or an array a column; to be compared with boxed-lists",
    .source = "heaptrial: what a data structure costs",
    .params =
        {
            [COUNT] = {"count", 1000000, 1, 1 << 24, "numbers, in each thread"},
            [LAYOUT] = {"layout", WHOLE, WHOLE, COLUMNS, "0 an array, 1 a growing array, 2 struct of arrays"},
            [FIELDS] = {"fields", 4, 1, FIELDS_MAX, "numbers a row, for layout 2; whole rows are made"},
            [SUMS] = {"sums", 1, 1, 1 << 20, "how often the numbers are summed"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
