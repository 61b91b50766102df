#include "faults/at_main.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS_MAX = 64 };

/* ---- the machine --------------------------------------------------------------------------------------------- */

#if defined __x86_64__
enum { AFTER_BREAK = 1 };
#define PC(r)       ((r).rip)
#define ARGUMENT(r) ((r).rdi)
#define BREAK(word) (((word) & ~0xffl) | 0xcc) /* int3 */

/* Whether the step between the two was a call: its return address is on the stack, and it has gone elsewhere. */
static bool was_call(const struct user_regs_struct *before, const struct user_regs_struct *after)
{
    return after->rsp == before->rsp - 8 && after->rip - before->rip > 16;
}
#elif defined __aarch64__
enum { AFTER_BREAK = 0 };
#define PC(r)       ((r).pc)
#define ARGUMENT(r) ((r).regs[0])
#define BREAK(word) (((word) & ~0xffffffffl) | 0xd4200000l) /* brk #0 */

static bool was_call(const struct user_regs_struct *before, const struct user_regs_struct *after)
{
    return after->regs[30] == before->pc + 4 && after->pc != before->pc + 4;
}
#endif

static void get(pid_t pid, struct user_regs_struct *r)
{
    struct iovec there = {r, sizeof *r};
    ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &there);
}

static void set(pid_t pid, struct user_regs_struct *r)
{
    struct iovec there = {r, sizeof *r};
    ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &there);
}

/* ---- breakpoints --------------------------------------------------------------------------------------------- */

static void put_break(struct ht_at_main *m, pid_t pid, uint64_t address)
{
    m->address = address;
    m->word = ptrace(PTRACE_PEEKTEXT, pid, (void *)address, NULL);
    ptrace(PTRACE_POKETEXT, pid, (void *)address, (void *)BREAK(m->word));
}

/* True when it has come to the breakpoint, which is then gone. */
static bool take_break(const struct ht_at_main *m, pid_t pid)
{
    struct user_regs_struct r;
    get(pid, &r);
    if (PC(r) != m->address + AFTER_BREAK)
        return false;
    ptrace(PTRACE_POKETEXT, pid, (void *)m->address, (void *)m->word);
    PC(r) = m->address;
    set(pid, &r);
    return true;
}

/* ---- where main is ------------------------------------------------------------------------------------------- */

static uint64_t entry_of(pid_t pid)
{
    char path[64];
    Elf64_auxv_t item;
    uint64_t entry = 0;
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, &item, sizeof item) == (ssize_t)sizeof item && item.a_type != AT_NULL)
        if (item.a_type == AT_ENTRY)
            entry = item.a_un.a_val;
    if (fd >= 0)
        close(fd);
    return entry;
}

static bool is_code(pid_t pid, uint64_t address)
{
    char path[64], line[512], rights[8];
    uint64_t start, end;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *const maps = fopen(path, "re");
    while (maps && !found && fgets(line, sizeof line, maps))
        found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &start, &end, rights) == 3 && address >= start &&
                address < end && strchr(rights, 'x');
    if (maps)
        fclose(maps);
    return found;
}

/* Steps through _start to the call that is given main; 0 when there is none. */
static uint64_t step_to_main(pid_t pid)
{
    struct user_regs_struct before, after;
    int status;
    get(pid, &before);
    for (int i = 0; i < STEPS_MAX; i++, before = after) {
        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
            !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
            return 0;
        get(pid, &after);
        if (was_call(&before, &after) && is_code(pid, ARGUMENT(after)))
            return ARGUMENT(after);
    }
    return 0;
}

/* ---- stops --------------------------------------------------------------------------------------------------- */

static void go_on(pid_t pid, int signal)
{
    ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)signal);
}

/* At the entry: true when there is no main to wait for. */
static bool pass_entry(struct ht_at_main *m, pid_t pid)
{
    const uint64_t address = step_to_main(pid);
    if (!address)
        return true;
    put_break(m, pid, address);
    m->phase = HT_BEFORE_MAIN;
    return false;
}

bool ht_at_main_stopped(struct ht_at_main *m, pid_t pid, int status)
{
    const int signal = WSTOPSIG(status);
    bool is_there = false;
    if (signal != SIGTRAP) {
        go_on(pid, signal);
        return false;
    }
    if (m->phase == HT_BEFORE_EXEC) {
        put_break(m, pid, entry_of(pid));
        m->phase = HT_BEFORE_ENTRY;
    } else if (take_break(m, pid)) {
        is_there = m->phase == HT_BEFORE_MAIN || pass_entry(m, pid);
    }
    if (!is_there)
        go_on(pid, 0);
    return is_there;
}

void ht_at_main_leave(pid_t pid)
{
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
}
