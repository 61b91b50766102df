/* What only planted promises: each fault is there when it is named, as often as it is named, and otherwise not. */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocators/pages.h"
#include "allocators/planted.h"
#include "base/clock.h"

#include "tests/one_heap.h"

enum { OBJECTS = 1000, BYTES = 24, BLOCK_BYTES = 32, LARGE = 8 << 20, THREADS = 2 };

static void open_planted(const char *variant, unsigned threads)
{
    memset(&heap, 0, sizeof heap);
    assert_int_equal(heap_open(&heap, &(struct ht_heap_options){.threads = threads, .variant = variant}), 0);
}

/* Blocks that are live, and their bytes. */
struct live {
    size_t blocks, bytes;
};

static struct live count_live(void)
{
    struct live live = {0, 0};
    for (const struct tlsf_region *r = heap.used; r; r = r->next)
        for (const struct tlsf_block *b = (const void *)(r + 1); tlsf_size(b);
             b = tlsf_after(b, tlsf_size(b)))
            if (!(b->header & TLSF_FREE)) {
                live.blocks++;
                live.bytes += tlsf_size(b);
            }
    return live;
}

static void take_objects(void *object[OBJECTS])
{
    for (size_t i = 0; i < OBJECTS; i++)
        object[i] = take(BYTES);
}

static void drop_objects(void *object[OBJECTS])
{
    for (size_t i = 0; i < OBJECTS; i++)
        heap_free(&heap, object[i], BYTES);
}

static void test_none_by_default(void **state)
{
    (void)state;
    void *object[OBJECTS];
    open_planted(NULL, 1);
    take_objects(object);
    assert_int_equal(count_live().bytes, OBJECTS * BLOCK_BYTES);
    drop_objects(object);
    assert_int_equal(count_live().blocks, 0);
    assert_int_equal(ht_planted_thread.looked_ns, 0);
    heap_close(&heap);
}

static void test_options(void **state)
{
    (void)state;
    static const char *const wrong[] = {"slowr",     "slower=5+",     "slower=1001",
                                        "peak=1001", "pause=1000001", "leak=2+x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const int error = heap_open(&heap, &(struct ht_heap_options){.threads = 1, .variant = wrong[i]});
        assert_int_equal(error, i == 1 ? 0 : -EINVAL);
        if (!error)
            heap_close(&heap);
        else
            assert_non_null(strstr(heap_open_error(&heap, error), "options of planted: slower"));
    }
}

static void test_leak(void **state)
{
    (void)state;
    static const struct {
        const char *variant;
        size_t leaked;
    } rows[] = {{"leak=0", 0}, {"leak=1", OBJECTS}, {"leak=3", OBJECTS / 3}, {"leak=1001", 0}};
    void *object[OBJECTS];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        open_planted(rows[i].variant, 1);
        take_objects(object);
        drop_objects(object);
        assert_int_equal(count_live().blocks, rows[i].leaked);
        assert_whole();
        const uint64_t mapped = ht_pages_stats().mapped;
        heap_close(&heap);
        assert_true(ht_pages_stats().mapped < mapped);
    }
}

/* Every hundredth of what is allocated, although no object is padded by less than a grain. */
static void test_peak(void **state)
{
    (void)state;
    static const struct {
        const char *variant;
        size_t percent;
    } rows[] = {{"peak=0", 0}, {"peak=1", 1}, {"peak=10", 10}, {"peak=300", 300}};
    void *object[OBJECTS];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        open_planted(rows[i].variant, 1);
        take_objects(object);
        assert_int_equal(count_live().bytes, OBJECTS * BLOCK_BYTES * (100 + rows[i].percent) / 100);
        object[0] = heap_resize(&heap, object[0], BYTES, 100 * BYTES);
        assert_non_null(object[0]);
        drop_objects(object);
        assert_int_equal(count_live().blocks, 0);
        assert_null(heap_alloc(&heap, SIZE_MAX / 2, HT_MIN_ALIGNMENT));
        heap_close(&heap);
    }
}

/* An object that has a region of its own, which is given back at once, is one more request of pages. */
static uint64_t requests_of(const char *variant)
{
    open_planted(variant, 1);
    const uint64_t before = ht_pages_stats().calls;
    for (int i = 0; i < 12; i++) {
        void *const p = heap_alloc(&heap, LARGE, HT_MIN_ALIGNMENT);
        assert_non_null(p);
        heap_free(&heap, p, LARGE);
    }
    const uint64_t requests = ht_pages_stats().calls - before;
    heap_close(&heap);
    return requests;
}

static void test_extra(void **state)
{
    (void)state;
    assert_int_equal(requests_of(""), 12);
    assert_int_equal(requests_of("extra=0"), 12);
    assert_int_equal(requests_of("extra=1"), 24);
    assert_int_equal(requests_of("extra=5"), 14);
}

static void use(int operations)
{
    for (int i = 0; i < operations; i += 2)
        heap_free(&heap, take(BYTES), BYTES);
}

static void test_slower(void **state)
{
    (void)state;
    static const char *const variants[] = {"slower=0", "slower=1000"};
    for (size_t i = 0; i < 2; i++) {
        open_planted(variants[i], 1);
        const uint64_t before = ht_clock_read(CLOCK_THREAD_CPUTIME_ID);
        use(1 << 18);
        assert_true(ht_planted_thread.looked_ns > before);
        assert_true(i == 0 ? ht_planted_thread.owed_ns == 0 : ht_planted_thread.owed_ns < 0);
        heap_close(&heap);
    }
}

/* It can't take less than what is burnt. */
static void test_pause(void **state)
{
    (void)state;
    open_planted("pause=500", 1);
    const uint64_t before = ht_clock_read(CLOCK_THREAD_CPUTIME_ID);
    use(4 * PLANTED_PAUSE_EVERY);
    assert_true(ht_clock_read(CLOCK_THREAD_CPUTIME_ID) - before >= 4 * 500 * 1000);
    assert_int_equal(ht_planted_thread.looked_ns, 0);
    heap_close(&heap);
}

static bool run_out(size_t bytes)
{
    (void)bytes;
    return true;
}

/* How a child ends that asks for more than there is. */
static int end_of(const char *variant)
{
    int status;
    open_planted(variant, 1);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        signal(SIGSEGV, SIG_DFL);
        ht_pages_fail = run_out;
        _exit(heap_alloc(&heap, BYTES, HT_MIN_ALIGNMENT) != NULL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    heap_close(&heap);
    return status;
}

static void test_crash(void **state)
{
    (void)state;
    assert_int_equal(end_of(""), 0);
    assert_int_equal(end_of("crash=0"), 0);
    assert_int_not_equal(end_of("crash"), 0);
}

static void *take_and_drop(void *unused)
{
    (void)unused;
    void *object[OBJECTS];
    heap_thread_start(&heap);
    take_objects(object);
    drop_objects(object);
    heap_thread_stop(&heap);
    return NULL;
}

/* What is counted is counted by all threads together. */
static void test_threads(void **state)
{
    (void)state;
    pthread_t thread[THREADS];
    open_planted("leak=10+slower=0", THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take_and_drop, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(count_live().blocks, THREADS * OBJECTS / 10);
    assert_whole();
    heap_close(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_by_default),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_leak),
        cmocka_unit_test(test_peak),
        cmocka_unit_test(test_extra),
        cmocka_unit_test(test_slower),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
