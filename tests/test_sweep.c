/* The parts of a sweep that need no process: what is normal, which calls are points, rows, accepted findings. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "faults/sweep/accepted.h"
#include "faults/sweep/judge.h"
#include "faults/sweep/points.h"

/* ---- what is normal, and what is judged by it --------------------------------------------------------------- */

static struct ht_ending ending(int status, const char *out, const char *err)
{
    return (struct ht_ending){
        .exit_status = status,
        .out = {.text = strdup(out), .bytes = strlen(out)},
        .err = {.text = strdup(err), .bytes = strlen(err)},
    };
}

static void add(struct ht_normal *n, int status, const char *out, const char *err)
{
    struct ht_ending e = ending(status, out, err);
    assert_int_equal(ht_normal_add(n, &e), 0);
    ht_ending_free(&e);
}

static const struct {
    int usual;                  /* exit status */
    const char *first, *second; /* stdout of two fault-free runs */
    int status;
    int signal;
    const char *out, *err;
    enum ht_sweep_outcome outcome;
} judged[] = {
    {0, "a\nb\n", "a\nb\n", 0, 0, "a\nb\n", "", HT_SWEEP_TOLERATED},
    {0, "a\nb\n", "a\nb\n", 0, 0, "a\nb\n", "warning\n", HT_SWEEP_TOLERATED},
    {0, "a\nb\n", "a\nb\n", 0, 0, "a\n", "", HT_SWEEP_SILENT_WRONG},
    {0, "a\nb\n", "a\nb\n", 0, 0, "a\nb", "", HT_SWEEP_SILENT_WRONG},
    {0, "a\nb\n", "a\nb\n", 0, 0, "", "no memory\n", HT_SWEEP_SILENT_WRONG},
    {0, "a\nb\n", "a\nb\n", 1, 0, "a\n", "no memory\n", HT_SWEEP_CLEAN},
    {0, "a\nb\n", "a\nb\n", 1, 0, "a\n", "", HT_SWEEP_NO_MESSAGE},
    {0, "a\nb\n", "a\nb\n", 1, 0, "a\n", "  \n", HT_SWEEP_NO_MESSAGE},
    {0, "a\nb\n", "a\nb\n", 1, 0, "a\n", "usual\n", HT_SWEEP_NO_MESSAGE},
    /* what changes from run to run is held against nobody */
    {0, "a\n1\n", "a\n2\n", 0, 0, "a\n3\n", "", HT_SWEEP_TOLERATED},
    {0, "a\n1\n", "a\n2\n", 0, 0, "b\n3\n", "", HT_SWEEP_SILENT_WRONG},
    {0, "a\n1\n", "a\n2\n", 0, 0, "a\n", "", HT_SWEEP_SILENT_WRONG},
    {0, "a\n", "a\nb\n", 0, 0, "c\n", "", HT_SWEEP_TOLERATED},
    /* an answer that is no success */
    {1, "", "", 0, 0, "", "", HT_SWEEP_SILENT_WRONG},
    {1, "x\n", "x\n", 1, 0, "", "no memory\n", HT_SWEEP_CLEAN},
    {1, "x\n", "x\n", 1, 0, "", "", HT_SWEEP_SILENT_WRONG},
    {1, "x\n", "x\n", 2, 0, "", "no memory\n", HT_SWEEP_CLEAN},
    /* signals */
    {0, "a\n", "a\n", -1, 11, "", "", HT_SWEEP_CRASH},
    {0, "a\n", "a\n", -1, 6, "", "free(): double free detected in tcache 2\n", HT_SWEEP_CORRUPT},
    {0, "a\n", "a\n", -1, 6, "", "fatal: no memory\n", HT_SWEEP_ABORT},
    {0, "a\n", "a\n", -1, 25, "", "", HT_SWEEP_HANG},
    {0, "a\n", "a\n", 1, 0, "", "==1==ERROR: AddressSanitizer: heap-use-after-free\n", HT_SWEEP_CORRUPT},
    {0, "a\n", "a\n", 1, 0, "", "I found a double free in your text\n", HT_SWEEP_CLEAN},
};

