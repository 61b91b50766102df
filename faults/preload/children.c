/* Processes that the program starts are not covered; they are counted, so that it can be said. Children by fork are
 * seen in start.c. */
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/preload/injector.h"

static void count(_Atomic uint32_t *what)
{
    if (!ht_is_off)
        atomic_fetch_add(what, 1);
}

/* Calls what stands behind ours. */
#define NEXT(name, type)                                                                                     \
    static type _Atomic next;                                                                                \
    if (!next)                                                                                               \
    *(void **)&next = ht_next_symbol(name)

HT_EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    NEXT("posix_spawn", __typeof__(&posix_spawn));
    count(&ht_control->forked);
    return next(pid, path, actions, attributes, argv, envp);
}

HT_EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    NEXT("posix_spawnp", __typeof__(&posix_spawnp));
    count(&ht_control->forked);
    return next(pid, file, actions, attributes, argv, envp);
}

HT_EXPORT int system(const char *command)
{
    NEXT("system", __typeof__(&system));
    count(&ht_control->forked);
    return next(command);
}

HT_EXPORT FILE *popen(const char *command, const char *type)
{
    NEXT("popen", __typeof__(&popen));
    count(&ht_control->forked);
    return next(command, type);
}

/* After vfork it is a child that becomes another program; otherwise the program itself does. When the call returns, it
 * has failed, and nothing has become of it. */
static _Atomic uint32_t *count_image(void)
{
    _Atomic uint32_t *const what = getpid() == ht_pid ? &ht_control->execed : &ht_control->forked;
    count(what);
    return what;
}

static int fail_image(_Atomic uint32_t *what, int result)
{
    if (!ht_is_off)
        atomic_fetch_sub(what, 1);
    return result;
}

HT_EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
    NEXT("execve", __typeof__(&execve));
    _Atomic uint32_t *const counted = count_image();
    return fail_image(counted, next(path, argv, envp));
}

HT_EXPORT int execv(const char *path, char *const argv[])
{
    NEXT("execv", __typeof__(&execv));
    _Atomic uint32_t *const counted = count_image();
    return fail_image(counted, next(path, argv));
}

HT_EXPORT int execvp(const char *file, char *const argv[])
{
    NEXT("execvp", __typeof__(&execvp));
    _Atomic uint32_t *const counted = count_image();
    return fail_image(counted, next(file, argv));
}

HT_EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
    NEXT("execvpe", __typeof__(&execvpe));
    _Atomic uint32_t *const counted = count_image();
    return fail_image(counted, next(file, argv, envp));
}

HT_EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
    NEXT("fexecve", __typeof__(&fexecve));
    _Atomic uint32_t *const counted = count_image();
    return fail_image(counted, next(fd, argv, envp));
}

/* ---- those that list the arguments: built on the others, as in the C library ----------------------------------- */

enum { ARGS_MAX = 4096 };

/* The arguments, with the first, into `argv`: what follows their NULL is still to be read. False when there are more. */
static bool take_arguments(const char *first, va_list *list, char *argv[ARGS_MAX])
{
    int n = 0;
    for (argv[0] = (char *)first; argv[n]; argv[n] = va_arg(*list, char *))
        if (++n == ARGS_MAX)
            return false;
    return true;
}

HT_EXPORT int execl(const char *path, const char *first, ...)
{
    char *argv[ARGS_MAX];
    va_list list;
    va_start(list, first);
    const bool is_whole = take_arguments(first, &list, argv);
    va_end(list);
    return is_whole ? execv(path, argv) : (errno = E2BIG, -1);
}

HT_EXPORT int execlp(const char *file, const char *first, ...)
{
    char *argv[ARGS_MAX];
    va_list list;
    va_start(list, first);
    const bool is_whole = take_arguments(first, &list, argv);
    va_end(list);
    return is_whole ? execvp(file, argv) : (errno = E2BIG, -1);
}

HT_EXPORT int execle(const char *path, const char *first, ...)
{
    char *argv[ARGS_MAX];
    va_list list;
    va_start(list, first);
    const bool is_whole = take_arguments(first, &list, argv);
    char *const *const envp = is_whole ? va_arg(list, char *const *) : NULL;
    va_end(list);
    return is_whole ? execve(path, argv, envp) : (errno = E2BIG, -1);
}
