/* boxed-lists: a million numbers with an object or more for each: built, summed, and let go. The other half of
 * compact-arrays, which holds the same numbers (same seed) in as few objects as can be: what the data
 * structure costs under each allocator, in time and in memory. A strategy that has mark and release uses it.
 *
 *     layout 0   a linked list
 *     layout 1   boxed numbers in an array, as in a list of Python or Ruby
 *     layout 2   an array of dicts: each row is a hash table from `fields` keys to boxed numbers */
#include "base/scratch.h"
#include "bench/subject.h"

enum { COUNT, LAYOUT, FIELDS, SUMS };

enum layout { LINKED, BOXED, DICTS };

enum { FIELDS_MAX = 64 };

struct node {
    uint64_t number;
    struct node *next;
};

struct box {
    uint64_t references; /* what a dynamic language keeps in front of a number */
    uint64_t number;
};

struct entry {
    uint64_t key; /* 0: free */
    struct box *box;
};

struct dict {
    struct entry *entry; /* open addressing, linear probing */
    size_t entries;      /* a power of two */
};

static size_t rows_of(const struct ht_job *j)
{
    return (j->value[COUNT] + j->value[FIELDS] - 1) / j->value[FIELDS];
}

/* At most two thirds full. */
static inline size_t entries_for(size_t fields)
{
    size_t entries = 8;
    while (entries * 2 < fields * 3)
        entries *= 2;
    return entries;
}

static size_t max_bytes(const struct ht_job *j)
{
    const size_t table = entries_for(j->value[FIELDS]) * sizeof(struct entry);
    switch (j->value[LAYOUT]) {
    case BOXED:
        return j->value[COUNT] * sizeof(void *) + sizeof(struct box);
    case DICTS:
        return rows_of(j) * sizeof(struct dict *) + table;
    default:
        return sizeof(struct node);
    }
}

static uint32_t needs_more(const struct ht_job *j)
{
    (void)j;
    return ht_has_region() ? 0 : HT_CAP_FREE;
}

static inline void judge_sum(uint64_t sum, uint64_t expected)
{
    if (__builtin_expect(sum != expected, 0))
        ht_stop(HT_CORRUPT, "the numbers add up to %#lx, not %#lx", (unsigned long)sum,
                (unsigned long)expected);
}

static inline struct box *make_box(struct ht_worker *w, uint64_t number)
{
    struct box *const box = ht_alloc(w, sizeof *box);
    *box = (struct box){.references = 1, .number = number};
    return box;
}

/* The number, of a box that is whole: anything but one reference shows in the sum. */
static inline uint64_t number_of(const struct box *box)
{
    return box->number + box->references - 1;
}

/* ---- linked ------------------------------------------------------------------------------------------- */

static uint64_t sum_linked(const struct node *list)
{
    uint64_t sum = 0;
    for (const struct node *n = list; n; n = n->next)
        sum += n->number;
    return sum;
}

static uint64_t run_linked(struct ht_worker *w, struct ht_rng *rng)
{
    const size_t count = w->job->value[COUNT];
    const struct ht_mark mark = ht_mark(w);
    struct node *list = NULL, **end = &list;
    uint64_t expected = 0;
    for (size_t i = 0; i < count; i++) {
        struct node *const n = *end = ht_alloc(w, sizeof *n);
        *n = (struct node){.number = ht_rng_next(rng)};
        expected += n->number;
        end = &n->next;
    }
    for (uint64_t i = 0; i < w->job->value[SUMS]; i++)
        judge_sum(sum_linked(list), expected);
    if (ht_has_region()) {
        ht_release(w, mark, count * sizeof *list);
        return count + 1;
    }
    for (struct node *next; list; list = next) {
        next = list->next;
        ht_free(w, list, sizeof *list);
    }
    return 2 * count;
}

/* ---- boxed -------------------------------------------------------------------------------------------- */

static uint64_t sum_boxed(struct box *const *array, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += number_of(array[i]);
    return sum;
}

