/* Cells: what is allocated does not overlap, and empty blocks and chunks go back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/cells.h"
#include "allocators/pages.h"
#include "base/rng.h"

static struct gc_budget budget;
static struct gc_cells cells;

static int setup(void **state)
{
    (void)state;
    budget = (struct gc_budget){.limit = 32 << 20};
    cells = (struct gc_cells){.budget = NULL};
    gc_cells_open(&cells, &budget);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gc_cells_close(&cells);
    assert_int_equal(budget.held, 0);
    return 0;
}

static void assert_whole(void)
{
    char why[160] = "";
    if (gc_cells_check(&cells, why))
        fail_msg("%s", why);
}

/* Its second word is never 0; the others say which one it is. */
static uint64_t *make(size_t bytes, uint64_t number)
{
    uint64_t *const p = gc_cells_alloc(&cells, bytes);
    if (!p)
        return NULL;
    for (size_t i = 0; i < bytes / 8; i++)
        p[i] = number + i;
    p[1] = bytes << 32 | 1;
    return p;
}

static void unmake(uint64_t *p, uint64_t number)
{
    const size_t bytes = p[1] >> 32;
    for (size_t i = 0; i < bytes / 8; i++)
        if (i != 1)
            assert_int_equal(p[i], number + i);
    assert_ptr_equal(gc_cells_at(&cells, gc_cells_link(p)), p);
    gc_cells_free(&cells, p);
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t bytes = 16; bytes <= GC_CELL_MAX; bytes += 8) {
        assert_true(gc_cell_class(bytes) < GC_CELL_CLASSES);
        assert_true(bytes == 16 || gc_cell_class(bytes) >= gc_cell_class(bytes - 8));
        uint64_t *const p = make(bytes, bytes);
        const uint32_t cell_bytes = gc_cells_block_of(p)->cell_bytes;
        assert_in_range(cell_bytes, bytes, bytes + bytes / 8);
        unmake(p, bytes);
    }
}

static void test_random(void **state)
{
    enum { CELLS = 5000 };
    (void)state;
    static uint64_t *p[CELLS];
    struct ht_rng rng = ht_rng_open(1, 2);
    uint64_t used = 0;
    for (uint32_t step = 0; step < 300000; step++) {
        const uint32_t i = ht_rng_below(&rng, CELLS), kind = ht_rng_below(&rng, 1000);
        if (p[i]) {
            unmake(p[i], i);
            p[i] = NULL;
            used--;
        } else {
            p[i] = make(16 + 8 * (size_t)ht_rng_below(&rng, kind == 0 ? 5000 : kind < 50 ? 900 : 10), i);
            used += p[i] != NULL;
        }
        if (step % 30000 == 0)
            assert_whole();
    }
    assert_int_equal(gc_cells_used(&cells), used);
    struct gc_cells_walk walk = {.chunk = cells.chunks};
    struct gc_cells_index index;
    gc_cells_index_open(&index, &cells);
    uint64_t seen = 0;
    for (char *cell; (cell = gc_cells_next(&walk)); seen++) {
        assert_true(gc_cells_is_cell(&index, cell));
        assert_false(gc_cells_is_cell(&index, cell + 8));
    }
    assert_false(gc_cells_is_cell(&index, &cells));
    gc_cells_index_close(&index);
    assert_int_equal(seen, used);
    for (uint32_t i = 0; i < CELLS; i++)
        if (p[i])
            unmake(p[i], i);
    memset(p, 0, sizeof p);
    assert_int_equal(gc_cells_used(&cells), 0);
    assert_true(gc_cells_trim(&cells));
    assert_int_equal(cells.blocks, 0);
}

/* One size fills the limit, goes, and another does. */
static void test_blocks_change_their_class(void **state)
{
    (void)state;
    static uint64_t *p[1 << 20];
    uint64_t most[3];
    for (int round = 0; round < 3; round++) {
        const size_t bytes = 64 + 24 * (size_t)round;
        uint64_t n = 0;
        while ((p[n] = make(bytes, n)))
            n++;
        most[round] = n * bytes;
        assert_true(budget.held > budget.limit - 2 * GC_CELLS_BYTES);
        assert_whole();
        for (uint64_t i = 0; i < n; i++)
            unmake(p[i * 7919 % n], i * 7919 % n);
        assert_whole();
    }
    assert_true(most[1] > most[0] / 100 * 98 && most[2] > most[0] / 100 * 98);
}

static void test_a_block_that_is_almost_empty_is_not_given_back_each_time(void **state)
{
    (void)state;
    unmake(make(40, 0), 0);
    const uint64_t calls = ht_pages_stats().calls;
    for (int i = 0; i < 1000; i++)
        unmake(make(40, 0), 0);
    assert_int_equal(ht_pages_stats().calls, calls);
}

static void test_check_finds(void **state)
{
    (void)state;
    char why[160];
    uint64_t *const a = make(40, 1), *const b = make(40, 2);
    gc_cells_free(&cells, b);
    struct gc_cell *const free = (struct gc_cell *)b;
    struct gc_cell *const next = free->next;
    free->next = (struct gc_cell *)a; /* in use */
    assert_int_equal(gc_cells_check(&cells, why), -EUCLEAN);
    free->next = free;
    assert_int_equal(gc_cells_check(&cells, why), -EUCLEAN);
    free->next = (struct gc_cell *)((char *)next + 8);
    assert_int_equal(gc_cells_check(&cells, why), -EUCLEAN);
    free->next = next;
    gc_cells_block_of(a)->used++;
    assert_int_equal(gc_cells_check(&cells, why), -EUCLEAN);
    gc_cells_block_of(a)->used--;
    assert_whole();
}

#define CELLS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CELLS_TEST(test_sizes),
        CELLS_TEST(test_random),
        CELLS_TEST(test_blocks_change_their_class),
        CELLS_TEST(test_a_block_that_is_almost_empty_is_not_given_back_each_time),
        CELLS_TEST(test_check_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
