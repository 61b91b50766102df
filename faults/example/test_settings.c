/* Does it hold its word when memory runs out? Each allocation fails in turn, until a run comes through untouched. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <heaptrial/faults.h>

#include "settings.h"

static const char text[] = "width = 80\nheight = 25\ntitle = a window\nwidth = 132\n";

/* Reads the text with the n-th allocation failing; true when there was no n-th. */
static int is_past_the_last(const char *plan_word, unsigned n)
{
    char plan[64], why[256];
    struct settings s = {NULL, 0};
    assert_int_equal(settings_read(&s, "colour = green\n"), 0);

    snprintf(plan, sizeof plan, "fail:%s=%u", plan_word, n);
    if (heaptrial_arm(plan, why, sizeof why))
        fail_msg("%s", why);
    const int error = settings_read(&s, text);
    heaptrial_disarm();
    const unsigned long fired = heaptrial_fired();

    if (fired) {
        assert_int_equal(error, -ENOMEM);                         /* it says so, */
        assert_int_equal(s.count, 1);                             /* has added nothing, */
        assert_string_equal(settings_get(&s, "colour"), "green"); /* has lost nothing, */
        assert_int_equal(settings_read(&s, text), 0);             /* works when there is memory again, */
    }
    assert_string_equal(settings_get(&s, "width"), "132");
    settings_free(&s);
    assert_int_equal(heaptrial_live(), 0); /* and has leaked nothing. */
    return !fired;
}

static void test_one_failure(void **state)
{
    (void)state;
    unsigned n = 1;
    while (!is_past_the_last("nth", n))
        n++;
    assert_true(n > 12); /* a list, a name and a value for each of four lines: the loop has done something */
}

static void test_no_memory_from_there_on(void **state)
{
    (void)state;
    for (unsigned n = 1; !is_past_the_last("from", n); n++)
        ;
}

/* Between begin and end nothing fails: what the test itself needs. */
static void test_benign(void **state)
{
    (void)state;
    struct settings s = {NULL, 0};
    assert_int_equal(heaptrial_arm("fail:from=1", NULL, 0), 0);
    heaptrial_benign_begin();
    const int within = settings_read(&s, text);
    heaptrial_benign_end();
    const int after = settings_read(&s, text);
    heaptrial_disarm();
    assert_int_equal(within, 0);
    assert_int_equal(after, -ENOMEM);
    assert_int_equal(heaptrial_calls(), 1);
    settings_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_failure),
        cmocka_unit_test(test_no_memory_from_there_on),
        cmocka_unit_test(test_benign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
