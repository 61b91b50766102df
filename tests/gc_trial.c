#include "tests/gc_trial.h"

#include <pthread.h>
#include <stdio.h>

struct gc_heap heap;
struct gc_mutator mutator;
void (*trial_finalize)(struct gc_mutator *mutator, struct gc_root *object);

static void finalize(struct gc_mutator *who, struct gc_root *object, void *context)
{
    (void)context;
    if (trial_finalize)
        trial_finalize(who, object);
}

struct gc_options trial_options = {.threads = 1, .variant = "", .finalize = finalize};

/* What each strategy is tried with beside its defaults. */
static const struct {
    const char *strategy, *variant;
} variants[] = {
    {HT_STRATEGY, ""},
    {"rc", "deferred"},
    {"rc", "release=1"},
    {"rc-cpython", "threshold=50"},
    {"rc-trial", "threshold=1"},
    {"cpython", "threshold=50"},
    {"marksweep", "mark-stack=64"},
    {"marksweep", "reversal"},
    {"marksweep", "eager"},
    {"incremental", "mark-stack=64"},
    {"incremental", "reversal"},
    {"incremental", "start=10"},
    {"generational", "nursery=65536"},
    {"generational", "mark-stack=64"},
    {"markcompact", "mark-stack=64"},
    {"markcompact", "reversal"},
    {"immix", "evacuate"},
    {"immix", "stay+mark-stack=64"},
    {"boehm", "typed"},
    {"boehm", "divisor=3"},
};

/* AddressSanitizer asks for this: what `manual` was not told to free is left to the process. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return strcmp(HT_STRATEGY, "manual") ? "" : "detect_leaks=0";
}

/* ---- what the parts share ------------------------------------------------------------------------------------ */

int trial_open(size_t heap_bytes)
{
    memset(&heap, 0, sizeof heap);
    memset(m, 0, sizeof *m);
    const char *const plugin = getenv("HT_TEST_PLUGIN");
    trial_options.plugin = plugin ? plugin : HT_TEST_PLUGIN;
    trial_options.heap_bytes = heap_bytes;
    const int error = gc_open(&heap, &trial_options);
    return error ? error : gc_attach(&heap, m);
}

void trial_close(void)
{
    gc_detach(m);
    gc_close(&heap);
}

int trial_setup(void **state)
{
    (void)state;
    trial_finalize = NULL;
    const int error = trial_open(TRIAL_HEAP_MIB * MIB);
    if (error)
        print_error("gc_open: %s\n", gc_open_error(&heap, error));
    return error;
}

int trial_teardown(void **state)
{
    (void)state;
    trial_close();
    return 0;
}

bool trial_can(uint32_t caps)
{
    return (gc_caps(&heap) & caps) == caps;
}

bool trial_reclaims(void)
{
    return trial_can(GC_CAP_RECLAIM) && !trial_can(GC_CAP_EXPLICIT);
}

bool trial_counts(void)
{
    return trial_reclaims() && trial_can(GC_CAP_WALK | GC_CAP_EXACT | GC_CAP_CYCLES);
}

static void count_one(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)kind, (void)slots, (void)bytes, (void)data;
    ++*(uint64_t *)context;
}

uint64_t trial_count_objects(void)
{
    uint64_t n = 0;
    gc_each(&heap, count_one, &n);
    return n;
}

void trial_assert_whole(void)
{
    char why[160] = "";
    if (gc_verify(&heap, why))
        fail_msg("heap walk: %s", why);
}

void trial_collect_all(void)
{
    for (int i = 0; i < 3; i++)
        gc_collect(m, GC_FULL);
}

int trial_new(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes, uint64_t number)
{
    const int error = gc_alloc(m, dst, kind, slots, bytes);
    if (error)
        return error;
    unsigned char *const data = gc_data(m, dst);
    memcpy(data, &number, sizeof number);
    memset(data + 8, 0x5a, bytes - 8);
    return 0;
}

void trial_need(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes, uint64_t number)
{
    assert_int_equal(trial_new(dst, kind, slots, bytes, number), 0);
}

uint64_t trial_number(const struct gc_root *object)
{
    uint64_t number;
    memcpy(&number, gc_data(m, object), sizeof number);
    return number;
}

/* ---- one operation after the other --------------------------------------------------------------------------- */

