/* What only tlsf promises: the paper's mapping, which free block is taken, merging at once, a bounded reserve,
 * and a walk that sees each kind of damage. */
#include "allocators/pages.h"
#include "allocators/tlsf.h"

#include "tests/one_heap.h"

enum { OBJECTS = 5, OBJECT_BYTES = 100, BLOCK_BYTES = 112 };

/* Row and column by the paper's formula, with 64 columns: f is the power of two, and below 1 KiB, where a
 * column would be narrower than 16 bytes, all is one row. Our rows start at 1 KiB. */
static size_t list_by_paper(size_t size)
{
    size_t f = 0;
    while (size >> (f + 1))
        f++;
    return f < 10 ? size / 16 : (f - 9) * 64 + (size - ((size_t)1 << f)) / ((size_t)1 << (f - 6));
}

static void test_mapping(void **state)
{
    (void)state;
    const struct {
        size_t size, list, fitting;
    } rows[] = {
        {32, 2, 2},
        {48, 3, 3},
        {1008, 63, 63},
        {1024, 64, 64},
        {2032, 127, 127},
        {2048, 128, 128},
        {2064, 128, 129},
        {2080, 129, 129},
        {4064, 191, 191},
        {4080, 191, 192},
        {4096, 192, 192},
        {4096 + 64, 193, 193},
        {1 << 18, 576, 576},
        {(1 << 18) + 16, 576, 577},
        {(size_t)1 << 39, 1920, 1920},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(tlsf_list(rows[i].size), rows[i].list);
        assert_int_equal(tlsf_fitting_list(rows[i].size), rows[i].fitting);
    }
    for (size_t size = TLSF_MIN_BYTES; size < 40000; size += TLSF_GRAIN) {
        assert_int_equal(tlsf_list(size), list_by_paper(size));
        /* All of the fitting list is large enough, and it is the first list like that. */
        const size_t fitting = tlsf_fitting_list(size);
        assert_true(list_by_paper(size - TLSF_GRAIN) < fitting);
        assert_true(fitting <= list_by_paper(size) + 1);
    }
    assert_int_equal(tlsf_block_bytes(1), 32);
    assert_int_equal(tlsf_block_bytes(24), 32);
    assert_int_equal(tlsf_block_bytes(25), 48);
    assert_int_equal(tlsf_block_bytes(OBJECT_BYTES), BLOCK_BYTES);
}

static void test_takes_the_smallest_that_fits(void **state)
{
    (void)state;
    const size_t hole_bytes[] = {500, 60, 120, 3000, 250};
    char *hole[5];
    for (int i = 0; i < 5; i++) {
        hole[i] = take(hole_bytes[i]);
        take(1);
    }
    for (int i = 0; i < 5; i++)
        heap_free(&heap, hole[i], hole_bytes[i]);
    assert_ptr_equal(take(100), hole[2]);
    assert_ptr_equal(take(130), hole[4]);
    assert_ptr_equal(take(56), hole[1]);
    assert_ptr_equal(take(2000), hole[3]);
    assert_whole();
}

