#include "faults/sweep/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>
#include <xxhash.h>

enum { PATH_BYTES = 4096, BUFFER = 64 << 10 };

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
    const struct ht_tree *before;
    struct ht_tree *out;
    size_t room;
};

static int hash_file(int folder, const char *name, uint64_t *hash)
{
    char buffer[BUFFER];
    const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == EACCES
                   ? 0
                   : -errno; /* the program has taken away the right to read it: that is its mode */
    XXH3_state_t *const state = XXH3_createState();
    ssize_t n = state ? 0 : -1;
    if (state)
        XXH3_64bits_reset(state);
    while (state && (n = read(fd, buffer, sizeof buffer)) > 0)
        XXH3_64bits_update(state, buffer, (size_t)n);
    const int error = n < 0 ? (state ? -errno : -ENOMEM) : 0;
    *hash = state ? XXH3_64bits_digest(state) : 0;
    XXH3_freeState(state);
    close(fd);
    return error;
}

static void hash_link(int folder, const char *name, uint64_t *hash)
{
    char target[PATH_BYTES];
    const ssize_t n = readlinkat(folder, name, target, sizeof target);
    *hash = n > 0 ? XXH3_64bits(target, (size_t)n) : 0;
}

static bool is_untouched(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct ht_leaf *add(struct reading *r, const char *path)
{
    struct ht_tree *const t = r->out;
    if (t->leaves == r->room) {
        const size_t room = r->room ? 2 * r->room : 16;
        struct ht_leaf *const more = realloc(t->leaf, room * sizeof *more);
        if (!more)
            return NULL;
        t->leaf = more;
        r->room = room;
    }
    struct ht_leaf *const leaf = &t->leaf[t->leaves];
    *leaf = (struct ht_leaf){.path = strdup(path)};
    if (!leaf->path)
        return NULL;
    t->leaves++;
    return leaf;
}

static int read_folder(struct reading *r, int folder, const char *prefix);

static int read_leaf(struct reading *r, int folder, const char *name, const char *path)
{
    struct ht_leaf *const leaf = add(r, path);
    if (!leaf)
        return -ENOMEM;
    if (fstatat(folder, name, &leaf->about, AT_SYMLINK_NOFOLLOW))
        return -errno;
    const struct ht_leaf *const old = r->before ? ht_tree_find(r->before, path) : NULL;
    if (old && is_untouched(&old->about, &leaf->about) && !S_ISDIR(leaf->about.st_mode))
        leaf->hash = old->hash;
    else if (S_ISREG(leaf->about.st_mode))
        return hash_file(folder, name, &leaf->hash);
    else if (S_ISLNK(leaf->about.st_mode))
        hash_link(folder, name, &leaf->hash);
    else if (S_ISDIR(leaf->about.st_mode)) {
        const int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return fd < 0 ? (errno == EACCES ? 0 : -errno) : read_folder(r, fd, path);
    }
    return 0;
}

/* Closes the descriptor. */
static int read_folder(struct reading *r, int folder, const char *prefix)
{
    char path[PATH_BYTES];
    DIR *const list = fdopendir(folder);
    int error = list ? 0 : -errno;
    if (!list)
        close(folder);
    for (const struct dirent *entry; !error && (entry = readdir(list));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        const int n = snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "/" : "", entry->d_name);
        error = n < (int)sizeof path ? read_leaf(r, folder, entry->d_name, path) : -ENAMETOOLONG;
    }
    if (list)
        closedir(list);
    return error;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct ht_leaf *)a)->path, ((const struct ht_leaf *)b)->path);
}

int ht_tree_read(const char *folder, const struct ht_tree *before, struct ht_tree *out)
{
    struct reading r = {.before = before, .out = out};
    *out = (struct ht_tree){.leaf = NULL};
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const int error = read_folder(&r, fd, "");
    if (out->leaves)
        qsort(out->leaf, out->leaves, sizeof *out->leaf, by_path);
    return error;
}

void ht_tree_free(struct ht_tree *t)
{
    for (size_t i = 0; i < t->leaves; i++)
        free(t->leaf[i].path);
    free(t->leaf);
    *t = (struct ht_tree){.leaf = NULL};
}