static void outcomes_are_told_apart(void **state)
{
    (void)state;
    static struct ht_control control;
    control.has_fired = 1;
    control.fired.stack = UINT32_MAX;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        struct ht_normal n = {.runs = 0};
        struct ht_verdict v;
        const struct ht_expected expected = {.stack = 1};
        add(&n, judged[i].usual, judged[i].first, "usual\n");
        add(&n, judged[i].usual, judged[i].second, "usual\n");
        struct ht_ending e = ending(judged[i].status, judged[i].out, judged[i].err);
        e.signal = judged[i].signal;
        ht_judge(&n, &expected, &e, &control, &v);
        if (v.outcome != judged[i].outcome)
            fail_msg("case %zu: %s, not %s", i, ht_sweep_outcome_word(v.outcome),
                     ht_sweep_outcome_word(judged[i].outcome));
        ht_ending_free(&e);
        ht_normal_free(&n);
    }
}

static void another_exit_status_can_not_be_masked(void **state)
{
    (void)state;
    struct ht_normal n = {.runs = 0};
    struct ht_ending e = ending(1, "", "");
    add(&n, 0, "", "");
    assert_int_equal(ht_normal_add(&n, &e), -EPROTO);
    ht_ending_free(&e);
    ht_normal_free(&n);
}

/* ---- points -------------------------------------------------------------------------------------------------- */

/* Two stacks: the first is hit by calls 1, 3, 5, ... of thread 1, the second by call 2 and by all of thread 2. */
static void make_recording(struct ht_control_file *f)
{
    assert_int_equal(ht_control_open(f, "x.so", 100), 0);
    struct ht_control *const c = f->control;
    for (uint32_t i = 0; i < 2; i++)
        ht_control_stacks(c)[i] = (struct ht_stack){.hash = 100 + i};
    c->stacks.used = 2;
    for (uint32_t i = 0; i < 20; i++)
        ht_control_records(c)[c->records.used++] =
            (struct ht_recorded){.stack = i == 1 || i >= 15, .thread = i < 15 ? 1 : 2, .bytes = i};
}

static void points_are_the_first_the_last_and_one_between(void **state)
{
    (void)state;
    struct ht_control_file f;
    struct ht_points p, again, all;
    make_recording(&f);
    assert_int_equal(ht_points_choose(f.control, HT_POINT_ONCE, false, 7, &p), 0);
    assert_int_equal(ht_points_choose(f.control, HT_POINT_ONCE, false, 7, &again), 0);
    assert_int_equal(ht_points_choose(f.control, HT_POINT_ONCE | HT_POINT_PERSISTENT, true, 7, &all), 0);
    assert_int_equal(p.calls, 20);
    assert_int_equal(p.stacks, 2);
    assert_in_range(p.points, 4, 6);
    assert_int_equal(p.point[0].own, 1);
    assert_int_equal(p.point[1].own, 2);
    assert_int_equal(p.point[p.points - 1].thread, 2);
    assert_int_equal(p.point[p.points - 1].own, 5);
    assert_int_equal(again.points, p.points);
    assert_memory_equal(again.point, p.point, p.points * sizeof *p.point);
    assert_int_equal(all.points, 40);
    assert_int_equal(all.point[20].mode, HT_POINT_PERSISTENT);
    ht_points_free(&p);
    ht_points_free(&again);
    ht_points_free(&all);
    ht_control_close(&f);
}

/* ---- rows and accepted findings ------------------------------------------------------------------------------ */

static struct ht_sweep_row row(uint64_t stack, enum ht_sweep_outcome outcome)
{
    return (struct ht_sweep_row){
        .point = {.mode = HT_POINT_PERSISTENT, .thread = 2, .op = HT_CALL_REALLOC, .own = 17, .bytes = 4096},
        .stack = stack,
        .outcome = outcome,
        .exit_status = -1,
        .signal = 11,
        .location = strdup("f, \"g\" at x.c:1"),
        .replay = strdup("heaptrial inject -- sh -c 'echo \"a,b\"'"),
        .detail = strdup(""),
    };
}