/* A rest of 32 bytes and 1/16 of the block is cut off; a smaller one is not. */
static void test_leaves_slivers(void **state)
{
    const struct {
        size_t hole_bytes, bytes, usable;
    } rows[] = {{88, 40, 40}, {56, 40, 56}, {1064, 1000, 1064}, {1112, 1000, 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        close_heap(state);
        open_heap(state);
        char *const hole = take(rows[i].hole_bytes);
        take(200);
        heap_free(&heap, hole, rows[i].hole_bytes);
        assert_ptr_equal(take(rows[i].bytes), hole);
        assert_int_equal(heap_usable(&heap, hole, rows[i].bytes), rows[i].usable);
        assert_whole();
    }
}

/* Three neighbours, freed in any order, are one block again. */
static void test_merges_in_any_order(void **state)
{
    (void)state;
    const int order[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        char *o[3];
        for (int k = 0; k < 3; k++)
            o[k] = take(OBJECT_BYTES);
        char *const pin = take(OBJECT_BYTES);
        for (int k = 0; k < 3; k++) {
            heap_free(&heap, o[order[i][k]], OBJECT_BYTES);
            assert_whole();
        }
        assert_int_equal(tlsf_size(tlsf_block_of(o[0])), 3 * BLOCK_BYTES);
        assert_ptr_equal(take(3 * BLOCK_BYTES - 8), o[0]);
        heap_free(&heap, o[0], 3 * BLOCK_BYTES - 8);
        heap_free(&heap, pin, OBJECT_BYTES);
        assert_int_equal(heap.empty_bytes, TLSF_REGION_BYTES);
    }
}

static void test_resizes_in_place(void **state)
{
    (void)state;
    char *const first = take(OBJECT_BYTES), *const second = take(OBJECT_BYTES);
    char *const pin = take(OBJECT_BYTES);
    assert_ptr_equal(heap_resize(&heap, first, OBJECT_BYTES, 88), first);
    assert_int_equal(heap_usable(&heap, first, 88), 104);
    assert_whole();
    assert_ptr_equal(heap_resize(&heap, first, 88, 104), first);
    assert_ptr_not_equal(heap_resize(&heap, pin, OBJECT_BYTES, 10), NULL);
    assert_int_equal(heap_usable(&heap, pin, 10), 24);
    heap_free(&heap, second, OBJECT_BYTES);
    assert_ptr_equal(heap_resize(&heap, first, 104, 180), first);
    assert_int_equal(heap_usable(&heap, first, 180), 184);
    assert_whole();
    assert_ptr_equal(heap_resize(&heap, first, 180, 2 * BLOCK_BYTES - 8), first);
    assert_whole();
    char *const moved = heap_resize(&heap, first, 2 * BLOCK_BYTES - 8, 2 * BLOCK_BYTES);
    assert_ptr_not_equal(moved, first);
    for (int i = 0; i < OBJECT_BYTES; i++)
        assert_int_equal((unsigned char)moved[i], 0xaa);
    assert_whole();
}

static void test_aligns(void **state)
{
    (void)state;
    const size_t bytes[] = {1, 24, 100, 5000, 300000};
    for (size_t alignment = HT_MIN_ALIGNMENT; alignment <= 2 << 20; alignment *= 2)
        for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
            char *const skew = take(24);
            char *const p = heap_alloc(&heap, bytes[i], alignment);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignment, 0);
            memset(p, 1, bytes[i]);
            assert_whole();
            heap_free(&heap, p, bytes[i]);
            heap_free(&heap, skew, 24);
            assert_whole();
        }
    assert_null(heap.used);
    assert_true(heap.empty_bytes <= TLSF_RESERVE_BYTES);
}

/* A large region that goes takes its share of the reserve with it; two returns a free catch up. */
static void test_reserve_shrinks_with_the_heap(void **state)
{
    (void)state;
    enum { KEPT = 40, LARGE_BYTES = 100 << 20, ALMOST_A_REGION = 200 << 10 };
    char *const large = take(LARGE_BYTES), *o[KEPT];
    for (int i = 0; i < KEPT; i++)
        o[i] = take(ALMOST_A_REGION);
    for (int i = 0; i < KEPT; i++)
        heap_free(&heap, o[i], ALMOST_A_REGION);
    assert_int_equal(heap.empty_bytes, KEPT * TLSF_REGION_BYTES);
    heap_free(&heap, large, LARGE_BYTES);
    assert_true(heap.empty_bytes < KEPT * TLSF_REGION_BYTES);
    for (size_t before = heap.empty_bytes; before > TLSF_RESERVE_BYTES; before -= TLSF_REGION_BYTES) {
        heap_free(&heap, take(ALMOST_A_REGION), ALMOST_A_REGION);
        assert_true(heap.empty_bytes < before);
    }
    assert_true(heap.empty_bytes <= TLSF_RESERVE_BYTES);
    assert_whole();
}

static void test_refuses_the_impossible(void **state)
{
    (void)state;
    char *const p = take(1);
    assert_null(heap_alloc(&heap, SIZE_MAX, HT_MIN_ALIGNMENT));
    assert_null(heap_alloc(&heap, SIZE_MAX - 40, HT_MIN_ALIGNMENT));
    assert_null(heap_alloc(&heap, TLSF_MAX_BYTES + 1, HT_MIN_ALIGNMENT));
    assert_null(heap_alloc(&heap, 1, (size_t)1 << 62));
    assert_null(heap_resize(&heap, p, 1, SIZE_MAX));
    assert_whole();
}

static void test_gives_memory_back(void **state)
{
    (void)state;
    enum { MANY = 2000, LARGE_BYTES = 5 << 20 };
    const uint64_t before = ht_pages_stats().mapped;
    static char *o[MANY];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            o[i] = take(20000);
        assert_true(ht_pages_stats().mapped - before >= MANY * 20000);
        /* Every second one first, so that nothing is free as a whole until then. */
        for (int i = 0; i < MANY; i += 2)
            heap_free(&heap, o[i], 20000);
        for (int i = 1; i < MANY / 2; i += 2)
            heap_free(&heap, o[i], 20000);
        assert_in_range(heap.empty_bytes, 1, heap.mapped_bytes / TLSF_RESERVE_SHARE);
        for (int i = MANY / 2 + 1; i < MANY; i += 2)
            heap_free(&heap, o[i], 20000);
        assert_int_equal(ht_pages_stats().mapped - before, TLSF_RESERVE_BYTES);
        assert_whole();
    }
    char *const large = take(LARGE_BYTES);
    assert_true(ht_pages_stats().mapped - before >= LARGE_BYTES);
    heap_free(&heap, large, LARGE_BYTES);
    assert_int_equal(ht_pages_stats().mapped - before, TLSF_RESERVE_BYTES);
}

