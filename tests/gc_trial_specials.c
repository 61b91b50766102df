/* Weak references, ephemerons and finalizers, as allocators/collector.h promises them. */
#include "tests/gc_trial.h"

enum { MANY = 1000 };

/* A conservative strategy may find what looks like a root. */
static void assert_about(uint64_t n, uint64_t expected)
{
    if (trial_can(GC_CAP_EXACT))
        assert_int_equal(n, expected);
    else
        assert_true(n <= expected + MANY / 10 && n + MANY / 10 >= expected);
}

static bool skips(uint32_t caps)
{
    return !trial_can(caps) || !trial_reclaims();
}

/* ---- weak ---------------------------------------------------------------------------------------------------- */

/* In slot i of `all` a weak object, whose target stands in slot i of `targets`. */
static void make_weak(struct gc_root *r, struct gc_root *all, struct gc_root *targets)
{
    trial_need(all, GC_PLAIN, MANY, 8, 0);
    trial_need(targets, GC_PLAIN, MANY, 8, 0);
    for (uint32_t i = 0; i < MANY; i++) {
        trial_need(&r[0], GC_WEAK, 2, 8, i);
        gc_store(m, all, i, &r[0]);
        trial_need(&r[1], GC_PLAIN, 1, 8, MANY + i);
        gc_store(m, targets, i, &r[1]);
        gc_load(m, &r[0], all, i);
        gc_store(m, &r[0], 0, &r[1]);
        trial_need(&r[1], GC_PLAIN, 0, 8, 2 * MANY + i);
        gc_store(m, &r[0], 1, &r[1]);
    }
    gc_clear(m, &r[0]);
    gc_clear(m, &r[1]);
}

/* How many weak slots still lead to their target; the strong slots all must. */
static uint64_t count_weak(struct gc_root *r, const struct gc_root *all)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        gc_load(m, &r[0], all, i);
        gc_load(m, &r[1], &r[0], 1);
        assert_int_equal(trial_number(&r[1]), 2 * MANY + i);
        gc_load(m, &r[1], &r[0], 0);
        if (gc_is_empty(&r[1]))
            continue;
        assert_int_equal(trial_number(&r[1]), MANY + i);
        n++;
    }
    gc_clear(m, &r[0]);
    gc_clear(m, &r[1]);
    return n;
}

void test_weak(void **state)
{
    (void)state;
    if (skips(GC_CAP_WEAK))
        skip();
    struct gc_root *const r = gc_push(m, 4), *const all = r + 2, *const targets = r + 3;
    make_weak(r, all, targets);
    gc_collect(m, GC_MINOR);
    gc_collect(m, GC_FULL);
    assert_int_equal(count_weak(r, all), MANY);
    for (uint32_t i = 0; i < MANY; i += 2)
        gc_store(m, targets, i, &gc_nothing);
    gc_collect(m, GC_FULL);
    assert_about(count_weak(r, all), MANY / 2);
    gc_clear(m, all); /* weak objects die before their targets */
    gc_collect(m, GC_FULL);
    gc_clear(m, targets);
    gc_collect(m, GC_FULL);
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    trial_assert_whole();
    gc_pop(m, 4);
}

/* The weak object is older than what it refers to, or younger; minor collections in between. */
void test_weak_to_garbage_of_another_age(void **state)
{
    (void)state;
    if (skips(GC_CAP_WEAK))
        skip();
    struct gc_root *const r = gc_push(m, 3);
    for (int old = 0; old < 2; old++) {
        trial_need(&r[old], old ? GC_PLAIN : GC_WEAK, 1, 8, 1);
        for (int i = 0; i < 4; i++)
            gc_collect(m, GC_MINOR);
        trial_need(&r[1 - old], old ? GC_WEAK : GC_PLAIN, 1, 8, 2);
        gc_store(m, &r[0], 0, &r[1]);
        gc_collect(m, GC_MINOR);
        gc_load(m, &r[2], &r[0], 0);
        assert_true(gc_same(m, &r[1], &r[2]));
        gc_clear(m, &r[1]);
        gc_clear(m, &r[2]);
        for (int i = 0; i < 4; i++) { /* found dead or not: never anything else */
            gc_collect(m, GC_MINOR);
            gc_load(m, &r[2], &r[0], 0);
            if (!gc_is_empty(&r[2]))
                assert_int_equal(trial_number(&r[2]), old ? 1 : 2);
            gc_clear(m, &r[2]);
        }
        gc_collect(m, GC_FULL);
        gc_load(m, &r[2], &r[0], 0);
        if (trial_can(GC_CAP_EXACT))
            assert_true(gc_is_empty(&r[2]));
        gc_clear(m, &r[0]);
    }
    trial_assert_whole();
    gc_pop(m, 3);
}

