/* What the barriers of incremental keep, whatever the mutator does between two slices. */
#include "tests/one_incremental.h"

/* ---- stores -------------------------------------------------------------------------------------------- */

static void nth(struct gc_root *dst, unsigned n)
{
    gc_move(&m, dst, &r[0]);
    while (n--)
        gc_load(&m, dst, dst, 0);
}

/* The end of the list is taken off by a load and a store, before marking comes to it, and is held by a root, or by a
 * new object, alone. */
static void lose_the_end(bool in_new_object)
{
    enum { N = 1000, AT = 900 };
    open_heap(MIB, "");
    build_list(N);
    step_to(GC_TRACE);
    nth(&r[1], AT);
    gc_load(&m, &r[3], &r[1], 0);
    assert_false(gc_incremental_is_marked(&heap, r[3].object));
    gc_store(&m, &r[1], 0, &gc_nothing);
    if (in_new_object) {
        new_node(&r[4], 0);
        gc_store(&m, &r[4], 1, &r[3]);
        gc_clear(&m, &r[3]);
    }
    assert_int_equal(heap.stats.barriers, 1);
    step_to(GC_CLEAR_WEAK);
    assert_whole();
    step_to(GC_IDLE);
    assert_whole();
    if (in_new_object)
        gc_load(&m, &r[3], &r[4], 1);
    for (unsigned i = AT + 1; i < N; i++) {
        assert_int_equal(id_of(&r[3]), i);
        gc_load(&m, &r[3], &r[3], 0);
    }
    close_heap();
}

static void test_deletion_barrier(void **state)
{
    (void)state;
    lose_the_end(false);
    lose_the_end(true);
}

/* The same with a store that goes around the barrier: verify must see it. */
static void test_verify_sees_a_skipped_barrier(void **state)
{
    (void)state;
    char why[160] = "";
    open_heap(MIB, "");
    build_list(1000);
    step_to(GC_TRACE);
    nth(&r[1], 900);
    gc_load(&m, &r[3], &r[1], 0);
    ((struct gc_object *)r[1].object)->slot[0] = NULL;
    step_to(GC_CLEAR_WEAK);
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    assert_non_null(strstr(why, "root"));
    gc_clear(&m, &r[3]);
    close_heap();
}

/* A graph that changes at random between the smallest of steps, against what it should be. */
static void test_random_graph(void **state)
{
    (void)state;
    enum { N = 2000, SLOTS = 4 };
    static unsigned shadow[N][SLOTS]; /* 1 + the id of what the slot refers to */
    struct ht_rng rng = ht_rng_open(7, 0);
    open_heap(2 * MIB, "");
    memset(shadow, 0, sizeof shadow);
    new_object(&r[0], GC_PLAIN, N, 0);
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[1], GC_PLAIN, SLOTS, 8);
        *(uint64_t *)gc_data(&m, &r[1]) = i;
        gc_store(&m, &r[0], i, &r[1]);
    }
    for (unsigned step = 0; step < 300000; step++) {
        const unsigned id = ht_rng_below(&rng, N), i = ht_rng_below(&rng, SLOTS), to = ht_rng_below(&rng, N);
        gc_load(&m, &r[1], &r[0], id);
        gc_load(&m, &r[2], &r[0], to);
        gc_store(&m, &r[1], i, &r[2]);
        shadow[id][i] = to + 1;
        /* Sometimes an object is reached through another for a while, and by no way else. */
        if (step % 3 == 0) {
            gc_store(&m, &r[0], to, &gc_nothing);
            gc_clear(&m, &r[2]);
            gc_step(&m, 1 + ht_rng_below(&rng, 500));
            gc_load(&m, &r[2], &r[1], i);
            gc_store(&m, &r[0], to, &r[2]);
        }
        if (step % 7 == 0)
            new_node(&r[3], step);
        if (step % 9973 == 0)
            assert_whole();
    }
    for (unsigned id = 0; id < N; id++) {
        gc_load(&m, &r[1], &r[0], id);
        assert_int_equal(id_of(&r[1]), id);
        for (unsigned i = 0; i < SLOTS; i++) {
            gc_load(&m, &r[2], &r[1], i);
            assert_int_equal(gc_is_empty(&r[2]) ? 0 : 1 + id_of(&r[2]), shadow[id][i]);
        }
    }
    assert_true(heap.stats.collections > 20);
    close_heap();
}

/* ---- keys of ephemerons --------------------------------------------------------------------------------------- */

enum { N = 3000 };

/* The key of an ephemeron is replaced by one that lives, in each phase: its value then lives, or was empty before. */
static void test_new_key(void **state)
{
    (void)state;
    for (enum gc_phase phase = GC_SCAN_ROOTS; phase < GC_PHASES; phase++) {
        open_heap(MIB, "");
        new_object(&r[0], GC_EPHEMERON, 2, 0);
        new_node(&r[1], 1);
        new_node(&r[2], 2);
        gc_store(&m, &r[0], 0, &r[1]);
        gc_store(&m, &r[0], 1, &r[2]);
        gc_clear(&m, &r[1]);
        gc_clear(&m, &r[2]);
        new_node(&r[3], 3);
        step_to(phase);
        gc_store(&m, &r[0], 0, &r[3]);
        gc_load(&m, &r[2], &r[0], 1);
        assert_int_equal(gc_is_empty(&r[2]), phase >= GC_CLEAR_WEAK);
        gc_clear(&m, &r[2]);
        end_cycle();
        end_cycle();
        gc_load(&m, &r[2], &r[0], 1);
        assert_int_equal(gc_is_empty(&r[2]), phase >= GC_CLEAR_WEAK);
        if (!gc_is_empty(&r[2]))
            assert_int_equal(id_of(&r[2]), 2);
        close_heap();
    }
}

/* The same behind the pass that would have been the last. */
static void test_new_key_behind_the_pass(void **state)
{
    (void)state;
    open_heap(MIB, "");
    new_object(&r[0], GC_PLAIN, N, 0);
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[1], GC_EPHEMERON, 2, 0);
        gc_store(&m, &r[0], i, &r[1]);
        new_object(&r[2], GC_PLAIN, 0, 8);
        *(uint64_t *)gc_data(&m, &r[2]) = i;
        gc_store(&m, &r[1], 1, &r[2]);
    }
    gc_clear(&m, &r[2]);
    step_to(GC_TRACE);
    while (heap.ephemerons.again || heap.ephemerons.at < N - 10)
        gc_step(&m, 1);
    gc_load(&m, &r[1], &r[0], heap.ephemerons.backwards ? N - 1 : 0);
    gc_store(&m, &r[1], 0, &r[0]);
    step_to(GC_CLEAR_WEAK);
    assert_whole();
    end_cycle();
    gc_load(&m, &r[2], &r[1], 1);
    assert_false(gc_is_empty(&r[2]));
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deletion_barrier),
        cmocka_unit_test(test_verify_sees_a_skipped_barrier),
        cmocka_unit_test(test_random_graph),
        cmocka_unit_test(test_new_key),
        cmocka_unit_test(test_new_key_behind_the_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
