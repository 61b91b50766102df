/* Misuse: what a run left behind becomes a verdict; runs become a row, rows a file and a matrix; words become a plan. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "faults/misuse_judge.h"
#include "faults/misuse_plan.h"
#include "results/misuse_matrix.h"

static char why[256];

/* ---- messages ------------------------------------------------------------------------------------------ */

static void test_messages(void **state)
{
    (void)state;
    static const struct {
        const char *err, *pattern, *message;
    } cases[] = {
        {"", ".+", ""},
        {"\n  \n", ".+", ""},
        {"free(): double free detected in tcache 2\n", ".+", "free(): double free detected in tcache 2"},
        {"one \r\ntwo\n", ".+", "one"},
        {"==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55d0a1b2\n",
         "ERROR: .*", "ERROR: AddressSanitizer: heap-use-after-free on address 0x.. at pc 0x.."},
        {"==7== Invalid write of size 1\n==7==    at 0x1: f\n", "[^ =].*", "Invalid write of size 1"},
        {"hello\nERROR: free: tried\n", "ERROR: .*", "ERROR: free: tried"},
        {"hello\n", "ERROR: .*", ""},
        {"*** GWP-ASan detected a memory error ***\nDouble Free at 0x7f00aabbcc\n", ".+",
         "Double Free at 0x.."},
        {"free(7f35a0afafe8): address\n", ".+", "free(0x..): address"},
        {"size 16 of 4096 0x10 deadline\n", ".+", "size 16 of 4096 0x10 deadline"},
        {"\xff\x01y\n", ".+", "??y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[HT_MISUSE_MESSAGE];
        ht_misuse_message(cases[i].err, cases[i].pattern, message);
        assert_string_equal(message, cases[i].message);
    }
}

/* ---- one run ------------------------------------------------------------------------------------------- */

static void tell(struct ht_misuse_seen *seen, enum ht_misuse_event event, uint64_t ops, const char *text)
{
    struct ht_record record = {.magic = HT_RECORD_MAGIC, .kind = HT_RECORD_MISUSE};
    record.misuse.event = event;
    record.misuse.ops = ops;
    snprintf(record.misuse.text, sizeof record.misuse.text, "%s", text);
    ht_misuse_see(seen, &record);
}

static void test_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char
            *events; /* b begins, d done, o an operation, w won, r refused, e ends, u unsupported, f failed */
        int status, signal;
        bool timed_out;
        const char *err;
        enum ht_misuse_verdict verdict;
        double ops; /* -1: none */
        const char *message;
    } cases[] = {
        {"bdooe", 0, 0, false, "", HT_MISUSED_MISSED, -1, ""},
        {"b", -1, SIGABRT, false, "free(): bad\n", HT_MISUSED_DIAGNOSED, 0, "free(): bad"},
        {"bdoo", -1, SIGABRT, false, "free(): bad\n", HT_MISUSED_DIAGNOSED, 2, "free(): bad"},
        {"bdooe", 1, 0, false, "heap_check: bad\n", HT_MISUSED_DIAGNOSED, 2, "heap_check: bad"},
        {"bdooe", 0, 0, false, "leak\n", HT_MISUSED_DIAGNOSED, 2, "leak"},
        {"bdo", -1, SIGSEGV, false, "", HT_MISUSED_CRASHED, 1, "SIGSEGV"},
        {"b", 3, 0, false, "", HT_MISUSED_CRASHED, 0, "exit status 3"},
        {"bdowoe", 0, 0, false, "", HT_MISUSED_EXPLOITED, -1, "won"},
        {"bdowo", -1, SIGABRT, false, "bad\n", HT_MISUSED_EXPLOITED, 2, "won; then: bad"},
        {"bdowo", -1, SIGSEGV, false, "", HT_MISUSED_EXPLOITED, 2, "won; then: SIGSEGV"},
        {"bdow", -1, SIGKILL, true, "", HT_MISUSED_EXPLOITED, -1, "won; then it hangs"},
        {"bd", -1, SIGKILL, true, "", HT_MISUSED_HANGS, -1, ""},
        {"bdre", 0, 0, false, "", HT_MISUSED_DIAGNOSED, 0, "refused"},
        {"bdr", -1, SIGSEGV, false, "", HT_MISUSED_CRASHED, 0, "SIGSEGV"},
        {"bdo", 0, 0, false, "", HT_MISUSED_NOT_RUN, -1, "it ended by itself, before its end"},
        {"u", 0, 0, false, "", HT_MISUSED_NOT_SUPPORTED, -1, "can't"},
        {"f", 0, 0, false, "", HT_MISUSED_NOT_RUN, -1, "failed"},
        {"", 127, 0, false, "can't start x\n", HT_MISUSED_NOT_RUN, -1,
         "it ended before the misuse: can't start x"},
        {"", -1, SIGSEGV, false, "", HT_MISUSED_NOT_RUN, -1, "it ended before the misuse: SIGSEGV"},
        {"", -1, SIGKILL, true, "", HT_MISUSED_NOT_RUN, -1, "no end before the timeout, nor a misuse"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ht_misuse_seen seen = {.ended = {.exit_status = cases[i].status,
                                                .signal = cases[i].signal,
                                                .timed_out = cases[i].timed_out}};
        struct ht_misuse_row row = {.size = 8};
        uint64_t ops = 0;
        for (const char *e = cases[i].events; *e; e++) {
            ops += *e == 'o';
            tell(&seen,
                 *e == 'b'   ? HT_MISUSE_BEGINS
                 : *e == 'd' ? HT_MISUSE_DONE
                 : *e == 'o' ? HT_MISUSE_OP
                 : *e == 'w' ? HT_MISUSE_WON
                 : *e == 'r' ? HT_MISUSE_REFUSED
                 : *e == 'e' ? HT_MISUSE_ENDS
                 : *e == 'u' ? HT_MISUSE_UNSUPPORTED
                             : HT_MISUSE_FAILED,
                 ops,
                 *e == 'w'   ? "won"
                 : *e == 'r' ? "refused"
                 : *e == 'u' ? "can't"
                 : *e == 'f' ? "failed"
                             : "");
        }
        snprintf(seen.ended.err, sizeof seen.ended.err, "%s", cases[i].err);
        ht_misuse_judge(&seen, ".+", &row);
        assert_int_equal(row.verdict, cases[i].verdict);
        assert_string_equal(row.message, cases[i].message);
        assert_true(cases[i].ops < 0 ? isnan(row.ops) : row.ops == cases[i].ops);
        assert_true(row.rate == (row.verdict == HT_MISUSED_DIAGNOSED || row.verdict == HT_MISUSED_CRASHED));
    }
}

