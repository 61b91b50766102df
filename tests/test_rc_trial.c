/* rc-trial: what all that count stand, candidates, their threshold and their loss, and ephemerons in cycles. */
#include "allocators/rc_trial.h"
#include "tests/gc_kit.h"

#include "tests/gc_counted.h"

static void test_variants(void **state)
{
    (void)state;
    assert_int_equal(try_heap(COUNTED_HEAP, "fast"), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "threshold"));
}

/* ---- candidates --------------------------------------------------------------------------------------------- */

static void test_a_candidate_that_dies_is_none(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 100);
    for (uint32_t i = 0; i < 50; i++) {
        new_object(r + i, GC_PLAIN, 1, i);
        gc_move(m, r + 50 + i, r + i);
        gc_clear(m, r + 50 + i);
    }
    assert_int_equal(heap.candidates.count, 50);
    for (uint32_t i = 0; i < 50; i += 3)
        gc_clear(m, r + i);
    assert_int_equal(heap.candidates.count, 50 - 17);
    assert_whole();
    gc_pop(m, 100);
}

static void test_an_object_without_slots_is_no_candidate(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, 0, 1);
    gc_move(m, r + 1, r);
    gc_clear(m, r + 1);
    assert_int_equal(heap.candidates.count, 0);
    gc_pop(m, 2);
}

static void test_rings_are_collected_unasked(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    for (int i = 0; i < 5000; i++)
        make_ring(r, 10);
    assert_true(objects_held() < 10 * (GC_TRIAL_THRESHOLD + 10));
    assert_true(stats_now().minor_collections > 100);
    assert_int_equal(heap.threshold, GC_TRIAL_THRESHOLD_MIN); /* all that was touched was garbage */
    gc_pop(m, 3);
}

static void test_in_vain_the_threshold_rises(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    make_list(r, 10000); /* each was a candidate once */
    assert_true(heap.threshold > 1000);
    const size_t high = heap.threshold;
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    make_ring(r, 1000);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_true(heap.threshold < high);
    gc_pop(m, 3);
}

/* Once the threshold is past what lives: a cycle dies now and then, and all else is freed by its count. */
static void test_rare_cycles_do_not_pile_up(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    make_list(r, 10000);
    heap.threshold = 1 << 20;
    for (int i = 0; i < 2000; i++) {
        make_ring(r + 1, 8);
        gc_clear(m, r + 1);
        for (int k = 0; k < 500; k++)
            new_object(r + 2, GC_PLAIN, 1, 1);
    }
    assert_true(objects_held() < 10000 + 2000);
    assert_int_equal(stats_now().collections, 0);
    gc_pop(m, 3);
}

/* The heap grows: nothing else dies. */
static void test_dead_cycles_are_a_part_of_the_heap(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    make_list(r, 20000);
    make_ring(r + 1, 8);
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL); /* finds something, so that the next one does not wait for longer */
    heap.threshold = 1 << 20;
    uint64_t most = 0;
    for (int i = 0; i < 5000; i++) {
        make_ring(r + 1, 8);
        gc_clear(m, r + 1);
        if (i % 100 == 0)
            most = objects_held() > most ? objects_held() : most;
    }
    assert_true(most > 20000 + 5000);
    assert_true(most < 2 * 20000);
    assert_int_equal(stats_now().collections, 1);
    gc_pop(m, 3);
}

/* Every object is a candidate then. */
static void test_candidates_that_are_lost(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 4);
    start_failing(GC_SITE_ROOT_BUFFER, 0);
    for (int i = 0; i < 300; i++)
        make_ring(r, 10);
    make_ring(r, 1000);
    make_list(r + 2, 100);
    assert_true(failed);
    gc_clear(m, r + 3);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 1000 + 100);
    assert_true(stats_now().mark_stack_overflows > 0);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 100);
    gc_budget_fail = NULL;
    gc_pop(m, 4);
}

/* A big ring, and what hangs from it: on a small stack, without memory for anything. */
static void collect_ring(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 3);
    make_ring(r, 100000);
    start_failing(GC_SITE_HEAP, 0);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
    gc_budget_fail = NULL;
    gc_pop(m, 3);
}

static void test_a_big_ring(void **state)
{
    on_small_stack(collect_ring, state);
}