static void test_operations(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 4);
    for (int i = 0; i < 4; i++)
        assert_true(gc_is_empty(&r[i]));
    trial_need(&r[0], GC_PLAIN, 3, 21, 1);
    assert_int_equal(gc_slots(m, &r[0]), 3);
    assert_int_equal((uintptr_t)gc_data(m, &r[0]) % 8, 0);
    for (uint32_t i = 0; i < 3; i++) {
        gc_load(m, &r[1], &r[0], i);
        assert_true(gc_is_empty(&r[1]));
    }
    trial_need(&r[1], GC_PLAIN, 1, 8, 2);
    assert_false(gc_same(m, &r[0], &r[1]));
    gc_store(m, &r[0], 2, &r[1]);
    gc_store(m, &r[0], 0, &r[0]); /* to itself */
    gc_move(m, &r[2], &r[0]);
    gc_move(m, &r[2], &r[2]);
    assert_true(gc_same(m, &r[0], &r[2]));
    gc_load(m, &r[2], &r[2], 2); /* over what it comes from */
    assert_true(gc_same(m, &r[1], &r[2]));
    gc_store(m, &r[0], 2, &gc_nothing);
    gc_load(m, &r[2], &r[0], 2);
    assert_true(gc_is_empty(&r[2]));
    assert_true(gc_same(m, &r[2], &r[3]));
    gc_store(m, &r[1], 0, &r[1]);
    gc_load(m, &r[1], &r[1], 0); /* the only other reference is its own */
    assert_int_equal(trial_number(&r[1]), 2);
    gc_store(m, &r[0], 0, &gc_nothing);
    gc_clear(m, &r[1]);
    gc_clear(m, &r[1]);
    gc_collect(m, GC_FULL);
    assert_int_equal(trial_number(&r[0]), 1);
    gc_pop(m, 4);
    trial_assert_whole();
}

/* The only root of an object is where the next one goes; and shapes at the edges. */
static void test_alloc_over_a_root(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    for (uint64_t i = 0; i < 1000; i++) {
        trial_need(&r[0], GC_PLAIN, (uint32_t)(i % 5), 8 + (uint32_t)(i % 41), i);
        assert_int_equal(trial_number(&r[0]), i);
    }
    assert_int_equal(gc_alloc(m, &r[0], GC_PLAIN, 1, 0), 0);
    assert_int_equal(gc_alloc(m, &r[1], GC_PLAIN, 0, 1), 0);
    *(char *)gc_data(m, &r[1]) = 'x';
    gc_store(m, &r[0], 0, &r[1]);
    gc_clear(m, &r[1]);
    gc_collect(m, GC_FULL);
    gc_load(m, &r[1], &r[0], 0);
    assert_int_equal(*(char *)gc_data(m, &r[1]), 'x');
    assert_int_equal(gc_slots(m, &r[1]), 0);
    gc_pop(m, 2);
    trial_assert_whole();
}

static void test_frames(void **state)
{
    (void)state;
    struct gc_root *const outer = gc_push(m, 2);
    trial_need(&outer[0], GC_PLAIN, 1, 8, 1);
    for (uint32_t depth = 1; depth < 200; depth++) {
        struct gc_root *const inner = gc_push(m, depth);
        for (uint32_t i = 0; i < depth; i++)
            assert_true(gc_is_empty(&inner[i]));
        trial_need(&inner[depth - 1], GC_PLAIN, 1, 8, depth);
        gc_store(m, &inner[depth - 1], 0, &outer[0]);
        gc_move(m, &outer[0], &inner[depth - 1]);
        if (depth % 50 == 0)
            gc_collect(m, GC_FULL);
        gc_pop(m, depth);
    }
    for (uint64_t depth = 199; depth > 0; depth--) {
        assert_int_equal(trial_number(&outer[0]), depth);
        gc_load(m, &outer[0], &outer[0], 0);
    }
    gc_pop(m, 2);
    if (trial_counts()) {
        gc_collect(m, GC_FULL);
        assert_int_equal(trial_count_objects(), 0);
    }
}

/* ---- cycles -------------------------------------------------------------------------------------------------- */

/* A ring of n objects; r[0] is one of them in the end. */
static int make_ring(struct gc_root *r, uint32_t n)
{
    int error = trial_new(&r[0], GC_PLAIN, 2, 40, n);
    gc_move(m, &r[1], &r[0]);
    for (uint32_t i = 1; i < n && !error; i++) {
        error = trial_new(&r[2], GC_PLAIN, 2, 40, i);
        if (error)
            break;
        gc_store(m, &r[2], 0, &r[1]);
        gc_store(m, &r[1], 1, &r[2]);
        gc_move(m, &r[1], &r[2]);
    }
    if (!error)
        gc_store(m, &r[0], 0, &r[1]);
    return error;
}

