/* generational: a random program, in each state that a heap may come to be in, and where memory fails. */
#include "base/rng.h"
#include "tests/generational_shadow.h"

enum { BANK = 3000 };

/* Rarely wide, rarely large. */
static void random_shape(struct ht_rng *rng, uint32_t *slots, uint32_t *bytes)
{
    const uint32_t dice = ht_rng_below(rng, 200);
    *slots = dice == 0 ? 64 + ht_rng_below(rng, 200) : dice == 1 ? 1100 : ht_rng_below(rng, 5);
    *bytes = dice == 2 ? 12000 + ht_rng_below(rng, 9000) : 8 + ht_rng_below(rng, 56);
}

/* One operation; false when there was no memory. The last root is an object of BANK slots that keeps much
 * alive. */
static bool operate(struct ht_rng *rng)
{
    const uint32_t a = ht_rng_below(rng, ROOTS - 1), b = ht_rng_below(rng, ROOTS - 1), bank = ROOTS - 1,
                   slots = shadow[held[a]].slots, dice = ht_rng_below(rng, 16);
    if (!held[bank])
        return !make(bank, BANK, 8);
    if (!held[a] || dice < 5) {
        uint32_t shape[2];
        random_shape(rng, &shape[0], &shape[1]);
        return !make_kind(a, shape[0] < 2 ? GC_PLAIN : ht_rng_below(rng, 3), shape[0], shape[1]);
    }
    if (dice == 5)
        drop(a);
    else if (dice < 8)
        store(bank, ht_rng_below(rng, BANK), a);
    else if (dice == 8)
        load(a, bank, ht_rng_below(rng, BANK));
    else if (slots && dice < 13)
        store(a, ht_rng_below(rng, slots), b);
    else if (slots)
        load(b, a, ht_rng_below(rng, slots));
    return true;
}

/* How often there was no memory. */
static unsigned play(uint64_t seed, unsigned operations)
{
    struct ht_rng rng = ht_rng_open(seed, 0);
    unsigned failures = 0;
    for (unsigned i = 1; i <= operations; i++) {
        if (!operate(&rng)) {
            failures++;
            check_graph(true);
            for (uint32_t r = ROOTS; r-- > 0 && held[r];)
                drop(r);
        }
        if (i % 7000 == 0)
            collect(i % 3 ? GC_MINOR : GC_FULL);
    }
    collect(GC_FULL);
    return failures;
}

static const struct {
    uint64_t bytes;
    const char *variant;
} heaps[] = {{512 << 10, ""},
             {1 << 20, ""},
             {2 << 20, ""},
             {16 << 20, ""},
             {16 << 20, "nursery=65536"},
             {2 << 20, "mark-stack=4"},
             {1 << 20, "mark-stack=0"}};

static void random_programs(void **state)
{
    unsigned failures = 0, successes = 0;
    (void)state;
    for (unsigned i = 0; i < sizeof heaps / sizeof *heaps; i++) {
        open_heap(heaps[i].bytes, heaps[i].variant);
        const unsigned n = play(i, 100000);
        failures += n > 0;
        successes += n == 0;
        assert_true(heap.stats.barriers > 1000);
        close_heap();
    }
    assert_true(failures > 0 && successes > 0);
}

/* ---- memory that fails ------------------------------------------------------------------------------------- */

static enum gc_site failing;
static unsigned fail_every, requests;

static bool fail_some(enum gc_site site, size_t bytes)
{
    (void)bytes;
    return site == failing && requests++ % fail_every == fail_every - 1;
}

static void fail_from_now(enum gc_site site, unsigned every)
{
    failing = site;
    fail_every = every;
    requests = 0;
    gc_budget_fail = fail_some;
}

static void programs_survive_failures(void **state)
{
    static const enum gc_site sites[] = {GC_SITE_HEAP, GC_SITE_MARK_STACK, GC_SITE_REMEMBERED, GC_SITE_WEAK};
    static const unsigned every[] = {1, 2, 5};
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        open_heap(4 << 20, "nursery=131072");
        make(0, 1, 8);
        fail_from_now(sites[i / 3], every[i % 3]);
        play(i, 20000);
        gc_budget_fail = NULL;
        collect(GC_FULL);
        assert_false(heap.nursery.crowded);
        assert_false(heap.forgot);
        close_heap();
    }
}

