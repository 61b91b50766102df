/* What is marksweep's own: the mark stack at its cap, pointer reversal, tables that can't grow, large objects,
 * several mutators, and a heap walk that finds damage. The trial that all collectors pass is tests/gc_trial.c. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocators/marksweep.h"
#include "allocators/variant.h"
#include "base/rng.h"

static struct gc_heap heap;
static struct gc_mutator mutator, *const m = &mutator;
static int finalizers;

static void count_finalizer(struct gc_mutator *who, struct gc_root *object, void *context)
{
    (void)who, (void)context;
    assert_false(gc_is_empty(object));
    finalizers++;
}

static void open_heap(const char *variant, size_t bytes, unsigned threads)
{
    static struct gc_options options;
    options = (struct gc_options){
        .threads = threads, .heap_bytes = bytes, .variant = variant, .finalize = count_finalizer};
    memset(&heap, 0, sizeof heap);
    memset(&mutator, 0, sizeof mutator);
    finalizers = 0;
    assert_int_equal(gc_open(&heap, &options), 0);
    assert_int_equal(gc_attach(&heap, m), 0);
}

static void assert_whole(void)
{
    char why[160] = "";
    if (gc_verify(&heap, why))
        fail_msg("%s", why);
}

static void close_heap(void)
{
    assert_whole();
    gc_detach(m);
    gc_close(&heap);
    assert_int_equal(heap.budget.held, 0);
}

static struct gc_stats stats_now(void)
{
    struct gc_stats stats = {0};
    gc_stats(&heap, &stats);
    return stats;
}

static void new_object(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    assert_int_equal(gc_alloc(m, dst, kind, slots, bytes), 0);
}

/* ---- shapes: each returns how many objects hang from `dst`, itself included --------------------------------- */

static uint64_t make_list(struct gc_root *dst, uint32_t n)
{
    struct gc_root *const r = gc_push(m, 1);
    gc_clear(m, dst);
    for (uint32_t i = 0; i < n; i++) {
        new_object(r, GC_PLAIN, 1, 8);
        gc_store(m, r, 0, dst);
        gc_move(m, dst, r);
    }
    gc_pop(m, 1);
    return n;
}

/* Along slot `along`; the other slot has a leaf. */
static uint64_t make_comb(struct gc_root *dst, uint32_t n, uint32_t along)
{
    struct gc_root *const r = gc_push(m, 2);
    gc_clear(m, dst);
    for (uint32_t i = 0; i < n; i++) {
        new_object(&r[0], GC_PLAIN, 2, 0);
        new_object(&r[1], GC_PLAIN, 0, 8);
        gc_store(m, &r[0], along, dst);
        gc_store(m, &r[0], 1 - along, &r[1]);
        gc_move(m, dst, &r[0]);
    }
    gc_pop(m, 2);
    return 2 * n;
}

/* A wide object of short lists, each of which leads back to it. */
static uint64_t make_fan(struct gc_root *dst, uint32_t width)
{
    struct gc_root *const r = gc_push(m, 2);
    new_object(dst, GC_PLAIN, width, 0);
    for (uint32_t i = 0; i < width; i++) {
        new_object(&r[0], GC_PLAIN, 1, 0);
        new_object(&r[1], GC_PLAIN, 3, 8);
        gc_store(m, &r[0], 0, dst);
        gc_store(m, &r[1], 2, &r[0]);
        gc_store(m, dst, i, &r[1]);
    }
    gc_pop(m, 2);
    return 2 * (uint64_t)width + 1;
}

/* Fans within fans: what is wide is deep, too. */
static uint64_t make_fans(struct gc_root *dst, uint32_t width, uint32_t depth)
{
    struct gc_root *const r = gc_push(m, 1);
    uint64_t n = make_fan(dst, width);
    for (uint32_t i = 0; i < depth; i++) {
        gc_move(m, r, dst);
        n += make_fan(dst, width);
        gc_store(m, dst, width / 2, r);
        n -= 2;
    }
    gc_pop(m, 1);
    return n;
}

