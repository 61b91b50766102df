/* What only slab promises: the class of a size, alignments, how magazines travel, that any thread frees, what
 * goes back to the system, and fork. */
#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocators/pages.h"
#include "allocators/slab.h"
#include "base/rng.h"

#include "tests/one_heap.h"

enum { BYTES = 1024, ROUNDS = 16, PER_SLAB = 63 };

static struct slab_class *class_of(size_t bytes)
{
    return &heap.size_class[slab_class_of(&heap, bytes)];
}

static struct slab_cache *cache_of(size_t bytes)
{
    return &ht_slab_thread.cache[slab_class_of(&heap, bytes)];
}

/* ---- classes ------------------------------------------------------------------------------------------------ */

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        size_t bytes, object_bytes;
    } cases[] = {{1, 16},      {16, 16},     {17, 32},       {64, 64},      {65, 128},    {128, 128},
                 {129, 192},   {256, 256},   {257, 320},     {1000, 1024},  {1025, 1280}, {4096, 4096},
                 {4097, 5120}, {8192, 8192}, {20000, 20480}, {32768, 32768}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(class_of(cases[i].bytes)->object_bytes, cases[i].object_bytes);
    for (size_t bytes = 1; bytes <= SLAB_MAX_BYTES; bytes++) {
        const size_t waste = class_of(bytes)->object_bytes - bytes;
        assert_true(waste < (bytes <= 64 ? 16 : 64) || waste * 5 < class_of(bytes)->object_bytes);
    }
}

static void test_alignments(void **state)
{
    (void)state;
    static const struct {
        size_t bytes, alignment;
    } cases[] = {{1, 32},        {100, 64},          {300, 256},    {3000, 4096},    {16, 4096},
                 {16, 65536},    {5000, 1024},       {5000, 4096},  {5000, 1 << 20}, {20000, 8192},
                 {32768, 32768}, {40000, 64},        {40000, 4096}, {40000, 16384},  {100000, 1 << 20},
                 {16, 1 << 20},  {1 << 20, 1 << 21}, {64, 8192},    {12288, 262144}, {4096, 262144}};
    enum { N = sizeof cases / sizeof *cases };
    const uint64_t before = ht_pages_stats().mapped;
    for (int round = 0; round < 3; round++) {
        unsigned char *p[N];
        for (size_t i = 0; i < N; i++) {
            p[i] = heap_alloc(&heap, cases[i].bytes, cases[i].alignment);
            assert_non_null(p[i]);
            assert_int_equal((uintptr_t)p[i] % cases[i].alignment, 0);
            assert_true(heap_usable(&heap, p[i], cases[i].bytes) >= cases[i].bytes);
            memset(p[i], (int)i, cases[i].bytes);
        }
        assert_whole();
        for (size_t i = 0; i < N; i++) {
            for (size_t b = 0; b < cases[i].bytes; b++)
                assert_int_equal(p[i][b], i);
            heap_free(&heap, p[i], cases[i].bytes);
        }
        assert_whole();
        assert_null(heap.large);
    }
    assert_true(ht_pages_stats().mapped - before < 4 << 20);
}

/* An object of another class than its size says goes back to that class. */
static void test_aligned_object_keeps_its_class(void **state)
{
    (void)state;
    void *const p = heap_alloc(&heap, 16, 4096);
    assert_non_null(class_of(4096)->slab[SLAB_PARTIAL]);
    assert_null(class_of(16)->slab[SLAB_PARTIAL]);
    heap_free(&heap, p, 16);
    assert_int_equal(cache_of(16)->rounds, 0);
    assert_ptr_equal(take(4096), p);
}

static bool no_pages(size_t bytes)
{
    (void)bytes;
    return true;
}