/* ---- ephemerons ---------------------------------------------------------------------------------------------- */

void test_ephemeron(void **state)
{
    (void)state;
    if (skips(GC_CAP_EPHEMERON | GC_CAP_EXACT))
        skip();
    struct gc_root *const r = gc_push(m, 4), *const e = r, *const key = r + 1, *const value = r + 2;
    for (int leads_back = 0; leads_back < 2; leads_back++) {
        trial_need(e, GC_EPHEMERON, 3, 8, 1);
        trial_need(key, GC_PLAIN, 1, 8, 2);
        trial_need(value, GC_PLAIN, 1, 8, 3);
        gc_store(m, e, 0, key);
        gc_store(m, e, 1, value);
        gc_store(m, e, 2, e);
        if (leads_back)
            gc_store(m, value, 0, key);
        gc_clear(m, value);
        gc_collect(m, GC_MINOR);
        gc_collect(m, GC_FULL);
        gc_load(m, &r[3], e, 0);
        assert_true(gc_same(m, &r[3], key));
        gc_load(m, &r[3], e, 1);
        assert_int_equal(trial_number(&r[3]), 3);
        gc_clear(m, &r[3]);
        gc_clear(m, key);
        gc_collect(m, GC_FULL);
        for (uint32_t i = 0; i < 2; i++) {
            gc_load(m, &r[3], e, i);
            assert_true(gc_is_empty(&r[3]));
        }
        gc_load(m, &r[3], e, 2);
        assert_true(gc_same(m, &r[3], e));
        gc_clear(m, &r[3]);
        gc_store(m, e, 2, &gc_nothing);
    }
    gc_clear(m, e);
    gc_collect(m, GC_FULL);
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    gc_pop(m, 4);
}

/* Where link i of a chain of MANY is made: in the order of the chain, against it, or across. */
static uint32_t place_of(uint32_t i, int order)
{
    return order == 0 ? i : order == 1 ? MANY - 1 - i : i * 7 % MANY;
}

/* Ephemeron i: from object i to object i + 1, which nothing else refers to. */
static void make_chain(struct gc_root *r, struct gc_root *all, int order)
{
    struct gc_root *const objects = r + 2;
    trial_need(objects, GC_PLAIN, MANY + 1, 8, 0);
    for (uint32_t i = 0; i <= MANY; i++) {
        trial_need(&r[0], GC_PLAIN, 0, 8, i);
        gc_store(m, objects, i, &r[0]);
    }
    trial_need(all, GC_PLAIN, MANY, 8, 0);
    for (uint32_t i = 0; i < MANY; i++) {
        const uint32_t place = place_of(i, order);
        trial_need(&r[0], GC_EPHEMERON, 2, 8, place);
        gc_load(m, &r[1], objects, place);
        gc_store(m, &r[0], 0, &r[1]);
        gc_load(m, &r[1], objects, place + 1);
        gc_store(m, &r[0], 1, &r[1]);
        gc_store(m, all, place, &r[0]);
    }
    gc_load(m, &r[3], objects, 0);
    for (int i = 0; i < 3; i++)
        gc_clear(m, &r[i]);
}

void test_ephemeron_chains(void **state)
{
    (void)state;
    if (skips(GC_CAP_EPHEMERON | GC_CAP_EXACT))
        skip();
    struct gc_root *const r = gc_push(m, 5), *const first = r + 3, *const all = r + 4;
    for (int order = 0; order < 3; order++) {
        make_chain(r, all, order);
        gc_collect(m, GC_MINOR);
        gc_collect(m, GC_FULL);
        for (uint32_t i = 0; i < MANY; i++) {
            gc_load(m, &r[0], all, i);
            gc_load(m, &r[1], &r[0], 1);
            assert_false(gc_is_empty(&r[1]));
            assert_int_equal(trial_number(&r[1]), i + 1);
        }
        gc_clear(m, &r[0]);
        gc_clear(m, &r[1]);
        gc_clear(m, first);
        gc_collect(m, GC_FULL);
        if (trial_counts())
            assert_int_equal(trial_count_objects(), MANY + 1);
    }
    gc_pop(m, 5);
}

/* ---- finalizers ---------------------------------------------------------------------------------------------- */

