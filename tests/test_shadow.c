/* The shadow itself, on heaps of a few objects that are played by hand, right and wrong: each mistake is said, and no
 * other. What ends the cell is run in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocators/roots.h"
#include "bench/shadow.h"

enum {
    OBJECTS = 64,
    DATA = 64,
    EVERYTHING = GC_CAP_RECLAIM | GC_CAP_CYCLES | GC_CAP_WEAK | GC_CAP_EPHEMERON | GC_CAP_FINALIZER |
                 GC_CAP_EXACT | GC_CAP_WALK
};

/* A heap as a strategy could have it: the shadow believes nothing but what stands in the data. */
static struct {
    char data[OBJECTS][DATA];
    uint32_t kind[OBJECTS], slots[OBJECTS];
    bool held[OBJECTS];
} fake;
static struct gc_root stack[16];
static struct gc_roots roots;
static struct ht_job job = {.threads = 1};
static struct ht_worker worker = {.job = &job};
static const struct ht_worker *const w = &worker;

static int start(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    memset(stack, 0, sizeof stack);
    roots = (struct gc_roots){stack, stack + 16};
    ht_shadow_open(EVERYTHING, 1);
    ht_shadow_attach(w, &roots);
    return 0;
}

/* Object i of the fake heap, with the shadow's bytes and 8 more, into root r. */
static void make(int r, int i, uint32_t kind, uint32_t slots)
{
    ht_shadow_start(w, HT_OP_ALLOC, 0, 0);
    fake.kind[i] = kind;
    fake.slots[i] = slots;
    fake.held[i] = true;
    stack[r].object = fake.data[i];
    ht_shadow_new(w, &stack[r], kind, slots, 8, fake.data[i]);
}

static uint32_t see(int r)
{
    return ht_shadow_see(w, &stack[r], stack[r].object);
}

static void clear(int r)
{
    ht_shadow_start(w, HT_OP_ROOT, 0, 0);
    stack[r].object = NULL;
    ht_shadow_put(w, &stack[r], 0);
}

static void store(int r, uint32_t slot, int value)
{
    ht_shadow_start(w, HT_OP_STORE, slot, 0);
    ht_shadow_store(w, see(r), slot, value < 0 ? 0 : see(value));
}

/* The strategy's load gives object i, or nothing. */
static void load(int dst, int r, uint32_t slot, int i)
{
    ht_shadow_start(w, HT_OP_LOAD, 0, 0);
    void *const data = i < 0 ? NULL : fake.data[i];
    const uint32_t to = ht_shadow_edge(see(r), slot, data);
    stack[dst].object = data;
    ht_shadow_put(w, &stack[dst], to);
}

static void audit_after(bool collected)
{
    ht_shadow_audit_start();
    for (int i = 0; i < OBJECTS; i++)
        if (fake.held[i])
            ht_shadow_visit(NULL, fake.kind[i], fake.slots[i], 8 + HT_SHADOW_BYTES, fake.data[i]);
    ht_shadow_audit_stop(collected);
    ht_shadow_walked();
}

static void audit(void)
{
    audit_after(true);
}

/* As a collector: the object is gone, and its memory holds something else. */
static void reclaim(int i)
{
    fake.held[i] = false;
    memset(fake.data[i], 0x11, DATA);
}

static void finalize(int i)
{
    struct gc_root root = {fake.data[i]};
    ht_shadow_finalize(w, &root, fake.data[i]);
    ht_shadow_finalized(w, &root);
}

/* What `mistake` makes the shadow say, after `start`. */
static void assert_said(void (*mistake)(void), const char *words)
{
    int fd[2], status;
    char said[400] = "";
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        mistake();
        _exit(0);
    }
    close(fd[1]);
    for (ssize_t n, at = 0; (n = read(fd[0], said + at, sizeof said - 1 - (size_t)at)) > 0; at += n)
        ;
    close(fd[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 3 || !strstr(said, words))
        fail_msg("status %#x; \"%s\" does not say \"%s\"", (unsigned)status, said, words);
}

/* ---- a heap without a mistake -------------------------------------------------------------------------------- */

