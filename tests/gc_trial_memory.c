/* Memory that runs out: at the heap limit, and at each request of the strategy for its own tables. */
#include "tests/gc_trial.h"

#include "allocators/budget.h"

/* A list until memory ends, or `most`; its length. The newest is number length - 1. */
static uint64_t fill(struct gc_root *r, uint32_t kind, uint64_t most)
{
    uint64_t n = 0;
    gc_clear(m, &r[0]);
    while (n < most && !trial_new(&r[1], kind, 3, 24, n)) {
        gc_store(m, &r[1], 2, &r[0]);
        gc_move(m, &r[0], &r[1]);
        n++;
    }
    if (n > 0 && n < most)
        assert_true(gc_same(m, &r[0], &r[1])); /* as it was */
    gc_clear(m, &r[1]);
    return n;
}

/* Checks the list, and lets go of it from its head on. */
static void drain(struct gc_root *r, uint64_t n)
{
    while (n-- > 0) {
        assert_int_equal(trial_number(&r[0]), n);
        gc_load(m, &r[1], &r[0], 2);
        if (trial_can(GC_CAP_EXPLICIT)) {
            gc_store(m, &r[0], 2, &gc_nothing);
            gc_free(m, &r[0]);
        }
        gc_move(m, &r[0], &r[1]);
    }
    assert_true(gc_is_empty(&r[0]));
}

static bool has_kind(uint32_t kind)
{
    static const uint32_t needs[] = {0, GC_CAP_WEAK, GC_CAP_EPHEMERON, 0, GC_CAP_FINALIZER};
    return trial_can(needs[kind]);
}

/* Three times over, as long as the strategy uses the space again: no less fits the last time. */
void test_heap_runs_out(void **state)
{
    static const uint32_t kinds[] = {GC_PLAIN, GC_WEAK, GC_EPHEMERON, GC_PLAIN | GC_FINALIZER};
    if (!trial_can(GC_CAP_LIMIT))
        skip();
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        if (!has_kind(kinds[k]))
            continue;
        trial_teardown(state);
        assert_int_equal(trial_open(3 * MIB), 0);
        struct gc_root *const r = gc_push(m, 2);
        const uint64_t most = 3 * MIB / gc_size(3, 24) + 1;
        uint64_t first = 0;
        for (int round = 0; round < (trial_can(GC_CAP_RECLAIM) ? 3 : 1); round++) {
            const uint64_t n = fill(r, kinds[k], most);
            assert_in_range(n, most / 8, most - 1);
            first = round ? first : n;
            assert_true(n >= first - first / 10);
            trial_assert_whole();
            assert_int_equal(trial_new(&r[1], GC_PLAIN, 3 * MIB / 8, 8, 0), -ENOMEM);
            drain(r, n);
            trial_assert_whole();
            for (int i = 0; i < 2 && trial_reclaims(); i++)
                gc_collect(m, GC_FULL);
        }
        gc_pop(m, 2);
    }
}

void test_too_large(void **state)
{
    (void)state;
    if (!trial_can(GC_CAP_LIMIT))
        skip();
    struct gc_root *const r = gc_push(m, 2);
    trial_need(&r[0], GC_PLAIN, 1, 8, 1);
    assert_int_equal(gc_alloc(m, &r[0], GC_PLAIN, GC_COUNT_MAX, 8), -ENOMEM);
    assert_int_equal(gc_alloc(m, &r[0], GC_PLAIN, 1, GC_COUNT_MAX), -ENOMEM);
    assert_int_equal(gc_alloc(m, &r[0], GC_PLAIN, GC_COUNT_MAX, GC_COUNT_MAX), -ENOMEM);
    assert_int_equal(gc_alloc(m, &r[1], GC_PLAIN, TRIAL_HEAP_MIB * MIB / 8, 8), -ENOMEM);
    assert_true(gc_is_empty(&r[1]));
    assert_int_equal(trial_number(&r[0]), 1);
    trial_need(&r[1], GC_PLAIN, 1, 8, 2);
    trial_assert_whole();
    gc_pop(m, 2);
}

/* ---- each request of the strategy for memory ------------------------------------------------------------------ */

static struct {
    uint64_t calls, fail_at;
    bool and_later;
} requests;

static bool fail_request(enum gc_site site, size_t bytes)
{
    (void)site, (void)bytes;
    const uint64_t call = ++requests.calls;
    return call == requests.fail_at || (requests.and_later && call > requests.fail_at);
}

/* Work for every table that a strategy may have: a deep list and a wide object for the mark stack, stores from old
 * to young for the remembered set, objects that were reached twice and lost one for a root buffer, and the
 * kinds. NULL, or what was wrong; -ENOMEM is not. */
