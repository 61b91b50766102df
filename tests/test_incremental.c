/* What only incremental promises: how much a slice does, how much may be dead, and that it goes on where its
 * tables can't grow. Nothing here is timed. */
#include "tests/one_incremental.h"

/* ---- slices ------------------------------------------------------------------------------------------------- */

/* A tree of 4 MiB in a heap of 8, and subtrees of it replaced for many cycles. */
static void test_slices_are_bounded(void **state)
{
    (void)state;
    enum { DEPTH = 16 };
    struct ht_rng rng = ht_rng_open(1, 0);
    open_heap(2 * NODE << (DEPTH + 1), "");
    build_tree(&r[0], DEPTH);
    for (unsigned i = 0; i < 20000; i++)
        replace_subtree(&rng, &r[0], DEPTH, 10);
    assert_tree(&r[0], DEPTH);
    assert_in_range(heap.stats.collections, 10, 100);
    assert_int_equal(pauses_of(GC_PAUSE_FULL), 0);
    assert_true(pauses_of(GC_PAUSE_STEP) > 1000 && pauses_of(GC_PAUSE_SWEEP) > 10);
    assert_in_range(heap.longest_work, GC_SLICE, GC_SLICE / 8 * 9);
    close_heap();
}

static void allocate_garbage(uint64_t bytes, uint32_t object_bytes)
{
    for (uint64_t done = 0; done < bytes; done += object_bytes)
        new_object(&r[ROOTS - 1], GC_PLAIN, 0, object_bytes - 8);
}

/* An object of a million slots is not one slice; nor are its million children, nor as many empty slots. */
static void test_wide_object(void **state)
{
    (void)state;
    enum { SLOTS = 1000000 };
    open_heap(128 * MIB, "");
    new_object(&r[0], GC_PLAIN, SLOTS, 0);
    new_object(&r[2], GC_PLAIN, SLOTS, 0);
    for (unsigned i = 0; i < SLOTS; i++) {
        new_node(&r[1], i);
        gc_store(&m, &r[0], i, &r[1]);
    }
    allocate_garbage(512 * MIB, 256);
    for (unsigned i = 0; i < SLOTS; i++) {
        gc_load(&m, &r[1], &r[0], i);
        assert_int_equal(id_of(&r[1]), i);
    }
    assert_true(heap.stats.collections >= 4);
    assert_true(heap.trace.high < 1000);
    assert_int_equal(pauses_of(GC_PAUSE_FULL), 0);
    assert_in_range(heap.longest_work, GC_SLICE, GC_SLICE / 8 * 9);
    close_heap();
}

/* 32 thousand root slots are scanned in slices; the start only copies them. */
static void test_many_roots(void **state)
{
    (void)state;
    enum { MORE = GC_ROOTS_MAX - 64 };
    open_heap(8 * MIB, "");
    struct gc_root *const more = gc_push(&m, MORE);
    for (unsigned i = 0; i < MORE; i++)
        new_node(&more[i], i);
    gc_step(&m, 1);
    assert_int_equal(heap.phase, GC_SCAN_ROOTS);
    assert_true(heap.trace.objects < 2);
    const unsigned before = (unsigned)heap.stats.steps;
    while (heap.phase == GC_SCAN_ROOTS)
        gc_step(&m, GC_SLICE);
    assert_in_range(heap.stats.steps - before, MORE * GC_ENTRY_WORK / GC_SLICE,
                    2 * MORE * GC_ENTRY_WORK / GC_SLICE);
    gc_collect(&m, GC_FULL);
    for (unsigned i = 0; i < MORE; i++)
        assert_int_equal(id_of(&more[i]), i);
    gc_pop(&m, MORE);
    close_heap();
}

/* 64 MiB of one dead object go back in pieces. */
static void test_large_object_goes_in_pieces(void **state)
{
    (void)state;
    open_heap(128 * MIB, "");
    new_object(&r[0], GC_PLAIN, 0, 64 * MIB);
    gc_clear(&m, &r[0]);
    step_to(GC_SWEEP);
    uint64_t held = heap.budget.held, most = 0;
    unsigned pieces = 0;
    while (!gc_step(&m, 1)) {
        const uint64_t given = held - heap.budget.held;
        most = given > most ? given : most;
        pieces += given > 0;
        held = heap.budget.held;
        assert_whole();
    }
    assert_in_range(pieces, 64, 65);
    assert_int_equal(most, MIB);
    assert_true(heap.budget.held < MIB);
    close_heap();
}

/* ---- steps that are asked for ------------------------------------------------------------------------------- */

