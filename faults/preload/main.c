/* The program's main is called through here: so it is known when it begins, and the fork server stands before it. */
#include <string.h>

#include "faults/preload/injector.h"

typedef int main_function(int, char **, char **);

static main_function *program_main;

static int main_between(int argc, char **argv, char **envp)
{
    struct ht_control *const c = ht_control;
    c->calls_at_main = ht_self.own;
    c->at_main = 1;
    if (c->flags & HT_CONTROL_SERVE && c->socket >= 0)
        ht_serve();
    const int status = program_main(argc, argv, envp);
    if (c->flags & HT_CONTROL_LEAKS)
        ht_main_note_frame(__builtin_frame_address(0));
    return status;
}

HT_EXPORT int __libc_start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                                void *);

int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
    __typeof__(&__libc_start_main) next;
    *(void **)&next = ht_next_symbol("__libc_start_main");
    program_main = program;
    return next(main_between, argc, argv, init, fini, loader_fini, stack_end);
}

/* After the program's own handlers of exit. */
__attribute__((destructor)) static void at_exit(void)
{
    if (ht_is_off)
        return;
    ht_is_off = true;
    ht_self.is_inside = true;
    ht_control->at_exit = 1;
    if (ht_control->flags & HT_CONTROL_LEAKS)
        ht_leaks_find();
}
