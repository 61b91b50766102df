/* What is pool's own: a heap walk that finds damage in the free lists. The trial that all strategies pass is
 * tests/heap_trial.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/pool.h"

#include "allocators/heap_defaults.h"

static struct ht_heap heap;

static int open_heap(void **state)
{
    (void)state;
    memset(&heap, 0, sizeof heap);
    return heap_open(&heap, &(struct ht_heap_options){.threads = 1});
}

static int close_heap(void **state)
{
    (void)state;
    heap_close(&heap);
    return 0;
}

static void assert_whole(void)
{
    char why[128];
    if (heap_check(&heap, why))
        fail_msg("heap walk: %s", why);
}

static void assert_unclean(const char *words)
{
    char why[128];
    assert_true(heap_check(&heap, why) != 0);
    if (!strstr(why, words))
        fail_msg("'%s', not '%s'", why, words);
}

static void *make(size_t bytes)
{
    void *const p = heap_alloc(&heap, bytes, HT_MIN_ALIGNMENT);
    assert_non_null(p);
    return p;
}

/* Objects of every size in many chunks, freed across them. */
static void test_many_chunks(void **state)
{
    (void)state;
    enum { OBJECTS = 40000 };
    static void *object[OBJECTS];
    for (size_t i = 0; i < OBJECTS; i++)
        object[i] = make(i % POOL_MAX_BYTES + 1);
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
    char *const p = make(48), *const chunk = p - sizeof(struct pool_chunk);
    /* Within an object, in the header, not carved yet, less than an object before the end, of another size. */
    void *const wrong[] = {p + 16, chunk + 16, p + 48, chunk + POOL_CHUNK_BYTES - 32, make(64), elsewhere};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        heap.list[3] = wrong[i];
        assert_unclean("leads to");
    }
    heap.list[3] = NULL;
    assert_whole();
}

static void test_walk_finds_double_free(void **state)
{
    (void)state;
    void *const p = make(100), *const q = make(100);
    heap_free(&heap, p, 100);
    heap_free(&heap, q, 100);
    assert_whole();
    heap_free(&heap, p, 100);
    assert_unclean("runs in a circle");
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
