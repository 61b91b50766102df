/* The trial that every strategy passes: random operations against a shadow copy, a clean heap walk all along,
 * alignment, resizing, regions, and a heap that stays whole when the system's memory runs out.
 *
 * Built once for each strategy, as build/tests/heap-<strategy>. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include HT_STRATEGY_HEADER
#include "allocators/heap_defaults.h"
#include "allocators/pages.h"
#include "base/rng.h"

/* gcc defines macros, clang answers a question. */
#ifdef __has_feature
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { SLOTS = 600, STEPS = 40000 };

static struct ht_heap heap;
static struct object {
    unsigned char *p;
    size_t bytes;
    unsigned char fill;
} slot[SLOTS];
static int pages_left;

static bool has(uint32_t cap)
{
    return heap_caps(&heap) & cap;
}

static void assert_whole(void)
{
    char why[128] = "";
    if (heap_check(&heap, why))
        fail_msg("heap walk: %s", why);
}

static void fill(struct object *o, unsigned char byte)
{
    o->fill = byte;
    memset(o->p, byte, o->bytes);
}

static void assert_filled(const struct object *o, size_t bytes)
{
    if (has(HT_CAP_DISTINCT))
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(o->p[i], o->fill);
}

static void drop(struct object *o)
{
    if (!o->p)
        return;
    assert_filled(o, o->bytes);
    heap_free(&heap, o->p, o->bytes);
    o->p = NULL;
}

/* Mostly small, at times up to 64 KiB, rarely 1 MiB; never more than the strategy serves. */
static size_t any_size(struct ht_rng *rng)
{
    const uint32_t kind = ht_rng_below(rng, 200);
    const size_t bytes = ht_rng_between(rng, 1, kind == 0 ? 1 << 20 : kind < 20 ? 1 << 16 : 700);
    const size_t most = heap_max_bytes(&heap);
    return bytes < most ? bytes : most;
}

static int open_heap(void **state)
{
    (void)state;
    memset(&heap, 0, sizeof heap);
    memset(slot, 0, sizeof slot);
    const char *const plugin = getenv("HT_TEST_PLUGIN");
    const struct ht_heap_options options = {.threads = 1, .plugin = plugin ? plugin : HT_TEST_PLUGIN};
    const int error = heap_open(&heap, &options);
    if (error)
        print_error("heap_open: %s\n", heap_open_error(&heap, error));
    return error;
}

static int close_heap(void **state)
{
    (void)state;
    ht_pages_fail = NULL;
    heap_close(&heap);
    return 0;
}

static void test_random_operations(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 0);
    for (int step = 0; step < STEPS; step++) {
        struct object *const o = &slot[ht_rng_below(&rng, SLOTS)];
        const size_t bytes = any_size(&rng);
        if (!o->p) {
            const size_t alignment =
                has(HT_CAP_ALIGN) ? HT_MIN_ALIGNMENT << ht_rng_below(&rng, 9) : HT_MIN_ALIGNMENT;
            *o = (struct object){.p = heap_alloc(&heap, bytes, alignment), .bytes = bytes};
            assert_non_null(o->p);
            assert_int_equal((uintptr_t)o->p & (alignment - 1), 0);
            assert_true(heap_usable(&heap, o->p, bytes) >= bytes);
            fill(o, (unsigned char)step);
        } else if (ht_rng_below(&rng, 4) == 0) {
            unsigned char *const p = heap_resize(&heap, o->p, o->bytes, bytes);
            assert_non_null(p);
            o->p = p;
            assert_filled(o, bytes < o->bytes ? bytes : o->bytes);
            o->bytes = bytes;
            fill(o, (unsigned char)step);
        } else {
            drop(o);
        }
        if (step % 4000 == 0)
            assert_whole();
    }
    for (int i = 0; i < SLOTS; i++)
        drop(&slot[i]);
    assert_whole();
}

static void test_zeroed_after_reuse(void **state)
{
    (void)state;
    if (!has(HT_CAP_DISTINCT))
        skip();
    for (size_t bytes = 1; bytes <= 1000; bytes += 37) {
        struct object o = {.p = heap_alloc(&heap, bytes, HT_MIN_ALIGNMENT), .bytes = bytes};
        fill(&o, 0xff);
        drop(&o);
        o = (struct object){.p = heap_zalloc(&heap, bytes), .bytes = bytes};
        assert_filled(&o, bytes);
        drop(&o);
    }
}

