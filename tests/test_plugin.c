/* Plug-ins that must be refused, each with the exact line that says why, and plug-ins that load and then
 * misbehave (faults/plugins), each in a process of its own. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocators/plugin_allocator.h"

#include "allocators/heap_defaults.h"

static struct ht_heap heap;
static char folder[] = "/tmp/heaptrial-plugin-XXXXXX";
static unsigned char skeleton[1 << 20];
static size_t skeleton_bytes;

static void plugin_path(char path[4096], const char *name)
{
    const char *const build = getenv("HT_BUILD");
    snprintf(path, 4096, "%s/plugins/%s.so", build ? build : "build", name);
}

static int open_file(const char *path)
{
    memset(&heap, 0, sizeof heap);
    return heap_open(&heap, &(struct ht_heap_options){.threads = 1, .plugin = path});
}

static void open_plugin(const char *name)
{
    char path[4096];
    plugin_path(path, name);
    const int error = open_file(path);
    if (error)
        fail_msg("%s", heap_open_error(&heap, error));
}

/* Opens `path`, which must fail with `error` and the line "<path> <words>". */
static void assert_refused(const char *path, int error, const char *words)
{
    char line[4608];
    snprintf(line, sizeof line, "%s %s", path, words);
    assert_int_equal(open_file(path), error);
    assert_string_equal(heap_open_error(&heap, error), line);
    assert_null(heap.library);
}

static void write_file(char path[64], const void *bytes, size_t count)
{
    snprintf(path, 64, "%s/my.so", folder);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

static int read_skeleton(void **state)
{
    (void)state;
    char path[4096];
    plugin_path(path, "skeleton");
    FILE *const file = fopen(path, "rb");
    if (!file || !mkdtemp(folder))
        return -1;
    skeleton_bytes = fread(skeleton, 1, sizeof skeleton, file);
    return fclose(file);
}

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/my.so", folder);
    remove(path);
    return remove(folder);
}

static void test_no_plugin_given(void **state)
{
    (void)state;
    assert_int_equal(open_file(NULL), -EINVAL);
    assert_string_equal(heap.error, "plugin-allocator needs the .so of an allocator: plugin:FILE.so");
}

static void test_no_such_file(void **state)
{
    (void)state;
    assert_refused("/nowhere/my.so", -ENOENT, "can't be read: No such file or directory");
    assert_refused("tests", -EISDIR, "can't be read: Is a directory");
}

static void test_no_library(void **state)
{
    (void)state;
    static const char text[] = "int main(void) { return 0; } /* longer than the header of an ELF file */\n";
    char path[64];
    write_file(path, text, sizeof text);
    assert_refused(path, -ENOEXEC, "is no shared library (not an ELF file)");
    write_file(path, "", 0);
    assert_refused(path, -ENOEXEC, "is no shared library (not an ELF file)");
    write_file(path, skeleton, 40);
    assert_refused(path, -ENOEXEC, "is no shared library (its ELF header is cut short)");
    char words[128];
    for (size_t bytes = 64; bytes < skeleton_bytes; bytes += skeleton_bytes / 7) {
        write_file(path, skeleton, bytes);
        snprintf(words, sizeof words, "is no whole shared library (it ends after %zu of %zu bytes)", bytes,
                 skeleton_bytes);
        assert_refused(path, -ENOEXEC, words);
    }
}

/* The skeleton with another machine or type in its header. */
static void assert_header_refused(unsigned machine, unsigned type, const char *words)
{
    char path[64];
    Elf64_Ehdr header, changed;
    memcpy(&header, skeleton, sizeof header);
    changed = header;
    changed.e_machine = (Elf64_Half)(machine ? machine : header.e_machine);
    changed.e_type = (Elf64_Half)(type ? type : header.e_type);
    memcpy(skeleton, &changed, sizeof changed);
    write_file(path, skeleton, skeleton_bytes);
    memcpy(skeleton, &header, sizeof header);
    assert_refused(path, -ENOEXEC, words);
}

static void test_other_machine(void **state)
{
    (void)state;
#ifdef __x86_64__
    assert_header_refused(EM_AARCH64, 0, "is built for aarch64, not for x86-64");
    assert_header_refused(EM_386, 0, "is built for 32-bit x86, not for x86-64");
    assert_header_refused(0x7fff, 0, "is built for another architecture, not for x86-64");
#endif
    assert_header_refused(0, ET_REL, "is no shared library (link it with -shared)");
    assert_header_refused(0, ET_EXEC, "is no shared library (link it with -shared)");
}

