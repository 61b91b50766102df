/* lru: a bounded map that drops what was not looked up for the longest time. Objects live long and die in the order of
 * their birth, which is the worst case of a generational collector.
 *
 * Keys are drawn evenly from `entries` * 100 / `hit` of them, so that in the long run `hit` per cent of the lookups find
 * theirs. A map is a table of chains; entries are linked in the order of their last use, in a ring with a sentinel. An
 * entry is unlinked when it goes, so that counting references is enough to reclaim it. */
#include "bench/mutators/stamp.h"

enum { ENTRIES, HIT, LOOKUPS, BYTES };
enum { CHAIN, OLDER, NEWER, VALUE, ENTRY_SLOTS, ENTRY_BYTES = 8 };
enum { TABLE, SENTINEL, ROOTS };

/* Half full at least. */
static uint32_t buckets_of(const struct ht_job *j)
{
    uint32_t buckets = 1;
    while (buckets < j->value[ENTRIES])
        buckets *= 2;
    return buckets;
}

static uint32_t bytes_of(const struct ht_job *j)
{
    return (uint32_t)j->value[BYTES] & -8u;
}

static size_t live_bytes(const struct ht_job *j)
{
    const size_t entry = gc_size(ENTRY_SLOTS, ENTRY_BYTES);
    return (gc_size(buckets_of(j), 0) + entry + j->value[ENTRIES] * (entry + gc_size(0, bytes_of(j)))) *
           j->threads;
}

/* ---- the order of use -------------------------------------------------------------------------------------- */

/* In verify mode: the one refers to the other. */
static void check_link(struct ht_worker *w, const struct gc_root *from, uint32_t slot,
                       const struct gc_root *to)
{
    if (!is_verified(w))
        return;
    struct gc_root *const found = ht_push(w, 1);
    ht_load(w, found, from, slot);
    ht_expect(ht_same(w, found, to), "an entry is not linked to the one beside it");
    ht_pop(w, 1);
}

/* The oldest is NEWER than the sentinel, the newest is OLDER. Four operations, and five. */
static void unlink_entry(struct ht_worker *w, const struct gc_root *entry)
{
    struct gc_root *const r = ht_push(w, 2), *const older = &r[0], *const newer = &r[1];
    load_full(w, older, entry, OLDER);
    load_full(w, newer, entry, NEWER);
    check_link(w, older, NEWER, entry);
    check_link(w, newer, OLDER, entry);
    ht_store(w, older, NEWER, newer);
    ht_store(w, newer, OLDER, older);
    ht_pop(w, 2);
}

static void link_newest(struct ht_worker *w, const struct gc_root *entry)
{
    struct gc_root *const sentinel = &w->root[SENTINEL], *const newest = ht_push(w, 1);
    load_full(w, newest, sentinel, OLDER);
    check_link(w, newest, NEWER, sentinel);
    ht_store(w, entry, OLDER, newest);
    ht_store(w, entry, NEWER, sentinel);
    ht_store(w, newest, NEWER, entry);
    ht_store(w, sentinel, OLDER, entry);
    ht_pop(w, 1);
}

/* ---- the map ----------------------------------------------------------------------------------------------- */

static inline uint32_t bucket_of(struct ht_worker *w, uint64_t key)
{
    return (uint32_t)ht_mix64(key) & (ht_slots(w, &w->root[TABLE]) - 1);
}

static uint64_t find(struct ht_worker *w, struct gc_root *entry, uint64_t key)
{
    uint64_t ops = 1;
    ht_load(w, entry, &w->root[TABLE], bucket_of(w, key));
    while (!gc_is_empty(entry) && stamp_of(w, entry, ENTRY_BYTES) != key) {
        ht_load(w, entry, entry, CHAIN);
        ops++;
    }
    return ops;
}

/* Takes an entry off its chain. */
static uint64_t unchain(struct ht_worker *w, const struct gc_root *entry)
{
    const uint32_t bucket = bucket_of(w, stamp_of(w, entry, ENTRY_BYTES));
    struct gc_root *const r = ht_push(w, 3), *const before = &r[0], *const at = &r[1], *const rest = &r[2];
    uint64_t ops = 3;
    ht_load(w, rest, entry, CHAIN);
    for (ht_load(w, at, &w->root[TABLE], bucket); !ht_same(w, at, entry); ht_load(w, at, before, CHAIN)) {
        ht_expect(!gc_is_empty(at), "an entry is missing from its chain");
        ht_move(w, before, at);
        ops++;
    }
    if (gc_is_empty(before))
        ht_store(w, &w->root[TABLE], bucket, rest);
    else
        ht_store(w, before, CHAIN, rest);
    ht_pop(w, 3);
    return ops;
}