static void test_steps(void **state)
{
    (void)state;
    open_heap(16 * MIB, "");
    build_tree(&r[0], 14);
    for (unsigned i = 0; i < 100; i++)
        assert_false(gc_step(&m, 0));
    assert_int_equal(heap.phase, GC_IDLE);
    unsigned steps = 1;
    while (!gc_step(&m, 4096))
        steps++;
    assert_in_range(steps, 200, 400); /* a MiB of nodes, each counted by its slots */
    assert_int_equal(heap.stats.collections, 1);
    assert_int_equal(heap.stats.steps, steps);
    assert_true(gc_step(&m, SIZE_MAX));
    assert_tree(&r[0], 14);
    close_heap();
}

/* ---- dead data ---------------------------------------------------------------------------------------------- */

/* Garbage as fast as can be, beside a tree: what is in use never passes what the header says, nothing is stopped,
 * and what died is gone after 1.25 heaps of allocation. */
static void test_dead_data_is_bounded(void **state)
{
    (void)state;
    enum { DEPTH = 15, BYTES = 8 * MIB };
    open_heap(BYTES, "");
    build_tree(&r[0], DEPTH);
    struct ht_rng rng = ht_rng_open(3, 0);
    for (unsigned round = 0; round < 20; round++) {
        new_object(&r[1], GC_WEAK, 1, 0);
        new_node(&r[2], 0);
        gc_store(&m, &r[1], 0, &r[2]);
        gc_clear(&m, &r[2]);
        uint64_t allocated = 0;
        for (bool gone = false; !gone; allocated += 96) {
            new_object(&r[3], GC_PLAIN, ht_rng_below(&rng, 8), 32);
            assert_true(heap.blocks.used_bytes < BYTES / 1000 * 965);
            gone = ((struct gc_object *)r[1].object)->slot[0] == NULL;
        }
        assert_true(allocated < BYTES / 4 * 5);
    }
    struct gc_stats stats;
    gc_stats(&heap, &stats);
    assert_in_range(stats.dead_peak_bytes, BYTES / 4, BYTES / 1000 * 965 - (NODE << DEPTH));
    assert_int_equal(pauses_of(GC_PAUSE_FULL), 0);
    assert_tree(&r[0], DEPTH);
    close_heap();
}

/* Objects of an eighth of the heap, with a budget of nothing for steps: allocation pays, and never fails. */
static void test_allocation_outruns_it(void **state)
{
    (void)state;
    enum { DEPTH = 17, BYTES = 16 * MIB };
    open_heap(BYTES, "");
    build_tree(&r[0], DEPTH); /* 8 MiB */
    struct ht_rng rng = ht_rng_open(5, 0);
    for (unsigned i = 0; i < 2000; i++) {
        new_object(&r[1], GC_PLAIN, 0, 1 + ht_rng_below(&rng, BYTES / 8));
        gc_step(&m, 0);
        assert_true(heap.budget.held <= BYTES);
    }
    assert_true(heap.stats.collections > 100);
    assert_in_range(heap.longest_work, GC_SLICE, GC_SLICE / 8 * 9 + MIB / 8);
    assert_tree(&r[0], DEPTH);
    close_heap();
}

/* Nine tenths of the heap live and change all the time. */
static void test_tight_heap(void **state)
{
    (void)state;
    enum { DEPTH = 16, BYTES = (NODE << (DEPTH + 1)) / 9 * 10 };
    struct ht_rng rng = ht_rng_open(9, 0);
    open_heap(BYTES & -HT_PAGE_BYTES, "");
    build_tree(&r[0], DEPTH);
    for (unsigned i = 0; i < 3000; i++)
        replace_subtree(&rng, &r[0], DEPTH, 11);
    assert_tree(&r[0], DEPTH);
    close_heap();
}

/* Half of the heap is free, and none of it for the objects that are asked for: that is seen before it is too late. */
static void test_heap_in_pieces(void **state)
{
    (void)state;
    enum { NODES = 300000 };
    open_heap(16 * MIB, "");
    new_object(&r[0], GC_PLAIN, NODES, 0);
    for (unsigned i = 0; i < NODES; i++) {
        new_node(&r[1], i);
        gc_store(&m, &r[0], i, &r[1]);
    }
    for (unsigned i = 0; i < NODES; i += 2)
        gc_store(&m, &r[0], i, &gc_nothing);
    gc_collect(&m, GC_FULL);
    pause_log.count = 0;
    allocate_garbage(64 * MIB, 64);
    assert_int_equal(pauses_of(GC_PAUSE_FULL), 0);
    close_heap();
}

