/* immix: what every collector that moves stands, and what is its own. With a mark stack that grows,
 * with one that does not, and with none. */
#include "allocators/immix.h"
#include "allocators/immix_own.h"
#include "tests/gc_kit.h"
/* All but the lines' ends, the bits, the reserve and the mark stack. */
#define LEAST_SHARE 0.80
#include "tests/gc_moving.h"
#include "tests/gc_specials.h"

static void test_variants(void **state)
{
    (void)state;
    assert_int_equal(try_heap(MOVING_HEAP, "fast"), -EINVAL);
    assert_non_null(strstr(gc_open_error(&heap, -EINVAL), "evacuate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVING_TESTS,
        cmocka_unit_test(test_variants),
        SPECIALS_TESTS,
    };
    static const char *const variants[] = {"", "stay", "evacuate", "evacuate+mark-stack=64",
                                           "evacuate+reversal"};
    int failed_tests = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        kit_variant = variants[i];
        failed_tests += cmocka_run_group_tests_name(variants[i], tests, NULL, NULL);
    }
    return failed_tests;
}
