/* Memory limits by cgroups: where this process is, as systems of several kinds tell it, and the limit itself where it can
 * be had. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "faults/boundary.h"

static FILE *text(const char *what)
{
    FILE *const f = tmpfile();
    assert_non_null(f);
    fputs(what, f);
    rewind(f);
    return f;
}

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *name, *mounts, *cgroup, *path;
        bool is_v2;
    } table[] = {
        {"version 1",
         "25 20 0:22 / /sys rw - sysfs sysfs rw\n"
         "30 25 0:26 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
         "31 25 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n",
         "5:cpu,cpuacct:/\n4:memory:/user.slice\n0::/init.scope\n", "/sys/fs/cgroup/memory/user.slice",
         false},
        {"version 1, at its root", "31 25 0:27 / /cg/memory rw - cgroup cgroup rw,memory\n", "4:memory:/\n",
         "/cg/memory", false},
        {"version 2", "30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
         "0::/user.slice/user-1000.slice/session-2.scope\n",
         "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope", true},
        {"both, memory in version 1",
         "30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
         "31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
         "4:memory:/a\n0::/b\n", "/sys/fs/cgroup/memory/a", false},
        {"a container, in which a part is mounted",
         "31 25 0:27 /docker/1f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
         "4:memory:/docker/1f\n", "/sys/fs/cgroup/memory", false},
        {"a container, below the part that is mounted",
         "31 25 0:27 /docker/1f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
         "4:memory:/docker/1f/x\n", "/sys/fs/cgroup/memory/x", false},
        {"a controller of a longer name", "31 25 0:27 / /cg rw - cgroup cgroup rw,memory_other\n",
         "4:memory_other:/\n", NULL, false},
        {"none", "25 20 0:22 / /sys rw - sysfs sysfs rw\n", "", NULL, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        FILE *const mounts = text(table[i].mounts), *const cgroup = text(table[i].cgroup);
        struct ht_cgroup_place place;
        print_message("%s\n", table[i].name);
        const int error = ht_cgroup_find(mounts, cgroup, &place);
        fclose(mounts);
        fclose(cgroup);
        assert_int_equal(error, table[i].path ? 0 : -ENOENT);
        if (!table[i].path)
            continue;
        assert_string_equal(place.path, table[i].path);
        assert_int_equal(place.is_v2, table[i].is_v2);
    }
}

/* Touches so much memory, in a child under the plan. */
static int touch(struct ht_boundary *boundary, size_t bytes)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        if (ht_boundary_enter(boundary))
            _exit(9);
        char *const p = malloc(bytes);
        for (size_t i = 0; p && i < bytes; i += 4096)
            ((volatile char *)p)[i] = 1;
        _exit(p ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return status;
}

static void test_limit(void **state)
{
    (void)state;
    char why[256] = "";
    struct ht_fault_plan plan;
    struct ht_boundary boundary;
    struct ht_boundary_result result;
    assert_int_equal(ht_fault_plan_parse("limit:cgroup=32m", &plan, why), 0);
    const int error = ht_boundary_open(&boundary, &plan, why);
    if (error == -ENOTSUP) {
        print_message("%s\n", why);
        skip();
    }
    assert_int_equal(error, 0);
    char path[HT_CGROUP_PATH];
    snprintf(path, sizeof path, "%s", boundary.cgroup.path);
    assert_int_equal(touch(&boundary, 8 << 20), 0);
    assert_int_equal(ht_cgroup_kills(&boundary.cgroup), 0);
    const int status = touch(&boundary, 128 << 20);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ht_boundary_close(&boundary, &result);
    assert_int_equal(result.kills, 1);
    assert_int_equal(access(path, F_OK), -1);
}

/* What was left by one that was killed goes with the next. */
static void test_left_behind(void **state)
{
    (void)state;
    char why[256] = "", path[HT_CGROUP_PATH];
    struct ht_cgroup c;
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        if (ht_cgroup_open(&c, 32 << 20, why))
            _exit(9);
        _exit(write(ends[1], c.path, sizeof c.path) != sizeof c.path);
    }
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 9) {
        print_message("no cgroup may be made here\n");
        skip();
    }
    assert_int_equal(read(ends[0], path, sizeof path), sizeof path);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(ht_cgroup_open(&c, 32 << 20, why), 0);
    ht_cgroup_close(&c);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
