#include "faults/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { MOUNT_LINE = 4096, TRIES = 50 };

/* ---- where we are -------------------------------------------------------------------------------------------- */

/* One line of mountinfo: the root of the hierarchy that is mounted, and where. */
struct mount {
    char root[512], at[512], type[32], options[512];
};

static bool parse_mount(const char *line, struct mount *m)
{
    const char *const rest = strstr(line, " - ");
    return rest && sscanf(line, "%*s %*s %*s %511s %511s", m->root, m->at) == 2 &&
           sscanf(rest, " - %31s %*s %511s", m->type, m->options) == 2;
}

/* Whether `word` is in a list with commas. */
static bool lists(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += n)
        if ((at == list || at[-1] == ',') && (!at[n] || strchr(",\n:", at[n])))
            return true;
    return false;
}

/* The path of this process in the hierarchy of `controller` ("": version 2), from /proc/self/cgroup. */
static bool own_path(FILE *cgroup, const char *controller, char out[512])
{
    char line[MOUNT_LINE];
    rewind(cgroup);
    while (fgets(line, sizeof line, cgroup)) {
        char *const list = strchr(line, ':'), *const path = list ? strchr(list + 1, ':') : NULL;
        if (!path)
            continue;
        *path = 0;
        if (*controller ? !lists(list + 1, controller) : list[1] != 0)
            continue;
        snprintf(out, 512, "%.*s", (int)strcspn(path + 1, "\n"), path + 1);
        return true;
    }
    return false;
}

/* In a container what is mounted may be a part: then the path begins with its root. */
static void place_at(const struct mount *m, const char *own, struct ht_cgroup_place *place)
{
    const size_t n = strcmp(m->root, "/") ? strlen(m->root) : 0;
    const char *const below = n && !strncmp(own, m->root, n) ? own + n : own;
    snprintf(place->path, sizeof place->path, "%.440s%s%.440s", m->at, *below == '/' || !*below ? "" : "/",
             strcmp(below, "/") ? below : "");
}

int ht_cgroup_find(FILE *mountinfo, FILE *cgroup, struct ht_cgroup_place *place)
{
    char line[MOUNT_LINE], own[512];
    struct mount m;
    int found = -ENOENT;
    while (fgets(line, sizeof line, mountinfo)) {
        if (!parse_mount(line, &m))
            continue;
        if (!strcmp(m.type, "cgroup") && lists(m.options, "memory") && own_path(cgroup, "memory", own)) {
            place->is_v2 = false;
            place_at(&m, own, place);
            return 0; /* a controller of version 1 is not there in version 2 */
        }
        if (!strcmp(m.type, "cgroup2") && own_path(cgroup, "", own)) {
            place->is_v2 = true;
            place_at(&m, own, place);
            found = 0;
        }
    }
    return found;
}

static int find_own(struct ht_cgroup_place *place)
{
    FILE *const mounts = fopen("/proc/self/mountinfo", "re"), *const cgroup =
                                                                  fopen("/proc/self/cgroup", "re");
    const int error = mounts && cgroup ? ht_cgroup_find(mounts, cgroup, place) : -ENOENT;
    if (mounts)
        fclose(mounts);
    if (cgroup)
        fclose(cgroup);
    return error;
}

/* ---- its files ----------------------------------------------------------------------------------------------- */