static void test_out_of_memory(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    build_list(10);
    unsigned n = 10;
    for (; !gc_alloc(&m, &r[2], GC_PLAIN, NODE_SLOTS, NODE_BYTES); n++) {
        gc_store(&m, &r[2], 0, &r[0]);
        gc_move(&m, &r[0], &r[2]);
    }
    assert_true(n > 4 * MIB / NODE * 9 / 10);
    assert_true(gc_same(&m, &r[2], &r[0])); /* as it was */
    assert_whole();
    assert_int_equal(gc_alloc(&m, &r[1], GC_PLAIN, 0, MIB), -ENOMEM);
    gc_clear(&m, &r[0]);
    gc_clear(&m, &r[2]);
    new_object(&r[1], GC_PLAIN, 0, MIB);
    close_heap();
}

/* A full collection in the middle of a cycle finds what died since it began. */
static void test_full_collection_midway(void **state)
{
    (void)state;
    for (enum gc_phase phase = GC_SCAN_ROOTS; phase < GC_PHASES; phase++) {
        open_heap(4 * MIB, "");
        build_tree(&r[0], 10);
        build_tree(&r[1], 12);
        step_to(phase);
        gc_clear(&m, &r[1]);
        new_node(&r[2], 1);
        gc_clear(&m, &r[2]);
        gc_collect(&m, GC_FULL);
        assert_int_equal(heap.phase, GC_IDLE);
        assert_int_equal(heap.blocks.used_bytes, NODE * ((2 << 10) - 1));
        assert_tree(&r[0], 10);
        close_heap();
    }
}

/* ---- tables that can't grow --------------------------------------------------------------------------------- */

/* The work of marking `n` nodes does not depend on how much of it pointer reversal does. */
static void test_small_mark_stack(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "mark-stack=64", "mark-stack=1", "reversal"};
    for (unsigned v = 0; v < 4; v++) {
        struct ht_rng rng = ht_rng_open(11, 0);
        open_heap(16 * MIB, variants[v]);
        build_tree(&r[0], 15);
        new_object(&r[1], GC_PLAIN, 10000, 8);
        for (unsigned i = 0; i < 10000; i++) {
            build_tree(&r[2], 2);
            gc_store(&m, &r[1], i, &r[2]);
        }
        for (unsigned i = 0; i < 2000; i++)
            replace_subtree(&rng, &r[0], 15, 6);
        assert_true(heap.stats.collections > 1);
        const uint64_t before = heap.trace.objects;
        gc_collect(&m, GC_FULL);
        assert_in_range(heap.trace.objects - before, (2 << 15) + 70000, 2 * ((2 << 15) + 70001));
        assert_true(heap.trace.high <= (v == 0 ? 1000 : v == 1 ? 64 : v == 2 ? 1 : 0));
        assert_tree(&r[0], 15);
        for (unsigned i = 0; i < 10000; i++) {
            gc_load(&m, &r[2], &r[1], i);
            assert_tree(&r[2], 2);
        }
        close_heap();
    }
}

static void test_sites_fail(void **state)
{
    (void)state;
    static const int sites[] = {GC_SITE_MARK_STACK, GC_SITE_ROOT_BUFFER, GC_SITE_HEAP};
    for (unsigned s = 0; s < 3; s++) {
        open_heap(8 * MIB, "");
        build_tree(&r[0], 14);
        failing_site = sites[s];
        gc_budget_fail = fail_site;
        for (unsigned i = 0; i < 100000 && !gc_alloc(&m, &r[1], GC_PLAIN, 30, 8); i++)
            gc_store(&m, &r[1], i % 30, &r[0]);
        while (!gc_step(&m, 1000))
            ;
        assert_whole();
        assert_int_equal(sites[s] == GC_SITE_HEAP || heap.stats.collections > 1, 1);
        gc_budget_fail = NULL;
        new_node(&r[1], 1);
        assert_tree(&r[0], 14);
        close_heap();
    }
}

static void test_options(void **state)
{
    (void)state;
    static const char *const wrong[] = {"stop", "start=100", "mark-stacks=3"};
    for (unsigned i = 0; i < 3; i++) {
        struct gc_heap other = {.allowance = 0};
        const struct gc_options options = {
            .heap_bytes = MIB, .variant = wrong[i], .finalize = note_finalizer};
        assert_int_equal(gc_open(&other, &options), -EINVAL);
        assert_non_null(strstr(gc_open_error(&other, -EINVAL), "start"));
    }
    open_heap(8 * MIB, "start=50");
    allocate_garbage(4 * MIB, 64);
    assert_true(heap.phase != GC_IDLE || heap.stats.collections);
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slices_are_bounded),
        cmocka_unit_test(test_wide_object),
        cmocka_unit_test(test_many_roots),
        cmocka_unit_test(test_large_object_goes_in_pieces),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_dead_data_is_bounded),
        cmocka_unit_test(test_allocation_outruns_it),
        cmocka_unit_test(test_tight_heap),
        cmocka_unit_test(test_heap_in_pieces),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_full_collection_midway),
        cmocka_unit_test(test_small_mark_stack),
        cmocka_unit_test(test_sites_fail),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