/* Every object refers to others at random; all hang from a table, which is cleared. */
static uint64_t make_random(struct gc_root *dst, uint32_t n)
{
    struct ht_rng rng = ht_rng_open(7, 0);
    struct gc_root *const r = gc_push(m, 3);
    new_object(&r[0], GC_PLAIN, n, 0);
    for (uint32_t i = 0; i < n; i++) {
        new_object(&r[1], GC_PLAIN, 1 + ht_rng_below(&rng, 6), 0);
        gc_store(m, &r[0], i, &r[1]);
    }
    for (uint32_t i = 0; i < n; i++) {
        gc_load(m, &r[1], &r[0], i);
        for (uint32_t s = 0; s < gc_slots(m, &r[1]); s++) {
            /* The next one, so that all are reached; and others. */
            gc_load(m, &r[2], &r[0], s ? ht_rng_below(&rng, n) : (i + 1) % n);
            gc_store(m, &r[1], s, &r[2]);
        }
    }
    gc_load(m, dst, &r[0], 0);
    gc_pop(m, 3);
    return n;
}

static uint64_t mix(uint64_t sum, uint64_t x)
{
    return (sum ^ x) * 0x9e3779b97f4a7c15;
}

static void sum_object(void *context, struct gc_object *object)
{
    uint64_t *const sum = context;
    *sum = mix(mix(*sum, (uintptr_t)object), object->header);
    for (uint32_t i = 0; i < gc_header_slots(object->header); i++)
        *sum = mix(*sum, (uintptr_t)object->slot[i]);
}

static uint64_t sum_of_heap(void)
{
    uint64_t sum = 0;
    gc_cache_sync(&m->cache);
    gc_blocks_each(&heap.blocks, sum_object, &sum);
    return sum;
}

/* Two collections reach `n` objects each, and change nothing. */
static void assert_traces(uint64_t n)
{
    gc_collect(m, GC_FULL);
    const uint64_t before = stats_now().traced_objects, sum = sum_of_heap();
    gc_collect(m, GC_FULL);
    assert_int_equal(stats_now().traced_objects - before, n);
    assert_true(sum_of_heap() == sum);
    assert_whole();
}

static void try_shapes(const char *variant)
{
    open_heap(variant, 64 << 20, 1);
    struct gc_root *const r = gc_push(m, 1);
    assert_traces(make_list(r, 50000));
    assert_traces(make_comb(r, 50000, 0));
    assert_traces(make_comb(r, 50000, 1));
    assert_traces(make_fan(r, 150000));
    assert_traces(make_fans(r, 300, 300));
    assert_traces(make_random(r, 100000));
    const struct gc_stats stats = stats_now();
    const uint64_t cap = ht_variant(variant, "mark-stack", UINT64_MAX);
    assert_true(stats.mark_stack_high <= cap);
    if (cap < 100)
        assert_true(stats.mark_stack_overflows > 0);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    gc_blocks_sweep_all(&heap.blocks);
    assert_int_equal(heap.blocks.used_bytes, 0);
    close_heap();
}

static void test_shapes(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "eager", "reversal", "mark-stack=1", "mark-stack=64+eager"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        try_shapes(variants[i]);
}

static void *deep_on_a_small_stack(void *context)
{
    open_heap(context, 256 << 20, 1);
    struct gc_root *const r = gc_push(m, 1);
    assert_traces(make_list(r, 1000000));
    assert_traces(make_comb(r, 1000000, 0));
    assert_traces(make_comb(r, 1000000, 1));
    close_heap();
    return NULL;
}

static void test_small_stack(void **state)
{
    (void)state;
    static char *const variants[] = {"", "reversal", "mark-stack=64"};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    for (size_t i = 0; i < 3; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, &attributes, deep_on_a_small_stack, variants[i]), 0);
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
}

/* A weak slot is not followed, and cleared, on whatever way the object was reached. */
static void try_weak(const char *variant, uint32_t above)
{
    open_heap(variant, 16 << 20, 1);
    struct gc_root *const r = gc_push(m, 3);
    for (uint32_t i = 0; i < above; i++) {
        new_object(&r[1], GC_WEAK, 3, 0);
        new_object(&r[2], GC_PLAIN, 1, 8);
        gc_store(m, &r[1], 0, &r[2]);
        gc_store(m, &r[1], 2, r);
        gc_move(m, r, &r[1]);
    }
    gc_clear(m, &r[1]);
    gc_clear(m, &r[2]);
    assert_traces(above);
    gc_load(m, &r[1], r, 0);
    assert_true(gc_is_empty(&r[1]));
    close_heap();
}

