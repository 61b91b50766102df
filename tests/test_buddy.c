/* What only buddy promises: orders, where halves lie, merging as far as it goes, a bounded reserve, and a walk
 * that sees each kind of damage. */
#include "allocators/buddy.h"

#include "tests/one_heap.h"

enum { OBJECTS = 4, OBJECT_BYTES = 100, OBJECT_ORDER = 3, LARGE_BYTES = 5 << 20 };

static void test_orders(void **state)
{
    (void)state;
    const struct {
        size_t bytes;
        unsigned order;
    } rows[] = {
        {1, 0},
        {16, 0},
        {17, 1},
        {32, 1},
        {33, 2},
        {64, 2},
        {65, 3},
        {1024, 6},
        {1025, 7},
        {1 << 16, 12},
        {1 << 19, 15},
        {(1 << 19) + 1, 16},
        {(size_t)1 << 39, 35},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(buddy_order(rows[i].bytes), rows[i].order);
}

/* The first objects of a region: each where halving leaves it. */
static void test_halves_lie_where_they_should(void **state)
{
    (void)state;
    char *const first = take(16);
    assert_int_equal((uintptr_t)first % BUDDY_REGION_BYTES, BUDDY_UNITS);
    const struct {
        size_t bytes, offset;
    } rows[] = {{16, 16}, {17, 32}, {64, 64}, {1, 128}, {100, 256}, {300, 512}, {30, 160}, {5, 144}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const p = take(rows[i].bytes);
        assert_int_equal(p - first, rows[i].offset);
        assert_int_equal(heap_usable(&heap, p, rows[i].bytes),
                         (size_t)BUDDY_GRAIN << buddy_order(rows[i].bytes));
    }
    assert_whole();
}

static void test_merges_in_any_order(void **state)
{
    (void)state;
    const int order[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3}, {1, 3, 2, 0}, {2, 0, 3, 1}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        char *o[4];
        for (int k = 0; k < 4; k++)
            o[k] = take(OBJECT_BYTES);
        char *const pin = take(OBJECT_BYTES);
        for (int k = 0; k < 4; k++) {
            heap_free(&heap, o[order[i][k]], OBJECT_BYTES);
            assert_whole();
        }
        assert_int_equal(buddy_map(o[0])[buddy_unit(o[0])], BUDDY_FREE | (OBJECT_ORDER + 2));
        heap_free(&heap, pin, OBJECT_BYTES);
        assert_int_equal(heap.empty, 1);
        assert_whole();
    }
}

static void test_resizes_in_place(void **state)
{
    (void)state;
    char *const p = take(OBJECT_BYTES), *const right = take(OBJECT_BYTES);
    assert_ptr_equal(heap_resize(&heap, p, OBJECT_BYTES, 128), p);
    char *moved = heap_resize(&heap, right, OBJECT_BYTES, 200);
    assert_ptr_not_equal(moved, right);
    assert_memory_equal(moved, p, OBJECT_BYTES);
    assert_ptr_equal(heap_resize(&heap, p, 128, 256), p);
    assert_ptr_equal(heap_resize(&heap, p, 256, 10), p);
    assert_int_equal(heap_usable(&heap, p, 10), 16);
    assert_whole();
    moved = heap_resize(&heap, p, 10, LARGE_BYTES);
    assert_ptr_not_equal(moved, p);
    assert_memory_equal(moved, "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa", 10);
    const uint64_t mapped = ht_pages_stats().mapped;
    assert_ptr_equal(heap_resize(&heap, moved, LARGE_BYTES, LARGE_BYTES / 2 + 1), moved);
    assert_int_equal(mapped - ht_pages_stats().mapped, LARGE_BYTES / 2 - HT_PAGE_BYTES);
    moved = heap_resize(&heap, moved, LARGE_BYTES / 2 + 1, 1000);
    assert_false(buddy_is_large(moved));
    assert_null(heap.large);
    assert_whole();
}

/* What lies right of a right half is not its buddy. */
static void test_right_half_does_not_grow(void **state)
{
    (void)state;
    char *o[4];
    for (int k = 0; k < 4; k++)
        o[k] = take(OBJECT_BYTES);
    heap_free(&heap, o[2], OBJECT_BYTES);
    assert_ptr_not_equal(heap_resize(&heap, o[1], OBJECT_BYTES, 2 * OBJECT_BYTES), o[1]);
    assert_whole();
}

static void test_aligns(void **state)
{
    (void)state;
    const size_t bytes[] = {1, 24, 100, 5000, 600000};
    const uint64_t before = ht_pages_stats().mapped;
    for (size_t alignment = HT_MIN_ALIGNMENT; alignment <= 4 << 20; alignment *= 2)
        for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
            char *const skew = take(24);
            char *const p = heap_alloc(&heap, bytes[i], alignment);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignment, 0);
            memset(p, 1, bytes[i]);
            assert_true(heap_usable(&heap, p, bytes[i]) < 2 * bytes[i] + HT_PAGE_BYTES);
            assert_whole();
            heap_free(&heap, p, bytes[i]);
            heap_free(&heap, skew, 24);
            assert_whole();
        }
    assert_int_equal(ht_pages_stats().mapped - before, BUDDY_RESERVE * BUDDY_REGION_BYTES);
}

