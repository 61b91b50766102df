/* The registry of live objects: what is added is found, what goes leaves no hole, and a broken stamp is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "faults/live_objects.h"

enum { OBJECTS = 3000, BYTES = 24 };

static char memory[OBJECTS][BYTES];

static unsigned char stamp(const void *p, size_t bytes)
{
    return (unsigned char)((uintptr_t)p / 8 + bytes);
}

static void add(size_t i)
{
    memset(memory[i], stamp(memory[i], BYTES), BYTES);
    assert_true(ht_live_add(memory[i], BYTES));
    ht_live_stamp(memory[i]);
}

static int start(void **state)
{
    (void)state;
    static bool is_open;
    if (!is_open && ht_live_open())
        return -1;
    is_open = true;
    ht_live_clear();
    return 0;
}

static void what_goes_leaves_no_hole(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 1);
    bool is_live[OBJECTS] = {false};
    size_t live = 0;
    for (int i = 0; i < 50000; i++) {
        const size_t k = ht_rng_below(&rng, OBJECTS);
        if (is_live[k])
            assert_int_equal(ht_live_remove(memory[k]), BYTES);
        else
            add(k);
        is_live[k] = !is_live[k];
        live += is_live[k] ? 1 : (size_t)-1;
        assert_int_equal(ht_live_count(), live);
    }
    for (size_t k = 0; k < OBJECTS; k++)
        assert_int_equal(ht_live_remove(memory[k]), is_live[k] ? BYTES : 0);
}

static void an_object_stands_once(void **state)
{
    (void)state;
    add(7);
    assert_false(ht_live_add(memory[7], BYTES));
    assert_int_equal(ht_live_remove(memory[8]), 0);
    assert_int_equal(ht_live_count(), 1);
}

static void a_broken_stamp_is_found(void **state)
{
    (void)state;
    struct ht_live_object broken;
    for (size_t i = 0; i < OBJECTS; i++)
        add(i);
    assert_false(ht_live_find_broken(stamp, &broken));
    for (size_t at = 0; at < BYTES; at += BYTES - 1) {
        memory[1234][at] ^= 1;
        assert_true(ht_live_find_broken(stamp, &broken));
        assert_ptr_equal(broken.p, memory[1234]);
        assert_int_equal(broken.bytes, BYTES);
        memory[1234][at] ^= 1;
    }
    assert_true(ht_live_remove(memory[5]) == BYTES);
    memory[5][0] ^= 1; /* nobody's any more */
    assert_false(ht_live_find_broken(stamp, &broken));
}

static void contents_that_change_change_the_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++)
        add(i);
    const uint64_t before = ht_live_hash(NULL), without = ht_live_hash(memory[50]);
    memory[50][BYTES - 1] ^= 0x80;
    assert_true(ht_live_hash(NULL) != before);
    assert_true(ht_live_hash(memory[50]) == without);
    memory[50][BYTES - 1] ^= 0x80;
    assert_true(ht_live_hash(NULL) == before);
}

static void a_release_takes_what_was_born_later(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        add(i);
    const uint64_t mark = ht_live_births();
    for (size_t i = 1000; i < OBJECTS; i++)
        add(i);
    ht_live_remove(memory[2000]);
    assert_int_equal(ht_live_remove_since(mark), (OBJECTS - 1001) * BYTES);
    assert_int_equal(ht_live_count(), 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(ht_live_remove(memory[i]), BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_goes_leaves_no_hole, start),
        cmocka_unit_test_setup(an_object_stands_once, start),
        cmocka_unit_test_setup(a_broken_stamp_is_found, start),
        cmocka_unit_test_setup(contents_that_change_change_the_hash, start),
        cmocka_unit_test_setup(a_release_takes_what_was_born_later, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