static int put(const char *folder, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int put(const char *folder, const char *file, const char *format, ...)
{
    char path[HT_CGROUP_PATH + 64], text[64];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const int error = write(fd, text, (size_t)n) == n ? 0 : -errno;
    close(fd);
    return error;
}

/* The number after `word` in a file of a word and a number a line; 0 when it is not there. */
static uint64_t get(const char *folder, const char *file, const char *word)
{
    char path[HT_CGROUP_PATH + 64], line[128], name[64];
    uint64_t value = 0, n;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *const f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%63s %" SCNu64, name, &n) == 2 && !strcmp(name, word))
            value = n;
    if (f)
        fclose(f);
    return value;
}

/* Memory that is swapped out would count for nothing. */
static int set_limit(const struct ht_cgroup *c, uint64_t limit)
{
    const int error = put(c->path, c->is_v2 ? "memory.max" : "memory.limit_in_bytes", "%" PRIu64, limit);
    if (error)
        return error;
    if (c->is_v2)
        put(c->path, "memory.swap.max", "0");
    else if (put(c->path, "memory.memsw.limit_in_bytes", "%" PRIu64, limit))
        put(c->path, "memory.swappiness", "0");
    return 0;
}

/* Those of runs that were killed: heaptrial-PID-N of a process that is no more. */
static void sweep_dead(const char *folder)
{
    DIR *const d = opendir(folder);
    if (!d)
        return;
    for (const struct dirent *entry; (entry = readdir(d));) {
        int pid;
        if (sscanf(entry->d_name, "heaptrial-%d-", &pid) == 1 && kill(pid, 0) && errno == ESRCH)
            unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
    }
    closedir(d);
}

static int make_folder(struct ht_cgroup *c, const struct ht_cgroup_place *place)
{
    static unsigned made;
    sweep_dead(place->path);
    if (place->is_v2) /* where processes of ours stand it is refused, and perhaps on already */
        put(place->path, "cgroup.subtree_control", "+memory");
    snprintf(c->path, sizeof c->path, "%s/heaptrial-%d-%u", place->path, (int)getpid(), ++made);
    c->is_v2 = place->is_v2;
    if (mkdir(c->path, 0755) == 0)
        return 0;
    const int error = -errno;
    c->path[0] = 0;
    return error;
}

/* ---- its life ------------------------------------------------------------------------------------------------ */

static int refuse(struct ht_cgroup *c, const struct ht_cgroup_place *place, int error, char why[256])
{
    ht_cgroup_close(c);
    snprintf(why, 256, "no cgroup with a memory limit can be made in %.120s: %s%s", place->path,
             error == -ENOENT && place->is_v2 ? "its memory controller is not delegated" : strerror(-error),
             place->is_v2 ? "; try below systemd-run --scope -p Delegate=yes" : "");
    return -ENOTSUP;
}

int ht_cgroup_open(struct ht_cgroup *c, uint64_t limit, char why[256])
{
    struct ht_cgroup_place place;
    char procs[HT_CGROUP_PATH + 64];
    *c = (struct ht_cgroup){.procs = -1};
    if (find_own(&place)) {
        snprintf(why, 256, "no cgroup with a memory controller is mounted here");
        return -ENOTSUP;
    }
    int error = make_folder(c, &place);
    if (!error)
        error = set_limit(c, limit);
    if (error)
        return refuse(c, &place, error, why);
    snprintf(procs, sizeof procs, "%s/cgroup.procs", c->path);
    c->procs = open(procs, O_WRONLY | O_CLOEXEC);
    return c->procs < 0 ? refuse(c, &place, -errno, why) : 0;
}

int ht_cgroup_enter(const struct ht_cgroup *c)
{
    return write(c->procs, "0", 1) == 1 ? 0 : -errno;
}

uint64_t ht_cgroup_kills(const struct ht_cgroup *c)
{
    return get(c->path, c->is_v2 ? "memory.events" : "memory.oom_control", "oom_kill");
}

static void move_out(const char *from)
{
    char path[HT_CGROUP_PATH + 64], up[HT_CGROUP_PATH];
    int pid;
    snprintf(up, sizeof up, "%s", from);
    *strrchr(up, '/') = 0;
    snprintf(path, sizeof path, "%s/cgroup.procs", from);
    FILE *const f = fopen(path, "re");
    while (f && fscanf(f, "%d", &pid) == 1)
        put(up, "cgroup.procs", "%d", pid);
    if (f)
        fclose(f);
}

/* A process that was killed leaves its cgroup some moments later. */
void ht_cgroup_close(struct ht_cgroup *c)
{
    if (c->procs >= 0)
        close(c->procs);
    for (int i = 0; c->path[0] && rmdir(c->path) && errno == EBUSY && i < TRIES; i++) {
        if (i == TRIES / 2)
            move_out(c->path);
        ht_sleep_ns(10000000);
    }
    *c = (struct ht_cgroup){.procs = -1};
}