/* Ten times the heap in rings, one of them live all along. */
static void test_cycles(void **state)
{
    if (!trial_can(GC_CAP_CYCLES) || !trial_reclaims())
        skip();
    trial_teardown(state);
    assert_int_equal(trial_open(4 * MIB), 0);
    struct gc_root *const r = gc_push(m, 4);
    assert_int_equal(make_ring(r, 100), 0);
    gc_move(m, &r[3], &r[0]);
    const size_t size = gc_size(2, 40);
    for (size_t made = 0, n = 1; made < 40 * MIB; made += n * size, n = n * 5 % 997 + 1)
        assert_int_equal(make_ring(r, (uint32_t)n), 0);
    for (int i = 0; i < 3; i++)
        gc_clear(m, &r[i]);
    trial_collect_all();
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 100);
    gc_load(m, &r[0], &r[3], 0);
    for (uint64_t i = 99; i > 0; i--) {
        assert_int_equal(trial_number(&r[0]), i);
        gc_load(m, &r[0], &r[0], 0);
    }
    assert_true(gc_same(m, &r[0], &r[3]));
    gc_pop(m, 4);
    trial_collect_all();
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    trial_assert_whole();
}

/* ---- large and wide ------------------------------------------------------------------------------------------ */

enum { WIDE = 1000000 };

static void test_wide(void **state)
{
    trial_teardown(state);
    assert_int_equal(trial_open(192 * MIB), 0);
    struct gc_root *const r = gc_push(m, 2);
    trial_need(&r[0], GC_PLAIN, WIDE, 8, 42);
    for (uint32_t i = 0; i < WIDE; i++) {
        trial_need(&r[1], GC_PLAIN, 1, 8, i);
        gc_store(m, &r[0], i, &r[1]);
    }
    gc_collect(m, GC_MINOR);
    gc_collect(m, GC_FULL);
    assert_int_equal(gc_slots(m, &r[0]), WIDE);
    for (uint32_t i = 0; i < WIDE; i++) {
        gc_load(m, &r[1], &r[0], i);
        assert_int_equal(trial_number(&r[1]), i);
    }
    trial_assert_whole();
    gc_pop(m, 2);
    gc_collect(m, GC_FULL);
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
}

static void test_large(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    const uint32_t bytes = 2 << 20;
    trial_need(&r[0], GC_PLAIN, 1, bytes, 1);
    for (uint64_t i = 0; trial_reclaims() && i < 30; i++) {
        trial_need(&r[1], GC_PLAIN, 1, bytes / (1 + (uint32_t)i % 7), i);
        gc_store(m, &r[1], 0, &r[0]);
        gc_store(m, &r[0], 0, &gc_nothing);
    }
    gc_collect(m, GC_FULL);
    const unsigned char *const data = gc_data(m, &r[0]);
    for (uint32_t i = 8; i < bytes; i++)
        assert_int_equal(data[i], 0x5a);
    trial_assert_whole();
    gc_pop(m, 3);
}

/* ---- deep ---------------------------------------------------------------------------------------------------- */

enum { DEEP = 1000000 };

/* Another library's may take what it likes; ours recurse over nothing. */
static size_t stack_bytes(void)
{
    const bool ours = strcmp(HT_STRATEGY, "cpython") && strcmp(HT_STRATEGY, "boehm");
    return TRIAL_SANITIZED ? 4 * MIB : ours ? (size_t)64 << 10 : 8 * MIB;
}

/* A list of DEEP objects; slot `next` of each leads on, the other back where `back` is set. */
static const char *make_list(struct gc_root *r, uint32_t next, bool back)
{
    gc_clear(m, &r[0]);
    for (uint64_t i = 0; i < DEEP; i++) {
        if (trial_new(&r[1], GC_PLAIN, 2, 8, i))
            return "no memory for the list";
        gc_store(m, &r[1], next, &r[0]);
        if (back && i)
            gc_store(m, &r[0], 1 - next, &r[1]);
        gc_move(m, &r[0], &r[1]);
    }
    gc_clear(m, &r[1]);
    return NULL;
}

static const char *check_list(struct gc_root *r, uint32_t next)
{
    gc_move(m, &r[1], &r[0]);
    for (uint64_t i = DEEP; i-- > 0; gc_load(m, &r[1], &r[1], next))
        if (gc_is_empty(&r[1]) || trial_number(&r[1]) != i)
            return "the list is broken";
    return gc_is_empty(&r[1]) ? NULL : "the list does not end";
}

static const char *try_lists(void)
{
    static char why[160];
    struct gc_root *const r = gc_push(m, 2);
    const char *wrong = NULL;
    for (int shape = 0; shape < (trial_can(GC_CAP_CYCLES) ? 3 : 2) && !wrong; shape++) {
        wrong = make_list(r, shape == 1, shape == 2);
        gc_collect(m, GC_MINOR);
        gc_collect(m, GC_FULL);
        wrong = wrong ? wrong : check_list(r, shape == 1);
        wrong = !wrong && gc_verify(&heap, why) ? why : wrong;
        gc_clear(m, &r[0]);
        gc_collect(m, GC_FULL);
        if (!wrong && trial_counts() && trial_count_objects())
            wrong = "the list stays when it is dropped";
    }
    gc_pop(m, 2);
    return wrong;
}

