/* What a gate says: its answer, and the same lines as a table, Markdown, JUnit XML and GitHub's commands; also of long
 * names, many lines, figures that are not known, words of others, and of nothing at all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "results/gate.h"
#include "results/text.h"

#define N(array) (sizeof(array) / sizeof *(array))

enum { LINES_MAX = 200 };

static struct ht_gate_line line[LINES_MAX];
static struct ht_gate gate;

/* ---- making a gate -------------------------------------------------------------------------------------- */

static void start_gate(void)
{
    gate = (struct ht_gate){.base = "v1.0",
                            .new = "HEAD",
                            .folder = "results/gate",
                            .line = line,
                            .cells = 12,
                            .pairs = 20,
                            .seconds = 252.4};
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        gate.floor[metric] = NAN;
}

static struct ht_gate_line *add(enum ht_gate_tier tier, enum ht_gate_verdict verdict, const char *cell)
{
    struct ht_gate_line *const l = &line[gate.lines++];
    assert_true(gate.lines <= LINES_MAX);
    gate.verdicts[verdict]++;
    *l = (struct ht_gate_line){.tier = tier,
                               .verdict = verdict,
                               .base = NAN,
                               .new = NAN,
                               .ratio = {.estimate = NAN, .low = NAN, .high = NAN},
                               .limit = NAN,
                               .smallest = NAN,
                               .fault = "",
                               .reason = ""};
    snprintf(l->cell, sizeof l->cell, "%s", cell);
    return l;
}

static struct ht_interval interval(double estimate, double low, double high)
{
    return (struct ht_interval){.estimate = estimate, .low = low, .high = high, .level = 0.95, .n = 20};
}

static struct ht_gate_line *add_metric(enum ht_metric metric, enum ht_gate_verdict verdict, const char *cell,
                                       double base, double ratio)
{
    const enum ht_gate_tier tier = metric == HT_INSTRUCTIONS ? HT_TIER_EXACT
                                   : metric == HT_TIME       ? HT_TIER_TIME
                                                             : HT_TIER_MEMORY;
    struct ht_gate_line *const l = add(tier, verdict, cell);
    snprintf(l->key, sizeof l->key, "%s", ht_metric_word(metric));
    l->metric = metric;
    l->base = base;
    l->new = base *ratio;
    l->ratio = interval(ratio, ratio - 0.01, ratio + 0.01);
    l->limit = metric == HT_INSTRUCTIONS ? 0.001 : 0.02;
    l->smallest = metric == HT_INSTRUCTIONS ? NAN : 0.026;
    return l;
}

static struct ht_gate_line *add_outcome(enum ht_gate_verdict verdict, const char *cell, const char *fault,
                                        const char *base, const char *new, const char *reason)
{
    struct ht_gate_line *const l = add(HT_TIER_OUTCOME, verdict, cell);
    strcpy(l->key, "faults");
    l->fault = fault;
    l->base_outcome = base;
    l->new_outcome = new;
    l->reason = reason;
    return l;
}

/* One of each kind. */
static void make_typical(void)
{
    start_gate();
    add_metric(HT_INSTRUCTIONS, HT_GATE_REGRESSED, "larson t=1", 17.2e6, 1.0052)->ratio.n = 1;
    add_metric(HT_TIME, HT_GATE_REGRESSED, "larson t=1", 4.21e6, 1.052)->second =
        interval(1.05, 1.042, 1.059);
    add_outcome(HT_GATE_REGRESSED, "larson t=1", "fail:nth=*", "ok", "crash", "SIGSEGV");
    add_metric(HT_MEMORY, HT_GATE_UNCONFIRMED, "fixed-churn t=1", 3 << 20, 1.04)->second =
        interval(1.001, 0.99, 1.01);
    add_metric(HT_TIME, HT_GATE_INCONCLUSIVE, "fixed-churn t=1", 9e6, 1.01);
    add_metric(HT_TIME, HT_GATE_IMPROVED, "realloc-growth t=1", 9e6, 0.9);
    add_metric(HT_MEMORY, HT_GATE_EQUIVALENT, "realloc-growth t=1", 9e6, 1.001);
    gate.confirmed = 20;
    gate.missing = 1;
    gate.floor[HT_TIME] = 0.008;
}

