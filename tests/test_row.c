/* Rows to CSV and back: every field, awkward text, every locale, a full disk, a torn tail, bad files. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "results/file.h"
#include "results/row.h"
#include "results/series.h"

static char path[] = "/tmp/heaptrial-row-XXXXXX";
static int fd;

static int open_file(void **state)
{
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    const int made = mkstemp(path);
    close(made);
    fd = open(path, O_RDWR | O_APPEND);
    return fd < 0;
}

static int close_file(void **state)
{
    (void)state;
    close(fd);
    return unlink(path);
}

static struct ht_row sample_row(uint64_t round)
{
    struct ht_row row = ht_row_empty();
    row.run = "r1";
    row.round = round;
    row.strategy = "pool";
    row.workload = "larson";
    row.pass = "throughput";
    row.outcome = "ok";
    row.wall_ns = 0.1 + (double)round;
    return row;
}

static bool same_real(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void assert_same(const struct ht_row *a, const struct ht_row *b)
{
    for (int i = 0; i < HT_COLUMN_N; i++) {
        const struct ht_column *const c = &ht_columns[i];
        const void *const x = (const char *)a + c->offset, *const y = (const char *)b + c->offset;
        const bool same = c->type == HT_COLUMN_TEXT
                              ? !strcmp(*(const char *const *)x, *(const char *const *)y)
                          : c->type == HT_COLUMN_COUNT ? *(const uint64_t *)x == *(const uint64_t *)y
                                                       : same_real(*(const double *)x, *(const double *)y);
        if (!same)
            fail_msg("column %s came back changed", c->name);
    }
}

static struct ht_rows read_back(void)
{
    struct ht_rows rows;
    char why[256];
    if (ht_rows_read(path, &rows, why))
        fail_msg("%s", why);
    return rows;
}

/* ---- round trip ---------------------------------------------------------------------------------------- */

static void test_every_field_comes_back(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 0);
    struct ht_row rows_in[200];
    static const char *const words[] = {
        "", "plain", "a,b", "say \"no\"", "two\nlines", "\r\n,", "\"", "\xc3\xa9t\xc3\xa9", " spaces "};
    assert_int_equal(ht_row_header(fd), 0);
    for (int r = 0; r < 200; r++) {
        struct ht_row *const row = &rows_in[r];
        *row = ht_row_empty();
        for (int i = 0; i < HT_COLUMN_N && r; i++) {
            void *const to = (char *)row + ht_columns[i].offset;
            if (ht_columns[i].type == HT_COLUMN_TEXT)
                *(const char **)to = words[ht_rng_below(&rng, sizeof words / sizeof *words)];
            else if (ht_columns[i].type == HT_COLUMN_COUNT)
                *(uint64_t *)to = ht_rng_next(&rng) >> ht_rng_below(&rng, 64);
            else
                *(double *)to = ldexp(ht_rng_unit(&rng) - 0.5, (int)ht_rng_below(&rng, 200) - 100);
        }
        assert_int_equal(ht_row_append(fd, row), 0);
    }
    struct ht_rows rows = read_back();
    assert_int_equal(rows.count, 200);
    assert_int_equal(rows.torn_bytes, 0);
    assert_string_equal(rows.warning, "");
    assert_true(rows.same_columns);
    for (int r = 0; r < 200; r++)
        assert_same(&rows_in[r], &rows.row[r]);
    ht_rows_free(&rows);
}

static void test_awkward_numbers(void **state)
{
    (void)state;
    static const double reals[] = {0,
                                   -0.0,
                                   0.1,
                                   1.0 / 3,
                                   5e-324,
                                   2.2250738585072014e-308,
                                   1e22,
                                   1e23,
                                   1.7e308,
                                   -1e-20,
                                   1e15,
                                   123456789012345678.0,
                                   9007199254740993.0,
                                   4.35};
    const size_t n = sizeof reals / sizeof *reals;
    assert_int_equal(ht_row_header(fd), 0);
    for (size_t i = 0; i < n; i++) {
        struct ht_row row = sample_row(UINT64_MAX - 1);
        row.wall_ns = reals[i];
        assert_int_equal(ht_row_append(fd, &row), 0);
    }
    struct ht_row row = sample_row(1);
    row.wall_ns = INFINITY;
    assert_int_equal(ht_row_append(fd, &row), 0);
    struct ht_rows rows = read_back();
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&rows.row[i].wall_ns, &reals[i], sizeof reals[i]);
    assert_true(rows.row[0].round == UINT64_MAX - 1);
    assert_true(isnan(rows.row[n].wall_ns));
    ht_rows_free(&rows);
}

