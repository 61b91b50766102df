/* cpython: what the real collector leaves to its client: the limit and the hooks beneath the interpreter, the pace
 * of the generations, weak slots and finalizers, a C stack of 64 KiB, and an interpreter started again. */
#include "allocators/cpython.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "allocators/collector_defaults.h"

enum { MIB = 1 << 20, DEEP = 1000000 };

static struct gc_heap heap;
static struct gc_mutator mutator, *const m = &mutator;
static struct gc_options options;
static struct gc_pause logged[1000];
static struct gc_log pauses;
static bool is_open;
static unsigned finalized, depth, deepest;
static struct gc_root *kept; /* where finalizers put what they bring back; NULL: they do not */
static int fail_after;

static void finalize(struct gc_mutator *of, struct gc_root *object, void *context)
{
    (void)context;
    deepest = ++depth > deepest ? depth : deepest;
    ++*(uint64_t *)gc_data(of, object);
    finalized++;
    if (kept)
        gc_move(of, kept, object);
    struct gc_root *const root = gc_push(of, 1);
    gc_alloc(of, root, GC_PLAIN, 1, 8);
    gc_pop(of, 1);
    depth--;
}

static bool fails(size_t bytes)
{
    (void)bytes;
    return fail_after-- <= 0;
}

static bool budget_fails(enum gc_site site, size_t bytes)
{
    return site == GC_SITE_HEAP && fails(bytes);
}

static void open_heap(uint64_t bytes, const char *variant)
{
    pauses = (struct gc_log){.pause = logged, .room = sizeof logged / sizeof logged[0]};
    options = (struct gc_options){
        .threads = 1, .heap_bytes = bytes, .variant = variant, .finalize = finalize, .log = &pauses};
    finalized = depth = deepest = 0;
    kept = NULL;
    assert_int_equal(gc_open(&heap, &options), 0);
    is_open = true;
    assert_int_equal(gc_attach(&heap, m), 0);
}

static int close_heap(void **state)
{
    (void)state;
    gc_budget_fail = NULL;
    memset(gc_cpython_fail, 0, sizeof gc_cpython_fail);
    if (is_open) {
        gc_detach(m);
        gc_close(&heap);
    }
    is_open = false;
    memset(&heap, 0, sizeof heap);
    memset(m, 0, sizeof *m);
    return 0;
}

static struct gc_stats stats(void)
{
    struct gc_stats s;
    memset(&s, 0xff, sizeof s);
    gc_stats(&heap, &s);
    return s;
}

/* How many objects of `bytes` a list can have until the heap is full; the list is dropped again. */
static unsigned fill(struct gc_root *root, uint32_t bytes)
{
    unsigned n = 0;
    gc_clear(m, &root[0]);
    for (; gc_move(m, &root[1], &root[0]), !gc_alloc(m, &root[0], GC_PLAIN, 2, bytes); n++)
        gc_store(m, &root[0], 0, &root[1]);
    assert_true(gc_same(m, &root[0], &root[1]));
    gc_clear(m, &root[1]);
    assert_int_equal(stats().live_objects, n);
    assert_true(stats().held_peak_bytes <= options.heap_bytes);
    gc_clear(m, &root[0]);
    assert_int_equal(stats().live_objects, 0);
    return n;
}

static void test_limit(void **state)
{
    (void)state;
    for (unsigned mib = 32; mib >= 8; mib /= 2) {
        open_heap(mib * MIB, "");
        struct gc_root *const root = gc_push(m, 3);
        for (int again = 0; again < 3; again++) {
            assert_in_range(fill(root, 48), (mib - 1) * (MIB / 112 - 100), (mib + 2) * (MIB / 112));
            assert_in_range(fill(root, 4000), (mib - 3) * (MIB / 4100), (mib + 2) * (MIB / 4060));
        }
        assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN, 0, GC_COUNT_MAX), -ENOMEM);
        close_heap(NULL);
    }
}

static void test_sites_and_domains_fail(void **state)
{
    (void)state;
    open_heap(64 * MIB, "");
    struct gc_root *const root = gc_push(m, 3);
    fail_after = 4;
    gc_budget_fail = budget_fails;
    assert_in_range(fill(root, 48), 3 * MIB / 112, 6 * MIB / 112);
    gc_budget_fail = NULL;
    for (int domain = 0; domain < 3; domain++) {
        fail_after = 0;
        gc_cpython_fail[domain] = fails;
        /* An object of 40 bytes comes from pymalloc, one of 4000 from malloc beneath it. */
        assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN, 1, 40), domain == PYMEM_DOMAIN_OBJ ? -ENOMEM : 0);
        assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN, 1, 4000), domain != PYMEM_DOMAIN_MEM ? -ENOMEM : 0);
        gc_cpython_fail[domain] = NULL;
    }
    assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN, 1, 4000), 0);
}

