/* boehm: what libgc leaves to its client: the limit, the free lists that a collection drops, weak slots without
 * memory for a link, finalizers, several mutators, and a heap opened again. Being conservative it may keep a few
 * objects that look reachable, so "all" is FEW less here. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocators/boehm.h"

#include "allocators/collector_defaults.h"
#include "base/rng.h"

enum { OBJECTS = 2000, FEW = 100, MIB = 1 << 20 };

static struct gc_heap heap;
static struct gc_mutator mutator, *const m = &mutator;
static struct gc_options options;
static bool is_open;
static unsigned finalized;
static struct gc_root *kept; /* where finalizers put what they bring back; NULL: they do not */
static int fail_site, fail_after;

static void finalize(struct gc_mutator *of, struct gc_root *object, void *context)
{
    (void)context;
    ++*(uint64_t *)gc_data(of, object);
    finalized++;
    if (kept)
        gc_move(of, kept, object);
}

static bool fails(enum gc_site site, size_t bytes)
{
    (void)bytes;
    return (int)site == fail_site && fail_after-- <= 0;
}

static void open_heap(uint64_t bytes, const char *variant)
{
    options =
        (struct gc_options){.threads = 1, .heap_bytes = bytes, .variant = variant, .finalize = finalize};
    finalized = 0;
    kept = NULL;
    assert_int_equal(gc_open(&heap, &options), 0);
    is_open = true;
    assert_int_equal(gc_attach(&heap, m), 0);
}

static void close_heap(void)
{
    gc_budget_fail = NULL;
    if (m->heap)
        gc_detach(m);
    if (is_open)
        gc_close(&heap);
    is_open = false;
    memset(&heap, 0, sizeof heap);
    memset(m, 0, sizeof *m);
}

static int close_after(void **state)
{
    (void)state;
    close_heap();
    return 0;
}

static struct gc_stats stats(void)
{
    struct gc_stats s;
    memset(&s, 0xff, sizeof s);
    gc_stats(&heap, &s);
    return s;
}

static void new_list(struct gc_root *list, struct gc_root *next, unsigned objects, uint32_t bytes)
{
    gc_clear(m, list);
    for (unsigned i = 0; i < objects; i++) {
        gc_move(m, next, list);
        assert_int_equal(gc_alloc(m, list, GC_PLAIN, 2, bytes), 0);
        gc_store(m, list, 0, next);
        memset(gc_data(m, list), (int)i, bytes);
    }
}

static void assert_list(const struct gc_root *list, struct gc_root *at, unsigned objects, uint32_t bytes)
{
    gc_move(m, at, list);
    for (unsigned i = objects; i-- > 0; gc_load(m, at, at, 0)) {
        const unsigned char *const data = gc_data(m, at);
        for (uint32_t b = 0; b < bytes; b++)
            assert_int_equal(data[b], (unsigned char)i);
    }
    assert_true(gc_is_empty(at));
}

/* Lists of all sizes live while forty times the heap is allocated. */
static void churn(void)
{
    struct gc_root *const root = gc_push(m, 4);
    struct ht_rng rng = ht_rng_open(1, 0);
    new_list(&root[0], &root[1], 300, 20);
    for (uint64_t sum = 0, bytes; sum < 40 * options.heap_bytes; sum += bytes) {
        bytes = ht_rng_below(&rng, 64) ? ht_rng_below(&rng, 600) : ht_rng_below(&rng, 200000);
        const uint32_t slots = ht_rng_below(&rng, 3);
        assert_int_equal(gc_alloc(m, &root[1], GC_PLAIN, slots, (uint32_t)bytes + !slots), 0);
        for (uint32_t i = 0; i < slots; i++) {
            gc_load(m, &root[2], &root[1], i);
            assert_true(gc_is_empty(&root[2]));
        }
        memset(gc_data(m, &root[1]), 0xa5, bytes);
    }
    assert_list(&root[0], &root[1], 300, 20);
    gc_pop(m, 4);
}

static void test_churn(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "typed", "divisor=3", "divisor=1+typed"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        open_heap(8 * MIB, variants[i]);
        churn();
        const struct gc_stats s = stats();
        print_message("%s: %lu collections, %lu bytes at most\n", variants[i], s.collections,
                      s.held_peak_bytes);
        assert_true(s.collections >= 20);
        assert_true(s.held_peak_bytes <= options.heap_bytes);
        assert_true(s.freed_bytes > 20 * options.heap_bytes);
        close_heap();
    }
}