static void fill_tables(struct gc_root *r)
{
    if (trial_new(&r[0], GC_PLAIN, 5000, 8, 0))
        return;
    gc_collect(m, GC_MINOR);
    gc_collect(m, GC_MINOR);
    unsigned refused = 0;
    for (uint32_t i = 0; i < 5000 && refused < 20; i++) {
        const uint32_t kind = i % 8 == 1   ? GC_WEAK
                              : i % 8 == 2 ? GC_EPHEMERON
                              : i % 8 == 3 ? GC_FINALIZER
                                           : GC_PLAIN;
        if (trial_new(&r[1], has_kind(kind) ? kind : GC_PLAIN, 3, 24, i)) {
            refused++;
            continue;
        }
        gc_store(m, &r[0], i, &r[1]);
        gc_store(m, &r[1], i % 3, &r[2]);
        gc_move(m, &r[2], &r[1]);
    }
    gc_collect(m, GC_FULL);
}

static const char *check_tables(struct gc_root *r)
{
    for (uint32_t i = 0; !gc_is_empty(&r[0]) && i < 5000; i++) {
        gc_load(m, &r[1], &r[0], i);
        if (!gc_is_empty(&r[1]) && trial_number(&r[1]) != i)
            return "an object in a table of 5000 is another one";
    }
    return NULL;
}

static const char *try_everything(void)
{
    static char why[160];
    struct gc_root *const r = gc_push(m, 3);
    fill_tables(r);
    const char *wrong = check_tables(r);
    gc_clear(m, &r[2]);
    wrong = wrong ? wrong : trial_graph(m, 11, 600, true);
    wrong = wrong ? wrong : check_tables(r);
    wrong = !wrong && gc_verify(&heap, why) ? why : wrong;
    gc_pop(m, 3);
    return wrong;
}

/* NULL, or what was wrong. */
static const char *try_request(uint64_t n, bool and_later)
{
    requests.calls = 0;
    requests.fail_at = n;
    requests.and_later = and_later;
    const uint64_t mapped = ht_pages_stats().mapped;
    gc_budget_fail = fail_request;
    const char *wrong = NULL;
    const int error = trial_open(6 * MIB);
    if (error) {
        gc_budget_fail = NULL;
        return error != -ENOMEM                    ? "gc_open says something else than -ENOMEM"
               : ht_pages_stats().mapped == mapped ? NULL
                                                   : "gc_open failed and holds something";
    }
    wrong = try_everything();
    gc_budget_fail = NULL;
    wrong = wrong ? wrong : try_everything();
    trial_close();
    if (!wrong && ht_pages_stats().mapped != mapped)
        wrong = "gc_close leaves something mapped";
    return wrong;
}

/* The first, the second, the third... until a whole trial asks less often than that; beyond 60 not each. */
static void try_requests(void **state, bool and_later)
{
    trial_teardown(state);
    uint64_t n = 1;
    for (bool reached = true; reached; n += 1 + n / 60) {
        const char *const wrong = try_request(n, and_later);
        reached = requests.calls >= n;
        if (wrong) {
            trial_setup(state);
            fail_msg("request %lu of memory fails: %s", (unsigned long)n, wrong);
        }
    }
    trial_setup(state);
}

static void count_one(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)kind, (void)slots, (void)bytes, (void)data;
    ++*(size_t *)context;
}

static size_t objects_held(void)
{
    size_t n = 0;
    gc_each(&heap, count_one, &n);
    return n;
}

/* An allocation that fails because its table can't grow leaves no object in the heap that nobody was given. */
void test_refused_object_does_not_stay(void **state)
{
    (void)state;
    enum { OBJECTS = 5000 };
    static const uint32_t kinds[] = {GC_WEAK, GC_EPHEMERON, GC_FINALIZER};
    struct gc_root *const r = gc_push(m, 2);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (!has_kind(kinds[k]) || !trial_can(GC_CAP_WALK | GC_CAP_RECLAIM))
            continue;
        trial_need(&r[0], GC_PLAIN, OBJECTS, 8, 0);
        gc_collect(m, GC_FULL);
        const size_t before = objects_held();
        requests.calls = 0;
        requests.fail_at = 1;
        requests.and_later = true;
        gc_budget_fail = fail_request;
        uint32_t made = 0;
        while (made < OBJECTS && !trial_new(&r[1], kinds[k], 2, 24, made))
            gc_store(m, &r[0], made++, &r[1]);
        gc_budget_fail = NULL;
        gc_clear(m, &r[1]);
        assert_int_equal(objects_held(), before + made);
        gc_clear(m, &r[0]);
        gc_collect(m, GC_FULL);
    }
    gc_pop(m, 2);
}

void test_one_request_fails(void **state)
{
    try_requests(state, false);
}

void test_all_requests_fail(void **state)
{
    try_requests(state, true);
}