static void test_life(void **state)
{
    (void)state;
    make(0, 0, GC_PLAIN, 2);
    make(1, 1, GC_PLAIN, 1);
    store(0, 1, 1);
    store(1, 0, 0); /* a cycle */
    clear(1);
    audit();
    load(1, 0, 1, 1);
    assert_int_equal(ht_shadow_number(see(1)), 2);
    clear(0);
    clear(1);
    audit();
    assert_int_equal(ht_shadow_figures().dead_objects, 2);
    assert_int_equal(ht_shadow_figures().live_objects, 0);
    reclaim(0);
    reclaim(1);
    audit();
    assert_int_equal(ht_shadow_figures().dead_objects, 0);
    ht_shadow_end();
}

/* An object that is moved is the same wherever it stands. */
static void test_moving(void **state)
{
    (void)state;
    make(0, 0, GC_PLAIN, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    clear(1);
    memcpy(fake.data[9], fake.data[1], DATA);
    fake.slots[9] = fake.slots[1];
    fake.held[9] = true;
    reclaim(1);
    audit();
    load(1, 0, 0, 9);
    ht_shadow_expect_at(see(1), fake.data[9]);
}

/* An index is used again, and the old id is not taken for the new one. */
static void test_indexes_are_used_again(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        make(0, i % OBJECTS, GC_PLAIN, 1);
        assert_true(see(0) < 10);
        clear(0);
        reclaim(i % OBJECTS);
        if (i % 5 == 4)
            audit();
    }
    assert_int_equal(ht_shadow_figures().objects, 1000);
}