/* Runs into the limit, three times; what lives stays whole, and dst as it was. */
static void test_limit(void **state)
{
    (void)state;
    for (unsigned mib = 4; mib; mib /= 2) { /* each smaller than what libgc has mapped already */
        open_heap(mib * MIB, "");
        struct gc_root *const root = gc_push(m, 3);
        for (int again = 0; again < 3; again++) {
            unsigned n = 0;
            gc_clear(m, &root[0]);
            for (; gc_move(m, &root[1], &root[0]), !gc_alloc(m, &root[0], GC_PLAIN, 2, 40); n++)
                gc_store(m, &root[0], 0, &root[1]);
            assert_true(gc_same(m, &root[0], &root[1]));
            assert_in_range(n, mib * MIB / 64 / 2, mib * MIB / 64);
            assert_int_equal(gc_alloc(m, &root[1], GC_PLAIN, 0, GC_COUNT_MAX), -ENOMEM);
            for (; !gc_is_empty(&root[0]); n--)
                gc_load(m, &root[0], &root[0], 0);
            assert_int_equal(n, 0);
        }
        close_heap();
    }
}

static void test_heap_growth_fails(void **state)
{
    (void)state;
    open_heap(16 * MIB, "");
    struct gc_root *const root = gc_push(m, 2);
    fail_site = GC_SITE_HEAP, fail_after = 4;
    gc_budget_fail = fails;
    unsigned n = 0;
    for (; !gc_alloc(m, &root[0], GC_PLAIN, 1, 100); n++) {
        gc_store(m, &root[0], 0, &root[1]);
        gc_move(m, &root[1], &root[0]);
    }
    assert_true(n * 128 < 12 * MIB); /* with what an earlier test had */
    gc_budget_fail = NULL;           /* and it grows on */
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN, 1, 100), 0);
    close_heap();
    fail_after = 0;
    gc_budget_fail = fails;
    assert_int_equal(gc_open(&heap, &options), -ENOMEM);
    gc_budget_fail = NULL;
}

/* Two arrays: of OBJECTS weak objects, and of the target of each. No chain, and not inlined: so that no stale
 * register or word of the stack keeps more than one. */
static __attribute__((noinline)) void new_weak(struct gc_root *holders, struct gc_root *targets,
                                               struct gc_root *tmp)
{
    assert_int_equal(gc_alloc(m, holders, GC_PLAIN, OBJECTS, 0), 0);
    assert_int_equal(gc_alloc(m, targets, GC_PLAIN, OBJECTS, 0), 0);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        assert_int_equal(gc_alloc(m, &tmp[0], GC_WEAK, 2, 0), 0);
        assert_int_equal(gc_alloc(m, &tmp[1], GC_PLAIN, 1, 8), 0);
        gc_store(m, &tmp[0], 0, &tmp[1]);
        gc_store(m, holders, i, &tmp[0]);
        gc_store(m, targets, i, &tmp[1]);
    }
    gc_clear(m, &tmp[0]);
    gc_clear(m, &tmp[1]);
}

static __attribute__((noinline)) int drop(const struct gc_root *targets, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        gc_store(m, targets, i, &gc_nothing);
    gc_collect(m, GC_FULL);
    return 0;
}

static __attribute__((noinline)) int count_weak(const struct gc_root *holders, struct gc_root *tmp)
{
    int full = 0;
    for (uint32_t i = 0; i < OBJECTS; i++) {
        gc_load(m, tmp, holders, i);
        gc_load(m, tmp, tmp, 0);
        full += !gc_is_empty(tmp);
    }
    gc_clear(m, tmp);
    return full;
}