/* With a comma for the decimal point, where such a locale is installed. */
static void test_locale_makes_no_difference(void **state)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
        skip();
    test_awkward_numbers(state);
    setlocale(LC_ALL, "C");
}

static void test_equal_words_are_equal_pointers(void **state)
{
    (void)state;
    assert_int_equal(ht_row_header(fd), 0);
    for (uint64_t i = 0; i < 3; i++) {
        const struct ht_row row = sample_row(i);
        assert_int_equal(ht_row_append(fd, &row), 0);
    }
    struct ht_rows rows = read_back();
    assert_ptr_equal(rows.row[0].strategy, rows.row[2].strategy);
    assert_ptr_not_equal(rows.row[0].strategy, rows.row[0].workload);
    ht_rows_free(&rows);
}

static void test_header_stands_once(void **state)
{
    (void)state;
    assert_int_equal(ht_row_header(fd), 0);
    const off_t bytes = lseek(fd, 0, SEEK_END);
    assert_int_equal(ht_row_header(fd), 0);
    assert_int_equal(lseek(fd, 0, SEEK_END), bytes);
}

/* ---- a full disk --------------------------------------------------------------------------------------- */

static void test_full_disk_is_said(void **state)
{
    (void)state;
    const int full = open("/dev/full", O_WRONLY | O_APPEND);
    const struct ht_row row = sample_row(1);
    assert_int_equal(ht_row_append(full, &row), -ENOSPC);
    close(full);
}

/* The limit on a file's size lets part of a row through, as a full disk does. */
static void test_half_a_row_is_taken_back(void **state)
{
    (void)state;
    const struct ht_row row = sample_row(1);
    struct rlimit old;
    assert_int_equal(ht_row_header(fd), 0);
    assert_int_equal(ht_row_append(fd, &row), 0);
    const off_t end = lseek(fd, 0, SEEK_END);
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){(rlim_t)end + 20, old.rlim_max});
    assert_int_equal(ht_row_append(fd, &row), -EFBIG);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(lseek(fd, 0, SEEK_END), end);
    assert_int_equal(ht_row_append(fd, &row), 0);
    struct ht_rows rows = read_back();
    assert_int_equal(rows.count, 2);
    ht_rows_free(&rows);
}

/* ---- torn tails ---------------------------------------------------------------------------------------- */

/* Cut anywhere, the file gives back exactly the rows that are whole. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    size_t end[4];
    assert_int_equal(ht_row_header(fd), 0);
    end[0] = (size_t)lseek(fd, 0, SEEK_END);
    for (uint64_t i = 1; i < 4; i++) {
        struct ht_row row = sample_row(i);
        row.reason = "a \"quoted\"\nreason, long";
        assert_int_equal(ht_row_append(fd, &row), 0);
        end[i] = (size_t)lseek(fd, 0, SEEK_END);
    }
    char *text, why[256];
    size_t bytes;
    assert_int_equal(ht_file_read(path, &text, &bytes), 0);
    for (size_t cut = 0; cut <= bytes; cut++) {
        struct ht_rows rows;
        size_t whole = 0;
        while (whole < 3 && end[whole + 1] <= cut)
            whole++;
        char *const copy = malloc(cut + 1); /* so that a read past the end is seen */
        memcpy(copy, text, cut);
        assert_int_equal(ht_rows_parse(copy, cut, &rows, why), 0);
        assert_int_equal(rows.count, whole);
        assert_int_equal(rows.whole_bytes, cut < end[0] ? 0 : end[whole]);
        assert_int_equal(rows.whole_bytes + rows.torn_bytes, cut);
        ht_rows_free(&rows);
        free(copy);
    }
    free(text);
}

/* ---- bad files ----------------------------------------------------------------------------------------- */