static struct {
    uint32_t calls[2 * MANY];
    uint32_t depth;
    struct gc_root *kept; /* where a finalizer brings its object back to */
    struct gc_root *weak; /* a weak object that referred to it */
    bool wrong;
} finalized;

/* A wrong state is noted, not asserted: a finalizer may not be left by longjmp. */
static void expect(bool holds)
{
    finalized.wrong |= !holds;
}

static void count_call(struct gc_mutator *who, struct gc_root *object)
{
    (void)who;
    const uint64_t number = trial_number(object);
    expect(++finalized.depth == 1);
    expect(number < 2 * MANY);
    if (number < 2 * MANY)
        finalized.calls[number]++;
    finalized.depth--;
}

static void start(void (*finalizer)(struct gc_mutator *, struct gc_root *))
{
    memset(&finalized, 0, sizeof finalized);
    trial_finalize = finalizer;
}

static uint64_t sum_calls(uint32_t most)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        assert_true(finalized.calls[i] <= most);
        sum += finalized.calls[i];
    }
    return sum;
}

void test_finalizer_once(void **state)
{
    (void)state;
    if (skips(GC_CAP_FINALIZER))
        skip();
    start(count_call);
    struct gc_root *const r = gc_push(m, 2);
    trial_need(&r[1], GC_PLAIN, MANY, 8, 0);
    for (uint32_t i = 0; i < MANY; i++) {
        trial_need(&r[0], GC_PLAIN | GC_FINALIZER, 1, 8, i);
        gc_store(m, &r[1], i, &r[0]);
    }
    gc_clear(m, &r[0]);
    gc_collect(m, GC_MINOR);
    trial_collect_all();
    assert_int_equal(sum_calls(1), 0);
    for (uint32_t i = 0; i < MANY; i += 2)
        gc_store(m, &r[1], i, &gc_nothing);
    trial_collect_all();
    assert_about(sum_calls(1), MANY / 2);
    for (uint32_t i = 1; i < MANY; i += 2)
        assert_int_equal(finalized.calls[i], 0);
    gc_clear(m, &r[1]);
    trial_collect_all();
    assert_about(sum_calls(1), MANY);
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    assert_false(finalized.wrong);
    gc_pop(m, 2);
}

static void bring_back(struct gc_mutator *who, struct gc_root *object)
{
    count_call(who, object);
    gc_store(who, object, 0, finalized.kept);
    gc_move(who, finalized.kept, object);
}

void test_finalizer_resurrects(void **state)
{
    (void)state;
    if (skips(GC_CAP_FINALIZER | GC_CAP_EXACT))
        skip();
    start(bring_back);
    struct gc_root *const r = gc_push(m, 2);
    finalized.kept = &r[0];
    for (uint32_t i = 0; i < 100; i++)
        trial_need(&r[1], GC_PLAIN | GC_FINALIZER, 1, 8, i);
    gc_clear(m, &r[1]);
    trial_collect_all();
    trial_collect_all();
    assert_int_equal(sum_calls(1), 100);
    uint32_t n = 0;
    for (gc_move(m, &r[1], &r[0]); !gc_is_empty(&r[1]); gc_load(m, &r[1], &r[1], 0), n++)
        assert_int_equal(finalized.calls[trial_number(&r[1])], 1);
    assert_int_equal(n, 100);
    gc_clear(m, &r[0]);
    trial_collect_all();
    assert_int_equal(sum_calls(1), 100); /* not called again */
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    assert_false(finalized.wrong);
    gc_pop(m, 2);
}

static void read_reached(struct gc_mutator *who, struct gc_root *object)
{
    const uint64_t number = trial_number(object);
    struct gc_root *const r = gc_push(who, 1);
    count_call(who, object);
    gc_load(who, r, object, 0);
    expect(!gc_is_empty(r) && trial_number(r) == MANY + number);
    for (uint64_t i = 0; i < 3 && !gc_is_empty(r); i++)
        gc_load(who, r, r, 0);
    expect(!gc_is_empty(r) && trial_number(r) == 1999);
    gc_pop(who, 1);
}

