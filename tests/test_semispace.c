/* semispace: what every collector that moves stands, and what is its own. */
#include "allocators/semispace.h"
#include "tests/gc_kit.h"
/* Half of the heap, less what is left for tables. */
#define LEAST_SHARE 0.45
#include "tests/gc_moving.h"
#include "tests/gc_specials.h"

static void test_no_variant(void **state)
{
    (void)state;
    assert_int_equal(try_heap(MOVING_HEAP, "fast"), -EINVAL);
}

/* What stands side by side after a collection: in the order of breadth. */
static void test_a_collection_leaves_no_gaps(void **state)
{
    (void)state;
    open_heap(MOVING_HEAP, "");
    struct gc_root *const r = gc_push(m, 2);
    for (uint64_t i = 0; i < 100; i++) {
        new_object(r + 1, GC_PLAIN, 1, i);
        gc_store(m, r + 1, 0, r);
        gc_move(m, r, r + 1);
        new_object(r + 1, GC_PLAIN, 50, i);
    }
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(heap.free - heap.space, 100 * gc_size(1, 8));
    const struct gc_stats stats = stats_now();
    assert_int_equal(stats.moved_bytes, 100 * gc_size(1, 8));
    assert_int_equal(stats.freed_bytes, 100 * gc_size(50, 8));
    assert_int_equal(stats.traced_objects, 100);
    assert_int_equal(stats.collections, 1);
    gc_pop(m, 2);
    close_heap();
}

/* The heap walk finds what is planted. */
static void test_verify(void **state)
{
    (void)state;
    char why[160];
    open_heap(MOVING_HEAP, "");
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, 2, 1);
    new_object(r + 1, GC_PLAIN, 2, 2);
    gc_store(m, r, 0, r + 1);
    assert_int_equal(gc_verify(&heap, why), 0);
    struct gc_object *const a = r->object, *const b = r[1].object;
    a->slot[1] = (struct gc_object *)((char *)b + 8); /* into an object */
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    a->slot[1] = (struct gc_object *)heap.free; /* beyond all */
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    a->slot[1] = (struct gc_object *)heap.other; /* to where it was */
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    a->slot[1] = NULL;
    const uint64_t header = b->header;
    b->header = (uint64_t)(uintptr_t)a; /* a forwarding address that stayed */
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    b->header = gc_header(0, 1000, 0);
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    b->header = header;
    r[1].object = heap.other;
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    r[1].object = NULL;
    assert_int_equal(gc_verify(&heap, why), 0);
    gc_pop(m, 2);
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVING_TESTS,
        cmocka_unit_test(test_no_variant),
        cmocka_unit_test(test_a_collection_leaves_no_gaps),
        cmocka_unit_test(test_verify),
        SPECIALS_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