static void *in_thread(void *argument)
{
    const char **const wrong = argument;
    if (trial_open(384 * MIB)) {
        *wrong = "the heap does not open";
        return NULL;
    }
    *wrong = try_lists();
    trial_close();
    return NULL;
}

static void test_deep(void **state)
{
    trial_teardown(state);
    pthread_t thread;
    pthread_attr_t attributes;
    const char *wrong = "the thread did not run";
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes());
    assert_int_equal(pthread_create(&thread, &attributes, in_thread, &wrong), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    trial_setup(state);
    if (wrong)
        fail_msg("%s", wrong);
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

static void test_stats(void **state)
{
    (void)state;
    struct gc_stats before, after;
    memset(&before, 0xff, sizeof before);
    memset(&after, 0xff, sizeof after);
    gc_stats(&heap, &before);
    assert_null(trial_graph(m, 5, 5000, true));
    gc_collect(m, GC_FULL);
    gc_stats(&heap, &after);
    if (trial_reclaims() && after.collections != GC_UNKNOWN)
        assert_true(after.collections > before.collections);
#define X(name, meaning)                                                                                     \
    assert_true(before.name == GC_UNKNOWN || after.name != GC_UNKNOWN);                                      \
    if (offsetof(struct gc_stats, name) < offsetof(struct gc_stats, mark_stack_high))                        \
        assert_true(before.name == GC_UNKNOWN || before.name <= after.name);
    GC_STATS(X)
#undef X
    if (after.held_bytes != GC_UNKNOWN && after.held_peak_bytes != GC_UNKNOWN)
        assert_true(after.held_bytes <= after.held_peak_bytes);
    if (trial_can(GC_CAP_LIMIT) && after.held_peak_bytes != GC_UNKNOWN)
        assert_true(after.held_peak_bytes <= trial_options.heap_bytes);
    assert_non_null(gc_version(&heap));
}

/* Steps alone end a collection, and what was dropped before it began is gone after it. */
static void test_step(void **state)
{
    (void)state;
    if (!trial_can(GC_CAP_STEP))
        skip();
    struct gc_root *const r = gc_push(m, 4);
    assert_int_equal(make_ring(r, 20000), 0);
    gc_move(m, &r[3], &r[0]);
    assert_int_equal(make_ring(r, 20000), 0);
    for (int i = 0; i < 3; i++)
        gc_clear(m, &r[i]);
    for (int end = 0; end < 2; end++) {
        int steps = 0;
        while (!gc_step(m, 4096))
            assert_true(++steps < 100000);
        trial_assert_whole();
    }
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 20000);
    gc_pop(m, 4);
}

/* What was mapped is given back when the heap closes, live objects and all. */
static void test_close_unmaps(void **state)
{
    trial_teardown(state);
    const uint64_t before = ht_pages_stats().mapped;
    trial_setup(state);
    struct gc_root *const r = gc_push(m, 4);
    assert_int_equal(make_ring(r, 30000), 0);
    trial_teardown(state);
    assert_true(ht_pages_stats().mapped <= before);
    trial_setup(state);
}

#define TRIAL(test) cmocka_unit_test_setup_teardown(test, trial_setup, trial_teardown)

static int try_variant(const char *variant)
{
    static const struct CMUnitTest tests[] = {
        TRIAL(test_operations),
        TRIAL(test_alloc_over_a_root),
        TRIAL(test_frames),
        TRIAL(test_graph),
        TRIAL(test_graph_at_many_sizes),
        TRIAL(test_cycles),
        TRIAL(test_wide),
        TRIAL(test_large),
        TRIAL(test_deep),
        TRIAL(test_weak),
        TRIAL(test_weak_to_garbage_of_another_age),
        TRIAL(test_ephemeron),
        TRIAL(test_ephemeron_chains),
        TRIAL(test_finalizer_once),
        TRIAL(test_finalizer_resurrects),
        TRIAL(test_finalizer_sees_what_it_reaches),
        TRIAL(test_finalizer_allocates),
        TRIAL(test_finalizer_of_a_cycle),
        TRIAL(test_weak_is_clear_before_the_finalizer),
        TRIAL(test_heap_runs_out),
        TRIAL(test_too_large),
        TRIAL(test_one_request_fails),
        TRIAL(test_all_requests_fail),
        TRIAL(test_refused_object_does_not_stay),
        TRIAL(test_threads),
        TRIAL(test_stats),
        TRIAL(test_step),
        TRIAL(test_close_unmaps),
    };
    char name[80];
    snprintf(name, sizeof name, "%s%s%s", HT_STRATEGY, variant[0] ? ":" : "", variant);
    trial_options.variant = variant;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        if (!strcmp(variants[i].strategy, HT_STRATEGY))
            failed += try_variant(variants[i].variant);
    return failed;
}
