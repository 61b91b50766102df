/* What is pool's own: a heap walk that finds damage in the free lists. The trial that all strategies pass is
 * tests/heap_trial.c. */
#include "allocators/pool.h"

#include "tests/one_heap.h"

/* Objects of every size in many chunks, freed across them. */
static void test_many_chunks(void **state)
{
    (void)state;
    enum { OBJECTS = 40000 };
    static void *object[OBJECTS];
    for (size_t i = 0; i < OBJECTS; i++)
        object[i] = take(i % POOL_MAX_BYTES + 1);
    assert_whole();
    for (size_t i = 0; i < OBJECTS; i += 3)
        heap_free(&heap, object[i], i % POOL_MAX_BYTES + 1);
    assert_whole();
    for (size_t i = 0; i < OBJECTS; i++)
        if (i % 3)
            heap_free(&heap, object[i], i % POOL_MAX_BYTES + 1);
    assert_whole();
}

static void test_walk_finds_what_is_no_object(void **state)
{
    (void)state;
    static _Alignas(16) char elsewhere[64];
    char *const p = take(48), *const chunk = p - sizeof(struct pool_chunk);
    /* Within an object, in the header, not carved yet, less than an object before the end, of another size. */
    void *const wrong[] = {p + 16, chunk + 16, p + 48, chunk + POOL_CHUNK_BYTES - 32, take(64), elsewhere};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        heap.list[3] = wrong[i];
        assert_broken("leads to");
    }
    heap.list[3] = NULL;
    assert_whole();
}

static void test_walk_finds_double_free(void **state)
{
    (void)state;
    void *const p = take(100), *const q = take(100);
    heap_free(&heap, p, 100);
    heap_free(&heap, q, 100);
    assert_whole();
    heap_free(&heap, p, 100);
    assert_broken("runs in a circle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many_chunks, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_finds_what_is_no_object, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_walk_finds_double_free, open_heap, close_heap),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
