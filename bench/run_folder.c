#include "bench/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int say(int error, const char *what, const char *path, char why[256])
{
    snprintf(why, 256, "%s %.150s: %s", what, path, strerror(-error));
    return error;
}

/* mkdir -p; `made` is whether the last folder was not there. */
static int make_folders(const char *path, bool *made)
{
    char part[4096];
    if (strlen(path) >= sizeof part)
        return -ENAMETOOLONG;
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0777) == 0)
            *made = !slash[1];
        else if (errno != EEXIST)
            return -errno;
    }
    if (mkdir(path, 0777) == 0)
        *made = true;
    else if (errno != EEXIST)
        return -errno;
    return 0;
}

/* A manifest that was being written when its runner was killed is no obstacle. */
static bool is_empty(int fd)
{
    const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const list = copy >= 0 ? fdopendir(copy) : NULL;
    bool empty = list;
    for (const struct dirent *entry; list && (entry = readdir(list));)
        empty &= !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
                 !strcmp(entry->d_name, "manifest.json.tmp");
    if (list)
        closedir(list);
    else if (copy >= 0)
        close(copy);
    return empty;
}

static int judge(const struct ht_run_folder *f, bool resume, char why[256])
{
    /* A file system without such locks is no reason not to measure. */
    if (flock(f->lock_fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
        snprintf(why, 256, "another heaptrial is running in %.200s", f->path);
        return -EBUSY;
    }
    if (!resume && !is_empty(f->lock_fd)) {
        const bool is_run = !faccessat(f->lock_fd, "manifest.json", F_OK, 0);
        snprintf(why, 256, "%.90s is not empty: take another (-o DIR)%s%.90s%s", f->path,
                 is_run ? ", or go on with it (--resume " : "", is_run ? f->path : "", is_run ? ")" : "");
        return -EEXIST;
    }
    /* Better now than after the calibration. */
    return faccessat(f->lock_fd, ".", W_OK, AT_EACCESS) ? say(-errno, "can't write to", f->path, why) : 0;
}

int ht_run_folder_open(struct ht_run_folder *f, const char *path, bool resume, char why[256])
{
    *f = (struct ht_run_folder){.path = path, .lock_fd = -1};
    int error = *path ? make_folders(path, &f->made) : -ENOENT;
    if (error)
        return say(error, "can't make the folder", path, why);
    f->lock_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    error = f->lock_fd < 0 ? say(-errno, "can't open the folder", path, why) : judge(f, resume, why);
    if (error == -EBUSY)
        f->made = false; /* who was faster has it, and may not have written yet: it is theirs to take away */
    if (error)
        ht_run_folder_close(f);
    return error;
}

void ht_run_folder_close(struct ht_run_folder *f)
{
    if (f->made)
        rmdir(f->path); /* fails when something stands in it, as it should */
    if (f->lock_fd >= 0)
        close(f->lock_fd);
    f->lock_fd = -1;
}
