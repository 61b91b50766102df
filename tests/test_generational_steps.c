/* generational: what single operations must lead to. */
#include "tests/generational_shadow.h"

static bool is_old(uint32_t r)
{
    return !gc_nursery_has(&heap.nursery, root[r].object);
}

static void objects_grow_old(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make(0, 1, 8);
    collect(GC_MINOR);
    assert_false(is_old(0));
    make(1, 1, 8);
    store(0, 0, 1);
    collect(GC_MINOR);
    assert_true(is_old(0));
    assert_false(is_old(1));
    /* Promotion itself remembers. */
    assert_int_equal(heap.remembered.count, 1);
    drop(1);
    collect(GC_MINOR);
    load(1, 0, 0);
    assert_true(is_old(1));
    assert_int_equal(heap.remembered.count, 0);
    make(2, 2000, 8);
    assert_true(is_old(2));
    assert_int_equal(heap.stats.barriers, 0);
    close_heap();
}

static void make_old(uint32_t r, uint32_t slots)
{
    make(r, slots, 8);
    collect(GC_MINOR);
    collect(GC_MINOR);
    assert_true(is_old(r));
}

static void objects_are_remembered_once(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make_old(0, 3);
    make(1, 0, 8);
    for (uint32_t i = 0; i < 9; i++)
        store(0, i % 3, 1);
    assert_int_equal(heap.remembered.count, 1);
    assert_int_equal(heap.stats.barriers, 1);
    store(0, 0, 0); /* old to old */
    drop(1);
    collect(GC_MINOR);
    collect(GC_MINOR);
    collect(GC_MINOR);
    assert_int_equal(heap.remembered.count, 0);
    make(1, 0, 8);
    store(0, 1, 1);
    assert_int_equal(heap.remembered.count, 1);
    close_heap();
}

static void slots_are_remembered(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make_old(0, 1000);
    make(1, 0, 8);
    store(0, 500, 1);
    store(0, 500, 1);
    store(0, 501, 1);
    assert_int_equal(heap.remembered.count, 4);
    verify();
    /* However often a slot comes and goes the set stays small. */
    for (unsigned i = 0; i < 1000000; i++)
        store(0, 1, i % 2);
    assert_true(heap.remembered.count <= heap.remembered_max + 2);
    verify();
    drop(1);
    collect(GC_MINOR);
    collect(GC_MINOR);
    collect(GC_MINOR);
    assert_int_equal(heap.remembered.count, 0);
    load(1, 0, 501);
    close_heap();
}

static void plant_lost_entry(void)
{
    heap.remembered.count--;
}

static void plant_lost_slot(void)
{
    heap.remembered.count -= 2;
}

static void plant_forwarding(void)
{
    ((struct gc_object *)root[1].object)->header = (uintptr_t)root[0].object;
}

static void plant_edge_into_object(void)
{
    ((struct gc_object *)root[1].object)->slot[0] = (struct gc_object *)((char *)root[1].object + 8);
}

static void plant_wild_old_edge(void)
{
    ((struct gc_object *)root[0].object)->slot[1] = (struct gc_object *)((char *)root[2].object + 8);
}

static void plant_log_bit(void)
{
    ((struct gc_object *)root[2].object)->header &= ~GC_UNLOGGED;
}

static void plant_mark(void)
{
    ((struct gc_object *)root[1].object)->header |= GC_MARKED;
}

static void plant_retired(void)
{
    make_kind(3, GC_WEAK, 2, 8);
    heap.first.weak = 1;
}

static void verify_finds(void **state)
{
    static const struct {
        void (*plant)(void);
        uint32_t slots; /* of the old object that refers to a young one */
        const char *word;
    } faults[] = {{plant_lost_entry, 3, "old object"},
                  {plant_lost_slot, 100, "not remembered"},
                  {plant_forwarding, 3, "young object"},
                  {plant_edge_into_object, 3, "in the nursery, where no object is"},
                  {plant_wild_old_edge, 3, "where no object is"},
                  {plant_log_bit, 3, "old object"},
                  {plant_mark, 3, "young object"},
                  {plant_retired, 3, "no minor collection looks"}};
    char why[160];
    (void)state;
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) {
        open_heap(8 << 20, "");
        make_old(0, faults[i].slots);
        make_old(2, 1000);
        make(1, 2, 8);
        store(0, 0, 1);
        verify();
        faults[i].plant();
        assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
        assert_non_null(strstr(why, faults[i].word));
        gc_detach(m);
        gc_close(&heap);
    }
}

