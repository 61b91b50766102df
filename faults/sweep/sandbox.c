#include "faults/sweep/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DIGITS = 3, PATH_BYTES = 4096 };

static const uint64_t least_space = 1 << 20;

int ht_sandboxes_open(char base[HT_SANDBOX_PATH], char why[256])
{
    const char *const tmp = getenv("TMPDIR");
    const char *const where = tmp && *tmp == '/' ? tmp : "/tmp";
    if (snprintf(base, HT_SANDBOX_PATH - 16, "%s/heaptrial-XXXXXX", where) >= HT_SANDBOX_PATH - 16) {
        snprintf(why, 256, "TMPDIR is too long");
        return -ENAMETOOLONG;
    }
    if (mkdtemp(base))
        return 0;
    const int error = -errno;
    snprintf(why, 256, "can't make a folder in %.150s: %s", where, strerror(-error));
    return error;
}

void ht_sandboxes_close(const char *base)
{
    ht_tree_clear(base);
    rmdir(base);
}

static bool is_named_file(const char *arg)
{
    const bool leaves = !strcmp(arg, "..") || !strncmp(arg, "../", 3) || strstr(arg, "/../");
    return *arg && *arg != '/' && *arg != '-' && strcmp(arg, ".") && !leaves && !access(arg, F_OK);
}

int ht_sandbox_files_of(char *const *argv, struct ht_sandbox_files *files)
{
    size_t n = 0;
    while (argv[n])
        n++;
    char **const named = calloc(n + 1, sizeof *named);
    if (!named)
        return -ENOMEM;
    *files = (struct ht_sandbox_files){.files = named};
    for (size_t i = 1; i < n; i++)
        if (is_named_file(argv[i]))
            named[files->count++] = argv[i];
    return 0;
}

int ht_sandbox_open(struct ht_sandbox *s, const char *base, unsigned index,
                    const struct ht_sandbox_files *files)
{
    *s = (struct ht_sandbox){.files = files};
    snprintf(s->root, sizeof s->root, "%s/j%0*u", base, DIGITS, index);
    snprintf(s->work, sizeof s->work, "%s/work", s->root);
    snprintf(s->home, sizeof s->home, "%s/home", s->root);
    snprintf(s->tmp, sizeof s->tmp, "%s/tmp", s->root);
    snprintf(s->out, sizeof s->out, "%s/stdout", s->root);
    snprintf(s->err, sizeof s->err, "%s/stderr", s->root);
    if (mkdir(s->root, 0700) || mkdir(s->work, 0755) || mkdir(s->home, 0755) || mkdir(s->tmp, 0755))
        return -errno;
    return 0;
}

void ht_sandbox_close(struct ht_sandbox *s)
{
    ht_tree_free(&s->pristine);
}

/* The folders on the way to a file. */
static int make_way(const struct ht_sandbox *s, const char *file)
{
    char part[PATH_BYTES];
    for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%s/%.*s", s->work, (int)(slash - file), file);
        if (mkdir(part, 0755) && errno != EEXIST)
            return -errno;
    }
    return 0;
}

static int fill(const struct ht_sandbox *s)
{
    char to[PATH_BYTES];
    int error = 0;
    if (s->files->folder)
        return ht_tree_copy(s->files->folder, s->work);
    for (size_t i = 0; i < s->files->count && !error; i++) {
        snprintf(to, sizeof to, "%s/%s", s->work, s->files->files[i]);
        error = make_way(s, s->files->files[i]);
        if (!error)
            error = ht_tree_copy_one(s->files->files[i], to);
        error = error == -EEXIST ? 0 : error; /* named twice */
    }
    return error;
}

static int remake(struct ht_sandbox *s)
{
    chmod(s->work, 0755);
    int error = ht_tree_clear(s->work);
    if (!error)
        error = fill(s);
    ht_tree_free(&s->pristine);
    if (!error)
        error = ht_tree_read(s->work, NULL, &s->pristine);
    return error;
}

int ht_sandbox_refresh(struct ht_sandbox *s)
{
    struct ht_tree now = {.leaf = NULL};
    int error = s->is_made ? ht_tree_read(s->work, &s->pristine, &now) : 0;
    if (!error && (!s->is_made || !ht_tree_is_untouched(&s->pristine, &now)))
        error = remake(s);
    ht_tree_free(&now);
    s->is_made = !error;
    if (!error)
        error = ht_tree_clear(s->home);
    return error ? error : ht_tree_clear(s->tmp);
}

int ht_sandbox_check_space(const struct ht_sandbox *s)
{
    struct statvfs about;
    if (statvfs(s->root, &about))
        return -errno;
    return (uint64_t)about.f_bavail * about.f_frsize < least_space ? -ENOSPC : 0;
}

void ht_sandbox_normalise(const struct ht_sandbox *s, char *text, size_t bytes)
{
    const size_t n = strlen(s->root);
    char *at = text;
    while ((at = memmem(at, bytes - (size_t)(at - text), s->root, n))) {
        memset(at + n - DIGITS, '0', DIGITS);
        at += n;
    }
}