/* ---- repeats ------------------------------------------------------------------------------------------- */

static struct ht_misuse_row run_of(char letter, double ops)
{
    struct ht_misuse_row row = {.strategy = "s", .name = "c", .size = 8, .ops = ops};
    for (int v = 0; v < HT_MISUSED_N; v++)
        if (ht_misuse_verdict_letter((enum ht_misuse_verdict)v) == letter)
            row.verdict = (enum ht_misuse_verdict)v;
    row.rate = letter == 'D' || letter == 'C';
    snprintf(row.message, sizeof row.message, "%c", letter);
    return row;
}

static void test_repeats(void **state)
{
    (void)state;
    static const struct {
        const char *runs;
        char verdict;
        double rate, ops;
    } cases[] = {
        {"D", 'D', 1, 0},  {"DDC", 'D', 1, 1},     {".D.", '.', 1.0 / 3, 1},   {".D", '.', 0.5, 1},
        {"X.", 'X', 0, 0}, {"CD.X", 'X', 0.5, .5}, {"XDD", 'D', 2.0 / 3, 1.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ht_misuse_row run[8], row;
        const unsigned n = (unsigned)strlen(cases[i].runs);
        bool noticed = false;
        for (unsigned k = 0; k < n; k++) {
            const char letter = cases[i].runs[k];
            const bool is_noticed = letter == 'D' || letter == 'C';
            noticed |= is_noticed;
            run[k] = run_of(letter, is_noticed ? k : NAN);
        }
        ht_misuse_join(run, n, &row);
        assert_int_equal(ht_misuse_verdict_letter(row.verdict), cases[i].verdict);
        assert_int_equal(row.message[0], cases[i].verdict);
        assert_true(fabs(row.rate - cases[i].rate) < 1e-9);
        assert_true(noticed ? row.ops == cases[i].ops : isnan(row.ops));
    }
    struct ht_misuse_row row, run = run_of('-', NAN);
    ht_misuse_join(&run, 1, &row);
    assert_true(isnan(row.rate));
}

/* ---- the file ------------------------------------------------------------------------------------------ */

static char path[] = "/tmp/heaptrial-misuse-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    strcpy(strrchr(path, '-'), "-XXXXXX");
    const int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_text(const char *text)
{
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

#define HEADER "strategy,case,size,verdict,rate,ops_to_detection,message\n"

static void test_rows_come_back(void **state)
{
    (void)state;
    struct ht_misuse_row a = run_of('D', 12), b = run_of('.', NAN);
    struct ht_misuse_rows rows;
    a.rate = 0.7;
    snprintf(a.message, sizeof a.message, "he said: \"no, not, again\"");
    b.size = 0;
    b.message[0] = 0;
    const int fd = open(path, O_RDWR | O_APPEND);
    assert_int_equal(ht_misuse_rows_header(fd), 0);
    assert_int_equal(ht_misuse_row_append(fd, &a), 0);
    assert_int_equal(ht_misuse_row_append(fd, &b), 0);
    close(fd);
    assert_int_equal(ht_misuse_rows_read(path, &rows, why), 0);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.row[0].message, a.message);
    assert_true(rows.row[0].rate == 0.7 && rows.row[0].ops == 12 && rows.row[0].size == 8);
    assert_int_equal(rows.row[0].verdict, HT_MISUSED_DIAGNOSED);
    assert_true(rows.row[1].size == 0 && isnan(rows.row[1].ops) && rows.row[1].verdict == HT_MISUSED_MISSED);
    ht_misuse_rows_free(&rows);
}

static void test_rows_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
        size_t rows, whole;
        const char *why;
    } cases[] = {
        {"", 0, 0, 0, ""},
        {"strategy,ca", 0, 0, 0, ""},
        {HEADER, 0, 0, sizeof HEADER - 1, ""},
        {HEADER "s,c,8,missed,0,,\n", 0, 1, sizeof HEADER - 1 + 17, ""},
        {HEADER "s,c,8,missed,0,,\ns,c,24,mis", 0, 1, sizeof HEADER - 1 + 17, ""},
        {HEADER "s,c,8,missed,0,,\"a\nb\"\n", 0, 1, sizeof HEADER - 1 + 22, ""},
        {"a,b\n", -EPROTO, 0, 0, "first line"},
        {HEADER "s,c,8,lost,0,,\n", -EINVAL, 0, 0, "line 2"},
        {HEADER "s,c,8,missed,0,\n", -EINVAL, 0, 0, "line 2"},
        {HEADER "s,c,8,missed,0,,,\n", -EINVAL, 0, 0, "line 2"},
        {HEADER "s,c,8,missed,0,,\ns,c,x,missed,0,,\n", -EINVAL, 0, 0, "line 3"},
        {HEADER "s,c,-8,missed,0,,\n", -EINVAL, 0, 0, "line 2"},
        {HEADER ",c,8,missed,0,,\n", -EINVAL, 0, 0, "line 2"},
        {HEADER "s,c,8,missed,nan,,\n", -EINVAL, 0, 0, "line 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ht_misuse_rows rows;
        write_text(cases[i].text);
        assert_int_equal(ht_misuse_rows_read(path, &rows, why), cases[i].error);
        assert_int_equal(rows.count, cases[i].rows);
        assert_int_equal(rows.whole_bytes, cases[i].whole);
        if (cases[i].error)
            assert_non_null(strstr(why, cases[i].why));
        ht_misuse_rows_free(&rows);
    }
}