/* ---- weak references, ephemerons, finalizers in minor collections ------------------------------------------- */

static void make_special(uint32_t r, uint32_t kind)
{
    assert_int_equal(gc_alloc(m, &root[r], kind, 2, 8), 0);
}

/* `weak` is of this age when its target is made: as old as so many minor collections. */
static void weak_references(void **state)
{
    (void)state;
    for (unsigned age = 0; age < 3; age++) {
        open_heap(8 << 20, "");
        make_special(0, GC_WEAK);
        for (unsigned i = 0; i < age; i++)
            gc_collect(m, GC_MINOR);
        make_special(1, GC_PLAIN);
        gc_store(m, &root[0], 0, &root[1]);
        verify();
        for (unsigned i = 0; i < 3; i++) {
            gc_collect(m, GC_MINOR);
            verify();
            gc_load(m, &root[2], &root[0], 0);
            assert_true(gc_same(m, &root[1], &root[2]));
        }
        make_special(1, GC_PLAIN);
        gc_store(m, &root[0], 0, &root[1]);
        gc_clear(m, &root[1]);
        gc_clear(m, &root[2]);
        gc_collect(m, GC_MINOR);
        gc_load(m, &root[2], &root[0], 0);
        assert_true(gc_is_empty(&root[2]));
        close_heap();
    }
}

static void ephemerons(void **state)
{
    (void)state;
    for (unsigned age = 0; age < 3; age++) {
        open_heap(8 << 20, "");
        make_special(0, GC_EPHEMERON);
        make_special(1, GC_PLAIN);
        gc_store(m, &root[0], 0, &root[1]);
        for (unsigned i = 0; i < age; i++)
            gc_collect(m, GC_MINOR);
        make_special(2, GC_PLAIN);
        *(uint64_t *)gc_data(m, &root[2]) = 42;
        gc_store(m, &root[0], 1, &root[2]);
        gc_clear(m, &root[2]);
        for (unsigned i = 0; i < 3; i++) {
            gc_collect(m, i == 1 ? GC_FULL : GC_MINOR);
            verify();
            gc_load(m, &root[2], &root[0], 1);
            assert_int_equal(*(uint64_t *)gc_data(m, &root[2]), 42);
            gc_clear(m, &root[2]);
        }
        gc_clear(m, &root[1]);
        gc_collect(m, GC_FULL);
        gc_load(m, &root[2], &root[0], 1);
        assert_true(gc_is_empty(&root[2]));
        close_heap();
    }
}

static void finalizers(void **state)
{
    (void)state;
    open_heap(8 << 20, "");
    make_special(0, GC_FINALIZER);
    make_special(1, GC_FINALIZER);
    gc_clear(m, &root[0]);
    gc_collect(m, GC_MINOR);
    assert_int_equal(finalized, 1);
    gc_collect(m, GC_MINOR);
    gc_clear(m, &root[1]);
    gc_collect(m, GC_MINOR);
    assert_int_equal(finalized, 1); /* it is old by now */
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized, 2);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized, 2);
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(objects_grow_old, forget),
        cmocka_unit_test_teardown(objects_are_remembered_once, forget),
        cmocka_unit_test_teardown(slots_are_remembered, forget),
        cmocka_unit_test_teardown(verify_finds, forget),
        cmocka_unit_test_teardown(weak_references, forget),
        cmocka_unit_test_teardown(ephemerons, forget),
        cmocka_unit_test_teardown(finalizers, forget),
    };
    return cmocka_run_group_tests(tests, open_shadow, close_shadow);
}