static void test_weak_slots(void **state)
{
    (void)state;
    try_weak("", 10000);
    try_weak("reversal", 10000);
    try_weak("mark-stack=1", 10000);
}

/* ---- objects of all sizes come and go ------------------------------------------------------------------------ */

enum { TABLE = 500 };

static void replace(struct gc_root *table, struct gc_root *r, struct ht_rng *rng)
{
    static const uint32_t top[] = {40, 300, 3000, 20000, 60000};
    const uint32_t bytes = ht_rng_below(rng, top[ht_rng_below(rng, ht_rng_below(rng, 5) + 1)]);
    new_object(r, GC_PLAIN, 1 + ht_rng_below(rng, 4), bytes);
    memset(gc_data(m, r), (int)(bytes & 0xff), bytes);
    gc_store(m, table, ht_rng_below(rng, TABLE), r);
}

static void check_data(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)kind;
    ++*(uint64_t *)context;
    for (uint32_t i = 0; slots < TABLE && i < bytes; i++)
        if (((unsigned char *)data)[i] != (bytes & 0xff))
            fail_msg("byte %u of %u of an object with %u slots was written over", i, bytes, slots);
}

static void try_sizes(const char *variant)
{
    struct ht_rng rng = ht_rng_open(3, 0);
    open_heap(variant, 12 << 20, 1);
    struct gc_root *const table = gc_push(m, 1), *const r = gc_push(m, 1);
    new_object(table, GC_PLAIN, TABLE, 0);
    for (unsigned i = 0; i < 30000; i++) {
        replace(table, r, &rng);
        if (i % 1000 == 0) {
            uint64_t n = 0;
            assert_whole();
            gc_each(&heap, check_data, &n);
            assert_true(n >= 2);
        }
    }
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    uint64_t n = 0;
    gc_each(&heap, check_data, &n);
    assert_int_equal(n, TABLE + 1);
    gc_blocks_sweep_all(&heap.blocks);
    assert_int_equal(stats_now().live_objects, n);
    assert_true(stats_now().collections > 5);
    assert_true(stats_now().held_peak_bytes <= 12 << 20);
    close_heap();
}

static void test_sizes(void **state)
{
    (void)state;
    try_sizes("");
    try_sizes("eager");
    try_sizes("mark-stack=1");
}

static void test_out_of_memory(void **state)
{
    (void)state;
    open_heap("", 4 << 20, 1);
    struct gc_root *const r = gc_push(m, 3);
    int error = 0;
    uint64_t n = 0;
    while (!(error = gc_alloc(m, &r[1], GC_PLAIN, 1, 100))) {
        gc_store(m, &r[1], 0, &r[0]);
        gc_move(m, &r[0], &r[1]);
        n++;
    }
    assert_int_equal(error, -ENOMEM);
    assert_true(gc_same(m, &r[0], &r[1]));
    assert_true(n * 120 > (4 << 20) * 0.9);
    assert_int_equal(gc_alloc(m, &r[2], GC_PLAIN, 0, 1 << 20), -ENOMEM);
    assert_true(gc_is_empty(&r[2]));
    assert_traces(n);
    gc_clear(m, &r[0]);
    gc_clear(m, &r[1]);
    /* All of it, in one piece. */
    new_object(&r[0], GC_PLAIN, 0, 3 << 20);
    gc_clear(m, &r[0]);
    assert_traces(make_list(&r[0], 100000));
    close_heap();
}

/* What the mark stack has grown to goes to objects before memory is said to have run out. */
static void test_mark_stack_is_given_up(void **state)
{
    (void)state;
    open_heap("", 16 << 20, 1);
    struct gc_root *const r = gc_push(m, 2);
    const size_t room = heap.trace.stack.room;
    make_random(r, 100000);
    gc_collect(m, GC_FULL);
    assert_true(heap.trace.stack.room > 4 * room);
    while (!gc_alloc(m, &r[1], GC_PLAIN, 1, 100)) {
        gc_store(m, &r[1], 0, r);
        gc_move(m, r, &r[1]);
    }
    assert_int_equal(heap.trace.stack.room, room);
    assert_whole();
    close_heap();
}

/* ---- tables that can't grow ---------------------------------------------------------------------------------- */

static enum gc_site failing;

static bool fail_at_site(enum gc_site site, size_t bytes)
{
    (void)bytes;
    return site == failing;
}

