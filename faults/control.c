#include "faults/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACKS = 1 << 17, FRAMES = 1 << 22, LEAKS = 1 << 14, LINE = 64 };

static void place(struct ht_table *table, uint64_t *end, uint32_t most, size_t bytes)
{
    *table = (struct ht_table){.offset = *end, .most = most};
    *end = (*end + most * bytes + LINE - 1) / LINE * LINE;
}

static uint64_t lay_out(struct ht_control *c, uint32_t records)
{
    uint64_t end = (sizeof *c + LINE - 1) / LINE * LINE;
    place(&c->modules, &end, HT_MODULES_MAX, sizeof(struct ht_module));
    place(&c->stacks, &end, STACKS, sizeof(struct ht_stack));
    place(&c->index, &end, 2 * STACKS, sizeof(uint32_t));
    place(&c->frames, &end, FRAMES, sizeof(uint64_t));
    place(&c->leaks, &end, LEAKS, sizeof(struct ht_called));
    place(&c->records, &end, records, sizeof(struct ht_recorded));
    return end;
}

/* What the user preloads stays behind the library, so that an allocator of theirs does the work. */
static int name_preload(struct ht_control_file *f, const char *library)
{
    const char *const theirs = getenv("LD_PRELOAD");
    const int n = snprintf(f->preload, sizeof f->preload, "LD_PRELOAD=%s%s%s", library,
                           theirs && *theirs ? ":" : "", theirs ? theirs : "");
    return n < (int)sizeof f->preload ? 0 : -ENAMETOOLONG;
}

int ht_control_open(struct ht_control_file *f, const char *library, uint32_t records)
{
    struct ht_control shape = {.magic = HT_CONTROL_MAGIC, .version = HT_CONTROL_VERSION, .socket = -1};
    *f = (struct ht_control_file){.fd = -1};
    shape.bytes = lay_out(&shape, records);
    shape.trigger.plan = (struct ht_fail_plan){.ops = UINT64_MAX, .first = UINT64_MAX};
    int error = name_preload(f, library);
    if (error)
        return error;
    f->fd = memfd_create("heaptrial-control", MFD_CLOEXEC);
    if (f->fd < 0)
        return -errno;
    void *map = MAP_FAILED;
    if (!ftruncate(f->fd, (off_t)shape.bytes))
        map = mmap(NULL, shape.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
    if (map == MAP_FAILED) {
        error = -errno;
        close(f->fd);
        return error;
    }
    f->control = map;
    memcpy(map, &shape, sizeof shape);
    snprintf(f->env, sizeof f->env, HT_CONTROL_ENV "=/proc/%d/fd/%d", (int)getpid(), f->fd);
    return 0;
}

void ht_control_close(struct ht_control_file *f)
{
    if (!f->control)
        return;
    munmap(f->control, f->control->bytes);
    close(f->fd);
    f->control = NULL;
}

static void copy(struct ht_control *to, struct ht_table *table, const struct ht_control *from,
                 const struct ht_table *of, size_t bytes)
{
    memcpy(ht_control_table(to, table), ht_control_table(from, of), of->used * bytes);
    table->used = of->used;
}

void ht_control_copy_stacks(struct ht_control *to, const struct ht_control *from)
{
    copy(to, &to->modules, from, &from->modules, sizeof(struct ht_module));
    copy(to, &to->stacks, from, &from->stacks, sizeof(struct ht_stack));
    copy(to, &to->frames, from, &from->frames, sizeof(uint64_t));
    /* The index is a hash table, and has no end. */
    memcpy(ht_control_table(to, &to->index), ht_control_table(from, &from->index),
           from->index.most * sizeof(uint32_t));
}

static void empty(struct ht_table *table)
{
    table->used = 0;
    table->dropped = 0;
}

void ht_control_reset(struct ht_control *c)
{
    c->trigger.calls = c->trigger.fired = c->trigger.held = 0;
    c->trigger.steady = false;
    c->started = c->at_main = c->at_exit = 0;
    c->threads = c->forked = c->execed = c->has_fired = c->crashed = 0;
    c->fired = (struct ht_called){.stack = UINT32_MAX};
    c->calls_at_main = 0;
    c->leaked_bytes = c->leaked_blocks = 0;
    empty(&c->records);
    empty(&c->leaks);
}