/* What a live object refers to is restored, whatever the order: counts are as they were. */
static void test_what_lives_is_restored(void **state)
{
    enum { NODES = 200 };
    (void)state;
    struct gc_root *const r = gc_push(m, NODES);
    struct ht_rng rng = ht_rng_open(9, 9);
    for (uint32_t i = 0; i < NODES; i++)
        new_object(r + i, GC_PLAIN, 3, i);
    for (int step = 0; step < 2000; step++) {
        for (int k = 0; k < 20; k++)
            gc_store(m, r + ht_rng_below(&rng, NODES), ht_rng_below(&rng, 3), r + ht_rng_below(&rng, NODES));
        const uint32_t i = ht_rng_below(&rng, NODES);
        gc_clear(m, r + i);
        gc_collect(m, GC_FULL);
        assert_whole();
        if (gc_is_empty(r + i))
            new_object(r + i, GC_PLAIN, 3, i);
    }
    gc_pop(m, NODES);
}

/* ---- ephemerons --------------------------------------------------------------------------------------------- */

/* The value leads back to the key, or to the ephemeron; they are held by `held` of: nobody, the key, the ephemeron,
 * both. */
static void try_ephemeron(uint32_t back, uint32_t held)
{
    struct gc_root *const r = gc_push(m, 3), *const ephemeron = r, *const key = r + 1, *const value = r + 2;
    new_object(ephemeron, GC_EPHEMERON, 3, 1);
    new_object(key, GC_PLAIN, 2, 2);
    new_object(value, GC_PLAIN, 2, 3);
    gc_store(m, value, 0, back & 1 ? key : &gc_nothing);
    gc_store(m, value, 1, back & 2 ? ephemeron : &gc_nothing);
    gc_store(m, key, 0, back & 4 ? ephemeron : &gc_nothing);
    gc_store(m, ephemeron, 0, key);
    gc_store(m, ephemeron, 1, value);
    gc_clear(m, value);
    if (!(held & 1))
        gc_clear(m, key);
    if (!(held & 2))
        gc_clear(m, ephemeron);
    for (int i = 0; i < 2; i++) {
        gc_collect(m, GC_FULL);
        assert_whole();
    }
    const bool key_lives = held & 1, ephemeron_lives = held & 2 || (key_lives && back & 4);
    assert_int_equal(objects_held(), key_lives + ephemeron_lives + (key_lives && ephemeron_lives));
    if (held & 2)
        assert_int_equal(holds(ephemeron, 1), key_lives);
    gc_pop(m, 3);
    gc_collect(m, GC_FULL);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 0);
}

static void test_ephemerons_in_cycles(void **state)
{
    (void)state;
    for (uint32_t back = 0; back < 8; back++)
        for (uint32_t held = 0; held < 4; held++)
            try_ephemeron(back, held);
}

static void test_verify_finds_candidates(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, 1, 1);
    gc_move(m, r + 1, r);
    gc_clear(m, r + 1);
    struct gc_object *const o = r->object;
    gc_count_of(o)->aux = 2;
    assert_unclean();
    gc_count_of(o)->aux = 0;
    assert_unclean();
    gc_count_of(o)->aux = 1;
    o->header |= GC_GREY;
    assert_unclean();
    o->header &= ~GC_GREY;
    gc_pop(m, 2);
}

/* A barrier asks for memory once, and not again until a collection has looked at all: a refusal is a system call. */
static void test_a_refused_buffer_is_not_asked_for_again(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 2);
    start_failing(GC_SITE_ROOT_BUFFER, 0);
    new_object(&r[0], GC_PLAIN, 1, 1);
    for (int i = 0; i < 100; i++) {
        gc_move(m, &r[1], &r[0]);
        gc_clear(m, &r[1]);
    }
    assert_int_equal(failed, 1);
    gc_collect(m, GC_FULL);
    gc_budget_fail = NULL;
    gc_pop(m, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COUNTED_TESTS,
        cmocka_unit_test(test_variants),
        COUNTED_TEST(test_a_candidate_that_dies_is_none),
        COUNTED_TEST(test_an_object_without_slots_is_no_candidate),
        COUNTED_TEST(test_rings_are_collected_unasked),
        COUNTED_TEST(test_in_vain_the_threshold_rises),
        COUNTED_TEST(test_rare_cycles_do_not_pile_up),
        COUNTED_TEST(test_dead_cycles_are_a_part_of_the_heap),
        COUNTED_TEST(test_candidates_that_are_lost),
        COUNTED_TEST(test_a_refused_buffer_is_not_asked_for_again),
        COUNTED_TEST(test_a_big_ring),
        COUNTED_TEST(test_what_lives_is_restored),
        COUNTED_TEST(test_ephemerons_in_cycles),
        COUNTED_TEST(test_verify_finds_candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
