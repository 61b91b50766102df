/* Text for people and for programs: nothing in it is markup, a control character or half a character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "results/text.h"

#define N(array) (sizeof(array) / sizeof *(array))

static char *printed(void (*put)(FILE *out, const char *text), const char *text)
{
    char *all = NULL;
    size_t bytes;
    FILE *const out = open_memstream(&all, &bytes);
    assert_non_null(out);
    put(out, text);
    assert_int_equal(fclose(out), 0);
    return all;
}

static void test_escaping(void **state)
{
    (void)state;
    static const struct {
        const char *text, *xml, *markdown;
    } cases[] = {
        {"plain t=2", "plain t=2", "plain t=2"},
        {"<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;", "&lt;script>&amp;\"'"},
        {"a|b*c_d`e[f]", "a|b*c_d`e[f]", "a\\|b\\*c\\_d\\`e\\[f\\]"},
        {"a\nb\tc\x1b[31m\xff", "a\nb\tc?[31m?", "a?b?c?\\[31m?"},
        {"µs – ü", "µs – ü", "µs – ü"},
        {"", "", ""},
    };
    for (size_t i = 0; i < N(cases); i++) {
        char *const xml = printed(ht_text_put_xml, cases[i].text);
        char *const markdown = printed(ht_text_put_markdown, cases[i].text);
        assert_string_equal(xml, cases[i].xml);
        assert_string_equal(markdown, cases[i].markdown);
        free(xml);
        free(markdown);
    }
}

/* The edges of what UTF-8 may say: RFC 3629. */
static void test_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"\x7e\x7f\x1f\x20", "\x7e??\x20"},
        {"\xc1\xbf \xc2\x9f \xc2\xa0", "?? ?? \xc2\xa0"},
        {"\xdf\xbf \xdf", "\xdf\xbf ?"},
        {"\xe0\x9f\xbf \xe0\xa0\x80", "??? \xe0\xa0\x80"},
        {"\xed\x9f\xbf \xed\xa0\x80 \xed\xbf\xbf \xee\x80\x80", "\xed\x9f\xbf ??? ??? \xee\x80\x80"},
        {"\xef\xbf\xbd \xef\xbf\xbe \xef\xbf\xbf", "\xef\xbf\xbd ??? ???"},
        {"\xf0\x8f\xbf\xbf \xf0\x90\x80\x80", "???? \xf0\x90\x80\x80"},
        {"\xf4\x8f\xbf\xbf \xf4\x90\x80\x80 \xf5\x80\x80\x80", "\xf4\x8f\xbf\xbf ???? ????"},
        {"\xe2\x82", "??"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        char text[64];
        strcpy(text, cases[i].text);
        ht_text_clean(text);
        assert_string_equal(text, cases[i].clean);
        char *const xml = printed(ht_text_put_xml, cases[i].text);
        assert_string_equal(xml, cases[i].clean);
        free(xml);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escaping), cmocka_unit_test(test_characters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
