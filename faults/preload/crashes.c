/* Where a signal ends the program: its stack, for who reads the finding. A program that handles the signal itself takes the
 * handler away, and is not disturbed. */
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "faults/preload/injector.h"

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

#if defined __x86_64__
/* A call through a pointer that leads nowhere has left its return address. */
static void note(const ucontext_t *at)
{
    const greg_t *const r = at->uc_mcontext.gregs;
    const uintptr_t pc = (uintptr_t)r[REG_RIP], sp = (uintptr_t)r[REG_RSP], bp = (uintptr_t)r[REG_RBP];
    struct dl_find_object found;
    const bool is_nowhere = _dl_find_object((void *)pc, &found) != 0;
    ht_control->crashed =
        (is_nowhere ? ht_stack_at(*(const uintptr_t *)sp - 1, sp + sizeof sp, bp) : ht_stack_at(pc, sp, bp)) +
        1;
}
#else
static void note(const ucontext_t *at)
{
    (void)at;
}
#endif

/* Once; then it goes on to where it was going. */
static void on_fatal(int number, siginfo_t *info, void *context)
{
    (void)info;
    signal(number, SIG_DFL);
    if (ht_is_off)
        return;
    ht_is_off = true;
    ht_self.is_inside = true;
    note(context);
}

void ht_crashes_start(void)
{
    if (!(ht_control->flags & HT_CONTROL_CRASHES))
        return;
    struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        sigaction(fatal[i], &action, NULL);
}
