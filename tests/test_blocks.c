/* The non-moving space by itself, as a collector drives it: classes, runs, colours, sticky marks, sweeping in
 * increments, and a walk that finds damage. */
#include "allocators/blocks_own.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"

enum { LIMIT = 8 << 20 };

static struct gc_budget budget;
static struct gc_blocks blocks;
static struct gc_cache cache;

static int open_space(void **state)
{
    (void)state;
    budget = (struct gc_budget){.limit = LIMIT};
    cache = (struct gc_cache){.run = {{NULL, NULL, NULL}}};
    gc_blocks_open(&blocks, &budget);
    return 0;
}

static void assert_whole(void)
{
    char why[160] = "";
    gc_cache_sync(&cache);
    if (gc_blocks_verify(&blocks, why))
        fail_msg("%s", why);
}

static int close_space(void **state)
{
    (void)state;
    gc_blocks_close(&blocks);
    return budget.held ? -1 : 0;
}

/* An object without slots; NULL: no memory. */
static struct gc_object *take(uint32_t bytes)
{
    const size_t size = gc_size(0, bytes);
    void *p = gc_cache_alloc(&cache, size);
    if (!p && size > GC_CELL_MAX)
        p = gc_blocks_large(&blocks, size);
    else if (!p && (gc_cache_next(&blocks, &cache, gc_class(size)) ||
                    gc_cache_refill(&blocks, &cache, gc_class(size))))
        p = gc_cache_alloc(&cache, size);
    return p ? gc_object_make(p, GC_PLAIN, 0, bytes) : NULL;
}

static void count_object(void *context, struct gc_object *object)
{
    assert_int_equal(object->header & 1, 1);
    ++*(uint64_t *)context;
}

static uint64_t count(void)
{
    uint64_t n = 0;
    gc_cache_sync(&cache);
    gc_blocks_each(&blocks, count_object, &n);
    return n;
}

static void begin(bool clear)
{
    gc_cache_flush(&blocks, &cache);
    gc_blocks_begin(&blocks, clear);
}

static void end(void)
{
    gc_cache_flush(&blocks, &cache);
    gc_blocks_end(&blocks);
}

static void test_classes(void **state)
{
    (void)state;
    for (size_t size = GC_OBJECT_MIN_BYTES; size <= GC_CELL_MAX; size += 8) {
        const unsigned class = gc_class(size);
        const size_t bytes = gc_class_bytes(class);
        assert_true(class < GC_CLASSES && bytes >= size && bytes % 8 == 0);
        assert_true(bytes <= (size <= 256 ? size : size <= 8192 ? size + size / 4 : size + size / 2));
        assert_int_equal(gc_class(bytes), class);
    }
}

/* Every class is filled, thinned out, and filled again: the free cells are found, and only these. */
static void test_every_class(void **state)
{
    (void)state;
    for (uint32_t bytes = 8; gc_size(0, bytes) <= GC_CELL_MAX; bytes += bytes < 300 ? 8 : bytes / 3 & ~7u) {
        enum { MOST = 5000 };
        static struct gc_object *object[MOST];
        const uint32_t n = bytes < 200 ? MOST : (4 << 20) / 3 / bytes < MOST ? (4 << 20) / 3 / bytes : MOST;
        begin(true);
        end();
        gc_blocks_sweep_all(&blocks);
        assert_int_equal(count(), 0);
        for (uint32_t i = 0; i < n; i++)
            assert_non_null(object[i] = take(bytes));
        assert_int_equal(count(), n);
        begin(true);
        uint64_t kept = 0;
        for (uint32_t i = 0; i < n; i++)
            if (i % 3 == 0 || i % 7 < 2)
                kept += gc_mark(&blocks, object[i]);
        end();
        assert_int_equal(count(), kept);
        const uint64_t held = budget.held;
        for (uint32_t i = 0; i < n - kept; i++)
            assert_non_null(take(bytes));
        assert_int_equal(count(), n);
        assert_true(budget.held == held);
        assert_whole();
    }
}

static void test_sweep_in_increments(void **state)
{
    (void)state;
    enum { OBJECTS = 40000 };
    static struct gc_object *object[OBJECTS];
    for (uint32_t i = 0; i < OBJECTS; i++)
        assert_non_null(object[i] = take(i % 1000 ? 24 : 20000));
    begin(true);
    for (uint32_t i = 0; i < OBJECTS; i += 2)
        assert_true(gc_mark(&blocks, object[i]));
    end();
    uint64_t used = blocks.used_bytes, swept = blocks.swept;
    while (gc_blocks_sweep_one(&blocks)) {
        assert_true(blocks.used_bytes <= used && ++swept == blocks.swept);
        used = blocks.used_bytes;
        if (swept % 50 == 0)
            assert_whole();
    }
    assert_int_equal(blocks.freed_objects, OBJECTS / 2);
    assert_int_equal(count(), OBJECTS / 2);
    assert_int_equal(gc_blocks_objects(&blocks), OBJECTS / 2);
    assert_whole();
}