static void new_ring(struct gc_root *tmp, uint32_t kind)
{
    assert_int_equal(gc_alloc(m, &tmp[0], kind, 1, 8), 0);
    assert_int_equal(gc_alloc(m, &tmp[1], kind, 1, 8), 0);
    *(uint64_t *)gc_data(m, &tmp[0]) = *(uint64_t *)gc_data(m, &tmp[1]) = 0;
    gc_store(m, &tmp[0], 0, &tmp[1]);
    gc_store(m, &tmp[1], 0, &tmp[0]);
    gc_clear(m, &tmp[0]);
    gc_clear(m, &tmp[1]);
}

/* CPython's pace, to the collection: after each 701 objects that the collector knows and that live on. */
static void test_generations(void **state)
{
    (void)state;
    open_heap(32 * MIB, "");
    struct gc_root *const root = gc_push(m, 3);
    for (int i = 0; i < 701 * 11 * 11 * 2; i += 2)
        new_ring(root, GC_PLAIN);
    assert_in_range(heap.generation[0].collections, 2 * 110 - 2, 2 * 110 + 2);
    assert_in_range(heap.generation[1].collections, 2 * 10 - 1, 2 * 10);
    assert_int_equal(heap.generation[2].collections, 0 + 1);
    const uint64_t collected =
        heap.generation[0].collected + heap.generation[1].collected + heap.generation[2].collected;
    assert_int_equal(collected, stats().freed_objects);
    assert_true(stats().live_objects < 2000);
    for (int i = 0; i < 100000; i++) /* what is not of the collector's kind does not count */
        assert_int_equal(gc_alloc(m, root, GC_PLAIN, 0, 8), 0);
    assert_int_equal(stats().collections, 1);
    const uint64_t minor = stats().minor_collections;
    gc_collect(m, GC_MINOR);
    assert_int_equal(stats().minor_collections, minor + 1);
    gc_collect(m, GC_FULL);
    assert_int_equal(stats().collections, 2);
    gc_clear(m, root);
    assert_int_equal(stats().live_objects, 0);
    assert_int_equal(pauses.count, minor + 1 + 2);
}

static void test_threshold(void **state)
{
    (void)state;
    open_heap(32 * MIB, "threshold=100");
    struct gc_root *const root = gc_push(m, 3);
    for (int i = 0; i < 1010 / 2; i++)
        new_ring(root, GC_PLAIN);
    assert_in_range(stats().minor_collections, 9, 10);
    close_heap(NULL);
    options.variant = "thresholds";
    assert_int_equal(gc_open(&heap, &options), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "threshold=N"));
}

static void test_weak(void **state)
{
    (void)state;
    open_heap(8 * MIB, "");
    struct gc_root *const root = gc_push(m, 5);
    for (uint32_t slots = 0; slots < 2; slots++) {
        assert_int_equal(gc_alloc(m, &root[0], GC_WEAK, 2, 0), 0);
        assert_int_equal(gc_alloc(m, &root[1], GC_PLAIN, slots, 8), 0);
        gc_store(m, &root[0], 0, &root[1]);
        gc_load(m, &root[2], &root[0], 0);
        assert_true(gc_same(m, &root[1], &root[2]));
        gc_clear(m, &root[1]);
        gc_clear(m, &root[2]);
        gc_load(m, &root[2], &root[0], 0);
        assert_true(gc_is_empty(&root[2]));
    }
    assert_int_equal(gc_alloc(m, &root[1], GC_PLAIN, 1, 8), 0); /* of a cycle */
    gc_store(m, &root[1], 0, &root[1]);
    gc_store(m, &root[0], 0, &root[1]);
    gc_clear(m, &root[1]);
    gc_load(m, &root[2], &root[0], 0);
    assert_false(gc_is_empty(&root[2]));
    gc_clear(m, &root[2]);
    gc_collect(m, GC_FULL);
    gc_load(m, &root[2], &root[0], 0);
    assert_true(gc_is_empty(&root[2]));
    gc_store(m, &root[0], 0, &root[0]); /* to itself: keeps nothing */
    gc_clear(m, &root[0]);
    assert_int_equal(stats().live_objects, 0);
}

/* A store can't fail: with the heap full there is memory beyond the limit, and without any it is strong. */
static void test_weak_without_memory(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    struct gc_root *const root = gc_push(m, 5);
    assert_int_equal(gc_alloc(m, &root[2], GC_WEAK, 1, 0), 0);
    assert_int_equal(gc_alloc(m, &root[3], GC_PLAIN, 1, 0), 0);
    for (; !gc_alloc(m, &root[0], GC_PLAIN, 2, 0); gc_move(m, &root[1], &root[0]))
        gc_store(m, &root[0], 0, &root[1]);
    gc_store(m, &root[2], 0, &root[3]);
    gc_load(m, &root[4], &root[2], 0);
    assert_true(gc_same(m, &root[3], &root[4]));
    gc_store(m, &root[2], 0, &gc_nothing);
    fail_after = 0;
    gc_cpython_fail[PYMEM_DOMAIN_OBJ] = fails;
    gc_store(m, &root[2], 0, &root[3]);
    gc_cpython_fail[PYMEM_DOMAIN_OBJ] = NULL;
    gc_clear(m, &root[3]);
    gc_clear(m, &root[4]);
    gc_load(m, &root[4], &root[2], 0);
    assert_false(gc_is_empty(&root[4]));
}

