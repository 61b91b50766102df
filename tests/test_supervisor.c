/* Calls of the system that fail by a supervisor: this program starts itself as the subject, which does what its argument
 * says and prints a letter a call: '.' it went well, 'x' it failed as it should, '?' it failed otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "bench/launch.h"
#include "faults/boundary.h"
#include "faults/os_mark.h"

enum { PAGE = 4096 };

static const uint64_t second = 1000000000u;

/* ---- the subject --------------------------------------------------------------------------------------------- */

static int here; /* a file to map */

static char letter(bool good, int wanted)
{
    return good ? '.' : errno == wanted ? 'x' : '?';
}

static void *map(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char do_brk(void)
{
    char *const before = sbrk(0);
    errno = 0;
    const bool good = sbrk(PAGE) == before;
    if (sbrk(0) != before + (good ? PAGE : 0))
        return '!';
    if (good)
        *before = 1; /* it is there */
    return letter(good, ENOMEM);
}

static void *no_thread(void *unused)
{
    return unused;
}

static char do_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, no_thread, NULL);
    if (errno == 0)
        pthread_join(thread, NULL);
    return letter(errno == 0, EAGAIN);
}

static void *map_here(void *out)
{
    *(char *)out = letter(map(PAGE) != MAP_FAILED, ENOMEM);
    return NULL;
}

/* Calls in another thread than the first. */
static char do_mmap_in_thread(void)
{
    char out = 0;
    pthread_t thread;
    if (pthread_create(&thread, NULL, map_here, &out))
        return '!';
    pthread_join(thread, NULL);
    return out;
}

/* A child's calls, by fork: all must go well. */
static char do_child(void)
{
    int status;
    const pid_t child = fork();
    if (child == 0)
        _exit(map(PAGE) == MAP_FAILED);
    waitpid(child, &status, 0);
    return status ? '!' : '.';
}

static char do_call(char call)
{
    static char *page, *file;
    if (!page)
        page = map(4 * PAGE);
    if (!file)
        file = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, here, 0);
    switch (call) {
    case 'm':
        return letter(map(PAGE) != MAP_FAILED, ENOMEM);
    case 'M':
        return letter(map(64 * PAGE) != MAP_FAILED, ENOMEM);
    case 'f': /* a file's */
        return letter(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, here, 0) != MAP_FAILED, ENOMEM);
    case 'g': /* one that grows */
        return letter(mremap(page, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED ? (page = NULL, true)
                                                                                     : false,
                      ENOMEM);
    case 's': /* one that shrinks */
        return letter(mremap(map(4 * PAGE), 4 * PAGE, PAGE, 0) != MAP_FAILED, ENOMEM);
    case 'b':
        return do_brk();
    case 'p':
        return letter(mprotect(page, PAGE, PROT_READ) == 0, ENOMEM);
    case 'q':
        return letter(mprotect(file, PAGE, PROT_NONE) == 0, ENOMEM);
    case 'a':
        return letter(madvise(page, PAGE, MADV_DONTNEED) == 0, ENOMEM);
    case 't':
        return do_thread();
    case 'T':
        return do_mmap_in_thread();
    case 'c':
        return do_child();
    case 'A':
        return letter(ht_os_mark(HT_OS_MARK_ARM) == 0, 0);
    case 'D':
        return letter(ht_os_mark(HT_OS_MARK_DISARM) == 0, 0);
    case 'S':
        return letter(ht_os_mark(HT_OS_MARK_STEADY) == 0, 0);
    case 'C':
        return (char)('0' + ht_os_mark(HT_OS_MARK_CALLS));
    case 'F':
        return (char)('0' + ht_os_mark(HT_OS_MARK_FIRED));
    default:
        return '?';
    }
}

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
    (void)signal;
    signals++;
}

static void *send_signals(void *to)
{
    for (int i = 0; i < 5000; i++)
        pthread_kill(*(pthread_t *)to, SIGUSR2);
    return NULL;
}