static void test_resize_of_mappings(void **state)
{
    (void)state;
    const uint64_t before = ht_pages_stats().mapped;
    char *p = take(100000);
    memset(p, 3, 100000);
    assert_int_equal(ht_pages_stats().mapped - before, 102400);
    assert_ptr_equal(heap_resize(&heap, p, 100000, 40000), p);
    assert_int_equal(ht_pages_stats().mapped - before, 40960);
    ht_pages_fail = no_pages;
    assert_null(heap_resize(&heap, p, 40000, 1000000));
    ht_pages_fail = NULL;
    assert_whole();
    p = heap_resize(&heap, p, 40000, 1000000);
    assert_int_equal(ht_pages_stats().mapped - before, 1003520);
    for (int i = 0; i < 40000; i++)
        assert_int_equal(p[i], 3);
    assert_null(heap_resize(&heap, p, 1000000, SIZE_MAX - 100));
    assert_null(heap_alloc(&heap, SIZE_MAX - 100, HT_MIN_ALIGNMENT));
    assert_null(heap_alloc(&heap, 16, (size_t)1 << 63));
    assert_whole();
    heap_free(&heap, p, 1000000);
    assert_int_equal(ht_pages_stats().mapped, before);
}

/* ---- magazines ---------------------------------------------------------------------------------------------- */

static void test_magazines_travel(void **state)
{
    (void)state;
    static void *p[200];
    const struct slab_class *const class = class_of(BYTES);
    const struct slab_cache *const cache = cache_of(BYTES);
    assert_int_equal(class->rounds, ROUNDS);
    for (int i = 0; i < 200; i++)
        p[i] = take(BYTES);
    assert_int_equal(cache->rounds, 0); /* filled by halves: 200 is a multiple */
    assert_null(cache->previous);

    int n = 0;
    for (; n < ROUNDS; n++)
        heap_free(&heap, p[n], BYTES);
    assert_int_equal(cache->rounds, ROUNDS);
    heap_free(&heap, p[n++], BYTES); /* the full one becomes the previous */
    assert_int_equal(cache->previous->rounds, ROUNDS);
    assert_int_equal(cache->rounds, 1);
    assert_int_equal(class->depot, 0);
    for (; n < 2 * ROUNDS; n++)
        heap_free(&heap, p[n], BYTES);
    heap_free(&heap, p[n++], BYTES); /* and goes to the depot when another is full */
    assert_int_equal(class->depot, 1);
    assert_int_equal(cache->rounds, 1);
    assert_whole();

    /* One more and one less around the edge does not reach the depot. */
    for (int i = 0; i < 100; i++) {
        void *const a = take(BYTES), *const b = take(BYTES);
        heap_free(&heap, a, BYTES);
        heap_free(&heap, b, BYTES);
    }
    assert_int_equal(class->depot, 1);

    for (int i = 0; i < 2 * ROUNDS + 1; i++)
        assert_ptr_equal(take(BYTES), p[2 * ROUNDS - i]); /* last in, first out, all along */
    assert_int_equal(class->depot, 0);
    assert_whole();
}

static void test_depot_is_bounded(void **state)
{
    (void)state;
    static void *p[4000];
    const struct slab_class *const class = class_of(BYTES);
    for (int i = 0; i < 4000; i++)
        p[i] = take(BYTES);
    const uint32_t slabs = class->slabs;
    assert_true(slabs >= 4000 / PER_SLAB);
    for (int i = 0; i < 4000; i++)
        heap_free(&heap, p[i], BYTES);
    assert_whole();
    assert_int_equal(class->depot, class->depot_max);
    assert_int_equal(class->depot_max * ROUNDS * BYTES, 256 << 10);
    /* What is kept: the depot, two magazines, one empty slab and an eighth of the others. */
    assert_true(class->empty_slabs <= 1 + class->slabs / 8);
    assert_true(class->slabs < slabs / 3);
}

static void *stop_at_once(void *p)
{
    heap_thread_start(&heap);
    heap_free(&heap, p, BYTES);
    heap_thread_stop(&heap);
    return NULL;
}

static void test_thread_leaves_its_magazines(void **state)
{
    (void)state;
    void *const p = take(BYTES);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_at_once, p), 0);
    pthread_join(thread, NULL);
    assert_int_equal(class_of(BYTES)->depot, 1);
    assert_int_equal(class_of(BYTES)->depot_full->rounds, 1);
    assert_ptr_equal(heap.threads, &ht_slab_thread);
    assert_null(heap.threads->next);
    assert_whole();
    while (cache_of(BYTES)->rounds)
        take(BYTES);
    assert_ptr_equal(take(BYTES), p); /* the depot comes before the slabs */
}

/* ---- threads ------------------------------------------------------------------------------------------------ */

enum { THREADS = 4, SLOTS = 400, STEPS = 60000 };

