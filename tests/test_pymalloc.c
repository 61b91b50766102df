/* What only pymalloc promises: which size an object gets, when a pool turns full or free, which arena is used
 * first and when one goes back, and what its walk must see. */
#include <stdbool.h>

#include "allocators/pages.h"
#include "allocators/pymalloc.h"

#include "tests/one_heap.h"

enum { PER_POOL = PYMALLOC_POOL_BYTES / 512, PER_ARENA = PER_POOL * PYMALLOC_ARENA_POOLS };

static void *object[4 * PER_ARENA];

static size_t arenas(void)
{
    size_t n = 0;
    for (size_t free = 0; free <= PYMALLOC_ARENA_POOLS; free++)
        for (const struct pymalloc_arena *a = heap.with_free[free]; a; a = a->next)
            n++;
    return n;
}

/* ---- sizes -------------------------------------------------------------------------------------------------- */

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        size_t bytes, usable;
    } cases[] = {{1, 16}, {16, 16}, {17, 32}, {100, 112}, {496, 496}, {497, 512}, {512, 512}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *const p = take(cases[i].bytes);
        assert_int_equal(heap_usable(&heap, p, cases[i].bytes), cases[i].usable);
        heap_free(&heap, p, cases[i].bytes);
    }
    void *const p = take(513);
    assert_ptr_equal(heap.large + 1, p);
    assert_true(heap_usable(&heap, p, 513) >= 513);
}