static void test_weak(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    struct gc_root *const root = gc_push(m, 5);
    new_weak(&root[0], &root[1], &root[2]);
    drop(&root[1], 0, 0);
    assert_int_equal(count_weak(&root[0], &root[2]), OBJECTS);
    gc_load(m, &root[2], &root[0], OBJECTS - 1);
    gc_load(m, &root[3], &root[2], 0);
    gc_load(m, &root[4], &root[1], OBJECTS - 1);
    assert_true(gc_same(m, &root[3], &root[4]));
    drop(&root[1], 0, OBJECTS / 2);
    assert_in_range(count_weak(&root[0], &root[2]), OBJECTS / 2, OBJECTS / 2 + FEW);
    drop(&root[1], 0, OBJECTS);
    assert_in_range(count_weak(&root[0], &root[2]), 1, FEW); /* root[3] keeps one */
    gc_load(m, &root[2], &root[0], 0);
    gc_store(m, &root[2], 0, &root[0]); /* after it was cleared */
    gc_store(m, &root[2], 0, &gc_nothing);
    gc_store(m, &root[2], 0, &root[2]);
    gc_load(m, &root[3], &root[2], 0);
    assert_true(gc_same(m, &root[2], &root[3]));
}

/* Without memory for a link the reference is strong, until it is written again. */
static void test_weak_without_memory(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    struct gc_root *const root = gc_push(m, 4);
    fail_site = GC_SITE_WEAK, fail_after = 0;
    gc_budget_fail = fails;
    new_weak(&root[0], &root[1], &root[2]);
    drop(&root[1], 0, OBJECTS);
    assert_int_equal(count_weak(&root[0], &root[2]), OBJECTS);
    gc_budget_fail = NULL;
    for (uint32_t i = 0; i < OBJECTS; i++) {
        gc_load(m, &root[2], &root[0], i);
        gc_load(m, &root[3], &root[2], 0);
        gc_store(m, &root[2], 0, &root[3]);
    }
    gc_clear(m, &root[3]);
    drop(&root[1], 0, 0);
    assert_in_range(count_weak(&root[0], &root[2]), 0, FEW);
}

static __attribute__((noinline)) void new_finalizers(struct gc_root *tmp)
{
    for (int i = 0; i < OBJECTS; i++) {
        assert_int_equal(gc_alloc(m, tmp, GC_PLAIN | GC_FINALIZER, 1, 8), 0);
        *(uint64_t *)gc_data(m, tmp) = 0;
        gc_store(m, tmp, 0, tmp);
    }
    gc_clear(m, tmp);
}

static void test_finalizers(void **state)
{
    (void)state;
    open_heap(4 * MIB, "");
    struct gc_root *const root = gc_push(m, 3);
    new_finalizers(&root[0]);
    gc_collect(m, GC_FULL);
    gc_collect(m, GC_FULL);
    assert_in_range(finalized, OBJECTS - FEW, OBJECTS);
    assert_int_equal(stats().finalized, finalized);
    finalized = 0;
    new_finalizers(&root[0]);
    kept = &root[1];
    gc_collect(m, GC_FULL);
    assert_in_range(finalized, OBJECTS - FEW, OBJECTS + FEW);
    kept = NULL;
    assert_int_equal(*(uint64_t *)gc_data(m, &root[1]), 1); /* the last is back, whole */
    finalized = 0;
    gc_clear(m, &root[1]);
    gc_collect(m, GC_FULL);
    gc_collect(m, GC_FULL);
    assert_in_range(finalized, 0, FEW);
    fail_site = GC_SITE_FINALIZER, fail_after = 0;
    gc_budget_fail = fails;
    assert_int_equal(gc_alloc(m, &root[2], GC_PLAIN | GC_FINALIZER, 1, 8), -ENOMEM);
    assert_true(gc_is_empty(&root[2]));
}

/* Finalizers when the heap is full: registered, or -ENOMEM, and none is called for an object that was refused. */
static void test_finalizers_without_memory(void **state)
{
    (void)state;
    open_heap(2 * MIB, "");
    struct gc_root *const root = gc_push(m, 3);
    unsigned made = 0;
    for (; !gc_alloc(m, &root[0], GC_PLAIN | GC_FINALIZER, 2, 8); made++) {
        *(uint64_t *)gc_data(m, &root[0]) = 0;
        gc_store(m, &root[0], 0, &root[1]);
        gc_move(m, &root[1], &root[0]);
    }
    assert_true(made > 1000);
    gc_clear(m, &root[0]);
    gc_clear(m, &root[1]);
    for (int i = 0; i < 3; i++)
        gc_collect(m, GC_FULL);
    assert_in_range(finalized, made - FEW, made);
}

/* Data that looks like the address of the targets: it keeps them, except where only slots are scanned. */
static __attribute__((noinline)) void hide_in_data(struct gc_root *data, const struct gc_root *targets)
{
    assert_int_equal(gc_alloc(m, data, GC_PLAIN, 1, 8), 0);
    memcpy(gc_data(m, data), &targets->object, 8);
}

