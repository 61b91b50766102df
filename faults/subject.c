#include "faults/subject.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

bool ht_subject_owns(const struct ht_subject *s, pid_t tid)
{
    char path[64];
    if (tid == s->pid)
        return true;
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)s->pid, (int)tid);
    return s->pid && access(path, F_OK) == 0;
}

/* ---- threads ------------------------------------------------------------------------------------------------- */

static int by_tid(const void *a, const void *b)
{
    const pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
    return (x > y) - (x < y);
}

static size_t list_threads(pid_t pid, pid_t tid[HT_SUBJECT_THREADS])
{
    char path[64];
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *const folder = opendir(path);
    if (!folder)
        return 0;
    for (const struct dirent *entry; n < HT_SUBJECT_THREADS && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            tid[n++] = (pid_t)atoi(entry->d_name);
    closedir(folder);
    qsort(tid, n, sizeof *tid, by_tid);
    return n;
}

uint32_t ht_subject_thread(const struct ht_subject *s, pid_t tid)
{
    for (size_t i = 0; i < s->threads; i++)
        if (s->thread[i].tid == tid)
            return s->thread[i].number;
    return 0;
}

/* The kernel gives ids in ascending order, until it begins anew; those that have ended may be given again. */
void ht_subject_number(struct ht_subject *s)
{
    pid_t tid[HT_SUBJECT_THREADS];
    const size_t n = list_threads(s->pid, tid);
    uint32_t number[HT_SUBJECT_THREADS];
    for (size_t i = 0; i < n; i++)
        number[i] = ht_subject_thread(s, tid[i]);
    s->threads = n;
    for (size_t i = 0; i < n; i++) {
        s->thread[i].tid = tid[i];
        s->thread[i].number = number[i] ? number[i] : ++s->numbered;
    }
}

/* ---- memory -------------------------------------------------------------------------------------------------- */

struct mapping {
    uint64_t start, end;
    bool is_file, is_heap;
};

/* Calls `visit` for each mapping until it returns true; true when one did. */
static bool visit_mappings(pid_t pid, bool (*visit)(const struct mapping *m, void *context), void *context)
{
    char path[64], line[512];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *const maps = fopen(path, "re");
    if (!maps)
        return false;
    while (!found && fgets(line, sizeof line, maps)) {
        struct mapping m;
        unsigned long inode;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %lu", &m.start, &m.end, &inode) != 3)
            continue; /* the rest of a long path */
        m.is_file = inode != 0;
        m.is_heap = strstr(line, "[heap]") != NULL;
        found = visit(&m, context);
    }
    fclose(maps);
    return found;
}

/* The heap may be split where parts of it were protected: its end is that of the last part. */
static bool take_heap(const struct mapping *m, void *context)
{
    if (m->is_heap)
        *(uint64_t *)context = m->end;
    return false;
}

/* Where the break began, of which nothing is mapped yet: field 47 of stat. */
static uint64_t start_of_heap(pid_t pid)
{
    char path[64], text[2048];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *const f = fopen(path, "re");
    const size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = 0;
    const char *at = strrchr(text, ')'); /* the end of field 2 */
    for (int field = 2; at && field < 47; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

uint64_t ht_subject_brk(const struct ht_subject *s)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t end = 0;
    visit_mappings(s->pid, take_heap, &end);
    if (!end)
        end = start_of_heap(s->pid);
    /* What it asked for it got only if the heap ends there. */
    return (s->brk + page - 1) / page * page == end ? s->brk : end;
}

struct place {
    uint64_t address;
    bool is_file;
};

static bool covers(const struct mapping *m, void *context)
{
    struct place *const p = context;
    if (p->address < m->start || p->address >= m->end)
        return false;
    p->is_file = m->is_file;
    return true;
}

bool ht_subject_is_anonymous(const struct ht_subject *s, uint64_t address)
{
    struct place p = {.address = address};
    return visit_mappings(s->pid, covers, &p) && !p.is_file;
}

bool ht_subject_read(const struct ht_subject *s, uint64_t address, void *out, size_t bytes)
{
    const struct iovec here = {out, bytes}, there = {(void *)(uintptr_t)address, bytes};
    return process_vm_readv(s->pid, &here, 1, &there, 1, 0) == (ssize_t)bytes;
}
