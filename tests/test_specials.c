/* allocators/specials.h by semispace, and without the help of its collector. */
#include "allocators/semispace.h"
#include "tests/gc_kit.h"
#include "tests/gc_specials.h"

static void test_chains_in_random_order_by_passes(void **state)
{
    heap.specials.notices = false;
    test_chains_in_random_order(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SPECIALS_TESTS, SPECIALS_TEST(test_chains_in_random_order_by_passes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
