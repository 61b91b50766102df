/* What only the arena promises: where objects lie, what a release keeps, and what its walk must see. */
#include "allocators/arena.h"
#include "allocators/pages.h"

#include "tests/one_heap.h"

static void test_neighbours_are_adjacent(void **state)
{
    (void)state;
    char *const first = take(17), *const second = take(1);
    assert_ptr_equal(first + 32, second);
    assert_ptr_equal(second + 16, take(1));
}

static void test_last_object_resizes_in_place(void **state)
{
    (void)state;
    char *const first = take(100);
    assert_ptr_equal(heap_resize(&heap, first, 100, 5000), first);
    assert_ptr_equal(heap_resize(&heap, first, 5000, 40), first);
    char *const second = take(8);
    assert_ptr_equal(second, first + 48);
    memset(first, 'x', 40);
    char *const moved = heap_resize(&heap, first, 40, 80);
    assert_ptr_not_equal(moved, first);
    assert_memory_equal(moved, first, 40);
}

/* An object from before a mark must not grow into what the release cuts off. */
static void test_mark_pins_the_object_before_it(void **state)
{
    (void)state;
    char *const old = take(32);
    const struct ht_mark mark = heap_mark(&heap);
    assert_ptr_not_equal(heap_resize(&heap, old, 32, 64), old);
    heap_release(&heap, mark);
    assert_ptr_equal(take(1), old + 32);
    heap_release(&heap, mark);
    assert_ptr_equal(heap_resize(&heap, old, 32, 16), old);
    assert_ptr_equal(take(1), old + 32);
}

static void test_marks_nest(void **state)
{
    (void)state;
    struct ht_mark mark[20];
    void *first[20];
    for (int i = 0; i < 20; i++) {
        mark[i] = heap_mark(&heap);
        first[i] = take(100);
        for (int n = 0; n < 100; n++)
            take(n % 10 == 0 ? 50000 : 3000);
    }
    for (int i = 19; i > 0; i -= 3) {
        heap_release(&heap, mark[i]);
        assert_whole();
        assert_ptr_equal(take(100), first[i]);
    }
    heap_release(&heap, mark[0]);
    assert_whole();
    assert_null(heap.chunks);
    assert_null(heap.large);
}

/* Rounds of the same work map nothing once the reserve holds it. */
static void test_released_chunks_are_reused(void **state)
{
    (void)state;
    uint64_t calls = 0;
    for (int round = 0; round < 10; round++) {
        const struct ht_mark mark = heap_mark(&heap);
        for (int i = 0; i < 10000; i++)
            take(200);
        take(100000);
        heap_release(&heap, mark);
        if (round == 1)
            calls = ht_pages_stats().calls;
    }
    assert_int_equal(ht_pages_stats().calls, calls);
}

static void test_reserve_is_bounded(void **state)
{
    (void)state;
    const struct ht_mark mark = heap_mark(&heap);
    for (int i = 0; i < 300; i++)
        take(i % 2 ? 70000 : 20000);
    take(64 << 20);
    heap_release(&heap, mark);
    assert_true(heap.held_bytes <= ARENA_RESERVE_BYTES);
    assert_int_equal(heap.held_bytes, heap.reserve_bytes);
    assert_int_equal(heap.held_bytes, ht_pages_stats().mapped);
    assert_whole();
}

static void test_absurd_size_is_refused(void **state)
{
    (void)state;
    take(1);
    for (int i = 0; i < 3; i++)
        assert_null(heap_alloc(&heap, SIZE_MAX - (size_t)i * 4096, HT_MIN_ALIGNMENT << 8));
    assert_null(heap_resize(&heap, take(8), 8, SIZE_MAX));
    assert_whole();
}

static void test_huge_alignment(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= 4 << 20; alignment *= 2) {
        char *const p = heap_alloc(&heap, 3, alignment);
        assert_int_equal((uintptr_t)p & (alignment - 1), 0);
        memset(p, 1, 3);
    }
    assert_whole();
}

static void test_walk_sees_overrun_header(void **state)
{
    (void)state;
    take(100);
    struct arena_chunk *const chunk = heap.chunks;
    const size_t bytes = chunk->bytes;
    chunk->bytes ^= 1;
    assert_broken("overwritten");
    chunk->bytes = bytes;
    assert_whole();
}

static void test_walk_sees_circle(void **state)
{
    (void)state;
    take(50000);
    take(50000);
    struct arena_chunk *const last = heap.large->next;
    last->next = heap.large;
    assert_broken("more than was mapped");
    last->next = NULL;
    assert_whole();
}

static void test_walk_sees_lost_chunk(void **state)
{
    (void)state;
    take(50000);
    take(50000);
    struct arena_chunk *const last = heap.large->next;
    heap.large->next = NULL;
    assert_broken("were counted");
    heap.large->next = last;
    assert_whole();
}

static void test_walk_sees_stray_bump_pointer(void **state)
{
    (void)state;
    take(50);
    char *const bump = heap.bump;
    heap.bump = heap.end + 16;
    assert_broken("bump pointer");
    heap.bump = bump;
    assert_whole();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_neighbours_are_adjacent, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_last_object_resizes_in_place, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_mark_pins_the_object_before_it, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_marks_nest, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_released_chunks_are_reused, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_reserve_is_bounded, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_absurd_size_is_refused, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_huge_alignment, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_overrun_header, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_circle, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_lost_chunk, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_stray_bump_pointer, open_heap, close_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