/* Dead bytes count from the last moment when an object could be reached, not from the audit that finds them. */
static void test_dead_bytes(void **state)
{
    (void)state;
    make(0, 0, GC_PLAIN, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    clear(1);
    const double size = (double)ht_shadow_figures().allocated_bytes / 2; /* 24 and 16 bytes */
    clear(0);
    for (int i = 2; i < 12; i++)
        make(2, i, GC_PLAIN, 0); /* the last one is live */
    audit();
    const struct ht_shadow_figures f = ht_shadow_figures();
    assert_int_equal(f.dead_objects, 11);
    assert_int_equal(f.dead_bytes, f.allocated_bytes - 16);
    /* The first two were dead while ten objects of 16 bytes were allocated, the next for nine of them... */
    double area = 2 * size * 160;
    for (int i = 2; i < 11; i++)
        area += 16 * 16.0 * (11 - i - 1);
    assert_true(f.dead_mean_bytes * (double)f.allocated_bytes >= area - 1 &&
                f.dead_mean_bytes * (double)f.allocated_bytes <= area + 16 * 16.0 * 9 + 1);
}

/* Ten objects that go as soon as they die, and an eleventh that is held until a later audit. */
static void die_in_turn(void)
{
    for (int i = 0; i < 10; i++) {
        make(0, i, GC_PLAIN, 0);
        clear(0);
        reclaim(i);
    }
    make(0, 10, GC_PLAIN, 0);
    clear(0);
}

/* Where no collection has ended, what is gone was not held while it was dead; but for one that an audit saw. */
static void test_what_counts_free_is_not_garbage(void **state)
{
    (void)state;
    die_in_turn();
    audit_after(false);
    assert_int_equal(ht_shadow_figures().dead_peak_bytes, 16);
    assert_true(ht_shadow_figures().dead_mean_bytes == 0); /* nothing was allocated since its death */
    make(1, 11, GC_PLAIN, 0);
    audit_after(false);
    make(2, 12, GC_PLAIN, 0);
    reclaim(10);
    audit_after(false);
    const struct ht_shadow_figures f = ht_shadow_figures();
    assert_int_equal(f.dead_bytes, 0);
    assert_int_equal(f.dead_peak_bytes, 16);
    assert_true(f.dead_mean_bytes * (double)f.allocated_bytes ==
                16 * 16.0); /* from its death to the second audit */
}

/* A collection has held them all. */
static void test_what_a_collection_frees_was_garbage(void **state)
{
    (void)state;
    die_in_turn();
    audit_after(true);
    assert_int_equal(ht_shadow_figures().dead_peak_bytes, 11 * 16);
    assert_true(ht_shadow_figures().dead_mean_bytes > 0);
}

static void test_weak_and_ephemerons(void **state)
{
    (void)state;
    make(0, 0, GC_WEAK, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    make(2, 2, GC_EPHEMERON, 2);
    make(3, 3, GC_PLAIN, 0);
    store(2, 0, 1);
    store(2, 1, 3);
    clear(3);
    audit(); /* the value is held by its key */
    assert_int_equal(ht_shadow_figures().live_objects, 4);
    clear(1);
    audit();
    assert_int_equal(ht_shadow_figures().live_objects, 2);
    load(1, 0, 0, 1); /* not found yet: it lives again, and so does the value */
    audit();
    assert_int_equal(ht_shadow_figures().live_objects, 4);
    clear(1);
    reclaim(1);
    reclaim(3);
    audit();
    load(1, 0, 0, -1);
    load(1, 2, 0, -1);
    load(1, 2, 1, -1);
    audit();
}

static void test_finalizers(void **state)
{
    (void)state;
    make(0, 0, GC_PLAIN | GC_FINALIZER, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    clear(1);
    clear(0);
    audit(); /* both are still held */
    finalize(0);
    reclaim(0);
    reclaim(1);
    audit();
    ht_shadow_end();
}

/* The same operations, the same hash; others, another. */
static uint64_t hash_of(uint32_t slot)
{
    start(NULL);
    make(0, 0, GC_PLAIN, 3);
    store(0, slot, 0);
    clear(0);
    return ht_shadow_figures().stream_hash;
}

static void test_stream_hash(void **state)
{
    (void)state;
    assert_int_equal(hash_of(1), hash_of(1));
    assert_int_not_equal(hash_of(1), hash_of(2));
}

/* 10^5 objects in a list, freed and made anew: linear, not more. */
static void test_many(void **state)
{
    static char data[100000][24];
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100000; i++) {
            stack[1].object = data[i];
            ht_shadow_new(w, &stack[1], GC_PLAIN, 1, 8, data[i]);
            if (i)
                ht_shadow_store(w, see(1), 0, see(0));
            stack[0].object = data[i];
            ht_shadow_put(w, &stack[0], see(1));
        }
        ht_shadow_audit_start();
        for (int i = 0; i < 100000; i++)
            ht_shadow_visit(NULL, GC_PLAIN, 1, 8 + HT_SHADOW_BYTES, data[i]);
        ht_shadow_audit_stop(true);
        assert_int_equal(ht_shadow_figures().live_objects, 100000);
        clear(0);
        clear(1);
        ht_shadow_audit_start();
        ht_shadow_audit_stop(true);
        assert_int_equal(ht_shadow_figures().dead_objects, 0);
    }
}

/* ---- mistakes ------------------------------------------------------------------------------------------------ */

static void two_objects(void)
{
    make(0, 0, GC_PLAIN, 1);
    make(1, 1, GC_PLAIN, 1);
    store(0, 0, 1);
}

static void freed_too_early(void)
{
    two_objects();
    clear(1);
    fake.held[1] = false;
    audit();
}

static void overwritten(void)
{
    two_objects();
    fake.data[1][3] ^= 1;
    see(1);
}

static void used_after_reuse(void)
{
    two_objects();
    make(2, 1, GC_PLAIN, 0); /* at the address of a live object */
    see(1);
}

static void wrong_edge(void)
{
    two_objects();
    make(2, 2, GC_PLAIN, 0);
    load(3, 0, 0, 2);
}

static void lost_edge(void)
{
    two_objects();
    load(2, 0, 0, -1);
}

static void edge_from_nowhere(void)
{
    two_objects();
    load(2, 1, 0, 0);
}

static void lost_root(void)
{
    two_objects();
    stack[1].object = NULL;
    see(1);
}

static void old_place(void)
{
    two_objects();
    memcpy(fake.data[9], fake.data[1], DATA);
    fake.slots[9] = 1;
    fake.held[9] = true;
    fake.held[1] = false;
    audit();
    ht_shadow_expect_at(see(1), fake.data[1]);
}

static void held_twice(void)
{
    two_objects();
    memcpy(fake.data[9], fake.data[1], DATA);
    fake.slots[9] = 1;
    fake.held[9] = true;
    audit();
}

static void another_shape(void)
{
    two_objects();
    fake.slots[1] = 2;
    audit();
}

static void not_an_object(void)
{
    two_objects();
    fake.held[20] = true;
    audit();
}

static void weak_dangles(void)
{
    make(0, 0, GC_WEAK, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    clear(1);
    fake.held[1] = false;
    audit();
    load(1, 0, 0, 1);
}

static void weak_cleared_early(void)
{
    make(0, 0, GC_WEAK, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    load(2, 0, 0, -1);
    audit();
}

static void value_freed_early(void)
{
    make(0, 0, GC_EPHEMERON, 2);
    make(1, 1, GC_PLAIN, 0);
    make(2, 2, GC_PLAIN, 0);
    store(0, 0, 1);
    store(0, 1, 2);
    clear(2);
    fake.held[2] = false;
    audit();
}

static void finalized_twice(void)
{
    make(0, 0, GC_PLAIN | GC_FINALIZER, 0);
    clear(0);
    finalize(0);
    finalize(0);
}

static void finalized_alive(void)
{
    make(0, 0, GC_PLAIN | GC_FINALIZER, 0);
    finalize(0);
}

static void finalized_without(void)
{
    two_objects();
    finalize(1);
}

static void never_finalized(void)
{
    make(0, 0, GC_PLAIN | GC_FINALIZER, 0);
    clear(0);
    audit();
    ht_shadow_end();
}

static void reclaimed_unfinalized(void)
{
    make(0, 0, GC_PLAIN | GC_FINALIZER, 0);
    clear(0);
    reclaim(0);
    audit();
}

static void reclaimed_behind_finalizer(void)
{
    make(0, 0, GC_PLAIN | GC_FINALIZER, 1);
    make(1, 1, GC_PLAIN, 0);
    store(0, 0, 1);
    clear(1);
    clear(0);
    reclaim(1);
    audit();
}

static void given_up_and_used(void)
{
    two_objects();
    ht_shadow_give_up(w, &stack[1], see(1), fake.data[1]);
    stack[1].object = NULL;
    load(2, 0, 0, 1);
    see(2);
}

static void test_mistakes(void **state)
{
    static const struct {
        void (*make)(void);
        const char *words;
    } mistakes[] = {
        {freed_too_early, "object 2 is reachable, but the heap walk does not show it: freed too early"},
        {overwritten, "object 2 has lost its canary, seen from a root"},
        {used_after_reuse, "object 2 is expected, but a root leads to object 3: a wrong edge"},
        {wrong_edge, "object 2 is expected, but slot 0 of object 1 leads to object 3: a wrong edge"},
        {lost_edge, "object 2 is expected in slot 0 of object 1, which is empty: a lost edge"},
        {edge_from_nowhere, "object 2 has something in slot 0, which should be empty"},
        {lost_root, "object 2 is expected in a root that is empty"},
        {old_place, "to where it was moved from"},
        {held_twice, "object 2 is held twice"},
        {another_shape, "object 2 is held with another shape"},
        {not_an_object, "which is no object that can be held"},
        {weak_dangles,
         "object 2 was reclaimed, but slot 0 of object 1 still leads to it: a dangling reference"},
        {weak_cleared_early, "object 2 is reachable, but a weak reference to it was cleared"},
        {value_freed_early, "object 3 is reachable, but the heap walk does not show it"},
        {finalized_twice, "object 1 had its finalizer called twice"},
        {finalized_alive, "object 1 is reachable, but its finalizer was called"},
        {finalized_without, "object 2 has no finalizer, but one was called"},
        {never_finalized, "object 1 is dead, and its finalizer never ran"},
        {reclaimed_unfinalized, "object 1 was reclaimed, and its finalizer never ran"},
        {reclaimed_behind_finalizer,
         "object 2 was reclaimed, but an object whose finalizer is due reaches it"},
        {given_up_and_used, "the workload uses object 2, which it has given up"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        start(state);
        assert_said(mistakes[i].make, mistakes[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_life, start),
        cmocka_unit_test_setup(test_moving, start),
        cmocka_unit_test_setup(test_indexes_are_used_again, start),
        cmocka_unit_test_setup(test_dead_bytes, start),
        cmocka_unit_test_setup(test_what_counts_free_is_not_garbage, start),
        cmocka_unit_test_setup(test_what_a_collection_frees_was_garbage, start),
        cmocka_unit_test_setup(test_weak_and_ephemerons, start),
        cmocka_unit_test_setup(test_finalizers, start),
        cmocka_unit_test(test_stream_hash),
        cmocka_unit_test_setup(test_many, start),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
