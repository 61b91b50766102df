/* The start of the library in a process, and its end in that process's children: only the program itself is hit. */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults/preload/injector.h"

static struct ht_control without_parent = {.trigger.plan = {.ops = UINT64_MAX, .first = UINT64_MAX},
                                           .socket = -1};
struct ht_control *ht_control = &without_parent;
_Atomic bool ht_is_off = true;
pid_t ht_pid;

bool ht_has_parent(void)
{
    return ht_control != &without_parent;
}

bool ht_is_loader(const void *address)
{
    static _Atomic uintptr_t start, end;
    if (!end) {
        struct dl_find_object found;
        const uintptr_t base = _r_debug.r_ldbase;
        if (!base || _dl_find_object((void *)base, &found))
            return false;
        start = (uintptr_t)found.dlfo_map_start;
        end = (uintptr_t)found.dlfo_map_end;
    }
    return (uintptr_t)address - start < end - start;
}

/* Maps the file that the environment names. A file that is not ours, or of another version, is left alone. */
static void map_control(const char *path)
{
    struct ht_control head;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    if (pread(fd, &head, sizeof head, 0) == (ssize_t)sizeof head && head.magic == HT_CONTROL_MAGIC &&
        head.version == HT_CONTROL_VERSION) {
        void *const map = mmap(NULL, head.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (map != MAP_FAILED)
            ht_control = map;
    }
    close(fd);
}

/* The length of the entry at the start of a list that spaces and colons part. */
static size_t entry_bytes(const char *list)
{
    return strcspn(list, " :");
}

static bool is_ours(const char *entry, size_t bytes)
{
    const size_t own = strlen(HT_FAULTS_SO);
    return bytes >= own && !strncmp(entry + bytes - own, HT_FAULTS_SO, own);
}

/* Takes the library out of the value of LD_PRELOAD, where it stands: no memory is needed. */
static void strike_out(char *value)
{
    char *to = value;
    for (const char *from = value; *from;) {
        const size_t bytes = entry_bytes(from), step = bytes + (from[bytes] != 0);
        if (!is_ours(from, bytes)) {
            memmove(to, from, step);
            to += step;
        }
        from += step;
    }
    *to = 0;
    if (to > value && (to[-1] == ':' || to[-1] == ' '))
        to[-1] = 0;
}

/* What the program starts must not be hit, nor see that it is on trial. */
static void leave_environment(void)
{
    char *const preload = getenv("LD_PRELOAD");
    if (preload)
        strike_out(preload);
    if (preload && !*preload)
        unsetenv("LD_PRELOAD");
    unsetenv(HT_CONTROL_ENV);
}

static void in_child(void)
{
    if (ht_is_serving)
        return;
    ht_is_off = true;
    atomic_fetch_add(&ht_control->forked, 1);
}

void ht_start(void)
{
    static _Atomic bool has_begun;
    if (atomic_exchange(&has_begun, true))
        return;
    ht_self.is_inside = true;
    ht_pid = getpid();
    ht_next();
    const char *const path = getenv(HT_CONTROL_ENV);
    if (path)
        map_control(path);
    leave_environment();
    pthread_atfork(NULL, NULL, in_child);
    ht_blocks_start();
    ht_crashes_start();
    ht_callers_start();
    ht_steady_start();
    ht_thread_number(); /* the first */
    ht_self.is_inside = false;
    ht_is_off = false;
    ht_control->started = 1;
}

__attribute__((constructor(101))) static void at_load(void)
{
    ht_start();
}