/* What is allocated while it is black survives; what was handed out and not used is no object. */
static void test_black(void **state)
{
    (void)state;
    enum { BEFORE = 3000, DURING = 1000 };
    struct gc_object *first = NULL;
    for (uint32_t i = 0; i < BEFORE; i++) {
        struct gc_object *const object = take(40);
        first = first ? first : object;
    }
    begin(true);
    blocks.black = true;
    gc_mark(&blocks, first);
    for (uint32_t i = 0; i < DURING; i++)
        assert_non_null(take(40));
    assert_non_null(take(50000));
    assert_int_equal(count(), BEFORE + DURING + 1);
    end();
    blocks.black = false;
    assert_int_equal(count(), 1 + DURING + 1);
    gc_blocks_sweep_all(&blocks);
    assert_int_equal(gc_blocks_objects(&blocks), 1 + DURING + 1);
    assert_whole();
}

/* What survived once keeps its mark, and is not marked again; until they are cleared. */
static void test_sticky(void **state)
{
    (void)state;
    struct gc_object *const old = take(40), *const large = take(60000), *const dead = take(40);
    blocks.sticky = true;
    begin(true);
    assert_true(gc_mark(&blocks, old) && gc_mark(&blocks, large) && dead);
    end();
    gc_blocks_sweep_all(&blocks);
    struct gc_object *const young = take(40);
    assert_ptr_equal(young, dead);
    assert_true(!gc_is_marked(&blocks, young));
    begin(false);
    assert_true(!gc_mark(&blocks, old) && !gc_mark(&blocks, large));
    end();
    assert_int_equal(count(), 2);
    gc_blocks_sweep_all(&blocks);
    assert_whole();
    begin(true);
    assert_true(!gc_is_marked(&blocks, old) && !gc_is_marked(&blocks, large));
    end();
    assert_int_equal(count(), 0);
}

/* Everything that there is room for, in one class after the other. */
static void test_blocks_change_class(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {8, 16000, 24, 700, 100000, 120, 5000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint64_t bytes = 0;
        while (take(sizes[s]))
            bytes += sizes[s] + 8;
        assert_true((double)bytes > 0.8 * LIMIT && budget.held <= LIMIT);
        assert_whole();
        begin(true);
        end();
    }
    gc_blocks_sweep_all(&blocks);
    assert_int_equal(blocks.used_bytes, 0);
    assert_true(gc_blocks_trim(&blocks) && !gc_blocks_trim(&blocks));
    assert_int_equal(budget.held, 0);
    assert_non_null(take(8));
}

static void assert_broken(const char *words)
{
    char why[160] = "";
    assert_int_equal(gc_blocks_verify(&blocks, why), -EUCLEAN);
    if (!strstr(why, words))
        fail_msg("\"%s\" is not in \"%s\"", words, why);
}

static void test_walk_finds_damage(void **state)
{
    (void)state;
    struct gc_object *const object = take(40);
    take(40);
    gc_cache_flush(&blocks, &cache);
    struct gc_block *const block = blocks.partial[gc_class(48)];
    assert_whole();
    uint64_t *const held = gc_held_word(&blocks, object);
    *held ^= 2 * gc_mark_bit(object);
    assert_broken("held bit");
    *held ^= 2 * gc_mark_bit(object);
    *gc_mark_word(&blocks, object) ^= 2 * gc_mark_bit(object);
    assert_broken("mark bit");
    *gc_mark_word(&blocks, object) ^= 2 * gc_mark_bit(object);
    block->used++;
    assert_broken("counts");
    block->used--;
    block->cursor = block->end + 8;
    assert_broken("cursor");
    block->cursor = block->start + 96;
    object->header = 8;
    assert_broken("header");
    object->header = gc_header(GC_PLAIN, 0, 100);
    assert_broken("header");
    object->header = gc_header(GC_PLAIN, 0, 40);
    const struct gc_block *const free_block = blocks.free_chunks->free;
    gc_block_marks(&blocks, free_block)[3] = 1;
    assert_broken("free block");
    gc_block_marks(&blocks, free_block)[3] = 0;
    assert_whole();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_space, close_space)
    const struct CMUnitTest tests[] = {
        TEST(test_classes), TEST(test_every_class),         TEST(test_sweep_in_increments), TEST(test_black),
        TEST(test_sticky),  TEST(test_blocks_change_class), TEST(test_walk_finds_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