/* Objects travel between threads through slots that all exchange. */
static _Atomic(unsigned char *) shared[SLOTS];

/* The first bytes of an object say how large it is, the last byte is the low one of that. */
static unsigned char *make(struct ht_rng *rng)
{
    const uint32_t bytes = ht_rng_below(rng, 50) ? 4 + ht_rng_below(rng, 2000) : 4 + ht_rng_below(rng, 50000);
    unsigned char *const p = heap_alloc(&heap, bytes, ht_rng_below(rng, 100) ? HT_MIN_ALIGNMENT : 512);
    if (p) {
        p[bytes - 1] = (unsigned char)bytes;
        memcpy(p, &bytes, sizeof bytes);
    }
    return p;
}

static bool drop(unsigned char *p)
{
    uint32_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    const bool whole = bytes >= 4 && bytes < 60000 && (bytes == 4 || p[bytes - 1] == (unsigned char)bytes);
    heap_free(&heap, p, bytes);
    return whole;
}

static void *mutate(void *index)
{
    struct ht_rng rng = ht_rng_open(7, (uintptr_t)index);
    bool whole = true;
    heap_thread_start(&heap);
    for (int i = 0; i < STEPS && whole; i++) {
        unsigned char *const p = make(&rng);
        unsigned char *const was = atomic_exchange(&shared[ht_rng_below(&rng, SLOTS)], p);
        whole = p && (!was || drop(was));
    }
    heap_thread_stop(&heap);
    return whole ? &heap : NULL;
}

static void test_any_thread_frees(void **state)
{
    (void)state;
    const uint64_t before = ht_pages_stats().mapped;
    for (int generation = 0; generation < 3; generation++) {
        pthread_t thread[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++)
            assert_int_equal(
                pthread_create(&thread[i], NULL, mutate, (void *)(i + 10 * (uintptr_t)generation)), 0);
        for (int i = 0; i < THREADS; i++) {
            void *whole;
            pthread_join(thread[i], &whole);
            assert_non_null(whole);
        }
        assert_whole();
    }
    for (int i = 0; i < SLOTS; i++) {
        unsigned char *const p = atomic_exchange(&shared[i], NULL);
        if (p)
            assert_true(drop(p));
    }
    assert_whole();
    assert_null(heap.large);
    assert_true(ht_pages_stats().mapped - before < 64 << 20);
}

/* ---- fork --------------------------------------------------------------------------------------------------- */

static _Atomic bool inside;

/* Is inside the heap, with a count that does not add up, for long enough to be met there. */
static void *stay_inside(void *unused)
{
    heap_thread_start(&heap);
    heap_free(&heap, heap_alloc(&heap, BYTES, HT_MIN_ALIGNMENT), BYTES);
    struct slab_class *const class = class_of(BYTES);
    pthread_mutex_lock(&class->lock);
    class->slabs++;
    atomic_store(&inside, true);
    usleep(20000);
    class->slabs--;
    pthread_mutex_unlock(&class->lock);
    heap_thread_stop(&heap);
    atomic_store(&inside, false);
    return unused;
}

static int use_in_child(void)
{
    struct ht_rng rng = ht_rng_open(9, 0);
    char why[128];
    alarm(5); /* a lock that nobody will open */
    for (int i = 0; i < 10000; i++)
        if (!heap_alloc(&heap, BYTES, HT_MIN_ALIGNMENT) || !drop(make(&rng)))
            return 1;
    return heap.threads == &ht_slab_thread && !heap.threads->next && heap_check(&heap, why) == 0 ? 0 : 2;
}

/* The child of a fork in the middle of another thread's work has a whole heap. */
static void test_fork(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, stay_inside, NULL), 0);
        pthread_detach(thread); /* the child has no thread to join */
        while (!atomic_load(&inside))
            usleep(100);
        const pid_t child = fork();
        if (child == 0)
            _exit(use_in_child());
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        while (atomic_load(&inside))
            usleep(100);
        assert_whole();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_classes, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_alignments, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_aligned_object_keeps_its_class, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_resize_of_mappings, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_magazines_travel, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_depot_is_bounded, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_thread_leaves_its_magazines, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_any_thread_frees, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_fork, open_heap, close_heap),
    };
    return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
