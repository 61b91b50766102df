/* boxed-lists, on a collector: a million numbers with an object or more for each: built, summed, and let go. The other
 * half of compact-arrays (bench/mutators/array_graph.c), which holds the same numbers (same seed) in as few objects as can
 * be: what the data structure costs under each collector, in time and in memory.
 *
 *     layout 0   a linked list
 *     layout 1   boxed numbers in an array, as in a list of Python or Ruby
 *     layout 2   an array of dicts: each row is a hash table from `fields` keys to boxed numbers
 *
 * A box is an object with the number only: what a dynamic language keeps in front of it is the strategy's header. */
#include "bench/mutators/stamp.h"

enum { COUNT, LAYOUT, FIELDS, SUMS };
enum layout { LINKED, BOXED, DICTS };
enum { FIELDS_MAX = 64, BOX_BYTES = 8, DICT_SLOTS = 1, DICT_BYTES = 8 };
enum { NUMBERS, ROOTS };

static size_t rows_of(const struct ht_job *j)
{
    return (j->value[COUNT] + j->value[FIELDS] - 1) / j->value[FIELDS];
}

/* Of a hash table at most two thirds full: open addressing, linear probing. */
static uint32_t entries_for(uint64_t fields)
{
    uint32_t entries = 8;
    while (entries * 2 < fields * 3)
        entries *= 2;
    return entries;
}

static size_t live_bytes(const struct ht_job *j)
{
    const size_t count = j->value[COUNT], rows = rows_of(j), box = gc_size(0, BOX_BYTES);
    const uint32_t fields = (uint32_t)j->value[FIELDS], entries = entries_for(fields);
    switch (j->value[LAYOUT]) {
    case BOXED:
        return (gc_size((uint32_t)count, 0) + count * box) * j->threads;
    case DICTS:
        return (gc_size((uint32_t)rows, 0) +
                rows * (gc_size(DICT_SLOTS, DICT_BYTES) + gc_size(entries, entries * 8) + fields * box)) *
               j->threads;
    default:
        return count * gc_size(1, BOX_BYTES) * j->threads;
    }
}

static void judge_sum(uint64_t sum, uint64_t expected)
{
    ht_expect(sum == expected, "the numbers do not add up");
}

/* Each number that is drawn goes into an object, and to the sum that is expected. */
static void new_box(struct ht_worker *w, struct gc_root *dst, uint32_t slots, uint64_t *expected)
{
    ht_new(w, dst, slots, BOX_BYTES);
    *expected += *(uint64_t *)ht_data(w, dst) = ht_rng_next(&w->rng);
}

static uint64_t number_of(struct ht_worker *w, const struct gc_root *box)
{
    return *(const uint64_t *)ht_data(w, box);
}

/* ---- linked ------------------------------------------------------------------------------------------------- */

static uint64_t build_linked(struct ht_worker *w, uint64_t count)
{
    struct gc_root *const r = ht_push(w, 2), *const end = &r[0], *const node = &r[1];
    uint64_t expected = 0;
    new_box(w, &w->root[NUMBERS], 1, &expected);
    ht_move(w, end, &w->root[NUMBERS]);
    for (uint64_t i = 1; i < count; i++) {
        new_box(w, node, 1, &expected);
        ht_store(w, end, 0, node);
        ht_move(w, end, node);
    }
    ht_pop(w, 2);
    return expected;
}

static uint64_t sum_linked(struct ht_worker *w)
{
    struct gc_root *const node = ht_push(w, 1);
    uint64_t sum = 0;
    for (ht_move(w, node, &w->root[NUMBERS]); !gc_is_empty(node); ht_load(w, node, node, 0))
        sum += number_of(w, node);
    ht_pop(w, 1);
    return sum;
}

static uint64_t run_linked(struct ht_worker *w)
{
    const uint64_t count = w->job->value[COUNT], sums = w->job->value[SUMS];
    const uint64_t expected = build_linked(w, count);
    for (uint64_t i = 0; i < sums; i++)
        judge_sum(sum_linked(w), expected);
    return 2 * count - 1 + sums * count;
}

/* ---- boxed -------------------------------------------------------------------------------------------------- */

static uint64_t build_boxed(struct ht_worker *w, uint32_t count)
{
    struct gc_root *const box = ht_push(w, 1);
    uint64_t expected = 0;
    ht_new(w, &w->root[NUMBERS], count, 0);
    for (uint32_t i = 0; i < count; i++) {
        new_box(w, box, 0, &expected);
        ht_store(w, &w->root[NUMBERS], i, box);
    }
    ht_pop(w, 1);
    return expected;
}

static uint64_t sum_boxed(struct ht_worker *w, uint32_t count)
{
    struct gc_root *const box = ht_push(w, 1);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        load_full(w, box, &w->root[NUMBERS], i);
        sum += number_of(w, box);
    }
    ht_pop(w, 1);
    return sum;
}