static void rows_are_read_as_they_were_written(void **state)
{
    (void)state;
    char path[] = "/tmp/heaptrial-test-XXXXXX";
    struct ht_sweep_rows rows = {.row = NULL};
    struct ht_sweep_row written = row(0xabc, HT_SWEEP_CRASH);
    const int fd = mkstemp(path);
    assert_true(write(fd, ht_sweep_columns, strlen(ht_sweep_columns)) > 0);
    assert_int_equal(ht_sweep_row_append(fd, &written), 0);
    assert_int_equal(write(fd, "nth=3,mal", 9), 9); /* torn */
    assert_int_equal(ht_sweep_rows_read(path, &rows), 0);
    assert_int_equal(rows.rows, 1);
    assert_int_equal(rows.row[0].stack, 0xabc);
    assert_int_equal(rows.row[0].outcome, HT_SWEEP_CRASH);
    assert_int_equal(rows.row[0].exit_status, -1);
    assert_int_equal(rows.row[0].signal, 11);
    assert_string_equal(rows.row[0].location, written.location);
    assert_string_equal(rows.row[0].replay, written.replay);
    assert_true(ht_sweep_rows_have(&rows, &written.point));
    written.point.mode = HT_POINT_ONCE;
    assert_false(ht_sweep_rows_have(&rows, &written.point));
    ht_sweep_rows_free(&rows);
    assert_int_equal(ht_sweep_rows_add(&rows, &written), 0);
    ht_sweep_rows_free(&rows);
    close(fd);
    unlink(path);
}

static const struct {
    const char *text;
    int error;
    const char *why;
} accepted[] = {
    {"", 0, ""},
    {"# a comment\n\n  \ncrash 00000000000000ab known\n", 0, ""},
    {"hang ab\tbecause of that", 0, ""},
    {"crash 00000000000000ab\n", -EINVAL, ":1: it has no reason"},
    {"crash 00000000000000ab   \n", -EINVAL, ":1: it has no reason"},
    {"\ncrash xyz why\n", -EINVAL, ":2: after the outcome"},
    {"crash\n", -EINVAL, ":1: after the outcome"},
    {"tolerated ab why\n", -EINVAL, ":1: a line starts with an outcome"},
    {"crush ab why\n", -EINVAL, ":1: a line starts with an outcome"},
};

static void accepted_findings_need_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        char path[] = "/tmp/heaptrial-test-XXXXXX", why[256] = "";
        struct ht_accepted a;
        const int fd = mkstemp(path);
        assert_int_equal(write(fd, accepted[i].text, strlen(accepted[i].text)), strlen(accepted[i].text));
        close(fd);
        const int error = ht_accepted_read(path, &a, why);
        if (error != accepted[i].error || !strstr(why, accepted[i].why))
            fail_msg("case %zu: %d, %s", i, error, why);
        ht_accepted_free(&a);
        unlink(path);
    }
}

static void what_was_accepted_is_not_new(void **state)
{
    (void)state;
    char path[] = "/tmp/heaptrial-test-XXXXXX", why[256];
    struct ht_sweep_rows rows = {.row = NULL};
    struct ht_accepted a = {.entry = NULL};
    size_t added;
    close(mkstemp(path));
    struct ht_sweep_row list[] = {row(1, HT_SWEEP_CRASH), row(1, HT_SWEEP_CRASH), row(1, HT_SWEEP_LEAK),
                                  row(2, HT_SWEEP_CLEAN)};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        assert_int_equal(ht_sweep_rows_add(&rows, &list[i]), 0);
    assert_int_equal(ht_accepted_append(path, &a, &rows, "as it is", &added), 0);
    assert_int_equal(added, 2);
    assert_int_equal(ht_accepted_read(path, &a, why), 0);
    assert_non_null(ht_accepted_find(&a, HT_SWEEP_CRASH, 1));
    assert_non_null(ht_accepted_find(&a, HT_SWEEP_LEAK, 1));
    assert_null(ht_accepted_find(&a, HT_SWEEP_CLEAN, 2));
    assert_int_equal(ht_accepted_append(path, &a, &rows, "again", &added), 0);
    assert_int_equal(added, 0);
    ht_accepted_free(&a);
    ht_sweep_rows_free(&rows);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_told_apart),
        cmocka_unit_test(another_exit_status_can_not_be_masked),
        cmocka_unit_test(points_are_the_first_the_last_and_one_between),
        cmocka_unit_test(rows_are_read_as_they_were_written),
        cmocka_unit_test(accepted_findings_need_a_reason),
        cmocka_unit_test(what_was_accepted_is_not_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
