#include "faults/unwind.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "faults/symbols.h"

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

static void find(Dwfl *dwfl, Dwarf_Addr pc, struct ht_symbol *out)
{
    Dwfl_Module *const module = dwfl_addrmodule(dwfl, pc);
    GElf_Off offset;
    GElf_Sym symbol;
    Dwarf_Addr start = 0;
    *out = (struct ht_symbol){.module = "?", .offset = pc};
    if (!module)
        return;
    const char *const path = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    const char *const slash = strrchr(path, '/');
    snprintf(out->module, sizeof out->module, "%s", slash ? slash + 1 : path);
    out->offset = pc - start;
    const char *const name = dwfl_module_addrinfo(module, pc, &offset, &symbol, NULL, NULL, NULL);
    if (name && offset < symbol.st_size)
        snprintf(out->function, sizeof out->function, "%s", name);
    Dwfl_Line *const line = dwfl_module_getsrc(module, pc);
    const char *const file = line ? dwfl_lineinfo(line, NULL, &out->line, NULL, NULL, NULL) : NULL;
    if (file)
        snprintf(out->file, sizeof out->file, "%s", file);
}

static void add_line(struct text *t, const struct ht_symbol *symbol)
{
    char said[512];
    const size_t room = (size_t)(t->end - t->at);
    ht_symbol_say(symbol, said, sizeof said);
    const int n = snprintf(t->at, room, "    #%d %s\n", t->frames, said);
    if ((size_t)n >= room) { /* half a line says nothing */
        *t->at = 0;
        t->end = t->at;
        return;
    }
    t->at += n;
    t->frames++;
}

static int take_frame(Dwfl_Frame *frame, void *context)
{
    struct text *const t = context;
    Dwarf_Addr pc;
    bool is_activation;
    if (!dwfl_frame_pc(frame, &pc, &is_activation) || t->frames == FRAMES_MAX || t->at == t->end)
        return DWARF_CB_ABORT;
    struct ht_symbol symbol;
    find(dwfl_thread_dwfl(dwfl_frame_thread(frame)), is_activation ? pc : pc - 1, &symbol);
    add_line(t, &symbol);
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
