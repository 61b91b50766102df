/* What the library in the program on trial (faults/preload/) and its parent share: a mapped file that the environment
 * names in HEAPTRIAL_CONTROL. The parent writes what is to be done before the program starts; the library writes what
 * happened as it happens, so that all of it is there however the program ends.
 *
 * The header, then tables at the offsets that it names: modules, stacks, an index of stacks by hash, frames, records,
 * leaks. A table that is full drops what comes and counts it.
 *
 * A frame is a module and an offset in it, and stacks are known by a hash over the modules' names and the offsets: so
 * they are the same from run to run wherever the loader puts things. */
#ifndef HT_FAULTS_CONTROL_H
#define HT_FAULTS_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "faults/trigger.h"

#define HT_CONTROL_ENV "HEAPTRIAL_CONTROL"
#define HT_FAULTS_SO   "libheaptrial-faults.so"

enum {
    HT_CONTROL_VERSION = 1,
    HT_CONTROL_MAGIC = 0x68746663,
    HT_FRAMES_MAX = 64, /* innermost frames of a stack that are looked at */
    HT_MODULES_MAX = 256,
    HT_MODULE_PATH = 240,
};

/* What the library is to do. */
enum ht_control_flag {
    HT_CONTROL_RECORD = 1,   /* a record of each call, with its stack */
    HT_CONTROL_LEAKS = 2,    /* look for blocks that nobody can reach when the program exits */
    HT_CONTROL_SERVE = 4,    /* be a fork server at main, on the descriptor `socket` */
    HT_CONTROL_STACKS = 8,   /* the stack of a call that fails */
    HT_CONTROL_LIVE = 16,    /* know the blocks that are live */
    HT_CONTROL_CRASHES = 32, /* the stack where a signal ends it */
    HT_CONTROL_BEFORE = 64,  /* with LEAKS: what nobody could reach when the first call failed is no leak of that */
    HT_CONTROL_FIRM = 128,   /* with LEAKS: what only a stack or a register leads to counts as lost, too */
    HT_CONTROL_CLEAN = HT_CONTROL_CRASHES | HT_CONTROL_BEFORE,
};

struct ht_module {
    uint64_t base; /* where it is loaded: what is added to addresses of its file */
    uint64_t end;
    char path[HT_MODULE_PATH]; /* "" for the program itself */
};

/* A frame: module << 48 | offset; module HT_MODULES_MAX: none, and the offset is the address. */
enum { HT_FRAME_SHIFT = 48 };

struct ht_stack {
    uint64_t hash;
    uint32_t first; /* index of the innermost frame */
    uint32_t depth;
};

/* One call. */
struct ht_called {
    uint64_t own;   /* number among the calls of its thread, from 1 */
    uint64_t bytes; /* asked for */
    uint32_t stack; /* index of the stack; UINT32_MAX: not known */
    uint32_t thread;
    uint32_t op;      /* enum ht_fault_op */
    uint32_t is_held; /* the plan's budget holds its bytes: they are given back with the block */
};

/* The same, for a recording: there the calls stand in the order in which they came, and those of a thread are numbered by
 * counting. */
struct ht_recorded {
    uint32_t stack;
    uint16_t thread; /* UINT16_MAX: that, or a higher one */
    uint16_t op;
    uint64_t bytes;
};

struct ht_table {
    uint64_t offset; /* from the start of the file */
    uint32_t most;
    _Atomic uint32_t used;
    _Atomic uint64_t dropped;
};

struct ht_control {
    uint32_t magic, version;
    uint64_t bytes; /* of the whole file */
    uint32_t flags; /* enum ht_control_flag */
    int32_t socket; /* of the fork server; -1: none */
    char stdin_path[HT_MODULE_PATH], stdout_path[HT_MODULE_PATH], stderr_path[HT_MODULE_PATH];
    char folder[HT_MODULE_PATH]; /* of a child of the fork server: what it opens, and where it works */
    struct ht_trigger trigger;

    /* written by the library */
    _Atomic uint32_t started;          /* its start-up is over */
    _Atomic uint32_t at_main, at_exit; /* main was called; the program has gone through exit() */
    _Atomic uint32_t threads;          /* created, the first included */
    _Atomic uint32_t forked,
        execed; /* children, which are not covered; images that took the program's place */
    _Atomic uint32_t has_fired;
    struct ht_called fired;   /* the first call that failed */
    _Atomic uint32_t crashed; /* 1 + the index of the stack where a signal struck; 0: none did */
    _Atomic uint64_t calls_at_main;
    _Atomic uint64_t leaked_bytes, leaked_blocks;

    struct ht_table modules, stacks, index, frames, records, leaks;
};

/* What the fork server says: once at main, with pid 0; for each request (one byte, any) twice: when the child is there,
 * and when it has ended. */
struct ht_served {
    int32_t pid;    /* -1: it can't serve, or not fork */
    int32_t status; /* as of waitpid, when is_over */
    int32_t is_over;
};

/* The tables. */
static inline void *ht_control_table(const struct ht_control *c, const struct ht_table *table)
{
    return (char *)c + table->offset;
}

static inline struct ht_module *ht_control_modules(const struct ht_control *c)
{
    return ht_control_table(c, &c->modules);
}

static inline struct ht_stack *ht_control_stacks(const struct ht_control *c)
{
    return ht_control_table(c, &c->stacks);
}

static inline uint64_t *ht_control_frames(const struct ht_control *c)
{
    return ht_control_table(c, &c->frames);
}

static inline struct ht_recorded *ht_control_records(const struct ht_control *c)
{
    return ht_control_table(c, &c->records);
}

/* What leaked: one entry a block, the call that allocated it. */
static inline struct ht_called *ht_control_leaks(const struct ht_control *c)
{
    return ht_control_table(c, &c->leaks);
}

/* ---- the parent's side -------------------------------------------------------------------------------------- */

struct ht_control_file {
    struct ht_control *control; /* mapped; NULL when closed */
    int fd;
    char env[64];       /* HEAPTRIAL_CONTROL=/proc/PID/fd/N */
    char preload[4096]; /* LD_PRELOAD=FILE, with what the user preloads behind it */
};

/* Makes one with room for so many records, in memory (no disk). `library` is the path of libheaptrial-faults.so. 0 or a
 * negative errno; to be closed by the caller. */
int ht_control_open(struct ht_control_file *f, const char *library, uint32_t records);
void ht_control_close(struct ht_control_file *f);

/* Copies modules and stacks, so that they need not be found again. */
void ht_control_copy_stacks(struct ht_control *to, const struct ht_control *from);

/* Forgets what happened, for the next process of the same program. What is to be done stays, and so do modules and
 * stacks, which are the same in all of them. */
void ht_control_reset(struct ht_control *c);

#endif