/* Maps while it is signalled, as by a collector that stops the world; each call must be one call. */
static int be_signalled(void)
{
    pthread_t self = pthread_self(), sender;
    const struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR2, &action, NULL);
    if (pthread_create(&sender, NULL, send_signals, &self))
        return 1;
    ht_os_mark(HT_OS_MARK_ARM);
    int failed = 0;
    for (int i = 0; i < 2000; i++) {
        void *const p = map(PAGE);
        failed += p == MAP_FAILED;
        if (p != MAP_FAILED)
            munmap(p, PAGE);
    }
    ht_os_mark(HT_OS_MARK_DISARM);
    pthread_join(sender, NULL);
    return failed != 20; /* of os:mmap,every=100 */
}

/* A child that goes on when its parent has ended: it maps when nobody waits for it any more. */
static int be_daemon(void)
{
    const pid_t parent = getpid(), child = fork();
    if (child) { /* until it has left the group, which is killed when this process ends */
        while (getpgid(child) == getpgid(0))
            ht_sleep_ns(1000000);
        return 0;
    }
    setsid();
    while (getppid() == parent)
        ht_sleep_ns(1000000);
    ht_sleep_ns(100000000);
    const char c = letter(map(PAGE) != MAP_FAILED, ENOMEM);
    return write(1, &c, 1) != 1;
}

static int be_subject(const char *calls)
{
    here = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (!strcmp(calls, "signalled"))
        return be_signalled();
    if (!strcmp(calls, "daemon"))
        return be_daemon();
    if (!strcmp(calls, "killed")) {
        ht_os_mark(HT_OS_MARK_ARM);
        if (fork() == 0)
            kill(getppid(), SIGKILL);
        for (;;)
            munmap(map(PAGE), PAGE);
    }
    if (!strcmp(calls, "becomes")) {
        ht_os_mark(HT_OS_MARK_ARM);
        execl("/proc/self/exe", "subject", "subject", "mmm", NULL);
    }
    for (; *calls; calls++) {
        const char c = do_call(*calls);
        if (write(1, &c, 1) != 1)
            return 1;
    }
    return 0;
}

/* ---- the parent ---------------------------------------------------------------------------------------------- */

static struct ht_ended ended;
static struct ht_boundary_result result;
static char printed[256];

/* The subject is this program, and its calls are counted one by one. */
static void skip_where_sanitized(void)
{
#ifdef __SANITIZE_ADDRESS__
    print_message(
        "not under AddressSanitizer: it makes mmap calls of its own, which are counted with the subject's\n");
    skip();
#endif
}

static void skip_unsupervised(const char *why)
{
    print_message("no supervisor here: %s\n", why);
    skip();
}

static struct ht_fault_plan plan_of(const char *text)
{
    char why[256];
    struct ht_fault_plan plan;
    if (ht_fault_plan_parse(text, &plan, why))
        fail_msg("%s", why);
    return plan;
}

/* Runs the subject under a plan; returns what it printed. */
static const char *run(const char *plan_text, const char *calls)
{
    char why[256] = "", path[] = "/tmp/heaptrial-supervisor-XXXXXX";
    const struct ht_fault_plan plan = plan_of(plan_text);
    struct ht_boundary boundary;
    const int fd = mkstemp(path);
    const struct ht_launch launch = {.argv = {"/proc/self/exe", "subject", calls},
                                     .stdout_path = path,
                                     .timeout_ns = 60 * second,
                                     .enter = ht_boundary_enter,
                                     .entered = &boundary};
    const int error = ht_boundary_open(&boundary, &plan, why);
    if (error == -ENOTSUP)
        skip_unsupervised(why);
    assert_int_equal(error, 0);
    assert_int_equal(ht_launch(&launch, &ended), 0);
    ht_boundary_close(&boundary, &result);
    const ssize_t n = read(fd, printed, sizeof printed - 1);
    printed[n > 0 ? n : 0] = 0;
    close(fd);
    unlink(path);
    return printed;
}