/* ---- the matrix ---------------------------------------------------------------------------------------- */

static struct ht_misuse_matrix matrix_of(const char *const *strategy, size_t strategies,
                                         const struct ht_misuse_axis *axis, size_t cases,
                                         const struct ht_misuse_rows *rows)
{
    struct ht_misuse_matrix m = {strategies, cases, strategy, axis, NULL, NULL};
    assert_int_equal(ht_misuse_matrix_open(&m, rows), 0);
    return m;
}

static void test_letters(void **state)
{
    (void)state;
    static const struct {
        const char *verdicts;
        char letter;
    } cases[] = {{"", ' '},   {"DDDD", 'D'}, {"DDDC", 'c'}, {"DD.D", 'm'}, {"....", '.'}, {"X.DC", 'x'},
                 {"XX", 'X'}, {"DD--", 'D'}, {"----", '-'}, {"..H", 'h'},  {"EE", 'E'}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ht_misuse_cell cell = {.rows = 0};
        for (const char *v = cases[i].verdicts; *v; v++)
            cell.verdict[cell.rows++] = run_of(*v, NAN).verdict;
        assert_int_equal(ht_misuse_cell_letter(&cell), cases[i].letter);
    }
}

static void test_scores(void **state)
{
    (void)state;
    static const char *const strategy[] = {"s", "t"};
    static const struct ht_misuse_axis axis[] = {{"control", "controls", true}, {"c", "group", false}};
    struct ht_misuse_row row[] = {run_of('D', 4),   run_of('D', 8), run_of('X', 9),
                                  run_of('-', NAN), run_of('D', 1), run_of('.', NAN)};
    snprintf(row[4].name, sizeof row[4].name, "control");
    snprintf(row[5].name, sizeof row[5].name, "unknown");
    row[3].rate = NAN;
    const struct ht_misuse_rows rows = {row, sizeof row / sizeof *row, 0};
    struct ht_misuse_matrix m = matrix_of(strategy, 2, axis, 2, &rows);
    assert_int_equal(m.score[0].rows, 3);
    assert_int_equal(m.score[0].false_alarms, 1);
    assert_true(fabs(m.score[0].noticed - 2.0 / 3) < 1e-9);
    assert_true(m.score[0].ops == 6);
    assert_int_equal(m.score[0].count[HT_MISUSED_EXPLOITED], 1);
    assert_int_equal(m.score[0].count[HT_MISUSED_NOT_SUPPORTED], 1);
    assert_true(m.score[1].rows == 0 && isnan(m.score[1].noticed) && isnan(m.score[1].ops));
    assert_int_equal(ht_misuse_cell(&m, 1, 0)->rows, 4);
    assert_int_equal(ht_misuse_cell_letter(ht_misuse_cell(&m, 1, 0)), 'x');
    ht_misuse_matrix_close(&m);
}