static void test_bad_tables(void **state)
{
    (void)state;
    static const struct {
        const char *plugin;
        int error;
        const char *words;
    } bad[] = {
        {"no_symbol", -EINVAL, "is no plug-in: it exports no symbol heaptrial_allocator"},
        {"old_version", -EINVAL,
         "is built for plug-in interface 0, this is 1: rebuild it against <heaptrial/plugin.h>"},
        {"new_version", -EINVAL, "is built for plug-in interface 2, this is 1: it needs a newer heaptrial"},
        {"missing_function", -EINVAL, "has no alloc function, which is required"},
        {"missing_free", -EINVAL, "has no free function, which is required with HT_PLUGIN_FREE"},
        {"failed_open", -ENOMEM, "could not open its heap: Cannot allocate memory"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char path[4096];
        plugin_path(path, bad[i].plugin);
        assert_refused(path, bad[i].error, bad[i].words);
    }
    open_plugin("skeleton");
    heap_close(&heap);
}

static void test_name_and_claims(void **state)
{
    (void)state;
    open_plugin("skeleton");
    assert_string_equal(heap_version(&heap), "skeleton 1.0");
    assert_int_equal(heap_max_bytes(&heap), 64 << 20);
    assert_true(heap_caps(&heap) & HT_CAP_FREE);
    assert_false(heap_caps(&heap) & HT_CAP_THREADS);
    heap_close(&heap);
    open_plugin("bump");
    assert_string_equal(heap_version(&heap), "bump");
    heap_close(&heap);
}

/* A file name without a folder is one in the working folder, not one that the loader looks for. */
static void test_bare_file_name(void **state)
{
    (void)state;
    char path[64];
    write_file(path, skeleton, skeleton_bytes);
    const int here = open(".", O_PATH);
    assert_int_equal(chdir(folder), 0);
    const int error = open_file("my.so");
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_int_equal(error, 0);
    heap_close(&heap);
}

static void test_defaults_fill_the_gaps(void **state)
{
    (void)state;
    char why[128];
    open_plugin("oom"); /* alloc and free only */
    assert_int_equal(heap_max_bytes(&heap), SIZE_MAX);
    unsigned char *p = heap_zalloc(&heap, 100);
    assert_int_equal(p[0] | p[99], 0);
    p[0] = 'x';
    p = heap_resize(&heap, p, 100, 10000);
    assert_int_equal(p[0], 'x');
    assert_int_equal(heap_usable(&heap, p, 10000), 10000);
    heap_release(&heap, heap_mark(&heap));
    heap_thread_start(&heap);
    heap_thread_stop(&heap);
    assert_int_equal(heap_check(&heap, why), 0);
    heap_free(&heap, p, 10000);
    heap_close(&heap);
}

/* Allocates 2000 stamped objects in a child. How it ended, as waitpid says it. */
enum { ENDED_WELL = 0, WAS_NULL = 10, WAS_CORRUPT = 11 };

static int allocate_stamped(void)
{
    unsigned char *object[2000];
    for (int i = 0; i < 2000; i++) {
        object[i] = heap_alloc(&heap, 64, HT_MIN_ALIGNMENT);
        if (!object[i])
            return i == 999 ? WAS_NULL : 1;
        object[i][0] = object[i][63] = (unsigned char)i;
    }
    int corrupt = 0;
    for (int i = 0; i < 2000; i++)
        corrupt |= object[i][0] != (unsigned char)i || object[i][63] != (unsigned char)i;
    return corrupt ? WAS_CORRUPT : ENDED_WELL;
}

static int run_in_child(const char *plugin)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would turn it into an exit */
        signal(SIGALRM, SIG_DFL);
        alarm(1);
        open_plugin(plugin);
        _exit(allocate_stamped());
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_broken_plugins_break(void **state)
{
    (void)state;
    static const struct {
        const char *plugin;
        int signal, exit;
    } broken[] = {
        {"skeleton", 0, ENDED_WELL},  {"crash", SIGSEGV, 0},       {"abort", SIGABRT, 0},
        {"hang", SIGALRM, 0},         {"oom", 0, WAS_NULL},        {"overlap", 0, WAS_CORRUPT},
        {"scribble", 0, WAS_CORRUPT}, {"badcheck", 0, ENDED_WELL},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const int status = run_in_child(broken[i].plugin);
        print_message("%s: status %d\n", broken[i].plugin, status);
        assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, broken[i].signal);
        assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 0, broken[i].exit);
    }
}

static void test_walk_of_badcheck(void **state)
{
    (void)state;
    char why[128];
    open_plugin("badcheck");
    assert_int_equal(heap_check(&heap, why), -EUCLEAN);
    assert_string_equal(why, "badcheck: the free list of 64 bytes runs in a circle, from its third block on");
    heap_close(&heap);
}

static int endless_check(void *state, char why[128])
{
    (void)state;
    memset(why, 'x', 128);
    return -EUCLEAN;
}

static void test_words_of_a_walk_end(void **state)
{
    (void)state;
    char why[129];
    why[128] = 0;
    open_plugin("badcheck");
    heap.table.check = endless_check;
    assert_int_equal(heap_check(&heap, why), -EUCLEAN);
    assert_int_equal(strlen(why), 127);
    heap_close(&heap);
}

/* The skeleton's own walk is not for show. */
static void test_walk_of_skeleton(void **state)
{
    (void)state;
    char why[128];
    open_plugin("skeleton");
    void *const p = heap_alloc(&heap, 100, HT_MIN_ALIGNMENT);
    heap_free(&heap, p, 100);
    assert_int_equal(heap_check(&heap, why), 0);
    heap_free(&heap, p, 100);
    assert_int_equal(heap_check(&heap, why), -EUCLEAN);
    assert_non_null(strstr(why, "free list of 128 bytes"));
    heap_close(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_plugin_given),      cmocka_unit_test(test_no_such_file),
        cmocka_unit_test(test_no_library),           cmocka_unit_test(test_other_machine),
        cmocka_unit_test(test_bad_tables),           cmocka_unit_test(test_name_and_claims),
        cmocka_unit_test(test_bare_file_name),       cmocka_unit_test(test_defaults_fill_the_gaps),
        cmocka_unit_test(test_broken_plugins_break), cmocka_unit_test(test_walk_of_badcheck),
        cmocka_unit_test(test_words_of_a_walk_end),  cmocka_unit_test(test_walk_of_skeleton),
    };
    return cmocka_run_group_tests(tests, read_skeleton, remove_folder);
}
