/* Weak references, ephemerons and finalizers of incremental, in every phase of a cycle. */
#include "tests/one_incremental.h"

enum { N = 3000 };

/* A weak reference in `weak` to a node in `target`. */
static void new_weak(struct gc_root *weak, struct gc_root *target)
{
    new_object(weak, GC_WEAK, 1, 0);
    new_node(target, 42);
    gc_store(&m, weak, 0, target);
}

/* ---- weak slots --------------------------------------------------------------------------------------------- */

static void test_weak_load_keeps(void **state)
{
    (void)state;
    open_heap(MIB, "");
    new_weak(&r[0], &r[1]);
    gc_clear(&m, &r[1]);
    step_to(GC_TRACE);
    gc_load(&m, &r[1], &r[0], 0);
    assert_false(gc_is_empty(&r[1]));
    end_cycle();
    assert_int_equal(id_of(&r[1]), 42);
    gc_load(&m, &r[2], &r[0], 0);
    assert_true(gc_same(&m, &r[1], &r[2]));
    gc_clear(&m, &r[1]);
    gc_clear(&m, &r[2]);
    end_cycle();
    gc_load(&m, &r[1], &r[0], 0);
    assert_true(gc_is_empty(&r[1]));
    close_heap();
}

/* All weak references to an object are empty from one moment on, however far their table was walked. */
static void test_weak_references_go_at_once(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 0);
    open_heap(4 * MIB, "");
    new_object(&r[0], GC_PLAIN, N, 0);
    new_node(&r[1], 1);
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[2], GC_WEAK, 1, 0);
        gc_store(&m, &r[2], 0, &r[1]);
        gc_store(&m, &r[0], i, &r[2]);
    }
    gc_clear(&m, &r[1]);
    step_to(GC_CLEAR_WEAK);
    for (unsigned i = 0; heap.phase == GC_CLEAR_WEAK; i++) {
        gc_load(&m, &r[2], &r[0], ht_rng_below(&rng, N));
        gc_load(&m, &r[3], &r[2], 0);
        assert_true(gc_is_empty(&r[3]));
        gc_step(&m, 1);
        assert_in_range(i, 0, N);
    }
    assert_whole();
    close_heap();
}

/* ---- ephemerons --------------------------------------------------------------------------------------------- */

/* Link i is an ephemeron from value i - 1 to value i, at r[0][i]; they are allocated in the order of the chain, against
 * it, or across. Values have no slots. */
static void make_chain(unsigned order)
{
    new_object(&r[0], GC_PLAIN, N, 0);
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[1], GC_EPHEMERON, 2, 0);
        gc_store(&m, &r[0], order == 0 ? i : order == 1 ? N - 1 - i : i * 2143 % N, &r[1]);
    }
    new_node(&r[1], 0);
    gc_move(&m, &r[4], &r[1]);
    for (unsigned i = 0; i < N; i++) {
        gc_load(&m, &r[2], &r[0], i);
        new_object(&r[3], GC_PLAIN, 0, 8);
        *(uint64_t *)gc_data(&m, &r[3]) = i + 1;
        gc_store(&m, &r[2], 0, &r[1]);
        gc_store(&m, &r[2], 1, &r[3]);
        gc_move(&m, &r[1], &r[3]);
    }
    gc_clear(&m, &r[1]);
    gc_clear(&m, &r[3]);
}

static void test_ephemeron_chain(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        open_heap(4 * MIB, "");
        make_chain(order);
        end_cycle();
        assert_in_range(heap.stats.steps, 50, order < 2 ? 400 : 2000); /* a few passes */
        for (unsigned i = 0; i < N; i++) {
            gc_load(&m, &r[2], &r[0], i);
            gc_load(&m, &r[3], &r[2], 1);
            assert_int_equal(id_of(&r[3]), i + 1);
        }
        gc_clear(&m, &r[3]);
        gc_clear(&m, &r[4]);
        end_cycle();
        for (unsigned i = 0; i < 2 * N; i++) {
            gc_load(&m, &r[2], &r[0], i / 2);
            gc_load(&m, &r[3], &r[2], i % 2);
            assert_true(gc_is_empty(&r[3]));
        }
        close_heap();
    }
}

/* ---- finalizers --------------------------------------------------------------------------------------------- */