/* ---- the plan ------------------------------------------------------------------------------------------ */

static void test_words(void **state)
{
    (void)state;
    static const struct {
        int (*take)(struct ht_misuse_plan *plan, const char *words, char why[256]);
        const char *words;
        int error;
        const char *why;
    } cases[] = {
        {ht_misuse_plan_add_strategies, "all", 0, ""},
        {ht_misuse_plan_add_strategies, "system,asan,system,debuggers", 0, ""},
        {ht_misuse_plan_add_strategies, "valgrin", -ENOENT, "did you mean valgrind?"},
        {ht_misuse_plan_add_strategies, "marksweep", -EINVAL, "is a collector"},
        {ht_misuse_plan_add_cases, "double-free,overflow-*", 0, ""},
        {ht_misuse_plan_add_cases, "double-fre", -ENOENT, "did you mean double-free?"},
        {ht_misuse_plan_add_cases, "zzz*", -ENOENT, "no case of misuse"},
        {ht_misuse_plan_set_sizes, "8,24,4k,256k", 0, ""},
        {ht_misuse_plan_set_sizes, "all", 0, ""},
        {ht_misuse_plan_set_sizes, "16", -EINVAL, "not '16'"},
        {ht_misuse_plan_set_sizes, "8x", -EINVAL, "not '8x'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ht_misuse_plan *const plan = calloc(1, sizeof *plan);
        assert_int_equal(cases[i].take(plan, cases[i].words, why), cases[i].error);
        if (cases[i].error)
            assert_non_null(strstr(why, cases[i].why));
        free(plan);
    }
}

static void test_steps(void **state)
{
    (void)state;
    struct ht_misuse_plan *const plan = calloc(1, sizeof *plan);
    assert_int_equal(ht_misuse_plan_add_strategies(plan, "system,pool", why), 0);
    assert_int_equal(ht_misuse_plan_add_cases(plan, "free-interior,nothing,huge-malloc", why), 0);
    assert_int_equal(ht_misuse_plan_set_sizes(plan, "8,4096", why), 0);
    static const struct {
        const char *strategy, *name;
        uint32_t size;
    } expected[] = {
        {"system", "nothing", 8},          {"pool", "nothing", 8},
        {"system", "nothing", 4096},       {"pool", "nothing", 4096},
        {"system", "free-interior", 4096}, {"pool", "free-interior", 4096},
        {"system", "huge-malloc", 0},      {"pool", "huge-malloc", 0},
    };
    assert_int_equal(ht_misuse_plan_steps(plan), sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct ht_misuse_step step = ht_misuse_plan_step(plan, i);
        assert_string_equal(step.strategy->name, expected[i].strategy);
        assert_string_equal(step.what->name, expected[i].name);
        assert_int_equal(step.size, expected[i].size);
    }
    free(plan);
}

static void test_list(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ht_misuse_case_count; i++) {
        assert_int_equal(ht_misuse_find_case(ht_misuse_cases[i].name), (int)i);
        assert_true(strlen(ht_misuse_cases[i].name) <= 23);
        assert_true(i == 0 || ht_misuse_cases[i].group >= ht_misuse_cases[i - 1].group);
    }
    assert_true(ht_misuse_case_count <= HT_MISUSE_CASES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test_setup_teardown(test_rows_come_back, make_file, remove_file),
        cmocka_unit_test_setup_teardown(test_rows_are_checked, make_file, remove_file),
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
