#include "faults/unwind.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { FRAMES_MAX = 32 };

struct text {
    char *at, *end;
    int frames;
};

bool ht_unwind_hold(pid_t tid)
{
    return !ptrace(PTRACE_SEIZE, tid, NULL, NULL) && !ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
}

static bool wait_for_stop(pid_t tid)
{
    int status;
    pid_t got;
    while ((got = waitpid(tid, &status, __WALL)) < 0 && errno == EINTR)
        ;
    return got == tid && WIFSTOPPED(status);
}

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void describe(struct text *t, Dwfl *dwfl, Dwarf_Addr pc)
{
    Dwfl_Module *const module = dwfl_addrmodule(dwfl, pc);
    const char *file = "?", *name = NULL;
    Dwarf_Addr start = 0;
    int line = 0, n;
    if (module) {
        file = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        name = dwfl_module_addrname(module, pc);
    }
    Dwfl_Line *const at = module ? dwfl_module_getsrc(module, pc) : NULL;
    const char *const source = at ? dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL) : NULL;
    const size_t room = (size_t)(t->end - t->at);
    if (name)
        n = snprintf(t->at, room, "    #%d %s (%s)", t->frames, name, base_name(file));
    else
        n = snprintf(t->at, room, "    #%d %s+0x%" PRIx64, t->frames, base_name(file),
                     (uint64_t)(pc - start));
    if (source && (size_t)n < room)
        n += snprintf(t->at + n, room - (size_t)n, " %s:%d", base_name(source), line);
    if ((size_t)n + 2 > room) {
        *t->at = 0; /* half a line says nothing */
        t->end = t->at;
        return;
    }
    t->at += n;
    *t->at++ = '\n';
    *t->at = 0;
    t->frames++;
}

static int take_frame(Dwfl_Frame *frame, void *context)
{
    struct text *const t = context;
    Dwarf_Addr pc;
    bool is_activation;
    if (!dwfl_frame_pc(frame, &pc, &is_activation) || t->frames == FRAMES_MAX || t->at == t->end)
        return DWARF_CB_ABORT;
    describe(t, dwfl_thread_dwfl(dwfl_frame_thread(frame)), is_activation ? pc : pc - 1);
    return DWARF_CB_OK;
}

static void unwind(pid_t pid, pid_t tid, struct text *t)
{
    static char *debug_path;
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .debuginfo_path = &debug_path};
    unsetenv("DEBUGINFOD_URLS"); /* nothing is fetched while a program waits */
    Dwfl *const dwfl = dwfl_begin(&callbacks);
    if (dwfl && !dwfl_linux_proc_report(dwfl, pid) && !dwfl_report_end(dwfl, NULL, NULL) &&
        !dwfl_linux_proc_attach(dwfl, pid, true))
        dwfl_getthread_frames(dwfl, tid, take_frame, t);
    if (dwfl)
        dwfl_end(dwfl);
}

void ht_unwind_thread(pid_t pid, pid_t tid, char *out, size_t bytes)
{
    struct text t = {.at = out, .end = out + bytes};
    *out = 0;
    if (!wait_for_stop(tid))
        return;
    unwind(pid, tid, &t);
    if (t.at > out && t.at[-1] == '\n')
        t.at[-1] = 0;
    ptrace(PTRACE_DETACH, tid, NULL, NULL); /* from here on it may end, and `out` be read */
}