static void resurrect(struct gc_root *object)
{
    gc_store(&m, &r[0], (uint32_t)(finalized - 1), object);
}

/* All dead ones are called, though each is reached from the one before; what they reach is whole then. */
static void test_all_dead_are_finalized(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    new_object(&r[0], GC_PLAIN, N, 0);
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[2], GC_PLAIN | GC_FINALIZER, NODE_SLOTS, NODE_BYTES);
        *(uint64_t *)gc_data(&m, &r[2]) = i;
        gc_store(&m, &r[2], 0, &r[1]);
        build_tree(&r[3], 2);
        gc_store(&m, &r[2], 1, &r[3]);
        gc_move(&m, &r[1], &r[2]);
    }
    for (unsigned i = 1; i < 4; i++)
        gc_clear(&m, &r[i]);
    on_finalize = resurrect;
    end_cycle();
    assert_int_equal(finalized, N);
    end_cycle();
    for (unsigned i = 0; i < N; i++) {
        gc_load(&m, &r[1], &r[0], i);
        gc_load(&m, &r[2], &r[1], 1);
        assert_tree(&r[2], 2);
    }
    gc_clear(&m, &r[0]);
    gc_clear(&m, &r[1]);
    gc_clear(&m, &r[2]);
    end_cycle();
    end_cycle();
    assert_int_equal(finalized, N);
    assert_int_equal(heap.blocks.used_bytes, 0);
    close_heap();
}

/* Every second one is dead; each is called once. */
static unsigned char calls[N + 8];

static void note_call(struct gc_root *object)
{
    calls[id_of(object)]++;
}

static void test_each_is_finalized_once(void **state)
{
    (void)state;
    open_heap(MIB, "");
    on_finalize = note_call;
    memset(calls, 0, sizeof calls);
    new_object(&r[0], GC_PLAIN, N, 0);
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[1], GC_FINALIZER, 1, 8);
        *(uint64_t *)gc_data(&m, &r[1]) = i;
        gc_store(&m, &r[0], i, i % 3 ? &r[1] : &gc_nothing);
    }
    gc_clear(&m, &r[1]);
    end_cycle();
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(calls[i], i % 3 == 0);
    gc_clear(&m, &r[0]);
    /* New ones while the dead are dealt with. */
    for (unsigned i = 0; i < 8; i++) {
        step_to(i < 4 ? GC_RESURRECT : GC_QUEUE);
        new_object(&r[1], GC_FINALIZER, 0, 8);
        *(uint64_t *)gc_data(&m, &r[1]) = N + i;
    }
    end_cycle();
    gc_clear(&m, &r[1]);
    end_cycle();
    for (unsigned i = 0; i < N + 8; i++)
        assert_int_equal(calls[i], 1);
    close_heap();
}

/* The first finalizer takes a cycle to where the queue is not yet scanned, or through all of it; the others follow
 * then, and hang what they are given into an object that is black. */
static enum gc_phase first_steps_to;

static void step_and_keep(struct gc_root *object)
{
    if (finalized == 1) {
        do
            gc_step(&m, 1);
        while (heap.phase != first_steps_to);
        new_object(&r[0], GC_PLAIN, N, 0);
    }
    gc_store(&m, &r[0], finalized - 1, object);
}

static void test_queue_is_a_root(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        open_heap(2 * MIB, "");
        for (unsigned k = 0; k < N; k++) {
            new_object(&r[1], GC_FINALIZER, 1, 0);
            build_tree(&r[2], 2);
            gc_store(&m, &r[1], 0, &r[2]);
        }
        gc_clear(&m, &r[1]);
        gc_clear(&m, &r[2]);
        on_finalize = step_and_keep;
        first_steps_to = i ? GC_SCAN_QUEUE : GC_IDLE;
        gc_collect(&m, GC_FULL);
        assert_int_equal(finalized, N);
        assert_int_equal(heap.phase, first_steps_to);
        gc_collect(&m, GC_MINOR);
        for (unsigned k = 0; k < N; k++) {
            gc_load(&m, &r[1], &r[0], k);
            gc_load(&m, &r[2], &r[1], 0);
            assert_tree(&r[2], 2);
        }
        close_heap();
    }
}