static void test_resize(void **state)
{
    (void)state;
    static const struct {
        size_t old_bytes, new_bytes;
        bool stays;
    } cases[] = {
        {100, 112, true}, {112, 85, true},   {112, 84, false},  {100, 113, false}, {16, 1, false},
        {512, 385, true}, {512, 384, false}, {512, 513, false}, {513, 512, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t most = cases[i].old_bytes < cases[i].new_bytes ? cases[i].old_bytes : cases[i].new_bytes;
        char *const p = take(cases[i].old_bytes);
        memset(p, 7, cases[i].old_bytes);
        char *const q = heap_resize(&heap, p, cases[i].old_bytes, cases[i].new_bytes);
        assert_true((q == p) == cases[i].stays);
        for (size_t b = 0; b < most; b++)
            assert_int_equal(q[b], 7);
        assert_int_equal(!heap.large, cases[i].new_bytes <= PYMALLOC_MAX_BYTES);
        assert_whole();
        heap_free(&heap, q, cases[i].new_bytes);
    }
    assert_whole();
}

/* The links of a larger object hold when the system moves it. */
static void test_resize_of_larger(void **state)
{
    (void)state;
    void *p[3];
    for (int i = 0; i < 3; i++)
        p[i] = take(600);
    for (size_t bytes = 600; bytes < 1 << 20; bytes *= 3) {
        p[1] = heap_resize(&heap, p[1], bytes, bytes * 3);
        assert_non_null(p[1]);
        assert_true(heap_usable(&heap, p[1], bytes * 3) >= bytes * 3);
        assert_whole();
    }
}

static void test_sizes_that_overflow(void **state)
{
    (void)state;
    void *const p = take(600);
    assert_null(heap_alloc(&heap, SIZE_MAX, HT_MIN_ALIGNMENT));
    assert_null(heap_resize(&heap, p, 600, SIZE_MAX - 8));
    assert_whole();
    heap_free(&heap, p, 600);
}

/* ---- pools -------------------------------------------------------------------------------------------------- */

static void test_pool_turns_full_and_free(void **state)
{
    (void)state;
    take(16); /* the first pool of an arena is smaller */
    for (int i = 0; i < PER_POOL; i++)
        object[i] = take(512);
    struct pymalloc_pool *const pool = pymalloc_pool_of(object[0]);
    assert_ptr_equal(heap.used[PYMALLOC_CLASSES - 1], pool);
    assert_int_equal(pool->live, PER_POOL);

    object[PER_POOL] = take(512);
    assert_ptr_not_equal(pymalloc_pool_of(object[PER_POOL]), pool);
    assert_int_equal(pool->live, PER_POOL - PYMALLOC_FULL);
    assert_whole();

    heap_free(&heap, object[0], 512);
    assert_int_equal(pool->live, PER_POOL - 1);
    assert_whole();

    for (int i = 1; i < PER_POOL; i++)
        heap_free(&heap, object[i], 512);
    assert_ptr_equal(pymalloc_arena_of(pool)->free, pool);
    assert_whole();

    /* The pool that was freed last serves another size. */
    assert_ptr_equal(pymalloc_pool_of(take(48)), pool);
    assert_whole();
}

/* ---- arenas ------------------------------------------------------------------------------------------------- */

/* Fills `n` arenas, less a pool or so each, with objects of 512 bytes. */
static void fill_arenas(size_t n)
{
    size_t i = 0;
    while (arenas() <= n) {
        assert_true(i < sizeof object / sizeof *object);
        object[i++] = take(512);
    }
    heap_free(&heap, object[--i], 512);
    object[i] = NULL;
}

/* Frees all of one pool: that of `p`. */
static void empty_pool(const void *p)
{
    const struct pymalloc_pool *const pool = pymalloc_pool_of(p);
    for (size_t i = 0; i < sizeof object / sizeof *object; i++)
        if (object[i] && pymalloc_pool_of(object[i]) == pool) {
            heap_free(&heap, object[i], 512);
            object[i] = NULL;
        }
}

static void test_fullest_arena_is_used_first(void **state)
{
    (void)state;
    memset(object, 0, sizeof object);
    fill_arenas(3);
    assert_whole();
    /* Free pools: one in the first arena, two in the second, the rest in a third that is all free. */
    void *const in_first = object[2 * PER_POOL];
    empty_pool(object[PER_ARENA + 3 * PER_POOL]);
    empty_pool(object[PER_ARENA + 9 * PER_POOL]);
    empty_pool(in_first);
    assert_whole();
    assert_ptr_equal(pymalloc_arena_of(take(48)), pymalloc_arena_of(in_first));
    assert_ptr_equal(pymalloc_arena_of(take(64)), pymalloc_arena_of(object[PER_ARENA]));
    assert_ptr_equal(pymalloc_arena_of(take(80)), pymalloc_arena_of(object[PER_ARENA]));
    assert_ptr_not_equal(pymalloc_arena_of(take(96)), pymalloc_arena_of(object[PER_ARENA]));
    assert_whole();
}

static void test_empty_arenas_go_back(void **state)
{
    (void)state;
    const uint64_t before = ht_pages_stats().mapped;
    memset(object, 0, sizeof object);
    fill_arenas(3);
    assert_true(ht_pages_stats().mapped - before >= 3 * PYMALLOC_ARENA_BYTES);
    for (size_t i = 0; i < sizeof object / sizeof *object; i++)
        if (object[i])
            heap_free(&heap, object[i], 512);
    assert_whole();
    assert_int_equal(arenas(), 1); /* the last that has free pools stays */
    assert_int_equal(ht_pages_stats().mapped - before, PYMALLOC_ARENA_BYTES);
}

/* ---- the walk ----------------------------------------------------------------------------------------------- */

/* Each plants a fault into a heap with a pool of 64-byte objects in use (a and b live, c and d free), and
 * takes it out again. */
struct planted {
    struct pymalloc_object *a, *b, *c, *d;
    struct pymalloc_pool *pool;
    struct pymalloc_arena *arena;
};

struct fault {
    const char *says;
    void (*plant)(struct planted *);
};

static void plant_wild_link(struct planted *h)
{
    h->d->next = (void *)&heap;
}

static void plant_link_between_objects(struct planted *h)
{
    h->d->next = (void *)((char *)h->c + 16);
}

static void plant_circle(struct planted *h)
{
    h->c->next = h->d;
}

static void plant_double_free(struct planted *h)
{
    heap_free(&heap, h->d, 64);
}

static void plant_lost_object(struct planted *h)
{
    h->pool->free = h->c;
}

static void plant_live_on_free_list(struct planted *h)
{
    h->a->next = h->pool->free;
    h->pool->free = h->a;
}

static void plant_class(struct planted *h)
{
    h->pool->size_class = 99;
}

static void plant_full_with_room(struct planted *h)
{
    h->pool->live -= PYMALLOC_FULL;
}

static void plant_unlisted_pool(struct planted *h)
{
    heap.used[h->pool->size_class] = &heap.none;
}

static void plant_no_pool(struct planted *h)
{
    h->pool->next = (struct pymalloc_pool *)((uintptr_t)object & -(uintptr_t)64);
}

static void plant_back_link(struct planted *h)
{
    h->pool->prev = h->pool;
}

static void plant_free_pools(struct planted *h)
{
    h->arena->carved++;
}

static void plant_live_free_pool(struct planted *h)
{
    h->arena->free = h->pool;
}

static void plant_arena_in_wrong_list(struct planted *h)
{
    h->arena->free_pools--;
}

static void plant_bit(struct planted *h)
{
    (void)h;
    heap.any_with_free ^= 1;
}

static void plant_large_link(struct planted *h)
{
    (void)h;
    heap.large->prev = heap.large;
}

static void test_walk_sees_what_is_planted(void **state)
{
    static const struct fault faults[] = {
        {"no object", plant_wild_link},
        {"no object", plant_link_between_objects},
        {"circle", plant_circle},
        {"circle", plant_double_free},
        {"carved", plant_lost_object},
        {"carved", plant_live_on_free_list},
        {"header", plant_class},
        {"has room", plant_full_with_room},
        {"are listed", plant_unlisted_pool},
        {"no pool", plant_no_pool},
        {"wrong in the list", plant_back_link},
        {"free pools", plant_free_pools},
        {"no free pool", plant_live_free_pool},
        {"leads astray", plant_arena_in_wrong_list},
        {"bit", plant_bit},
        {"large object", plant_large_link},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct planted h = {.a = take(64), .b = take(64), .c = take(64), .d = take(64)};
        void *const large = take(1000);
        take(100);
        h.pool = pymalloc_pool_of(h.a);
        h.arena = pymalloc_arena_of(h.a);
        heap_free(&heap, h.c, 64);
        heap_free(&heap, h.d, 64);
        assert_whole();
        const struct ht_heap was = heap;
        const struct pymalloc_arena arena = *h.arena;
        faults[i].plant(&h);
        assert_broken(faults[i].says);
        heap = was;
        *h.arena = arena;
        heap.large->prev = NULL;
        heap_free(&heap, large, 1000);
        close_heap(state);
        assert_int_equal(open_heap(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sizes, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_resize, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_resize_of_larger, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_sizes_that_overflow, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_pool_turns_full_and_free, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_fullest_arena_is_used_first, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_empty_arenas_go_back, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_sees_what_is_planted, open_heap, close_heap),
    };
    return cmocka_run_group_tests_name("pymalloc", tests, NULL, NULL);
}
