/* nogc: nothing is ever freed, and the heap walk sees it all. */
#include "allocators/nogc.h"
#include "tests/gc_kit.h"

static int setup(void **state)
{
    (void)state;
    open_heap(1 << 20, "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_whole();
    close_heap();
    return 0;
}

static void test_no_variant(void **state)
{
    (void)state;
    assert_int_equal(try_heap(1 << 20, "fast"), -EINVAL);
}

/* Beyond the limit, and whatever the size. */
static void test_all_is_held(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    for (uint32_t i = 0; i < 50000; i++)
        assert_int_equal(try_new(r, GC_PLAIN, 2, i % 1000 ? 40 : 400000, i), 0);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), 50000);
    assert_true(stats_now().held_bytes > 20 << 20);
    gc_pop(m, 1);
}

/* A chunk that is full to its last byte. */
static void test_a_full_chunk(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    new_object(r, GC_PLAIN, 0, 0);
    uint64_t objects = 1;
    for (; m->end - m->free >= GC_OBJECT_MIN_BYTES; objects++)
        new_object(r, GC_PLAIN, 0, 0);
    assert_int_equal(objects_held(), objects);
    assert_whole();
    new_object(r, GC_PLAIN, 0, 0);
    assert_int_equal(objects_held(), objects + 1);
    gc_pop(m, 1);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct gc_root *const r = gc_push(m, 1);
    new_object(r, GC_PLAIN, 1, 5);
    start_failing(GC_SITE_HEAP, 0);
    assert_int_equal(gc_alloc(m, r, GC_PLAIN, 1, 1 << 20), -ENOMEM);
    assert_int_equal(number_of(r), 5);
    gc_budget_fail = NULL;
    gc_pop(m, 1);
}

static void test_verify_finds(void **state)
{
    (void)state;
    char why[160];
    struct gc_root *const r = gc_push(m, 1);
    new_object(r, GC_PLAIN, 1, 1);
    struct gc_object *const object = r->object;
    object->slot[0] = (struct gc_object *)((char *)object + 8);
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    object->slot[0] = (struct gc_object *)&heap;
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    object->slot[0] = NULL;
    const uint64_t header = object->header;
    object->header = 2;
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    object->header = gc_header(GC_PLAIN, 1 << 20, 8);
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    object->header = header;
    gc_pop(m, 1);
}

#define NOGC_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_variant), NOGC_TEST(test_all_is_held),  NOGC_TEST(test_a_full_chunk),
        NOGC_TEST(test_no_memory),         NOGC_TEST(test_verify_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