static void test_finalizers(void **state)
{
    (void)state;
    open_heap(8 * MIB, "");
    struct gc_root *const root = gc_push(m, 6);
    for (int i = 0; i < 500; i++) { /* alone: by its count */
        assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN | GC_FINALIZER, i & 1, 8), 0);
        *(uint64_t *)gc_data(m, &root[0]) = 0;
        gc_clear(m, &root[0]);
        assert_int_equal(finalized, i); /* not before the next safepoint */
    }
    for (int i = 0; i < 500; i++) /* in a cycle */
        new_ring(root, GC_PLAIN | GC_FINALIZER);
    gc_collect(m, GC_FULL);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalized, 1500);
    assert_int_equal(stats().finalized, 1500);
    assert_int_equal(stats().live_objects, 0);
    kept = &root[5];
    assert_int_equal(gc_alloc(m, &root[0], GC_WEAK, 2, 0), 0);
    for (int cycle = 0; cycle < 2; cycle++) {
        assert_int_equal(gc_alloc(m, &root[1], GC_PLAIN | GC_FINALIZER, 1, 8), 0);
        *(uint64_t *)gc_data(m, &root[1]) = 0;
        gc_store(m, &root[0], 0, &root[1]);
        if (cycle)
            gc_store(m, &root[1], 0, &root[1]);
        gc_clear(m, &root[1]);
        gc_collect(m, GC_FULL);
        assert_int_equal(finalized, 1501 + cycle);
        assert_int_equal(*(uint64_t *)gc_data(m, &root[5]), 1); /* it is back, whole */
        gc_load(m, &root[2], &root[0], 0);
        assert_true(gc_is_empty(&root[2]));
        gc_clear(m, &root[5]);
        gc_collect(m, GC_FULL);
        assert_int_equal(finalized, 1501 + cycle); /* and dies without a second call */
        assert_int_equal(stats().live_objects, 1);
    }
    assert_int_equal(deepest, 1);
}

/* A finalizer is queued and never called when the heap is closed: nothing of it is left. */
static void test_close_with_a_queue(void **state)
{
    (void)state;
    open_heap(8 * MIB, "");
    struct gc_root *const root = gc_push(m, 2);
    new_ring(root, GC_PLAIN | GC_FINALIZER);
    assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN | GC_FINALIZER, 1, 8), 0);
    gc_clear(m, &root[0]);
    gc_detach(m);
    gc_close(&heap);
    is_open = false;
    assert_int_equal(finalized, 0);
    assert_int_equal(heap.made, heap.freed);
}

/* A chain of a million: built, collected, and released at once, in 64 KiB of C stack. */
static void *build_deep(void *unused)
{
    (void)unused;
    struct gc_mutator me = {.heap = NULL};
    uintptr_t wrong = (uintptr_t)gc_attach(&heap, &me);
    struct gc_root *const root = gc_push(&me, 2);
    for (int cycle = 0; cycle < 2; cycle++) {
        for (int i = 0; i < DEEP; i++) {
            gc_move(&me, &root[1], &root[0]);
            wrong += gc_alloc(&me, &root[0], GC_PLAIN, 1, 0) != 0;
            gc_store(&me, &root[0], 0, &root[1]);
        }
        gc_clear(&me, &root[1]);
        gc_collect(&me, GC_FULL);
        if (cycle) /* the last refers to the first: dies by the collector */
            for (gc_move(&me, &root[1], &root[0]);;) {
                struct gc_root *const next = gc_push(&me, 1);
                gc_load(&me, next, &root[1], 0);
                const bool ends = gc_is_empty(next);
                if (ends)
                    gc_store(&me, &root[1], 0, &root[0]);
                else
                    gc_move(&me, &root[1], next);
                gc_pop(&me, 1);
                if (ends)
                    break;
            }
        gc_clear(&me, &root[1]);
        gc_clear(&me, &root[0]);
        gc_collect(&me, GC_FULL);
        wrong += stats().live_objects;
    }
    gc_detach(&me);
    return (void *)wrong;
}

static void test_small_stack(void **state)
{
    (void)state;
    open_heap(128 * MIB, "");
    gc_detach(m);
    pthread_t thread;
    pthread_attr_t attributes;
    void *wrong;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    assert_int_equal(pthread_create(&thread, &attributes, build_deep, NULL), 0);
    pthread_join(thread, &wrong);
    assert_int_equal(gc_attach(&heap, m), 0);
    assert_null(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_limit, close_heap),
        cmocka_unit_test_teardown(test_sites_and_domains_fail, close_heap),
        cmocka_unit_test_teardown(test_generations, close_heap),
        cmocka_unit_test_teardown(test_threshold, close_heap),
        cmocka_unit_test_teardown(test_weak, close_heap),
        cmocka_unit_test_teardown(test_weak_without_memory, close_heap),
        cmocka_unit_test_teardown(test_finalizers, close_heap),
        cmocka_unit_test_teardown(test_close_with_a_queue, close_heap),
        cmocka_unit_test_teardown(test_small_stack, close_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
