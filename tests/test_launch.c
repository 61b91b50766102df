/* The launch of real children: how they end, what comes back, what they are given, and what dies with whom. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "bench/launch.h"

static const uint64_t second = 1000000000u;

static struct ht_ended ended;

/* Runs a shell script to its end. */
static void sh(const char *script)
{
    const struct ht_launch launch = {.argv = {"sh", "-c", script}, .timeout_ns = 20 * second};
    assert_int_equal(ht_launch(&launch, &ended), 0);
}

/* Is a process that is not a zombie in the group? (What reaps orphans may take its time.) */
static bool lives(pid_t group)
{
    glob_t found;
    bool any = false;
    assert_int_equal(glob("/proc/[0-9]*/stat", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char text[512] = "", of_state = 'Z';
        int pgrp = 0;
        FILE *const f = fopen(found.gl_pathv[i], "r");
        if (!f)
            continue;
        const char *const after_name = fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;
        fclose(f);
        if (after_name && sscanf(after_name, ") %c %*d %d", &of_state, &pgrp) == 2)
            any |= pgrp == group && of_state != 'Z';
    }
    globfree(&found);
    return any;
}

/* True once nothing of the group lives; false when something still does after seconds. */
static bool is_gone(pid_t group)
{
    assert_true(group > 0);
    for (int i = 0; i < 200 && lives(group); i++)
        ht_sleep_ns(second / 50);
    return !lives(group);
}

/* ---- the end ------------------------------------------------------------------------------------------- */

static void test_exit_status(void **state)
{
    (void)state;
    sh("exit 0");
    assert_int_equal(ended.exit_status, 0);
    assert_int_equal(ended.signal, 0);
    assert_false(ended.timed_out || ended.interrupted);
    sh("exit 42");
    assert_int_equal(ended.exit_status, 42);
}

static void test_signal(void **state)
{
    (void)state;
    sh("kill -SEGV $$");
    assert_int_equal(ended.signal, SIGSEGV);
    assert_int_equal(ended.exit_status, -1);
    assert_false(ended.timed_out);
}

static void test_no_such_program(void **state)
{
    (void)state;
    const struct ht_launch launch = {.argv = {"/no/such/program"}, .timeout_ns = second};
    assert_int_equal(ht_launch(&launch, &ended), 0);
    assert_int_equal(ended.exit_status, 127);
    assert_non_null(strstr(ended.err, "can't start /no/such/program: No such file or directory"));
}

/* ---- stderr -------------------------------------------------------------------------------------------- */

static void test_stderr(void **state)
{
    (void)state;
    char last[32];
    sh("echo first >&2; echo 'the last  ' >&2; echo >&2");
    assert_string_equal(ended.err, "first\nthe last  \n\n");
    ht_last_line(ended.err, last, sizeof last);
    assert_string_equal(last, "the last");
    ht_last_line("", last, sizeof last);
    assert_string_equal(last, "");
    ht_last_line(" \n\n", last, sizeof last);
    assert_string_equal(last, "");
    ht_last_line("abcdef", last, 4);
    assert_string_equal(last, "abc");
}

static void test_tail_of_stderr(void **state)
{
    (void)state;
    sh("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i + 1)); done >&2");
    assert_int_equal(strlen(ended.err), HT_LAUNCH_ERR_BYTES - 1);
    assert_string_equal(ended.err + strlen(ended.err) - strlen("line 2998\nline 2999\n"),
                        "line 2998\nline 2999\n");
    /* More in one piece than is kept, and more than a pipe holds. */
    sh("head -c 300000 /dev/zero | tr '\\0' x >&2; echo end >&2");
    assert_int_equal(strlen(ended.err), HT_LAUNCH_ERR_BYTES - 1);
    assert_string_equal(ended.err + strlen(ended.err) - 5, "xend\n");
}

/* ---- records ------------------------------------------------------------------------------------------- */

struct seen {
    unsigned records, kinds;
    uint64_t ops;
    char text[HT_TEXT_BYTES];
};

static void see(const struct ht_record *record, void *context)
{
    struct seen *const s = context;
    s->records++;
    s->kinds = s->kinds * 10 + record->kind;
    if (record->kind == HT_RECORD_REPETITION)
        s->ops += record->repetition.ops;
    if (record->kind == HT_RECORD_VERDICT)
        memcpy(s->text, record->text, sizeof s->text);
}

/* A file of `bytes`, which the script finds in $F. */
static char path[] = "/tmp/heaptrial-launch-XXXXXX";

static struct seen send(const void *bytes, size_t n, const char *script)
{
    struct seen seen = {.records = 0};
    char file[64];
    snprintf(file, sizeof file, "F=%s", path);
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    const struct ht_launch launch = {.argv = {"sh", "-c", script},
                                     .env = {file},
                                     .timeout_ns = 20 * second,
                                     .on_record = see,
                                     .context = &seen};
    assert_int_equal(ht_launch(&launch, &ended), 0);
    return seen;
}

static int make_path(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void test_records(void **state)
{
    (void)state;
    struct ht_record record[3] = {{.magic = HT_RECORD_MAGIC, .kind = HT_RECORD_REPETITION},
                                  {.magic = HT_RECORD_MAGIC, .kind = HT_RECORD_REPETITION},
                                  {.magic = HT_RECORD_MAGIC, .kind = HT_RECORD_VERDICT}};
    record[0].repetition.ops = 40;
    record[1].repetition.ops = 2;
    memset(record[2].text, 'v', sizeof record[2].text); /* without an end */
    static const char *const scripts[] = {
        "cat $F >&3",
        /* In pieces that end nowhere near a record. */
        "dd if=$F bs=1 count=100 2>/dev/null >&3; sleep 0.1; dd if=$F bs=1 skip=100 count=300 2>/dev/null "
        ">&3;"
        "sleep 0.1; tail -c +401 $F >&3",
        "cat $F >&3; exec 3>&-; sleep 0.1",
        /* A descendant that holds the pipe open does not keep the parent waiting. */
        "cat $F >&3; sleep 1000 & exit 0",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const struct seen seen = send(record, sizeof record, scripts[i]);
        assert_false(ended.timed_out);
        assert_int_equal(seen.records, 3);
        assert_int_equal(seen.ops, 42);
        assert_int_equal(strlen(seen.text), HT_TEXT_BYTES - 1);
        assert_int_equal(ended.exit_status, 0);
    }
    /* What is cut short, or is none of ours, is no record. */
    assert_int_equal(send(record, sizeof record - 1, "cat $F >&3").records, 2);
    assert_false(ended.foreign);
    record[1].magic++;
    assert_int_equal(send(record, sizeof record, "cat $F >&3").records, 2);
    assert_true(ended.foreign);
    assert_int_equal(send(record, sizeof record, "yes | head -c 100000 >&3").records, 0);
}

static void test_many_records(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct ht_record *const record = calloc(MANY, sizeof *record);
    for (int i = 0; i < MANY; i++) {
        record[i].magic = HT_RECORD_MAGIC;
        record[i].kind = HT_RECORD_REPETITION;
        record[i].repetition.ops = (uint64_t)i;
    }
    /* All of them, though the child has long ended when the last is read. */
    const struct seen seen = send(record, MANY * sizeof *record, "cat $F >&3");
    assert_int_equal(seen.records, MANY);
    assert_int_equal(seen.ops, (uint64_t)MANY * (MANY - 1) / 2);
    free(record);
}

/* ---- time, interruption and what is left ---------------------------------------------------------------- */

static pid_t group_of(const char *text)
{
    const char *const at = strstr(text, "group ");
    return at ? (pid_t)atoi(at + 6) : 0;
}

static void test_timeout_ends_the_group(void **state)
{
    (void)state;
    const struct ht_launch launch = {
        .argv = {"sh", "-c", "trap '' TERM; sleep 1000 & echo group $$ >&2; wait"}, .timeout_ns = second / 2};
    assert_int_equal(ht_launch(&launch, &ended), 0);
    assert_true(ended.timed_out);
    assert_int_equal(ended.signal, SIGKILL);
    assert_true(is_gone(group_of(ended.err)));
}

static void test_what_is_left_is_ended(void **state)
{
    (void)state;
    sh("sleep 1000 & echo group $$ >&2");
    assert_int_equal(ended.exit_status, 0);
    assert_true(is_gone(group_of(ended.err)));
}

static void on_alarm(int number)
{
    (void)number;
    ht_launch_interrupt = 1;
}

static void test_interrupted(void **state)
{
    (void)state;
    const struct ht_launch launch = {.argv = {"sh", "-c", "sleep 1000 & echo group $$ >&2; wait"},
                                     .timeout_ns = 60 * second};
    signal(SIGALRM, on_alarm);
    alarm(1);
    assert_int_equal(ht_launch(&launch, &ended), 0);
    assert_true(ended.interrupted);
    assert_false(ended.timed_out);
    assert_true(is_gone(group_of(ended.err)));
    /* Nothing more is run until it is taken back. */
    sh("exit 5");
    assert_true(ended.interrupted);
    ht_launch_interrupt = 0;
    sh("exit 5");
    assert_int_equal(ended.exit_status, 5);
}

/* kill -9 of the parent ends the child, and by the guard what the child has started too. */
static void test_parent_is_killed(void **state)
{
    (void)state;
    int ready[2];
    char line[64] = "";
    assert_int_equal(pipe(ready), 0);
    const pid_t parent = fork();
    if (parent == 0) {
        char script[128];
        snprintf(script, sizeof script, "sleep 1000 & echo group $$ >/proc/%d/fd/%d; wait", (int)getpid(),
                 ready[1]);
        const struct ht_launch launch = {.argv = {"sh", "-c", script}, .timeout_ns = 60 * second};
        ht_launch(&launch, &ended);
        _exit(1);
    }
    close(ready[1]);
    assert_true(read(ready[0], line, sizeof line - 1) > 0);
    assert_true(lives(group_of(line)));
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_true(is_gone(group_of(line)));
    close(ready[0]);
}

/* ---- what a child is given ------------------------------------------------------------------------------ */

static void test_environment(void **state)
{
    (void)state;
    setenv("HT_SECRET", "x", 1);
    setenv("LD_PRELOAD", "/nowhere.so", 1);
    setenv("MALLOC_ARENA_MAX", "1", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    const struct ht_launch launch = {.argv = {"/usr/bin/env"},
                                     .env = {"A=1", "B=two words"},
                                     .stdout_path = path,
                                     .timeout_ns = 20 * second,
                                     .pad = 100};
    assert_int_equal(ht_launch(&launch, &ended), 0);
    unsetenv("LD_PRELOAD");
    assert_int_equal(ended.exit_status, 0);
    FILE *const f = fopen(path, "r");
    char text[8192] = "\n";
    text[1 + fread(text + 1, 1, sizeof text - 2, f)] = 0;
    fclose(f);
    assert_non_null(strstr(text, "\nA=1\n"));
    assert_non_null(strstr(text, "\nB=two words\n"));
    assert_non_null(strstr(text, "\nPATH="));
    assert_non_null(strstr(text, "\nLC_ALL=C\n"));
    assert_null(strstr(text, "HT_SECRET"));
    assert_null(strstr(text, "LD_PRELOAD"));
    assert_null(strstr(text, "MALLOC_ARENA_MAX"));
    const char *const pad = strstr(text, "\nHT_PAD=");
    assert_non_null(pad);
    assert_int_equal(strcspn(pad + 8, "\n"), 101);
}

static void test_descriptors_signals_and_limits(void **state)
{
    (void)state;
    /* stdin is empty, 0 to 3 are open and nothing else; SIGPIPE ends a program again; no core; the folder; padding that is
     * bounded. */
    signal(SIGPIPE, SIG_IGN);
    const int leaked = fcntl(0, F_DUPFD, 10);
    assert_true(leaked > HT_LAUNCH_RECORD_FD);
    const struct ht_launch launch = {
        .argv = {"sh", "-c",
                 "test -z \"$(cat)\" || exit 10\n"
                 "test ${#HT_PAD} -gt 4000 || exit 16\n"
                 "for fd in /proc/$$/fd/*; do case $fd in */[0-3]) ;; *) test -e $fd && exit 11 ;; "
                 "esac; done\n"
                 "test $(ulimit -c) = 0 || exit 12\n"
                 "test $(ulimit -d) = 102400 || exit 13\n"
                 "test $PWD = / || exit 14\n"
                 "sh -c 'kill -PIPE $$'; test $? -gt 128 || exit 15"},
        .folder = "/",
        .timeout_ns = 20 * second,
        .pad = 1u << 30,
        .data_limit = 100 << 20};
    assert_int_equal(ht_launch(&launch, &ended), 0);
    signal(SIGPIPE, SIG_DFL);
    close(leaked);
    assert_int_equal(ended.exit_status, 0);
}

static void test_fixed_addresses(void **state)
{
    (void)state;
    char text[2][256] = {"", ""};
    for (int i = 0; i < 2; i++) {
        const struct ht_launch launch = {.argv = {"grep", "stack", "/proc/self/maps"},
                                         .stdout_path = path,
                                         .timeout_ns = 20 * second,
                                         .fixed_addresses = true};
        assert_int_equal(ht_launch(&launch, &ended), 0);
        FILE *const f = fopen(path, "r");
        assert_non_null(fgets(text[i], sizeof text[i], f));
        fclose(f);
    }
    assert_string_equal(text[0], text[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: a fork of this process would share its guard. */
        cmocka_unit_test(test_parent_is_killed),
        cmocka_unit_test(test_exit_status),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_no_such_program),
        cmocka_unit_test(test_stderr),
        cmocka_unit_test(test_tail_of_stderr),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_many_records),
        cmocka_unit_test(test_timeout_ends_the_group),
        cmocka_unit_test(test_what_is_left_is_ended),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_descriptors_signals_and_limits),
        cmocka_unit_test(test_fixed_addresses),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
