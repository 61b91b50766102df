/* The report says of the gate's self-test what its trials say, and nothing where there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "results/report_parts.h"

#define N(array) (sizeof(array) / sizeof *(array))

enum { PASSED = 0, FAILED = 1, CALLED = 3, MOST = 400 };

/* `called` and `failed` of the gates with this planted. */
struct gates {
    const char *plant;
    unsigned gates, called, failed;
};

static struct ht_trial trial[MOST];

static struct ht_selftest made_up(const struct gates *of)
{
    struct ht_selftest s = {.trial = trial};
    for (; of->plant; of++)
        for (unsigned i = 0; i < of->gates; i++) {
            assert_true(s.trials < MOST);
            trial[s.trials++] = (struct ht_trial){.plant = ht_plant_find(of->plant),
                                                  .status = i < of->called                ? CALLED
                                                            : i < of->called + of->failed ? FAILED
                                                                                          : PASSED,
                                                  .seconds = 1,
                                                  .load = 2.25};
        }
    return s;
}

static void test_sentence(void **state)
{
    (void)state;
    static const struct {
        struct gates of[4];
        const char *words;
    } at[] = {
        {{{NULL}}, ""},
        {{{"same", 150, 0, 0}, {"same-exact", 50, 0, 0}, {"slower-5", 60, 58, 0}},
         "Of 200 gates in which nothing was planted none called anything: at most 1.8 % with 95 % "
         "confidence; 5 % more CPU time was called in 58 of 60."},
        {{{"same", 100, 1, 0}, {"slower-2", 10, 1, 0}, {"slower-10", 10, 10, 0}},
         "Of 100 gates in which nothing was planted 1 called something: 1.0 %, with 95 % confidence from "
         "0.0 to 5.4 %; 10 % more CPU time was called in 10 of 10."},
        {{{"same", 1, 0, 0}},
         "Of 1 gate in which nothing was planted none called anything: at most 97.5 % with 95 % "
         "confidence."},
        {{{"slower-20", 4, 4, 0}}, "20 % more CPU time was called in 4 of 4."},
        {{{"slower-2", 10, 1, 0}}, ""},
        {{{"same", 20, 4, 0}, {"slower-5", 40, 20, 0}, {"leak", 20, 16, 0}},
         "Of 20 gates in which nothing was planted 4 called something: 20.0 %, with 95 % confidence from 5.7 "
         "to 43.7 %; 5 % more CPU time was called in 20 of 40. It calls more than it may of same. It misses "
         "more than it may of slower-5 and leak."},
        {{{"same", 10, 0, 1}, {"crash", 2, 0, 2}},
         "Of 9 gates in which nothing was planted none called anything: at most 33.6 % with 95 % "
         "confidence. In 3 gates the gate itself failed."},
    };
    for (size_t i = 0; i < N(at); i++) {
        const struct ht_selftest s = made_up(at[i].of);
        char words[HT_REPORT_WORDS];
        ht_report_say_selftest(&s, words);
        assert_string_equal(words, at[i].words);
    }
}

/* What the section is of these gates; the caller frees it. */
static char *section_of(const struct gates *of)
{
    const struct ht_selftest s = made_up(of);
    char *text = NULL;
    size_t bytes;
    const struct ht_report report = {.selftest = &s, .out = open_memstream(&text, &bytes)};
    assert_non_null(report.out);
    ht_report_put_selftest(&report);
    fclose(report.out);
    return text;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

/* The curve has a point of each slowdown, and one of time that is the same; the table a line of all. */
static void test_section(void **state)
{
    (void)state;
    static const struct gates of[] = {
        {"same", 20, 0, 0}, {"same-exact", 9, 0, 0}, {"slower-2", 10, 3, 0}, {"slower-5", 40, 20, 0},
        {"leak", 5, 5, 0},  {"crash", 2, 1, 1},      {NULL, 0, 0, 0}};
    static const char *const expected[] = {
        "<section id=\"gate\"",
        "<p class=\"finding\">Of 29 gates",
        "its load: 2.2 on average",
        "aria-label=\"How often what is slower is called. 0 %: 0 of 20, 2 %: 3 of 10, 5 %: 20 of 40.\"",
        "<tr><th scope=\"row\">same</th><td class=\"r\">0 of 20</td><td class=\"r\"><b>0.0 %</b> "
        "<i>0.0–16.8</i></td><td>none</td><td>nothing: time and memory</td></tr>",
        "<b>30.0 %</b> <i>6.7–65.2</i></td><td>any</td>",
        "<td>≥ 95 %: <span class=\"bad\">ruled out</span></td>",
        "<td class=\"r\">5 of 5</td><td class=\"r\"><b>100.0 %</b> <i>47.8–100.0</i></td><td>all</td>",
        "<td class=\"r\">1 of 1</td>",
        "<td>all: <span class=\"bad\">the gate failed in 1</span></td>",
    };
    char *const text = section_of(of);
    for (size_t i = 0; i < N(expected); i++)
        if (!strstr(text, expected[i]))
            fail_msg("no %s in %s", expected[i], text);
    assert_int_equal(count(text, "<circle"), 3);
    assert_int_equal(count(text, "<tr>"), 1 + 6);
    free(text);
}

static void test_little(void **state)
{
    (void)state;
    static const struct gates none[] = {{NULL, 0, 0, 0}}, one[] = {{"same", 3, 0, 0}, {NULL, 0, 0, 0}},
                              failed[] = {{"same", 3, 0, 3}, {"slower-5", 3, 1, 0}, {NULL, 0, 0, 0}};
    char *text = section_of(none);
    assert_string_equal(text, "");
    free(text);
    text = section_of(one); /* no curve through one point */
    assert_null(strstr(text, "<svg"));
    assert_non_null(strstr(text, "<td class=\"r\">0 of 3</td>"));
    free(text);
    text = section_of(failed);
    assert_null(strstr(text, "<svg"));
    assert_null(strstr(text, "nan"));
    assert_non_null(strstr(text, "<td class=\"r\">0 of 0</td><td class=\"r\"></td>"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentence), cmocka_unit_test(test_section),
                                       cmocka_unit_test(test_little)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