static void test_mark_stack_cannot_grow(void **state)
{
    (void)state;
    failing = GC_SITE_MARK_STACK;
    gc_budget_fail = fail_at_site;
    open_heap("", 64 << 20, 1);
    struct gc_root *const r = gc_push(m, 1);
    assert_traces(make_fans(r, 300, 300));
    assert_traces(make_random(r, 100000));
    assert_true(stats_now().mark_stack_overflows > 0);
    close_heap();
    gc_budget_fail = NULL;
}

static void test_heap_cannot_grow(void **state)
{
    (void)state;
    open_heap("", 16 << 20, 1);
    struct gc_root *const r = gc_push(m, 2);
    const uint64_t n = make_list(r, 10000);
    failing = GC_SITE_HEAP;
    gc_budget_fail = fail_at_site;
    assert_int_equal(gc_alloc(m, &r[1], GC_PLAIN, 0, 100000), -ENOMEM);
    while (!gc_alloc(m, &r[1], GC_PLAIN, 1, 1000)) {
        gc_store(m, &r[1], 0, r);
        gc_move(m, r, &r[1]);
    }
    assert_whole();
    gc_budget_fail = NULL;
    new_object(&r[1], GC_PLAIN, 1, 1000);
    assert_true(n < 20000);
    close_heap();
}

static void try_specials(enum gc_site site, uint32_t kind)
{
    open_heap("", 16 << 20, 1);
    struct gc_root *const r = gc_push(m, 1);
    failing = site;
    gc_budget_fail = fail_at_site;
    assert_int_equal(gc_alloc(m, r, kind, 2, 0), -ENOMEM);
    assert_true(gc_is_empty(r));
    gc_budget_fail = NULL;
    new_object(r, kind, 2, 0);
    assert_traces(1);
    gc_clear(m, r);
    gc_collect(m, GC_FULL);
    assert_int_equal(finalizers, kind & GC_FINALIZER ? 1 : 0);
    close_heap();
}

static void test_specials_cannot_grow(void **state)
{
    (void)state;
    try_specials(GC_SITE_WEAK, GC_WEAK);
    try_specials(GC_SITE_WEAK, GC_EPHEMERON);
    try_specials(GC_SITE_FINALIZER, GC_FINALIZER);
}

/* With the heap at its limit the tables of weak references still find room: that of chunks without objects. */
static void test_specials_in_a_full_heap(void **state)
{
    (void)state;
    open_heap("", 16 << 20, 1);
    struct gc_root *const r = gc_push(m, 2);
    make_list(r, 630000);
    gc_clear(m, r);
    for (uint32_t i = 0; i < 100000; i++) {
        new_object(&r[1], GC_WEAK, 2, 0);
        gc_store(m, &r[1], 1, r);
        gc_move(m, r, &r[1]);
    }
    assert_traces(100000);
    close_heap();
}

/* ---- several mutators ---------------------------------------------------------------------------------------- */

enum { THREADS = 4 };

static pthread_barrier_t started;

static void *churn(void *context)
{
    struct gc_mutator *const me = context;
    struct ht_rng rng = ht_rng_open(5, (uintptr_t)context);
    assert_int_equal(gc_attach(&heap, me), 0);
    gc_park(me);
    pthread_barrier_wait(&started);
    gc_unpark(me);
    struct gc_root *const r = gc_push(me, 3);
    assert_int_equal(gc_alloc(me, &r[0], GC_PLAIN, TABLE, 0), 0);
    for (unsigned i = 0; i < 60000; i++) {
        const uint32_t bytes = 8 + ht_rng_below(&rng, i % 1000 ? 100 : 40000);
        assert_int_equal(gc_alloc(me, &r[1], i % 50 ? GC_PLAIN : GC_WEAK | GC_FINALIZER, 2, bytes), 0);
        *(uint32_t *)gc_data(me, &r[1]) = bytes;
        gc_load(me, &r[2], &r[0], ht_rng_below(&rng, TABLE));
        if (!gc_is_empty(&r[2]))
            assert_true(*(uint32_t *)gc_data(me, &r[2]) < 40108);
        gc_store(me, &r[1], 0, &r[2]);
        gc_store(me, &r[0], ht_rng_below(&rng, TABLE), &r[1]);
        if (i % 5000 == 0) {
            gc_park(me);
            gc_unpark(me);
            gc_collect(me, GC_FULL);
        }
        gc_poll(me);
    }
    gc_pop(me, 3);
    gc_detach(me);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    static struct gc_mutator others[THREADS];
    pthread_t thread[THREADS];
    memset(others, 0, sizeof others);
    open_heap("", 48 << 20, THREADS + 1);
    pthread_barrier_init(&started, NULL, THREADS);
    gc_park(m);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, churn, &others[i]), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    gc_unpark(m);
    pthread_barrier_destroy(&started);
    gc_collect(m, GC_FULL);
    gc_collect(m, GC_FULL);
    gc_blocks_sweep_all(&heap.blocks);
    assert_int_equal(heap.blocks.used_bytes, 0);
    close_heap();
}