static const struct ht_compare_style narrow = {.width = 78}, wide = {.width = 140};

static char *text;

static FILE *start(void)
{
    static size_t bytes;
    free(text);
    text = NULL;
    FILE *const out = open_memstream(&text, &bytes);
    assert_non_null(out);
    return out;
}

static void table(const struct ht_compare_style *style, bool all)
{
    FILE *const out = start();
    ht_gate_emit_table(&gate, style, all, out);
    fclose(out);
}

static void emit(void (*how)(const struct ht_gate *gate, FILE *out))
{
    FILE *const out = start();
    how(&gate, out);
    fclose(out);
}

static void assert_says(const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static void assert_says_not(const char *part)
{
    if (strstr(text, part))
        fail_msg("'%s' in:\n%s", part, text);
}

static size_t count(const char *part)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)); p++)
        n++;
    return n;
}

static void assert_no_wider(size_t width)
{
    char one[4096];
    for (const char *p = text; *p; p += strcspn(p, "\n") + 1) {
        snprintf(one, sizeof one, "%.*s", (int)strcspn(p, "\n"), p);
        if (ht_text_columns(one) > width)
            fail_msg("wider than %zu: %s", width, one);
    }
}

/* ---- the answer ----------------------------------------------------------------------------------------- */

static void assert_first(const char *first)
{
    table(&wide, false);
    if (strncmp(text, first, strlen(first)))
        fail_msg("expected '%s', got '%.*s'", first, (int)strcspn(text, "\n"), text);
}