static const struct bad {
    const char *text, *why;
    int error;
} bad[] = {
    {"hello", "not a file of rows", -EPROTO},
    {"a,b,c\n1,2,3\n", "not a file of rows: its first line names no column strategy", -EPROTO},
    {"strategy,workload,pass,outcome,strategy\n", "the column strategy stands there twice", -EPROTO},
    {"strategy,workload,pass,outcome\na,b,c\n", "line 2 has 3 fields, the first line 4", -EINVAL},
    {"strategy,workload,pass,outcome\na,b,c,d,e\n", "line 2 has 5 fields, the first line 4", -EINVAL},
    {"strategy,workload,pass,outcome,round\na,\"b\n\",c,d,1\na,b,c,d,-1\n",
     "line 4, column round: expected a whole number, found \"-1\"", -EINVAL},
    {"strategy,workload,pass,outcome,round\na,b,c,d,18446744073709551616\n", "line 2, column round", -EINVAL},
    {"strategy,workload,pass,outcome,wall_ns\na,b,c,d,1.5x\n",
     "line 2, column wall_ns: expected a number, found \"1.5x\"", -EINVAL},
    {"strategy,workload,pass,outcome,wall_ns\na,b,c,d,nan\n", "line 2, column wall_ns", -EINVAL},
    {"strategy,workload,pass,outcome,wall_ns\na,b,c,d,0x10\n", "line 2, column wall_ns", -EINVAL},
    {"strategy,workload,pass,outcome,wall_ns\na,b,c,d,1e999\n", "line 2, column wall_ns", -EINVAL},
    {"strategy,workload,pass,outcome,wall_ns\na,b,c,d,1.2.3\n", "line 2, column wall_ns", -EINVAL},
    {"strategy,workload,pass,outcome\na,b\"c,d,e\n", "line 2: a quote", -EINVAL},
    {"strategy,workload,pass,outcome\na,\"b\"c,d,e\n", "line 2: a quote", -EINVAL},
};

static void test_bad_files_are_refused_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ht_rows rows;
        char why[256] = "";
        const int error = ht_rows_parse(bad[i].text, strlen(bad[i].text), &rows, why);
        if (error != bad[i].error || !strstr(why, bad[i].why))
            fail_msg("%s gave %d \"%s\", expected %d \"%s\"", bad[i].text, error, why, bad[i].error,
                     bad[i].why);
    }
}

static void test_file_that_is_not_there(void **state)
{
    (void)state;
    struct ht_rows rows;
    char why[256];
    assert_int_equal(ht_rows_read("/nowhere/rows.csv", &rows, why), -ENOENT);
    assert_string_equal(why, "/nowhere/rows.csv: No such file or directory");
    assert_int_equal(ht_rows_read("/tmp", &rows, why), -EISDIR);
}

static void test_other_columns_and_line_ends(void **state)
{
    (void)state;
    static const char text[] = "colour,outcome,pass,workload,strategy,p50_ns\r\n"
                               "red,ok,latency,\"w\",s,12.5\r\n"
                               "\"r\"\"ed\",ok,latency,w,s,\r\n";
    struct ht_rows rows;
    char why[256];
    assert_int_equal(ht_rows_parse(text, sizeof text - 1, &rows, why), 0);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.warning, "skipped columns that are not known: colour");
    assert_false(rows.same_columns);
    assert_string_equal(rows.row[0].strategy, "s");
    assert_ptr_equal(rows.row[0].workload, rows.row[1].workload);
    assert_true(rows.row[0].p50_ns == 12.5 && isnan(rows.row[1].p50_ns));
    assert_true(rows.row[0].round == HT_ABSENT);
    ht_rows_free(&rows);
}

/* Random damage: whatever comes of it, the reader says so, and reads and writes nothing out of bounds (with
 * the sanitizers). tests/fuzz_csv.c does the same for longer. */