static uint64_t run_boxed(struct ht_worker *w)
{
    const uint64_t count = w->job->value[COUNT], sums = w->job->value[SUMS];
    const uint64_t expected = build_boxed(w, (uint32_t)count);
    for (uint64_t i = 0; i < sums; i++)
        judge_sum(sum_boxed(w, (uint32_t)count), expected);
    return 1 + 2 * count + sums * count;
}

/* ---- dicts -------------------------------------------------------------------------------------------------- */

static uint64_t key_of(uint32_t field)
{
    return ht_mix64(field) | 1;
}

/* The entry of a key, or the free one where it belongs. The keys are the data of the table; 0: free. */
static uint32_t find(struct ht_worker *w, const struct gc_root *table, uint64_t key)
{
    const uint64_t *const keys = ht_data(w, table);
    const uint32_t mask = ht_slots(w, table) - 1;
    uint32_t at = (uint32_t)(key >> 32) & mask;
    for (uint32_t i = 0; i < mask && keys[at] && keys[at] != key; i++)
        at = (at + 1) & mask;
    return at;
}

static void fill_table(struct ht_worker *w, const struct gc_root *table, uint32_t fields, uint64_t *expected)
{
    struct gc_root *const box = ht_push(w, 1);
    for (uint32_t f = 0; f < fields; f++) {
        new_box(w, box, 0, expected);
        const uint32_t at = find(w, table, key_of(f));
        ((uint64_t *)ht_data(w, table))[at] = key_of(f);
        ht_store(w, table, at, box);
    }
    ht_pop(w, 1);
}

static uint64_t build_dicts(struct ht_worker *w, uint32_t rows, uint32_t fields)
{
    const uint32_t entries = entries_for(fields);
    struct gc_root *const r = ht_push(w, 2), *const dict = &r[0], *const table = &r[1];
    uint64_t expected = 0;
    ht_new(w, &w->root[NUMBERS], rows, 0);
    for (uint32_t i = 0; i < rows; i++) {
        new_stamped(w, dict, DICT_SLOTS, DICT_BYTES, i + 1);
        ht_store(w, &w->root[NUMBERS], i, dict);
        ht_new(w, table, entries, entries * 8);
        memset(ht_data(w, table), 0, entries * 8);
        ht_store(w, dict, 0, table);
        fill_table(w, table, fields, &expected);
    }
    ht_pop(w, 2);
    return expected;
}

static uint64_t sum_field(struct ht_worker *w, uint32_t rows, uint64_t key)
{
    struct gc_root *const r = ht_push(w, 3), *const dict = &r[0], *const table = &r[1], *const box = &r[2];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rows; i++) {
        load_full(w, dict, &w->root[NUMBERS], i);
        check_stamp(w, dict, DICT_BYTES, i + 1);
        load_full(w, table, dict, 0);
        load_full(w, box, table, find(w, table, key));
        sum += number_of(w, box);
    }
    ht_pop(w, 3);
    return sum;
}

static uint64_t run_dicts(struct ht_worker *w)
{
    const uint64_t rows = rows_of(w->job), sums = w->job->value[SUMS];
    const uint32_t fields = (uint32_t)w->job->value[FIELDS];
    const uint64_t expected = build_dicts(w, (uint32_t)rows, fields);
    for (uint64_t i = 0; i < sums; i++) {
        uint64_t sum = 0;
        for (uint32_t f = 0; f < fields; f++)
            sum += sum_field(w, (uint32_t)rows, key_of(f));
        judge_sum(sum, expected);
    }
    return 1 + rows * (4 + 2 * fields) + sums * fields * 3 * rows;
}

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const uint64_t layout = w->job->value[LAYOUT];
    const uint64_t ops = layout == LINKED ? run_linked(w) : layout == BOXED ? run_boxed(w) : run_dicts(w);
    ht_give_up_tree(w, &w->root[NUMBERS]);
    return ops;
}

static void teardown(struct ht_worker *w)
{
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(boxed_graph) = {
    .name = "boxed-lists",
    .summary = "a million numbers with an object or more for each; to be compared with compact-arrays",
    .source = "heaptrial: what a data structure costs",
    .params =
        {
            [COUNT] = {"count", 1000000, 1, 1 << 22, "numbers, in each thread"},
            [LAYOUT] = {"layout", LINKED, LINKED, DICTS,
                        "0 linked list, 1 boxes in an array, 2 array of dicts"},
            [FIELDS] = {"fields", 4, 1, FIELDS_MAX, "numbers a row, for layout 2; whole rows are made"},
            [SUMS] = {"sums", 1, 1, 1 << 20, "how often the numbers are summed"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