static void allocate_much(struct gc_root *object)
{
    (void)object;
    for (unsigned i = 0; i < 1000; i++)
        new_node(&r[15], i);
}

/* Finalizers that allocate through several cycles, while new objects with finalizers die. */
static void test_finalizers_across_cycles(void **state)
{
    (void)state;
    open_heap(MIB, "");
    on_finalize = allocate_much;
    for (unsigned i = 0; i < N; i++) {
        new_object(&r[2], GC_WEAK | GC_FINALIZER, 1, 0);
        new_node(&r[3], i);
        gc_store(&m, &r[2], 0, &r[3]);
    }
    gc_clear(&m, &r[2]);
    gc_clear(&m, &r[3]);
    gc_collect(&m, GC_FULL);
    gc_collect(&m, GC_FULL);
    assert_int_equal(finalized, N);
    assert_true(heap.stats.collections > 20);
    close_heap();
}

/* The tables are changed by allocation in each phase, one step at a time. */
static void test_allocation_in_every_phase(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {GC_WEAK, GC_EPHEMERON, GC_PLAIN | GC_FINALIZER,
                                     GC_EPHEMERON | GC_FINALIZER};
    open_heap(2 * MIB, "");
    new_node(&r[0], 0);
    unsigned made = 0;
    for (unsigned cycle = 0; cycle < 10; cycle++)
        for (bool ended = false; !ended; ended = gc_step(&m, 100)) {
            const uint32_t kind = kinds[made % 4];
            new_object(&r[1 + made % 7], kind, 2, 0);
            gc_store(&m, &r[1 + made % 7], 0, &r[0]);
            gc_store(&m, &r[1 + made % 7], 1, &r[1 + made % 5]);
            if (made++ % 512 == 0)
                assert_whole();
        }
    for (unsigned i = 0; i < ROOTS; i++)
        gc_clear(&m, &r[i]);
    gc_collect(&m, GC_FULL);
    gc_collect(&m, GC_FULL);
    assert_int_equal(finalized, made / 4 * 2 + (made % 4 == 3));
    assert_int_equal(heap.blocks.used_bytes, 0);
    close_heap();
}

/* ---- tables that can't grow --------------------------------------------------------------------------------- */

static void test_sites_fail(void **state)
{
    (void)state;
    static const struct {
        int site;
        uint32_t kind;
    } cases[] = {{GC_SITE_WEAK, GC_WEAK}, {GC_SITE_WEAK, GC_EPHEMERON}, {GC_SITE_FINALIZER, GC_FINALIZER}};
    for (unsigned c = 0; c < 3; c++) {
        open_heap(4 * MIB, "");
        failing_site = cases[c].site;
        gc_budget_fail = fail_site;
        new_node(&r[0], 7);
        assert_int_equal(gc_alloc(&m, &r[0], cases[c].kind, 2, 0), -ENOMEM);
        assert_int_equal(id_of(&r[0]), 7);
        assert_whole();
        gc_budget_fail = NULL;
        new_object(&r[0], cases[c].kind, 2, 0);
        gc_clear(&m, &r[0]);
        gc_collect(&m, GC_FULL);
        assert_int_equal(finalized, cases[c].kind == GC_FINALIZER);
        close_heap();
    }
}

/* A heap full of garbage has room for the tables after all. */
static void test_table_grows_in_a_full_heap(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    new_object(&r[0], GC_PLAIN, 60000, 0);
    for (unsigned i = 0; i < 60000; i++) {
        new_object(&r[1], GC_WEAK, 1, 0);
        gc_store(&m, &r[0], i, &r[1]);
        new_node(&r[2], i);
        new_node(&r[2], i);
        gc_store(&m, &r[1], 0, &r[2]);
    }
    assert_whole();
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak_load_keeps),
        cmocka_unit_test(test_weak_references_go_at_once),
        cmocka_unit_test(test_ephemeron_chain),
        cmocka_unit_test(test_all_dead_are_finalized),
        cmocka_unit_test(test_each_is_finalized_once),
        cmocka_unit_test(test_queue_is_a_root),
        cmocka_unit_test(test_finalizers_across_cycles),
        cmocka_unit_test(test_allocation_in_every_phase),
        cmocka_unit_test(test_sites_fail),
        cmocka_unit_test(test_table_grows_in_a_full_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
