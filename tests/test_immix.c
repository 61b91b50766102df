/* immix: what every collector that moves stands, and what is its own: holes, evacuation, large objects. */
#include "allocators/immix.h"
#include "allocators/immix_own.h"
#include "tests/gc_kit.h"
/* All but the lines' ends, the bits, the reserve and the mark stack. */
#define LEAST_SHARE 0.80
#include "tests/gc_moving.h"
#include "tests/gc_specials.h"

static void test_variants(void **state)
{
    (void)state;
    assert_int_equal(try_heap(MOVING_HEAP, "fast"), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "evacuate"));
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

/* Small objects all over the heap, one in `keep` of which lives: in no block is there much, and none is free. */
static void scatter(struct gc_root *r, uint32_t keep)
{
    enum { BYTES = 24 };
    uint32_t n = 0, kept_here = 0;
    new_object(r, GC_PLAIN, MOVING_HEAP / 32 / keep, 0);
    while (n < gc_slots(m, r) && stats_now().collections == 0 && !try_new(r + 1, GC_PLAIN, 1, BYTES, n))
        if (kept_here++ % keep == 0)
            gc_store(m, r, n++, r + 1);
    gc_clear(m, r + 1);
}

static void assert_scattered(struct gc_root *r)
{
    uint32_t n = 0;
    for (; n < gc_slots(m, r); n++) {
        gc_load(m, r + 1, r, n);
        if (gc_is_empty(r + 1))
            break;
        assert_int_equal(number_of(r + 1), n);
    }
    assert_true(n > 1000);
    gc_clear(m, r + 1);
}

/* A line that lives in every second: objects of up to a line find room between, larger ones only once blocks have
 * been emptied. */
static void test_evacuation_makes_room(void **state)
{
    (void)state;
    for (int stays = 0; stays < 2; stays++) {
        open_heap(MOVING_HEAP, stays ? "stay" : "");
        struct gc_root *const r = gc_push(m, 4);
        scatter(r, 16);
        gc_collect(m, GC_FULL);
        assert_whole();
        const uint64_t n = fill_heap(r + 2, 4000);
        assert_whole();
        assert_scattered(r);
        assert_true(stays ? n < 200 : n > 500);
        assert_int_equal(stats_now().moved_bytes > 0, !stays);
        gc_pop(m, 4);
        close_heap();
    }
}

/* When there is no room for copies, some stay where they are. */
static void test_evacuation_runs_out_of_room(void **state)
{
    (void)state;
    failed = 1;
    for (uint64_t after = 0; failed; after++) {
        open_heap(MOVING_HEAP, "evacuate");
        struct gc_root *const r = gc_push(m, 2);
        scatter(r, 4);
        gc_collect(m, GC_FULL); /* there was no sweep before it that knew what to move */
        const uint64_t moved = stats_now().moved_bytes;
        start_failing(GC_SITE_COPY_RESERVE, after);
        gc_collect(m, GC_FULL);
        assert_true(failed > 0 || after > 1);
        assert_whole();
        assert_scattered(r);
        assert_int_equal(stats_now().moved_bytes > moved, after > 0);
        gc_budget_fail = NULL;
        gc_collect(m, GC_FULL);
        assert_scattered(r);
        gc_pop(m, 2);
        close_heap();
    }
}

/* Free lines between live ones are allocated from, in any number, and nothing else is touched. */
static void test_holes_are_allocated_from(void **state)
{
    (void)state;
    enum { N = 4000 };
    open_heap(MOVING_HEAP, "stay");
    struct gc_root *const r = gc_push(m, 3);
    new_object(r, GC_PLAIN, N, 0);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(try_new(r + 1, GC_PLAIN, 0, 240, i), 0); /* nearly a line */
        gc_store(m, r, i, r + 1);
    }
    for (uint32_t i = 0; i < N; i++)
        if (i / 7 % 2)
            gc_store(m, r, i, &gc_nothing);
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    const uint64_t held = heap.budget.held;
    for (uint32_t i = 0; i < N; i++)
        if (i / 7 % 2) {
            assert_int_equal(try_new(r + 1, GC_PLAIN, 2, 8 + i % 200, i), 0);
            gc_store(m, r, i, r + 1);
        }
    assert_true(heap.budget.held < held + 10 * GC_BLOCK_BYTES);
    assert_whole();
    gc_collect(m, GC_FULL);
    assert_whole();
    assert_int_equal(objects_held(), N + 1);
    for (uint32_t i = 0; i < N; i++) {
        gc_load(m, r + 1, r, i);
        assert_int_equal(number_of(r + 1), i);
    }
    gc_pop(m, 3);
    close_heap();
}