static void test_random_damage(void **state)
{
    (void)state;
    static const char pieces[] = ",,\n\n\"\"\r0123456789eE+-.xnai";
    char *text, why[256];
    size_t bytes;
    test_cut_at_every_byte(state);
    assert_int_equal(ht_file_read(path, &text, &bytes), 0);
    struct ht_rng rng = ht_rng_open(7, 0);
    size_t refused = 0;
    for (int i = 0; i < 20000; i++) {
        struct ht_rows rows;
        const size_t from = ht_rng_below(&rng, 2) ? 0 : strlen(ht_header_line);
        const size_t n = bytes - ht_rng_below(&rng, 40);
        char *const copy = malloc(n);
        memcpy(copy, text, n);
        for (uint32_t k = 1 + ht_rng_below(&rng, 8); k; k--)
            copy[ht_rng_between(&rng, from, n)] = pieces[ht_rng_below(&rng, sizeof pieces)];
        if (ht_rows_parse(copy, n, &rows, why)) {
            assert_true(why[0] && strlen(why) < 256);
            refused++;
        } else {
            assert_int_equal(rows.whole_bytes + rows.torn_bytes, n);
            ht_rows_free(&rows);
        }
        free(copy);
    }
    assert_in_range(refused, 1000, 19999);
    free(text);
}

/* ---- series, and the page of columns ------------------------------------------------------------------- */

static void test_series_come_back(void **state)
{
    (void)state;
    const struct ht_latency_bucket in[] = {
        {"alloc", 0, 8.25, 5}, {"resize", 8.25, 16.5, 0}, {"free", 1e6, 2e6, 1}};
    struct ht_latency_bucket *out;
    size_t n;
    assert_int_equal(ht_series_write_latency(path, in, 3), 0);
    assert_int_equal(ht_series_read_latency(path, &out, &n), 0);
    assert_int_equal(n, 2); /* the empty bucket is left out */
    assert_true(out[0].high_ns == 8.25 && out[0].count == 5);
    assert_string_equal(out[1].op, "free");
    free(out);

    const struct ht_memory_sample at[] = {{0, 0, 1, HT_ABSENT, 3, 4}, {5, 6, 7, 8, 9, 10}};
    struct ht_memory_sample *back;
    assert_int_equal(ht_series_read_memory(path, &back, &n), -EPROTO);
    assert_int_equal(ht_series_write_memory(path, at, 2), 0);
    assert_int_equal(ht_series_read_memory(path, &back, &n), 0);
    assert_int_equal(n, 2);
    assert_memory_equal(back, at, sizeof at);
    free(back);
    assert_int_equal(ht_series_write_memory("/nowhere/x.csv", at, 2), -ENOENT);
}

static void test_bad_series_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "op,low_ns,high_ns,count",
                                        "op,low_ns,high_ns,count\nalloc,1,2\n",
                                        "op,low_ns,high_ns,count\nmove,1,2,3\n",
                                        "op,low_ns,high_ns,count\nalloc,2,1,3\n",
                                        "op,low_ns,high_ns,count\nalloc,1,2,",
                                        "op,low_ns,high_ns,count\nalloc,1,2,99999999999999999999\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ht_latency_bucket *out;
        size_t n;
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
        assert_int_equal(ht_series_read_latency(path, &out, &n), -EPROTO);
    }
}

static void test_docs_are_up_to_date(void **state)
{
    (void)state;
    char *made, *committed;
    size_t made_bytes, bytes;
    FILE *const out = open_memstream(&made, &made_bytes);
    ht_columns_emit_markdown(out);
    fclose(out);
    assert_int_equal(ht_file_read("docs/columns.md", &committed, &bytes), 0);
    if (strcmp(made, committed))
        fail_msg("docs/columns.md is not what results/columns.h says: make docs/columns.md");
    free(made);
    free(committed);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, open_file, close_file)
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_every_field_comes_back),
        WITH_FILE(test_awkward_numbers),
        WITH_FILE(test_locale_makes_no_difference),
        WITH_FILE(test_equal_words_are_equal_pointers),
        WITH_FILE(test_header_stands_once),
        cmocka_unit_test(test_full_disk_is_said),
        WITH_FILE(test_half_a_row_is_taken_back),
        WITH_FILE(test_cut_at_every_byte),
        cmocka_unit_test(test_bad_files_are_refused_in_words),
        cmocka_unit_test(test_file_that_is_not_there),
        cmocka_unit_test(test_other_columns_and_line_ends),
        WITH_FILE(test_random_damage),
        WITH_FILE(test_series_come_back),
        WITH_FILE(test_bad_series_are_refused),
        cmocka_unit_test(test_docs_are_up_to_date),
    };
    return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