static void test_answer(void **state)
{
    (void)state;
    start_gate();
    assert_first("PASS: nothing is worse; 12 cells, 20 pairs, 4 min 12 s\nHEAD against v1.0\n");
    add_metric(HT_TIME, HT_GATE_EQUIVALENT, "a", 1, 1);
    assert_first("PASS: nothing is worse; ");
    add_metric(HT_TIME, HT_GATE_IMPROVED, "b", 1, 0.5);
    assert_first("PASS: nothing is worse, 1 improved; ");
    struct ht_gate_line *const l = add_metric(HT_TIME, HT_GATE_UNCONFIRMED, "c", 1, 1.5);
    assert_first("INCONCLUSIVE: nothing was shown to be worse, 1 not confirmed, 1 improved; ");
    assert_says("was not measured again");
    l->second = interval(1, 0.9, 1.1);
    gate.confirmed = 20;
    assert_first("PASS: nothing is worse, 1 not confirmed, 1 improved; 12 cells, 20 pairs, 20 again, ");
    assert_says("Not confirmed: it looked worse at first");
    add_outcome(HT_GATE_UNCONFIRMED, "d", "", "ok", "crash", "SIGSEGV");
    assert_first("INCONCLUSIVE: nothing was shown to be worse, 2 not confirmed, 1 improved; ");
    add_metric(HT_TIME, HT_GATE_REGRESSED, "e", 1, 2);
    assert_first("FAIL: 1 regressed, 2 not confirmed, 1 improved; ");
    assert_int_equal(ht_gate_answer(&gate), HT_GATE_ANSWER_FAIL);
    start_gate();
    add_metric(HT_TIME, HT_GATE_INCONCLUSIVE, "a", 1, 1.02);
    gate.seconds = 59.2;
    gate.missing = 3;
    gate.cells = 1;
    assert_first(
        "INCONCLUSIVE: nothing was shown to be worse, 1 inconclusive; 1 cell (3 missing), 20 pairs, 59 s\n");
    gate.lines = gate.cells = gate.pairs = 0;
    gate.seconds = NAN;
    assert_first("INCONCLUSIVE: nothing was measured on both sides; 0 cells (3 missing), 0 pairs\n");
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static void test_table(void **state)
{
    (void)state;
    make_typical();
    table(&narrow, false);
    assert_says("FAIL: 3 regressed, 1 not confirmed, 1 inconclusive, 1 improved; 12 cells (1\n"
                "missing), 20 pairs, 20 again, 4 min 12 s\nHEAD against v1.0\n");
    assert_says("\nexact             metric       change                    limit   verdict\n"
                "larson t=1        instructions +0.52 %                   0.1 %   regressed\n"
                "    17.2 M -> 17.29 M\n");
    assert_says("\nlarson t=1        time         +5.2 % [+4.2, +6.2]       2 %     regressed\n"
                "    4.21 ms -> 4.429 ms; again +5.0 % [+4.2, +5.9]\n");
    assert_says("\noutcome           pass         base -> new                       verdict\n"
                "larson t=1        faults       ok -> crash                       regressed\n"
                "    fail:nth=*; SIGSEGV\n");
    assert_says("could see 2.6 %");
    assert_says("and 1 equivalent: --all shows them\n");
    assert_says(
        "Noise floor, estimated from the base one round later (twin = yes measures it):\ntime 0.80 %.");
    assert_says("time 2.6 %");
    assert_says("1 cell is missing on a side");
    assert_says("\nAll rows are in results/gate\n");
    assert_says_not("\x1b");
    assert_no_wider(78);
    table(&wide, true);
    assert_says("larson t=1          time         4.21 ms -> 4.429 ms      +5.2 % [+4.2, +6.2]");
    assert_says("realloc-growth t=1  memory ");
    assert_says_not("--all");
    assert_no_wider(140);
}

static void test_colour(void **state)
{
    (void)state;
    const struct ht_compare_style colour = {.width = 78, .colour = true};
    make_typical();
    table(&colour, true);
    assert_says("\x1b[1;31mFAIL\x1b[0m: 3 regressed");
    assert_says("\x1b[1;31mregressed\x1b[0m\n");
    assert_says("\x1b[33mnot confirmed\x1b[0m\n");
    assert_says("\x1b[32mimproved\x1b[0m\n");
    assert_says("  equivalent\n");
}

static void test_equivalent_only(void **state)
{
    (void)state;
    start_gate();
    add_metric(HT_TIME, HT_GATE_EQUIVALENT, "a", 1, 1);
    add_metric(HT_TIME, HT_GATE_EQUIVALENT, "b", 1, 1);
    add_metric(HT_MEMORY, HT_GATE_EQUIVALENT, "b", 1, 1);
    gate.floor_is_measured = true;
    gate.floor[HT_TIME] = 0.011;
    gate.floor[HT_DRAIN] = 0.011;
    line[0].smallest = 0.012;
    table(&narrow, false);
    assert_says("\nmemory: 1 equivalent\n\ntime: 2 equivalent\n");
    assert_says("Noise floor, measured by the base beside itself: time 1.1 %.");
    assert_says("time 1.2 to 2.6 %");
}

/* ---- Markdown ------------------------------------------------------------------------------------------- */

static void test_markdown(void **state)
{
    (void)state;
    make_typical();
    emit(ht_gate_emit_markdown);
    assert_says("### FAIL: 3 regressed, 1 not confirmed, 1 inconclusive, 1 improved\n\n"
                "`HEAD` against `v1.0`: 12 cells (1 missing), 20 pairs, 20 again, 4 min 12 s.\n\n| tier |");
    assert_says("| exact | `larson t=1` | `instructions` | 17.2 M -> 17.29 M | +0.52 % | 0.1 % |  | "
                "**regressed** |\n");
    assert_says("| time | `larson t=1` | `time` | 4.21 ms -> 4.429 ms | +5.2 % \\[+4.2, +6.2\\] | 2 % | "
                "+5.0 % \\[+4.2, +5.9\\] | **regressed** |\n");
    assert_says("| outcome | `larson t=1` | `faults` `fail:nth=*` | ok -> crash: `SIGSEGV` |  |  |  | "
                "**regressed** |\n");
    assert_says("\n\n<details><summary>1 equivalent</summary>\n\n| tier |");
    assert_says("\n\n</details>\n");
    assert_says("\n- All rows are in `results/gate`\n");
}

/* Each row of the table has as many cells as its head. */
static void assert_columns(void)
{
    for (const char *p = text; *p; p += strcspn(p, "\n") + 1) {
        size_t bars = 0;
        for (const char *c = p; *p == '|' && *c != '\n'; c++)
            bars += *c == '|' && (c == p || c[-1] != '\\');
        if (*p == '|')
            assert_int_equal(bars, 9);
    }
}

/* ---- JUnit ---------------------------------------------------------------------------------------------- */

static bool has_xmllint(void)
{
    return !system("xmllint --version >/dev/null 2>&1");
}

static void assert_valid(void)
{
    FILE *const lint =
        popen("xmllint --noout --schema tests/junit.xsd - 2>/tmp/heaptrial-xmllint-$PPID", "w");
    assert_non_null(lint);
    fputs(text, lint);
    char command[128];
    const int status = pclose(lint);
    snprintf(command, sizeof command, "%s /tmp/heaptrial-xmllint-%d%s", status ? "cat" : "rm -f",
             (int)getpid(), status ? " >&2" : "");
    if (system(command) || status)
        fail_msg("not valid:\n%s", text);
}

static void test_junit(void **state)
{
    (void)state;
    make_typical();
    emit(ht_gate_emit_junit);
    assert_says("<testsuites name=\"heaptrial gate\" tests=\"7\" failures=\"3\" errors=\"0\" skipped=\"2\" "
                "time=\"252.400\">");
    assert_says("<property name=\"answer\" value=\"FAIL\"/>");
    assert_says("<testcase classname=\"heaptrial.outcome\" name=\"larson t=1 faults fail:nth=*\">\n"
                "      <failure type=\"regressed\" message=\"regressed: ok -&gt; crash: SIGSEGV; fault plan "
                "fail:nth=*\"/>");
    assert_says("message=\"regressed: +5.2 % [+4.2, +6.2] (4.21 ms -&gt; 4.429 ms), limit 2 %; again +5.0 "
                "% [+4.2, +5.9]\"");
    assert_says("<skipped message=\"inconclusive: +1.0 % [");
    assert_int_equal(count("<failure "), 3);
    assert_int_equal(count("<skipped "), 2);
    assert_int_equal(count("<testcase "), 7);
    start_gate();
    emit(ht_gate_emit_junit);
    assert_says("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\"");
    assert_says("<system-out>nothing is worse</system-out>");
    gate.cells = 0;
    emit(ht_gate_emit_junit);
    assert_says("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\"");
    assert_says("<skipped message=\"nothing was measured on both sides\"/>");
}

/* ---- GitHub --------------------------------------------------------------------------------------------- */

static void test_annotations(void **state)
{
    (void)state;
    make_typical();
    emit(ht_gate_emit_annotations);
    assert_int_equal(count("\n"), 3);
    assert_says("::error title=larson t=1 time::regressed: +5.2 %25 [+4.2, +6.2] (4.21 ms -> 4.429 ms), "
                "limit 2 %25; "
                "again +5.0 %25 [+4.2, +5.9]\n");
    assert_says("::error title=larson t=1 faults fail%3Anth=*::regressed: ok -> crash: SIGSEGV; fault plan "
                "fail:nth=*\n");
    for (size_t lines = 0; lines <= 12; lines++) {
        start_gate();
        for (size_t i = 0; i < lines; i++)
            add_metric(HT_TIME, HT_GATE_REGRESSED, "a", 1, 2);
        emit(ht_gate_emit_annotations);
        assert_int_equal(count("::error title=a time::"), lines > 10 ? 9 : lines);
        assert_int_equal(count("\n"), lines > 10 ? 10 : lines);
        assert_int_equal(count("::error title=heaptrial gate::and 3 more have regressed\n"), lines == 12);
    }
}

/* ---- all of them ---------------------------------------------------------------------------------------- */

/* Words that mean something somewhere. */
static void make_hostile(void)
{
    start_gate();
    gate.base = "a`b|c<&>\"'@user";
    gate.new = "x\ny\x1b[31m\xff%0A::error::";
    gate.folder = "/tmp/`|";
    for (size_t i = 0; i < 15; i++) {
        char cell[64];
        snprintf(cell, sizeof cell, "a,b:c%%|`<&>\"'\x1b\n\xed\xa0\x80%zu", i);
        add_metric(HT_TIME, HT_GATE_REGRESSED, cell, 1, 2);
    }
    add_outcome(HT_GATE_REGRESSED, "w", "fail:site=a|b", "ok", "crash", "]]> <b>|`\r\n::error::\xff%");
}

static void test_words_of_others(void **state)
{
    (void)state;
    make_hostile();
    table(&narrow, true);
    assert_says_not("\x1b");
    assert_no_wider(78);
    emit(ht_gate_emit_markdown);
    assert_says("`x?y?[31m?%0A::error::` against `a'b|c<&>\"'@user`");
    assert_says("| `a,b:c%\\|'<&>\"'?????0` |");
    assert_columns();
    emit(ht_gate_emit_annotations);
    assert_int_equal(count("\n"), 10);
    assert_says("::error title=a%2Cb%3Ac%25|`<&>\"'?%0A");
    emit(ht_gate_emit_junit);
    assert_says("&lt;b&gt;|`");
    if (has_xmllint())
        assert_valid();
}

static void make_long(void)
{
    char cell[256];
    start_gate();
    memset(cell, 'n', sizeof cell - 1);
    cell[sizeof cell - 1] = '\0';
    memcpy(cell + 100, "µ", 2);
    add_metric(HT_TIME, HT_GATE_REGRESSED, cell, 1e30, 1e6);
    static char reason[2000];
    memset(reason, 'r', sizeof reason - 1);
    add_outcome(HT_GATE_REGRESSED, cell, reason, reason, reason, reason);
    for (size_t i = 0; i < 150; i++) {
        snprintf(cell, sizeof cell, "cell %zu", i);
        add_metric(HT_DRAIN, i % 2 ? HT_GATE_INCONCLUSIVE : HT_GATE_EQUIVALENT, cell, 1, 1);
    }
}

static void test_long(void **state)
{
    (void)state;
    make_long();
    table(&narrow, true);
    assert_no_wider(78);
    assert_says("nnn~  time ");
    assert_says("x 1e+06");
    emit(ht_gate_emit_markdown);
    assert_int_equal(count("more: the table of the job has all."), 2);
    assert_true(strlen(text) < 65536);
    assert_columns();
    emit(ht_gate_emit_annotations);
    assert_int_equal(count("\n"), 2);
}

static void make_unknown(void)
{
    start_gate();
    gate.seconds = NAN;
    add(HT_TIER_TIME, HT_GATE_INCONCLUSIVE, "a")->limit = INFINITY;
    add(HT_TIER_OUTCOME, HT_GATE_INCONCLUSIVE, "b")->fault = NULL;
    line[1].reason = NULL;
}

static void test_unknown(void **state)
{
    (void)state;
    make_unknown();
    for (int all = 0; all < 2; all++) {
        table(&narrow, all);
        assert_says("Noise floor: not known.");
        assert_says_not("nan");
        assert_no_wider(78);
    }
    emit(ht_gate_emit_markdown);
    assert_says_not("nan");
    emit(ht_gate_emit_junit);
    assert_says_not("nan");
    assert_says_not("time=");
}

static void test_nothing(void **state)
{
    (void)state;
    gate = (struct ht_gate){.base = "", .new = "", .folder = "", .seconds = NAN};
    table(&narrow, true);
    assert_says("INCONCLUSIVE: nothing was measured");
    emit(ht_gate_emit_markdown);
    assert_says("### INCONCLUSIVE");
    emit(ht_gate_emit_annotations);
    assert_string_equal(text, "");
    emit(ht_gate_emit_junit);
    assert_int_equal(count("<testcase "), 1);
}

static void test_schema(void **state)
{
    (void)state;
    static void (*const make[])(void) = {make_typical, make_hostile, make_long, make_unknown, start_gate};
    if (!has_xmllint())
        skip();
    for (size_t i = 0; i < N(make); i++) {
        make[i]();
        emit(ht_gate_emit_junit);
        assert_valid();
    }
}

static int free_text(void **state)
{
    (void)state;
    free(text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),      cmocka_unit_test(test_table),
        cmocka_unit_test(test_colour),      cmocka_unit_test(test_equivalent_only),
        cmocka_unit_test(test_markdown),    cmocka_unit_test(test_junit),
        cmocka_unit_test(test_annotations), cmocka_unit_test(test_words_of_others),
        cmocka_unit_test(test_long),        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_nothing),     cmocka_unit_test(test_schema),
    };
    return cmocka_run_group_tests(tests, NULL, free_text);
}