static void test_large_objects_have_pages_of_their_own(void **state)
{
    (void)state;
    open_heap(MOVING_HEAP, "");
    struct gc_root *const r = gc_push(m, 2);
    const uint64_t held = heap.budget.held;
    assert_int_equal(try_new(r, GC_PLAIN, 1, 100000, 1), 0);
    assert_int_equal(try_new(r + 1, GC_PLAIN, 1, 8192, 2), 0);
    gc_store(m, r, 0, r + 1);
    gc_store(m, r + 1, 0, r);
    gc_clear(m, r + 1);
    assert_true(heap.budget.held >= held + 108192);
    gc_collect(m, GC_FULL);
    gc_load(m, r + 1, r, 0);
    assert_int_equal(number_of(r + 1), 2);
    gc_clear(m, r);
    gc_clear(m, r + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(heap.budget.held, held);
    assert_int_equal(objects_held(), 0);
    gc_pop(m, 2);
    close_heap();
}

static void assert_broken(const char *word)
{
    char why[160] = "";
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    if (!strstr(why, word))
        fail_msg("%s", why);
}

/* The heap walk finds what is planted: after a collection, and in a hole. */
static void test_verify(void **state)
{
    (void)state;
    open_heap(MOVING_HEAP, "stay");
    struct gc_root *const r = gc_push(m, 3);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(try_new(r, GC_PLAIN, 2, 900, 1), 0);
        new_object(r + 1, GC_PLAIN, 2, 2);
        assert_int_equal(try_new(r + 2, GC_PLAIN, 2, 9000, 3), 0);
        gc_store(m, r + 1, 0, r + 2);
        if (i)
            gc_collect(m, GC_FULL);
        struct gc_object *const a = r->object, *const b = r[1].object;
        assert_whole();
        b->slot[1] = (struct gc_object *)((char *)a + 8);
        assert_broken("where no object is");
        b->slot[1] = (struct gc_object *)((char *)r[2].object + 8);
        assert_broken("where no object is");
        b->slot[1] = NULL;
        const uint64_t header = b->header;
        b->header = (uint64_t)(uintptr_t)a;
        assert_broken("has the header");
        b->header = gc_header(GC_PLAIN, 100000, 0);
        assert_broken("has the header");
        b->header = header;
        assert_whole();
    }
    const size_t block = (size_t)((char *)r->object - heap.space) / GC_BLOCK_BYTES;
    const size_t line = (size_t)((char *)r->object - heap.space) % GC_BLOCK_BYTES / GC_LINE_BYTES + 2;
    heap.block[block].used[line / 64] &= ~((uint64_t)1 << line % 64);
    assert_broken("in a free line");
    gc_line_set(heap.block[block].used, line);
    assert_whole();
    gc_pop(m, 3);
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVING_TESTS,
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_tables_get_their_memory_back),
        cmocka_unit_test(test_evacuation_makes_room),
        cmocka_unit_test(test_evacuation_runs_out_of_room),
        cmocka_unit_test(test_holes_are_allocated_from),
        cmocka_unit_test(test_large_objects_have_pages_of_their_own),
        cmocka_unit_test(test_verify),
        SPECIALS_TESTS,
    };
    static const char *const variants[] = {"", "stay", "evacuate", "evacuate+mark-stack=64",
                                           "evacuate+reversal"};
    int failed_tests = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        kit_variant = variants[i];
        failed_tests += cmocka_run_group_tests_name(variants[i], tests, NULL, NULL);
    }
    return failed_tests;
}