static uint64_t run_boxed(struct ht_worker *w, struct ht_rng *rng)
{
    const size_t count = w->job->value[COUNT];
    const struct ht_mark mark = ht_mark(w);
    struct box **const array = ht_alloc(w, count * sizeof *array);
    uint64_t expected = 0;
    for (size_t i = 0; i < count; i++) {
        array[i] = make_box(w, ht_rng_next(rng));
        expected += array[i]->number;
    }
    for (uint64_t i = 0; i < w->job->value[SUMS]; i++)
        judge_sum(sum_boxed(array, count), expected);
    if (ht_has_region()) {
        ht_release(w, mark, count * (sizeof *array + sizeof **array));
        return count + 2;
    }
    for (size_t i = 0; i < count; i++)
        ht_free(w, array[i], sizeof *array[i]);
    ht_free(w, array, count * sizeof *array);
    return 2 * count + 2;
}

/* ---- dicts -------------------------------------------------------------------------------------------- */

static inline uint64_t key_of(size_t field)
{
    return ht_mix64(field) | 1;
}

static inline struct entry *find(const struct dict *d, uint64_t key)
{
    size_t at = (key >> 32) & (d->entries - 1);
    while (d->entry[at].key && d->entry[at].key != key)
        at = (at + 1) & (d->entries - 1);
    return &d->entry[at];
}

static struct dict *make_dict(struct ht_worker *w, size_t fields, struct ht_rng *rng, uint64_t *expected)
{
    struct dict *const d = ht_alloc(w, sizeof *d);
    d->entries = entries_for(fields);
    d->entry = ht_zalloc(w, d->entries * sizeof *d->entry);
    for (size_t f = 0; f < fields; f++) {
        struct box *const box = make_box(w, ht_rng_next(rng));
        *find(d, key_of(f)) = (struct entry){.key = key_of(f), .box = box};
        *expected += box->number;
    }
    return d;
}

static void drop_dict(struct ht_worker *w, struct dict *d)
{
    for (size_t i = 0; i < d->entries; i++)
        if (d->entry[i].key)
            ht_free(w, d->entry[i].box, sizeof *d->entry[i].box);
    ht_free(w, d->entry, d->entries * sizeof *d->entry);
    ht_free(w, d, sizeof *d);
}

static uint64_t sum_dicts(struct dict *const *row, size_t rows, size_t fields)
{
    uint64_t sum = 0;
    for (size_t f = 0; f < fields; f++) {
        const uint64_t key = key_of(f);
        for (size_t i = 0; i < rows; i++)
            sum += number_of(find(row[i], key)->box);
    }
    return sum;
}

static uint64_t run_dicts(struct ht_worker *w, struct ht_rng *rng)
{
    const size_t rows = rows_of(w->job), fields = w->job->value[FIELDS];
    const size_t objects = 1 + rows * (2 + fields);
    const size_t row_bytes = sizeof(struct dict) + entries_for(fields) * sizeof(struct entry) +
                             fields * sizeof(struct box) + sizeof(struct dict *);
    const struct ht_mark mark = ht_mark(w);
    struct dict **const row = ht_alloc(w, rows * sizeof *row);
    uint64_t expected = 0;
    for (size_t i = 0; i < rows; i++)
        row[i] = make_dict(w, fields, rng, &expected);
    for (uint64_t i = 0; i < w->job->value[SUMS]; i++)
        judge_sum(sum_dicts(row, rows, fields), expected);
    if (ht_has_region()) {
        ht_release(w, mark, rows * row_bytes);
        return objects + 1;
    }
    for (size_t i = 0; i < rows; i++)
        drop_dict(w, row[i]);
    ht_free(w, row, rows * sizeof *row);
    return 2 * objects;
}

static uint64_t run(struct ht_worker *w)
{
    switch (w->job->value[LAYOUT]) {
    case BOXED:
        return run_boxed(w, &w->rng);
    case DICTS:
        return run_dicts(w, &w->rng);
    default:
        return run_linked(w, &w->rng);
    }
}

HT_WORKLOAD(boxed_lists) = {
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
    .needs = HT_CAP_DISTINCT,
    .needs_more = needs_more,
    .max_bytes = max_bytes,
    .run = run,
};