static void open_fails_cleanly(void **state)
{
    static const enum gc_site sites[] = {GC_SITE_HEAP, GC_SITE_COPY_RESERVE};
    struct gc_options options = {.threads = 1, .heap_bytes = 4 << 20, .variant = "", .finalize = finalize};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        memset(&heap, 0, sizeof heap);
        fail_from_now(sites[i], 1);
        assert_int_equal(gc_open(&heap, &options), -ENOMEM);
        assert_int_equal(heap.budget.held, 0);
    }
    gc_budget_fail = NULL;
    memset(&heap, 0, sizeof heap);
    options.variant = "nurserys=1";
    assert_int_equal(gc_open(&heap, &options), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "nursery="));
    options.variant = "";
    options.heap_bytes = 16 << 10;
    assert_int_equal(gc_open(&heap, &options), -ENOMEM);
    assert_int_equal(heap.budget.held, 0);
}

/* A list that grows until there is no memory, nor for a plain object. */
static uint32_t fill(uint32_t bytes)
{
    uint32_t n = 0;
    for (; !make(1, 1, bytes); n++) {
        store(1, 0, 0);
        move(0, 1);
    }
    return n;
}

/* No old space at all: objects stay in the nursery, and its gaps are used again. */
static void without_old_space(void **state)
{
    (void)state;
    open_heap(4 << 20, "nursery=131072");
    fail_from_now(GC_SITE_HEAP, 1);
    const uint32_t n = fill(24);
    assert_true(heap.nursery.crowded);
    assert_true(n > 131072 / 40 * 9 / 10);
    check_graph(true);
    drop(0), drop(1);
    assert_in_range(fill(24), n - 10, n + 10);
    check_graph(true);
    /* Every second object goes, and as many find room in the gaps. */
    for (move(1, 0); held[1]; load(1, 1, 0)) {
        load(2, 1, 0);
        if (held[2]) {
            load(2, 2, 0);
            store(1, 0, 2);
        }
    }
    assert_in_range(fill(24), n / 2 - 10, n / 2 + 10);
    check_graph(true);
    drop(1);
    gc_budget_fail = NULL;
    collect(GC_FULL);
    assert_false(heap.nursery.crowded);
    close_heap();
}

/* The whole heap is used, and is whole when it is full. */
static void until_there_is_no_memory(void **state)
{
    static const uint32_t bytes[] = {8, 24, 200, 4000, 9000, 100000};
    (void)state;
    for (unsigned i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        open_heap(8 << 20, "");
        const uint32_t n = fill(bytes[i]);
        assert_int_equal(id_of(&root[1]), held[1]);
        assert_true(n * gc_size(1, bytes[i]) > (bytes[i] < 8192 ? 9 : 6) * ((8u << 20) / 10));
        check_graph(true);
        drop(0), drop(1);
        collect(GC_FULL);
        assert_in_range(fill(bytes[i]), n - n / 20 - 1, n + n / 20 + 1);
        close_heap();
    }
}

static void special_tables_fail(void **state)
{
    static const enum gc_site sites[] = {GC_SITE_WEAK, GC_SITE_FINALIZER};
    (void)state;
    open_heap(4 << 20, "");
    for (unsigned i = 0; i < 2; i++) {
        fail_from_now(sites[i], 1);
        assert_int_equal(gc_alloc(m, &root[0], GC_WEAK | GC_FINALIZER, 2, 8), -ENOMEM);
        assert_true(gc_is_empty(&root[0]));
        verify();
    }
    gc_budget_fail = NULL;
    assert_int_equal(gc_alloc(m, &root[0], GC_WEAK | GC_FINALIZER, 2, 8), 0);
    close_heap();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_programs, forget),
        cmocka_unit_test_teardown(programs_survive_failures, forget),
        cmocka_unit_test_teardown(open_fails_cleanly, forget),
        cmocka_unit_test_teardown(without_old_space, forget),
        cmocka_unit_test_teardown(until_there_is_no_memory, forget),
        cmocka_unit_test_teardown(special_tables_fail, forget),
    };
    return cmocka_run_group_tests(tests, open_shadow, close_shadow);
}