const struct ht_leaf *ht_tree_find(const struct ht_tree *t, const char *path)
{
    const struct ht_leaf wanted = {.path = (char *)path};
    return t->leaves ? bsearch(&wanted, t->leaf, t->leaves, sizeof *t->leaf, by_path) : NULL;
}

bool ht_tree_is_untouched(const struct ht_tree *before, const struct ht_tree *now)
{
    if (before->leaves != now->leaves)
        return false;
    for (size_t i = 0; i < now->leaves; i++)
        if (strcmp(before->leaf[i].path, now->leaf[i].path) ||
            !is_untouched(&before->leaf[i].about, &now->leaf[i].about))
            return false;
    return true;
}

bool ht_leaf_same(const struct ht_leaf *a, const struct ht_leaf *b)
{
    return a->about.st_mode == b->about.st_mode && a->hash == b->hash &&
           (!S_ISREG(a->about.st_mode) || a->about.st_size == b->about.st_size);
}

/* ---- copying ---------------------------------------------------------------------------------------------------- */

static int copy_times(const char *to, const struct stat *about)
{
    const struct timespec times[2] = {about->st_atim, about->st_mtim};
    return utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static int copy_file(const char *from, const char *to, const struct stat *about)
{
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return -errno;
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = out < 0 ? -errno : 0;
    for (ssize_t n = 1; !error && n > 0;) {
        n = sendfile(out, in, NULL, 1 << 30);
        error = n < 0 ? -errno : 0;
    }
    if (!error && fchmod(out, about->st_mode & 07777))
        error = -errno;
    if (out >= 0)
        close(out);
    close(in);
    return error ? error : copy_times(to, about);
}

static int copy_link(const char *from, const char *to)
{
    char target[PATH_BYTES];
    const ssize_t n = readlink(from, target, sizeof target - 1);
    if (n < 0)
        return -errno;
    target[n] = 0;
    return symlink(target, to) ? -errno : 0;
}

int ht_tree_copy_one(const char *from, const char *to)
{
    struct stat about;
    if (lstat(from, &about))
        return -errno;
    if (S_ISREG(about.st_mode))
        return copy_file(from, to, &about);
    if (S_ISLNK(about.st_mode))
        return copy_link(from, to);
    if (!S_ISDIR(about.st_mode))
        return 0;
    if (mkdir(to, 0700) && errno != EEXIST)
        return -errno;
    const int error = ht_tree_copy(from, to);
    if (error)
        return error;
    return chmod(to, about.st_mode & 07777) ? -errno : copy_times(to, &about);
}

int ht_tree_copy(const char *from, const char *to)
{
    char source[PATH_BYTES], target[PATH_BYTES];
    DIR *const list = opendir(from);
    int error = list ? 0 : -errno;
    for (const struct dirent *entry; !error && (entry = readdir(list));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (snprintf(source, sizeof source, "%s/%s", from, entry->d_name) >= (int)sizeof source ||
            snprintf(target, sizeof target, "%s/%s", to, entry->d_name) >= (int)sizeof target)
            error = -ENAMETOOLONG;
        else
            error = ht_tree_copy_one(source, target);
    }
    if (list)
        closedir(list);
    return error;
}

/* ---- clearing --------------------------------------------------------------------------------------------------- */

static int clear(int folder);

static int clear_one(int folder, const char *name)
{
    if (!unlinkat(folder, name, 0))
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    fchmodat(folder, name, 0700, 0); /* the program may have closed it to all */
    const int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    const int error = fd < 0 ? -errno : clear(fd);
    return error ? error : unlinkat(folder, name, AT_REMOVEDIR) ? -errno : 0;
}

/* Closes the descriptor. */
static int clear(int folder)
{
    DIR *const list = fdopendir(folder);
    int error = list ? 0 : -errno;
    if (!list)
        close(folder);
    for (const struct dirent *entry; !error && (entry = readdir(list));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            error = clear_one(folder, entry->d_name);
    if (list)
        closedir(list);
    return error;
}

int ht_tree_clear(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : clear(fd);
}