static void test_ambiguous(void **state)
{
    (void)state;
    for (int typed = 0; typed < 2; typed++) {
        open_heap(4 * MIB, typed ? "typed" : "");
        struct gc_root *const root = gc_push(m, 5);
        new_weak(&root[0], &root[1], &root[2]);
        hide_in_data(&root[4], &root[1]);
        gc_clear(m, &root[1]);
        for (int i = 0; i < 100; i++) /* over what may be left of it on the stack */
            assert_int_equal(gc_alloc(m, &root[2], GC_PLAIN, 1, 2000), 0);
        gc_collect(m, GC_FULL);
        const int full = count_weak(&root[0], &root[2]);
        print_message("%s: %d\n", options.variant, full);
        assert_in_range(full, typed ? 0 : OBJECTS, typed ? FEW : OBJECTS);
        close_heap();
    }
}

static void test_unknown_variants(void **state)
{
    (void)state;
    static const char *const bad[] = {"fast", "markers=0", "markers=99", "typed+x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options =
            (struct gc_options){.threads = 1, .heap_bytes = MIB, .variant = bad[i], .finalize = finalize};
        memset(&heap, 0, sizeof heap);
        assert_int_equal(gc_open(&heap, &options), -EINVAL);
        assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "divisor=N"));
    }
}

/* ---- several mutators ---------------------------------------------------------------------------------------- */

enum { THREADS = 4, LENGTH = 500, LISTS = 400 };

/* Not on a stack, where libgc would see their free lists. */
static struct gc_mutator mutators[THREADS];

/* Builds lists with a leaf at each node, and walks them, with objects of all sorts that die at once in between. */
static void *mutate(void *context)
{
    const uintptr_t seed = (uintptr_t)context;
    struct gc_mutator *const me = &mutators[seed];
    uintptr_t wrong = (uintptr_t)gc_attach(&heap, me);
    struct gc_root *const root = gc_push(me, 4);
    for (int list = 0; list < LISTS; list++) {
        gc_clear(me, &root[0]);
        for (uint64_t i = 0; i < LENGTH; i++) {
            gc_move(me, &root[1], &root[0]);
            wrong += gc_alloc(me, &root[0], GC_PLAIN, 2, 8 + i % 50) != 0;
            gc_store(me, &root[0], 0, &root[1]);
            wrong += gc_alloc(me, &root[3], GC_PLAIN, 0, 8 + i % 70) != 0;
            gc_store(me, &root[0], 1, &root[3]);
            *(uint64_t *)gc_data(me, &root[0]) = *(uint64_t *)gc_data(me, &root[3]) = i ^ seed;
            wrong += gc_alloc(me, &root[2], i % 40 ? GC_PLAIN : GC_WEAK, 1, i % 900 + 8) != 0;
            gc_store(me, &root[2], 0, &root[0]);
        }
        for (uint64_t i = LENGTH; i-- > 0; gc_load(me, &root[0], &root[0], 0)) {
            gc_load(me, &root[3], &root[0], 1);
            wrong += *(uint64_t *)gc_data(me, &root[0]) != (i ^ seed);
            wrong += *(uint64_t *)gc_data(me, &root[3]) != (i ^ seed);
        }
    }
    gc_detach(me);
    return (void *)wrong;
}

static void test_mutators(void **state)
{
    (void)state;
    open_heap(8 * MIB, "");
    memset(mutators, 0, sizeof mutators);
    pthread_t thread[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, mutate, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        assert_null(wrong);
    }
    print_message("%lu collections\n", stats().collections);
    assert_true(stats().collections > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_churn, close_after),
        cmocka_unit_test_teardown(test_limit, close_after),
        cmocka_unit_test_teardown(test_heap_growth_fails, close_after),
        cmocka_unit_test_teardown(test_weak, close_after),
        cmocka_unit_test_teardown(test_weak_without_memory, close_after),
        cmocka_unit_test_teardown(test_finalizers, close_after),
        cmocka_unit_test_teardown(test_finalizers_without_memory, close_after),
        cmocka_unit_test_teardown(test_ambiguous, close_after),
        cmocka_unit_test_teardown(test_unknown_variants, close_after),
        cmocka_unit_test_teardown(test_mutators, close_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