static void test_refuses_the_impossible(void **state)
{
    (void)state;
    char *const p = take(1);
    assert_null(heap_alloc(&heap, SIZE_MAX, HT_MIN_ALIGNMENT));
    assert_null(heap_alloc(&heap, BUDDY_MAX_BYTES + 1, HT_MIN_ALIGNMENT));
    assert_null(heap_alloc(&heap, 1, (size_t)1 << 62));
    assert_null(heap_resize(&heap, p, 1, SIZE_MAX));
    assert_whole();
}

static void test_gives_memory_back(void **state)
{
    (void)state;
    enum { MANY = 400 };
    const uint64_t before = ht_pages_stats().mapped;
    static char *o[MANY];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            o[i] = take(20000);
        assert_true(ht_pages_stats().mapped - before >= MANY * 20000);
        for (int i = 0; i < MANY; i += 2)
            heap_free(&heap, o[i], 20000);
        for (int i = 1; i < MANY; i += 2)
            heap_free(&heap, o[i], 20000);
        assert_int_equal(ht_pages_stats().mapped - before, BUDDY_RESERVE * BUDDY_REGION_BYTES);
        assert_whole();
    }
    char *const large = take(LARGE_BYTES);
    assert_true(ht_pages_stats().mapped - before >= LARGE_BYTES);
    heap_free(&heap, large, LARGE_BYTES);
    assert_int_equal(ht_pages_stats().mapped - before, BUDDY_RESERVE * BUDDY_REGION_BYTES);
}

/* Four neighbours, of which the second, buddy of the first, is free; and a mapping of its own. */
static char *object[OBJECTS], *large;

static unsigned char *map_of(int i)
{
    return &buddy_map(object[i])[buddy_unit(object[i])];
}

static struct buddy_link *link_of(int i)
{
    return (struct buddy_link *)object[i];
}

static void overwrite_order(void)
{
    *map_of(2) = 0x1f;
}

static void put_order_too_high(void)
{
    *map_of(3) = OBJECT_ORDER + 1;
}

static void lose_free_bit(void)
{
    *map_of(1) = OBJECT_ORDER;
}

static void gain_free_bit(void)
{
    *map_of(2) |= BUDDY_FREE;
}

static void free_without_merge(void)
{
    buddy_put(&heap, buddy_map(object[0]), buddy_unit(object[0]), OBJECT_ORDER);
}

static void break_next(void)
{
    link_of(1)->next = (struct buddy_link *)(uintptr_t)0x10;
}

static void link_live_block(void)
{
    link_of(1)->next = link_of(3);
}

static void break_previous(void)
{
    link_of(1)->previous = link_of(3);
}

static void link_to_itself(void)
{
    link_of(1)->next = link_of(1);
}

static void lose_end_of_list(void)
{
    heap.list[OBJECT_ORDER].previous = &heap.list[OBJECT_ORDER];
}

static void lose_list_bit(void)
{
    heap.orders &= ~(1u << OBJECT_ORDER);
}

static void gain_list_bit(void)
{
    heap.orders |= 1u << BUDDY_MAP_ORDER;
}

static void lose_block(void)
{
    buddy_unlink(&heap, link_of(1), OBJECT_ORDER);
}

static void overwrite_map_start(void)
{
    heap.regions->order_of_map = 0xff;
}

static void break_region_link(void)
{
    heap.regions->previous = heap.regions;
}

static void miscount_empty(void)
{
    heap.empty++;
}

static void overwrite_large(void)
{
    buddy_large_of(large)->bytes = 0x4141414141414141;
}

static void test_walk_sees_damage(void **state)
{
    const struct {
        void (*plant)(void);
        const char *words;
    } damages[] = {
        {overwrite_order, "the map says 0x1f for block"},
        {put_order_too_high, "the map says 0x4 for block"},
        {lose_free_bit, "no free block"},
        {gain_free_bit, "1 free blocks are not in list 3"},
        {free_without_merge, "and its buddy are both free"},
        {break_next, "list 3 leads to 0x10, no free block"},
        {link_live_block, "no free block"},
        {break_previous, "in list 3 has lost the way back"},
        {link_to_itself, "in list 3 has lost the way back"},
        {lose_end_of_list, "the head of list 3 has lost its end"},
        {lose_list_bit, "the bit of list 3 is wrong"},
        {gain_list_bit, "the bit of list 12 is wrong"},
        {lose_block, "1 free blocks are not in list 3"},
        {overwrite_map_start, "begins with 0xff"},
        {break_region_link, "has lost the way back"},
        {miscount_empty, "0 regions are empty, not 1"},
        {overwrite_large, "the header of the mapping"},
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        open_heap(state);
        large = take(LARGE_BYTES);
        for (int k = 0; k < OBJECTS; k++)
            object[k] = take(OBJECT_BYTES);
        heap_free(&heap, object[1], OBJECT_BYTES);
        assert_whole();
        damages[i].plant();
        char why[128] = "";
        assert_int_equal(ht_buddy_check(&heap, why), -EUCLEAN);
        if (!strstr(why, damages[i].words))
            fail_msg("damage %zu: \"%s\" instead of \"%s\"", i, why, damages[i].words);
        buddy_large_of(large)->bytes = LARGE_BYTES;
        close_heap(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test_setup_teardown(test_halves_lie_where_they_should, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_merges_in_any_order, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_resizes_in_place, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_right_half_does_not_grow, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_aligns, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_refuses_the_impossible, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_gives_memory_back, open_heap, close_heap),
        cmocka_unit_test(test_walk_sees_damage),
    };
    return cmocka_run_group_tests_name("buddy", tests, NULL, NULL);
}