static void *collect_once(void *context)
{
    struct gc_mutator *const me = context;
    assert_int_equal(gc_attach(&heap, me), 0);
    gc_collect(me, GC_FULL);
    gc_detach(me);
    return NULL;
}

/* A collection waits for the mutator that runs; the mutator, at its safepoint, for the collection. */
static void test_waits_are_logged(void **state)
{
    (void)state;
    static struct gc_mutator other;
    static struct gc_pause pauses[100];
    static struct gc_log log;
    pthread_t thread;
    open_heap("", 16 << 20, 2);
    memset(&other, 0, sizeof other);
    log = (struct gc_log){.pause = pauses, .room = 100};
    ((struct gc_options *)heap.options)->log = heap.world.log = &log;
    assert_int_equal(pthread_create(&thread, NULL, collect_once, &other), 0);
    while (!gc_world_is_stopping(&heap.world))
        sched_yield();
    gc_poll(m);
    pthread_join(thread, NULL);
    unsigned waited[2] = {0, 0}, full = 0;
    for (size_t i = 0; i < log.count; i++) {
        if (pauses[i].kind == GC_PAUSE_WAIT)
            waited[pauses[i].mutator]++;
        else
            full += pauses[i].kind == GC_PAUSE_FULL;
        assert_true(pauses[i].end_ns >= pauses[i].start_ns);
    }
    assert_int_equal(full, 1);
    assert_int_equal(waited[0], 1);
    assert_int_equal(waited[1], 1);
    close_heap();
}

/* ---- options, and the heap walk ------------------------------------------------------------------------------ */

static void test_options(void **state)
{
    (void)state;
    const struct gc_options options = {
        .threads = 1, .heap_bytes = 1 << 20, .variant = "copying", .finalize = count_finalizer};
    memset(&heap, 0, sizeof heap);
    assert_int_equal(gc_open(&heap, &options), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "mark-stack"));
}

static void assert_broken(const char *words)
{
    char why[160] = "";
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    if (!strstr(why, words))
        fail_msg("\"%s\" is not in \"%s\"", words, why);
}

static void test_walk_finds_damage(void **state)
{
    (void)state;
    open_heap("", 16 << 20, 1);
    struct gc_root *const r = gc_push(m, 2);
    make_list(r, 1000);
    make_list(&r[1], 1000);
    gc_collect(m, GC_FULL);
    struct gc_object *const object = r->object, *const next = object->slot[0];
    void *const wrong[] = {(char *)next + 8, &heap, (char *)next + (1 << 20), (void *)8};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        object->slot[0] = wrong[i];
        assert_broken("where no object is");
    }
    object->slot[0] = next;
    object->header += (uint64_t)16 << 32;
    assert_broken("header");
    object->header -= (uint64_t)16 << 32;
    r->object = (char *)object + 16;
    assert_broken("root");
    r->object = object;
    assert_whole();
    /* A live object that lost its mark is one that the sweep will take. */
    *gc_mark_word(&heap.blocks, next) &= ~gc_mark_bit(next);
    assert_broken("where no object is");
    gc_mark(&heap.blocks, next);
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_small_stack),
        cmocka_unit_test(test_weak_slots),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_mark_stack_is_given_up),
        cmocka_unit_test(test_mark_stack_cannot_grow),
        cmocka_unit_test(test_heap_cannot_grow),
        cmocka_unit_test(test_specials_cannot_grow),
        cmocka_unit_test(test_specials_in_a_full_heap),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_waits_are_logged),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_walk_finds_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