static void test_calls(void **state)
{
    (void)state;
    skip_where_sanitized();
    static const struct {
        const char *plan, *calls, *prints;
        unsigned counted, fired;
    } table[] = {
        {"os:mmap,nth=3", "mmmmmm", "......", 0, 0}, /* nothing is armed */
        {"os:mmap,nth=3", "AmmmmmD", "...x...", 5, 1},
        {"os:mmap,from=3", "AmmmmDm", "...xx..", 4, 2},
        {"os:mmap,burst=2+2", "AmmmmD", "..xx..", 4, 2},
        {"os:mmap", "AmgmD", ".xxx.", 3, 3},
        {"os:mmap,every=2", "AmmmmD", "..x.x.", 4, 2},
        {"os:mmap,size>=65536", "AmMmD", "..x..", 1, 1},
        {"os:mmap,nth=2", "AfsbpaD", ".......", 1, 0}, /* one, of which s gives a part back */
        {"os:brk,nth=2", "AbbbbmD", "..x....", 4, 1},
        {"os:brk", "bbAbbD", "...xx.", 2, 2},
        {"os:brk+mmap,nth=3", "AbmbmD", "...x..", 4, 1},
        {"os:mprotect,nth=2", "AppqpD", "..x...", 3, 1},
        {"os:mprotect", "AqmD", "....", 0, 0},
        {"os:madvise,nth=1", "AaamD", ".x...", 2, 1},
        {"os:thread,nth=2", "AttctD", "..x...", 3, 1},
        {"os:mmap,after=steady,nth=2", "AmmSmmmD", ".....x..", 3, 1},
        {"os:mmap,nth=2", "AmcccmD", ".....x.", 2, 1}, /* children are not counted */
        {"os:mmap,nth=2", "AmmmCFD", "..x.31.", 3, 1},
        {"os:mmap,thread=2", "AmTmD", "..x..", 0, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        print_message("%s %s\n", table[i].plan, table[i].calls);
        const char *const got = run(table[i].plan, table[i].calls);
        assert_string_equal(got, table[i].prints);
        assert_int_equal(ended.exit_status, 0);
        if (strchr(table[i].calls, 'T')) /* what glibc maps for a thread is its own affair */
            continue;
        assert_int_equal(result.calls, table[i].counted);
        assert_int_equal(result.fired, table[i].fired);
    }
}

/* What is drawn falls on the same calls in each run. */
static void test_seed(void **state)
{
    (void)state;
    const char *const calls = "AmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmD";
    char first[256];
    snprintf(first, sizeof first, "%s", run("os:mmap,p=0.3,seed=7", calls));
    const uint64_t fired = result.fired;
    assert_true(fired > 3 && fired < 25);
    assert_string_equal(run("os:mmap,p=0.3,seed=7", calls), first);
    assert_int_equal(result.fired, fired);
    assert_string_not_equal(run("os:mmap,p=0.3,seed=8", calls), first);
}

/* Of a program that becomes another, the other is left alone. */
static void test_exec(void **state)
{
    (void)state;
    assert_string_equal(run("os:mmap+brk+mprotect", "becomes"), "...");
    assert_int_equal(result.fired, 0);
}

static void test_signals(void **state)
{
    (void)state;
    skip_where_sanitized();
    run("os:mmap,every=100", "signalled");
    assert_int_equal(ended.exit_status, 0);
    assert_int_equal(result.calls, 2000);
    assert_int_equal(result.fired, 20);
}

/* Whether a process runs; what reaps orphans may take its time. */
static bool runs(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *const f = fopen(path, "r");
    const char *const name_end = f && fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;
    if (f)
        fclose(f);
    return name_end && name_end[2] != 'Z' && name_end[2] != 'X';
}

static bool ends(pid_t pid)
{
    for (int i = 0; i < 500 && runs(pid); i++)
        ht_sleep_ns(second / 100);
    return !runs(pid);
}

/* It is killed in the middle of a call, and the helper goes with the last process under the filter. */
static void test_death(void **state)
{
    (void)state;
    char why[256] = "";
    const struct ht_fault_plan plan = plan_of("os:mmap,nth=1000000000");
    struct ht_boundary boundary;
    const struct ht_launch launch = {.argv = {"/proc/self/exe", "subject", "killed"},
                                     .timeout_ns = 60 * second,
                                     .enter = ht_boundary_enter,
                                     .entered = &boundary};
    if (ht_boundary_open(&boundary, &plan, why))
        skip_unsupervised(why);
    const pid_t helper = boundary.supervisor.shared->helper;
    assert_true(runs(helper));
    assert_int_equal(ht_launch(&launch, &ended), 0);
    ht_boundary_close(&boundary, &result);
    assert_int_equal(ended.signal, SIGKILL);
    assert_true(ends(helper));
}

/* Opened and never entered: the helper ends when it is closed. */
static void test_unused(void **state)
{
    (void)state;
    char why[256] = "";
    const struct ht_fault_plan plan = plan_of("os:brk");
    struct ht_boundary boundary;
    if (ht_boundary_open(&boundary, &plan, why))
        skip_unsupervised(why);
    const pid_t helper = boundary.supervisor.shared->helper;
    assert_true(runs(helper));
    ht_boundary_close(&boundary, NULL);
    assert_true(ends(helper));
}

/* What a program leaves behind is answered as long as it lives. */
static void test_daemon(void **state)
{
    (void)state;
    char why[256] = "", path[] = "/tmp/heaptrial-supervisor-XXXXXX", c = 0;
    const struct ht_fault_plan plan = plan_of("os:mmap");
    struct ht_boundary boundary;
    const int fd = mkstemp(path);
    const struct ht_launch launch = {.argv = {"/proc/self/exe", "subject", "daemon"},
                                     .stdout_path = path,
                                     .timeout_ns = 60 * second,
                                     .enter = ht_boundary_enter,
                                     .entered = &boundary};
    if (ht_boundary_open(&boundary, &plan, why))
        skip_unsupervised(why);
    const pid_t helper = boundary.supervisor.shared->helper;
    assert_int_equal(ht_launch(&launch, &ended), 0);
    ht_boundary_close(&boundary, &result);
    for (int i = 0; i < 500 && pread(fd, &c, 1, 0) != 1; i++)
        ht_sleep_ns(second / 100);
    close(fd);
    unlink(path);
    assert_int_equal(c, '.');
    assert_true(ends(helper));
}

static void test_unsupervised(void **state)
{
    (void)state;
    assert_int_equal(ht_os_mark(HT_OS_MARK_ARM), -1);
}

/* Where seccomp is refused, as in some containers, it says so. */
static void forbid(uint32_t action)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    seccomp_rule_add(ctx, action, SCMP_SYS(seccomp), 0);
    seccomp_load(ctx);
}

static void test_forbidden(void **state)
{
    (void)state;
    const uint32_t actions[] = {SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ERRNO(ENOSYS), SCMP_ACT_KILL_PROCESS};
    for (size_t i = 0; i < 3; i++) {
        int status;
        const pid_t child = fork();
        if (child == 0) {
            char why[256] = "";
            const struct ht_fault_plan plan = plan_of("os:mmap,nth=1");
            struct ht_boundary boundary;
            forbid(actions[i]);
            const int error = ht_boundary_open(&boundary, &plan, why);
            print_message("%s\n", why);
            _exit(error != -ENOTSUP || !strstr(why, i == 1 ? "kernel" : "permission"));
        }
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "subject"))
        return be_subject(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsupervised), /* first: below it nothing has been tried yet */
        cmocka_unit_test(test_forbidden),    cmocka_unit_test(test_calls),   cmocka_unit_test(test_seed),
        cmocka_unit_test(test_exec),         cmocka_unit_test(test_signals), cmocka_unit_test(test_death),
        cmocka_unit_test(test_unused),       cmocka_unit_test(test_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