static void check_value(struct ht_worker *w, const struct gc_root *entry)
{
    struct gc_root *const value = ht_push(w, 1);
    load_full(w, value, entry, VALUE);
    check_stamp(w, value, bytes_of(w->job), stamp_of(w, entry, ENTRY_BYTES));
    ht_pop(w, 1);
}

static uint64_t evict_oldest(struct ht_worker *w)
{
    struct gc_root *const r = ht_push(w, 2), *const entry = &r[0], *const value = &r[1];
    load_full(w, entry, &w->root[SENTINEL], NEWER);
    ht_expect(!ht_same(w, entry, &w->root[SENTINEL]), "the map has lost entries");
    check_value(w, entry);
    unlink_entry(w, entry);
    const uint64_t ops = unchain(w, entry);
    if (ht_can(GC_CAP_EXPLICIT)) {
        ht_load(w, value, entry, VALUE);
        ht_give_up(w, value);
    }
    ht_give_up(w, entry);
    ht_pop(w, 2);
    return ops + 6;
}

static uint64_t insert(struct ht_worker *w, uint64_t key)
{
    const uint32_t bucket = bucket_of(w, key), bytes = bytes_of(w->job);
    struct gc_root *const r = ht_push(w, 2), *const entry = &r[0], *const other = &r[1];
    new_stamped(w, entry, ENTRY_SLOTS, ENTRY_BYTES, key);
    new_stamped(w, other, 0, bytes, key);
    ht_store(w, entry, VALUE, other);
    ht_load(w, other, &w->root[TABLE], bucket);
    ht_store(w, entry, CHAIN, other);
    ht_store(w, &w->root[TABLE], bucket, entry);
    link_newest(w, entry);
    ht_pop(w, 2);
    return 11;
}

static uint64_t look_up(struct ht_worker *w, uint64_t key)
{
    struct gc_root *const entry = ht_push(w, 1);
    uint64_t ops = find(w, entry, key);
    if (gc_is_empty(entry)) {
        ops += evict_oldest(w);
        ops += insert(w, key);
    } else {
        check_value(w, entry);
        unlink_entry(w, entry);
        link_newest(w, entry);
        ops += 10; /* the value, and four and five for the links */
    }
    ht_pop(w, 1);
    return ops;
}

/* ---- the benchmark ----------------------------------------------------------------------------------------- */

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
    struct gc_root *const sentinel = &w->root[SENTINEL];
    ht_new(w, &w->root[TABLE], buckets_of(w->job), 0);
    new_stamped(w, sentinel, ENTRY_SLOTS, ENTRY_BYTES, UINT64_MAX);
    ht_store(w, sentinel, OLDER, sentinel);
    ht_store(w, sentinel, NEWER, sentinel);
    for (uint64_t key = 1; key <= w->job->value[ENTRIES]; key++)
        insert(w, key);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const uint32_t keys = (uint32_t)(w->job->value[ENTRIES] * 100 / w->job->value[HIT]);
    uint64_t ops = 0;
    for (uint64_t i = 0; i < w->job->value[LOOKUPS]; i++)
        ops += look_up(w, ht_rng_below(&w->rng, keys) + 1);
    return ops;
}

static void teardown(struct ht_worker *w)
{
    struct gc_root *const sentinel = &w->root[SENTINEL], *const oldest = ht_push(w, 1);
    for (uint64_t i = 0; i < w->job->value[ENTRIES]; i++)
        evict_oldest(w);
    load_full(w, oldest, sentinel, NEWER);
    ht_expect(ht_same(w, oldest, sentinel), "the map has more entries than it was given");
    ht_pop(w, 1);
    check_stamp(w, sentinel, ENTRY_BYTES, UINT64_MAX);
    store_nothing(w, sentinel, OLDER);
    store_nothing(w, sentinel, NEWER);
    ht_give_up(w, sentinel);
    ht_give_up(w, &w->root[TABLE]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(lru) = {
    .name = "lru",
    .summary = "a bounded map: what was not looked up for the longest time goes",
    .source = "heaptrial: the case against the generational hypothesis (Jones, Hosking and Moss, 2011)",
    .params =
        {
            [ENTRIES] = {"entries", 5000, 2, 1 << 20, "in the map"},
            [HIT] = {"hit", 50, 1, 100, "lookups that find their key, per cent"},
            [LOOKUPS] = {"lookups", 20000, 1, 1 << 24, "an iteration"},
            [BYTES] = {"bytes", 64, 8, 1 << 20, "data of an entry's value; whole words"},
        },
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
