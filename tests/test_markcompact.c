/* markcompact: what every collector that moves stands, and what is its own. With a mark stack that grows,
 * with one that does not, and with none. */
#include "allocators/markcompact.h"
#include "tests/gc_kit.h"
/* All but the bits, the sums and the mark stack; a mark stack that grew is not given back. */
#define LEAST_SHARE 0.90
#include "tests/gc_moving.h"
#include "tests/gc_specials.h"

static void test_variants(void **state)
{
    (void)state;
    assert_int_equal(try_heap(MOVING_HEAP, "fast"), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "reversal"));
}

/* Objects of every size, with gaps of every size between them: each stands where what lives before it ends. */
static void test_objects_keep_their_order(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct ht_rng rng = ht_rng_open(4, 0);
    static uint32_t bytes[N];
    open_heap(MOVING_HEAP, "");
    struct gc_root *const r = gc_push(m, 2);
    new_object(r, GC_PLAIN, N, N);
    for (uint32_t i = 0; i < N; i++) {
        bytes[i] = 8 + ht_rng_below(&rng, i % 10 ? 100 : 2000);
        assert_int_equal(try_new(r + 1, GC_PLAIN, i % 3, bytes[i], i), 0);
        memset((char *)gc_data(m, r + 1) + 8, (int)i, bytes[i] - 8);
        gc_store(m, r, i, r + 1);
        if (i > N / 10) /* the first ones stay where they are */
            assert_int_equal(try_new(r + 1, GC_PLAIN, 0, 8 + ht_rng_below(&rng, 1000), 0), 0);
    }
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(objects_held(), N + 1);
    const char *at = heap.space + gc_size(N, 8);
    for (uint32_t i = 0; i < N; i++) {
        gc_load(m, r + 1, r, i);
        assert_ptr_equal(r[1].object, at);
        at += gc_size(i % 3, bytes[i]);
        const unsigned char *const data = gc_data(m, r + 1);
        assert_int_equal(number_of(r + 1), i);
        for (uint32_t k = 8; k < bytes[i]; k++)
            assert_int_equal(data[k], (unsigned char)i);
    }
    assert_ptr_equal(heap.free, at);
    assert_whole();
    gc_pop(m, 2);
    close_heap();
}

/* Tables of specials grow although the heap was used up. */
static void test_tables_get_their_memory_back(void **state)
{
    (void)state;
    open_heap(MOVING_HEAP, "");
    struct gc_root *const r = gc_push(m, 2);
    fill_heap(r, 1000);
    gc_clear(m, r);
    gc_clear(m, r + 1);
    uint64_t n = 0;
    for (; !try_new(r + 1, GC_WEAK, 2, 8, n); n++) {
        gc_store(m, r + 1, 1, r);
        gc_move(m, r, r + 1);
    }
    assert_true(n * (gc_size(2, 8) + 16) > MOVING_HEAP * 0.7);
    assert_whole();
    assert_true(heap.budget.peak <= MOVING_HEAP);
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
    a->slot[1] = NULL;
    const uint64_t header = b->header;
    b->header = (uint64_t)(uintptr_t)a; /* a forwarding address that stayed */
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    b->header = gc_header(0, 1000, 0);
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    b->header = header;
    r[1].object = heap.space + 8;
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
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_objects_keep_their_order),
        cmocka_unit_test(test_tables_get_their_memory_back),
        cmocka_unit_test(test_verify),
        SPECIALS_TESTS,
    };
    static const char *const variants[] = {"", "mark-stack=64", "reversal"};
    int failed_tests = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        kit_variant = variants[i];
        failed_tests += cmocka_run_group_tests_name(variants[i], tests, NULL, NULL);
    }
    return failed_tests;
}