void test_finalizer_sees_what_it_reaches(void **state)
{
    (void)state;
    if (skips(GC_CAP_FINALIZER))
        skip();
    start(read_reached);
    struct gc_root *const r = gc_push(m, 2);
    for (uint32_t i = 0; i < 100; i++) {
        trial_need(&r[0], GC_PLAIN, 1, 8, 1999);
        for (uint32_t k = 0; k < 3; k++) {
            trial_need(&r[1], GC_PLAIN, 1, 8, MANY + i);
            gc_store(m, &r[1], 0, &r[0]);
            gc_move(m, &r[0], &r[1]);
        }
        trial_need(&r[1], GC_PLAIN | GC_FINALIZER, 1, 8, i);
        gc_store(m, &r[1], 0, &r[0]);
        gc_clear(m, &r[0]);
        gc_clear(m, &r[1]);
    }
    trial_collect_all();
    assert_about(sum_calls(1), 100);
    assert_false(finalized.wrong);
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    gc_pop(m, 2);
}

/* It makes garbage, an object with a finalizer of its own, and collects. */
static void allocate(struct gc_mutator *who, struct gc_root *object)
{
    const uint64_t number = trial_number(object);
    struct gc_root *const r = gc_push(who, 1);
    count_call(who, object);
    finalized.depth++;
    for (int i = 0; i < 100; i++)
        expect(!trial_new(r, GC_PLAIN, 4, 200, 0));
    if (number < MANY)
        expect(!trial_new(r, GC_PLAIN | GC_FINALIZER, 0, 8, MANY + number));
    if (number % 10 == 0)
        gc_collect(who, GC_FULL);
    expect(trial_number(object) == number);
    finalized.depth--;
    gc_pop(who, 1);
}

void test_finalizer_allocates(void **state)
{
    (void)state;
    if (skips(GC_CAP_FINALIZER))
        skip();
    start(allocate);
    struct gc_root *const r = gc_push(m, 1);
    for (uint32_t i = 0; i < 100; i++)
        trial_need(r, GC_PLAIN | GC_FINALIZER, 1, 8, i);
    gc_clear(m, r);
    trial_collect_all();
    trial_collect_all();
    assert_about(sum_calls(1), 200);
    assert_false(finalized.wrong);
    trial_assert_whole();
    gc_pop(m, 1);
}

/* Each checks the other: both are called before one of them goes. */
static void read_other(struct gc_mutator *who, struct gc_root *object)
{
    struct gc_root *const r = gc_push(who, 1);
    count_call(who, object);
    gc_load(who, r, object, 0);
    expect(!gc_is_empty(r) && trial_number(r) == (trial_number(object) ^ 1));
    gc_load(who, r, r, 0);
    expect(gc_same(who, r, object));
    gc_pop(who, 1);
}

void test_finalizer_of_a_cycle(void **state)
{
    (void)state;
    if (skips(GC_CAP_FINALIZER | GC_CAP_CYCLES))
        skip();
    start(read_other);
    struct gc_root *const r = gc_push(m, 2);
    for (uint32_t i = 0; i < 100; i += 2) {
        trial_need(&r[0], GC_PLAIN | GC_FINALIZER, 1, 8, i);
        trial_need(&r[1], GC_PLAIN | GC_FINALIZER, 1, 8, i + 1);
        gc_store(m, &r[0], 0, &r[1]);
        gc_store(m, &r[1], 0, &r[0]);
    }
    gc_clear(m, &r[0]);
    gc_clear(m, &r[1]);
    trial_collect_all();
    assert_about(sum_calls(1), 100);
    assert_false(finalized.wrong);
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
    gc_pop(m, 2);
}

static void look_at_weak(struct gc_mutator *who, struct gc_root *object)
{
    struct gc_root *const r = gc_push(who, 1);
    gc_load(who, r, finalized.weak, 0);
    expect(gc_is_empty(r));
    gc_pop(who, 1);
    bring_back(who, object);
}

void test_weak_is_clear_before_the_finalizer(void **state)
{
    (void)state;
    if (skips(GC_CAP_FINALIZER | GC_CAP_WEAK | GC_CAP_EXACT))
        skip();
    start(look_at_weak);
    struct gc_root *const r = gc_push(m, 3);
    finalized.kept = &r[0];
    finalized.weak = &r[1];
    trial_need(&r[1], GC_WEAK, 1, 8, 1);
    trial_need(&r[2], GC_PLAIN | GC_FINALIZER, 1, 8, 2);
    gc_store(m, &r[1], 0, &r[2]);
    gc_clear(m, &r[2]);
    trial_collect_all();
    assert_int_equal(finalized.calls[2], 1);
    assert_false(finalized.wrong);
    assert_int_equal(trial_number(&r[0]), 2);
    gc_load(m, &r[2], &r[1], 0);
    assert_true(gc_is_empty(&r[2])); /* though the object came back */
    gc_pop(m, 3);
}
