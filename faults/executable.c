#include "faults/executable.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { INTERPRETERS_MAX = 4, HEAD_BYTES = 4096 };

#if defined __x86_64__
enum { OWN_MACHINE = EM_X86_64 };
#elif defined __aarch64__
enum { OWN_MACHINE = EM_AARCH64 };
#endif

/* ---- where it is --------------------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat about;
    return !stat(path, &about) && S_ISREG(about.st_mode) && !access(path, X_OK);
}

static bool find_in_path(const char *name, char out[HT_EXECUTABLE_PATH])
{
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path; path += *path == ':') {
        const size_t n = strcspn(path, ":");
        snprintf(out, HT_EXECUTABLE_PATH, "%.*s/%s", n ? (int)n : 1, n ? path : ".", name);
        if (is_program(out))
            return true;
        path += n;
    }
    return false;
}

static int look_up(const char *name, char out[HT_EXECUTABLE_PATH], char why[256])
{
    if (!strchr(name, '/')) {
        if (*name && find_in_path(name, out))
            return 0;
        snprintf(why, 256, "there is no program '%.120s' in PATH", name);
        return -ENOENT;
    }
    snprintf(out, HT_EXECUTABLE_PATH, "%s", name);
    if (is_program(name))
        return 0;
    const int error = access(name, F_OK) ? -errno : -EACCES;
    snprintf(why, 256, "%.120s can't be started: %s", name,
             error == -EACCES ? "it is no program, or not for you" : strerror(-error));
    return error;
}

/* ---- what it is ---------------------------------------------------------------------------------------------- */

static bool has_loader(int fd, const Elf64_Ehdr *elf)
{
    for (unsigned i = 0; i < elf->e_phnum; i++) {
        Elf64_Phdr part;
        if (pread(fd, &part, sizeof part, (off_t)(elf->e_phoff + i * sizeof part)) == (ssize_t)sizeof part &&
            part.p_type == PT_INTERP)
            return true;
    }
    return false;
}

static void look_over(struct ht_executable *p, int fd, const char *head, size_t bytes)
{
    Elf64_Ehdr elf;
    if (bytes < sizeof elf || memcmp(head, ELFMAG, SELFMAG))
        return; /* the kernel will say what it thinks of it */
    memcpy(&elf, head, sizeof elf);
    p->is_foreign = elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_machine != OWN_MACHINE;
    p->is_static = !p->is_foreign && !has_loader(fd, &elf);
}

static bool gets_rights(const char *path)
{
    struct stat about;
    if (stat(path, &about))
        return false;
    return ((about.st_mode & S_ISUID) && about.st_uid != geteuid()) ||
           ((about.st_mode & S_ISGID) && (about.st_mode & S_IXGRP) && about.st_gid != getegid()) ||
           (geteuid() && getxattr(path, "security.capability", NULL, 0) > 0);
}

/* The word after #!, into `out`; false when it is no script. */
static bool take_interpreter(const char *head, char out[HT_EXECUTABLE_PATH])
{
    if (strncmp(head, "#!", 2))
        return false;
    head += 2 + strspn(head + 2, " \t");
    snprintf(out, HT_EXECUTABLE_PATH, "%.*s", (int)strcspn(head, " \t\n"), head);
    return *out != 0;
}

int ht_executable_find(const char *name, struct ht_executable *p, char why[256])
{
    *p = (struct ht_executable){.is_static = false};
    const int error = look_up(name, p->path, why);
    if (error)
        return error;
    p->is_setid = gets_rights(p->path);
    memcpy(p->loaded, p->path, sizeof p->loaded);
    for (int i = 0; i < INTERPRETERS_MAX; i++) {
        char head[HEAD_BYTES + 1] = "";
        const int fd = open(p->loaded, O_RDONLY | O_CLOEXEC);
        const ssize_t n = fd < 0 ? -1 : read(fd, head, HEAD_BYTES);
        if (n > 0)
            look_over(p, fd, head, (size_t)n);
        if (fd >= 0)
            close(fd);
        if (n <= 0 || !take_interpreter(head, p->loaded))
            break; /* one that can't be read may still be started */
    }
    return 0;
}

/* ---- what can be done to it ---------------------------------------------------------------------------------- */

int ht_executable_takes_preload(const struct ht_executable *p, char why[256])
{
    if (p->is_static)
        snprintf(why, 256,
                 "%.120s is static: no library can be put before its malloc; os: and limit: faults reach it",
                 p->loaded);
    else if (p->is_foreign)
        snprintf(why, 256,
                 "%.120s is built for another architecture than heaptrial; os: and limit: faults reach it",
                 p->loaded);
    else if (p->is_setid)
        snprintf(why, 256,
                 "%.120s gets rights when it starts (setuid, setgid, capabilities): the loader then preloads "
                 "nothing; "
                 "run it as who owns it, or a copy without them",
                 p->loaded);
    else
        return 0;
    return -ENOTSUP;
}

int ht_executable_takes_filter(const struct ht_executable *p, char why[256])
{
    if (p->is_foreign)
        snprintf(why, 256,
                 "%.120s is built for another architecture than heaptrial, whose calls have other numbers",
                 p->loaded);
    else if (p->is_setid)
        snprintf(
            why, 256,
            "%.120s gets rights when it starts (setuid, setgid, capabilities): under a filter it would not; "
            "run it as who owns it, or a copy without them",
            p->loaded);
    else
        return 0;
    return -ENOTSUP;
}