static void test_region(void **state)
{
    (void)state;
    if (!has(HT_CAP_REGION))
        skip();
    struct object kept = {.p = heap_alloc(&heap, 100, HT_MIN_ALIGNMENT), .bytes = 100};
    fill(&kept, 0x5a);
    struct ht_rng rng = ht_rng_open(2, 0);
    for (int round = 0; round < 50; round++) {
        const struct ht_mark mark = heap_mark(&heap);
        for (int i = 0; i < SLOTS; i++) {
            slot[i] = (struct object){.bytes = any_size(&rng)};
            slot[i].p = heap_alloc(&heap, slot[i].bytes, HT_MIN_ALIGNMENT);
            assert_non_null(slot[i].p);
            fill(&slot[i], (unsigned char)i);
        }
        for (int i = 0; i < SLOTS; i++)
            assert_filled(&slot[i], slot[i].bytes);
        heap_release(&heap, mark);
        assert_filled(&kept, kept.bytes);
    }
    assert_whole();
}

static bool no_pages_left(size_t bytes)
{
    (void)bytes;
    return pages_left-- <= 0;
}

/* Fails the page source after 0, 1, 2... requests: NULL, earlier objects whole, a clean walk, and the heap
 * serves again once there is memory. */
static void test_system_memory_runs_out(void **state)
{
    for (int allowed = 0; allowed < 12; allowed++) {
        close_heap(state);
        assert_int_equal(open_heap(state), 0);
        const uint64_t calls = ht_pages_stats().calls;
        pages_left = allowed;
        ht_pages_fail = no_pages_left;
        struct ht_rng rng = ht_rng_open(3, (uint64_t)allowed);
        int n = 0;
        for (; n < SLOTS; n++) {
            const size_t bytes = any_size(&rng) * 16, most = heap_max_bytes(&heap);
            slot[n] = (struct object){.bytes = bytes < most ? bytes : most};
            slot[n].p = heap_alloc(&heap, slot[n].bytes, HT_MIN_ALIGNMENT);
            if (!slot[n].p)
                break;
            fill(&slot[n], (unsigned char)n);
        }
        assert_whole();
        ht_pages_fail = NULL;
        if (n < SLOTS) {
            assert_true(ht_pages_stats().calls > calls);
            slot[n].p = heap_alloc(&heap, slot[n].bytes, HT_MIN_ALIGNMENT);
            assert_non_null(slot[n].p);
            fill(&slot[n], (unsigned char)n);
        }
        for (int i = 0; i <= n && i < SLOTS; i++)
            drop(&slot[i]);
        assert_whole();
    }
}

enum { SERVED_AGAIN = 0, NEVER_REFUSED = 10, BROKEN = 11 };

/* In a child: asks for memory until there is no more under a limit of 256 MiB, then lifts it. */
static int exhaust(void)
{
    struct rlimit limit;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = (rlim_t)256 << 20;
    setrlimit(RLIMIT_AS, &limit);
    const size_t most = heap_max_bytes(&heap), bytes = most < 1 << 20 ? most : 1 << 20;
    void *last = NULL;
    size_t sum = 0;
    for (void *p; (p = heap_alloc(&heap, bytes, HT_MIN_ALIGNMENT)); last = p)
        if ((sum += bytes) > (size_t)8 << 30)
            return NEVER_REFUSED;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
    char why[128];
    if (heap_check(&heap, why))
        return BROKEN;
    heap_free(&heap, last, bytes);
    return heap_alloc(&heap, bytes, HT_MIN_ALIGNMENT) ? SERVED_AGAIN : BROKEN;
}

/* Whatever the strategy gets its memory from: NULL when there is no more, and nothing broken. */
static void test_address_space_runs_out(void **state)
{
    (void)state;
#if SANITIZED
    skip(); /* they need more addresses than the limit leaves */
#endif
    if (!has(HT_CAP_DISTINCT))
        skip();
    const pid_t child = fork();
    if (child == 0)
        _exit(exhaust());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    /* GLib aborts, by design, and takes the program with it. */
    if (strcmp(HT_STRATEGY, "gslice") == 0)
        assert_true(WIFSIGNALED(status));
    else
        assert_int_equal(status, SERVED_AGAIN);
}

/* What was mapped is given back when the heap closes, live objects and all. One that has its memory from
 * malloc keeps them until they are freed. */
static void test_close_unmaps(void **state)
{
    const uint64_t before = ht_pages_stats().mapped;
    struct ht_rng rng = ht_rng_open(4, 0);
    for (int i = 0; i < SLOTS; i++) {
        slot[i] = (struct object){.bytes = any_size(&rng)};
        slot[i].p = heap_alloc(&heap, slot[i].bytes, HT_MIN_ALIGNMENT);
        assert_non_null(slot[i].p);
    }
    if (ht_pages_stats().mapped == before)
        for (int i = 0; i < SLOTS; i++)
            heap_free(&heap, slot[i].p, slot[i].bytes);
    close_heap(state);
    assert_true(ht_pages_stats().mapped <= before);
    assert_int_equal(open_heap(state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_operations, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_zeroed_after_reuse, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_region, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_system_memory_runs_out, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_address_space_runs_out, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_close_unmaps, open_heap, close_heap),
    };
    return cmocka_run_group_tests_name("heap " HT_STRATEGY, tests, NULL, NULL);
}