/* Five neighbours, of which the second is free. */
static char *object[OBJECTS];

static struct tlsf_block *block(int i)
{
    return tlsf_block_of(object[i]);
}

static void make_objects(void **state)
{
    close_heap(state);
    open_heap(state);
    for (int i = 0; i < OBJECTS; i++)
        object[i] = take(OBJECT_BYTES);
    heap_free(&heap, object[1], OBJECT_BYTES);
    assert_whole();
}

static void assert_damaged(const char *words)
{
    char why[128] = "";
    assert_int_equal(ht_tlsf_check(&heap, why), -EUCLEAN);
    if (!strstr(why, words))
        fail_msg("\"%s\" instead of \"%s\"", why, words);
}

static void test_walk_sees_a_wrong_word(void **state)
{
    enum { DAMAGES = 20, LIST = BLOCK_BYTES / TLSF_GRAIN };
    for (int i = 0; i < DAMAGES; i++) {
        make_objects(state);
        struct tlsf_region *const region = heap.used;
        struct tlsf_block *const end = (struct tlsf_block *)((char *)region + region->bytes) - 1;
        struct tlsf_link *const hole = &block(1)->link, *const live = &block(3)->link;
        const struct {
            void *word;
            size_t value; /* instead of what stands there */
            const char *words;
        } damage[DAMAGES] = {
            {&block(3)->header, 0x4141414141414141, "the header of block"},
            {&block(3)->header, BLOCK_BYTES + TLSF_GRAIN, "the header of block"},
            {&block(3)->header, BLOCK_BYTES | 4, "the header of block"},
            {&block(1)->header, BLOCK_BYTES, "does not know what is before it"},
            {&block(2)->header, BLOCK_BYTES, "does not know what is before it"},
            {&block(4)->header, BLOCK_BYTES | TLSF_PREVIOUS_FREE, "does not know what is before it"},
            {&block(2)->previous_bytes, BLOCK_BYTES - TLSF_GRAIN, "has 96 bytes, not 112"},
            {&block(2)->header, BLOCK_BYTES | TLSF_PREVIOUS_FREE | TLSF_FREE, "are both free"},
            {&hole->next, 0x10, "list 7 leads to 0x10, no block"},
            {&hole->next, (uintptr_t)live, "is in list 7, but its header is 0x70"},
            {&hole->next, (uintptr_t)hole, "in list 7 has lost the way back"},
            {&hole->previous, (uintptr_t)live, "in list 7 has lost the way back"},
            {&heap.list[LIST].previous, (uintptr_t)&heap.list[LIST], "the head of list 7 has lost its end"},
            {&heap.row[0], (1 << LIST) | 1 << 20, "list 20 is empty, but its bit is 1"},
            {&heap.row[0], 1 << 6, "list 6 is empty, but its bit is 1"},
            {&heap.rows, heap.rows & ~(uint64_t)1, "the bit of row 0 is wrong"},
            {&end->header, TLSF_MIN_BYTES | TLSF_PREVIOUS_FREE, "the header of block"},
            {&end->link.next, 0, "does not end as it should"},
            {&region->previous, (uintptr_t)region, "has lost the way back"},
            {&heap.empty_bytes, 1, "0 bytes are in empty regions, not 1"},
        };
        memcpy(damage[i].word, &damage[i].value, sizeof damage[i].value);
        assert_damaged(damage[i].words);
    }
}

static void test_walk_sees_a_wrong_list(void **state)
{
    make_objects(state);
    memset(object[0] + OBJECT_BYTES, 0xaa, 16);
    assert_damaged("the header of block");

    make_objects(state);
    tlsf_unlink(&heap, block(1));
    assert_damaged("1 free blocks are in no list");
    tlsf_link(&heap, block(1), tlsf_list(BLOCK_BYTES) + 1);
    assert_damaged("is in list 8, but its header is 0x71");

    make_objects(state);
    heap.row[0] = 0;
    heap.rows &= ~(uint64_t)1;
    assert_damaged("list 7 is not empty, but its bit is 0");

    make_objects(state);
    heap.mapped_bytes++;
    assert_damaged("262144 bytes are mapped, not 262145");

    make_objects(state);
    heap.empty = heap.used;
    heap.used = NULL;
    assert_damaged("is in the list of empty regions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapping),
        cmocka_unit_test_setup_teardown(test_takes_the_smallest_that_fits, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_leaves_slivers, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_merges_in_any_order, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_resizes_in_place, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_aligns, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_reserve_shrinks_with_the_heap, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_refuses_the_impossible, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_gives_memory_back, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_a_wrong_word, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_a_wrong_list, open_heap, close_heap),
    };
    return cmocka_run_group_tests_name("tlsf", tests, NULL, NULL);
}
