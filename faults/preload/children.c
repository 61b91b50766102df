/* Processes that the program starts are not covered; they are counted, so that it can be said. Children by fork are
 * seen in start.c. */
#include <spawn.h>
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
