/* What an end by a signal means, by what was said before: one rule for cells, for the tries of a fault plan and for sweeps. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/damage.h"

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        int signal;
        const char *err;
        enum ht_outcome outcome;
    } end[] = {
        {SIGABRT, "free(): double free detected in tcache 2\n", HT_CORRUPT},
        {SIGABRT, "a line before\nmalloc(): corrupted top size\n", HT_CORRUPT},
        {SIGABRT, "*** stack smashing detected ***: terminated\n", HT_CORRUPT},
        {SIGABRT, "<jemalloc>: size mismatch detected\n", HT_CORRUPT},
        {SIGABRT, "Scudo ERROR: corrupted chunk header at address 0x1\n", HT_CORRUPT},
        {SIGABRT, "src/tcmalloc.cc:333] Attempt to free invalid pointer 0x1\n", HT_CORRUPT},
        {SIGABRT, "==1==ERROR: AddressSanitizer: heap-use-after-free\n", HT_CORRUPT},
        {SIGABRT, "out of memory\nfree(): invalid pointer\n", HT_CORRUPT},
        /* It only gives up. */
        {SIGABRT, "", HT_CRASH},
        {SIGABRT, "terminate called after throwing an instance of 'std::bad_alloc'\n", HT_CRASH},
        {SIGABRT, "Scudo ERROR: internal map failure (error desc=Cannot allocate memory)\n", HT_CRASH},
        {SIGABRT, "***MEMORY-ERROR***: GSlice: failed to allocate 496 bytes\n", HT_CRASH},
        {SIGABRT, "==1==ERROR: AddressSanitizer: allocator is out of memory\n", HT_CRASH},
        /* Words alone are no end. */
        {SIGSEGV, "free(): invalid pointer\n", HT_CRASH},
        {SIGKILL, "", HT_CRASH},
    };
    for (size_t i = 0; i < sizeof end / sizeof *end; i++)
        if (ht_outcome_of_signal(end[i].signal, end[i].err) != end[i].outcome)
            fail_msg("signal %d after '%s' is %s", end[i].signal, end[i].err,
                     ht_outcome_word(ht_outcome_of_signal(end[i].signal, end[i].err)));
}

/* What a program says without a fault, too, is nothing new; without a signal only a sanitizer is believed. */
static void test_words(void **state)
{
    (void)state;
    const char *const glibc = "x\nfree(): invalid size\n", *const ubsan =
                                                               "a.c:1:2: runtime error: overflow\n";
    assert_string_equal(ht_damage_said(glibc, "", false), glibc + 2);
    assert_null(ht_damage_said(glibc, glibc, false));
    assert_null(ht_damage_said(glibc, "", true));
    assert_non_null(ht_damage_said(ubsan, "", true));
    assert_non_null(ht_damage_said(ubsan, "free(): ", false));
    assert_null(ht_damage_said("", "", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
