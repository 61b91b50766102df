/* Inside libheaptrial-faults.so: what its files ask of each other.
 *
 * The library stands between the program and its allocator. It must not be seen by the program but through the calls
 * that fail: it allocates nothing from the heap on trial, brings no library of its own along, and takes no lock that
 * the program could hold. What it needs lies in its own data and in mapped memory. */
#ifndef HT_FAULTS_PRELOAD_INJECTOR_H
#define HT_FAULTS_PRELOAD_INJECTOR_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "faults/control.h"

#define HT_EXPORT __attribute__((visibility("default")))

/* ---- the allocator behind (next.c) --------------------------------------------------------------------------- */

struct ht_next {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void (*free)(void *);
};

/* NULL while it is being looked up: then the boot arena serves. */
const struct ht_next *ht_next(void);

/* Zeroed memory that is never given back; NULL when it is used up. */
void *ht_boot_alloc(size_t bytes, size_t alignment);
bool ht_boot_owns(const void *p);
size_t ht_boot_bytes(const void *p);

/* Whether the program calls our malloc: another may stand before it. */
bool ht_stands_first(void);

/* The function of this name behind ours. */
void *ht_next_symbol(const char *name);

/* ---- the process (start.c) ----------------------------------------------------------------------------------- */

/* Never NULL: one of its own, which nothing arms, before the start and without a parent. */
extern struct ht_control *ht_control;

/* Nothing is counted or fails: before the start-up is over, and in forked children. */
extern _Atomic bool ht_is_off;

/* The process that is on trial. */
extern pid_t ht_pid;

/* Once, from the constructor or from the first call of the program. */
void ht_start(void);

/* Whether heaptrial has started this program, under a plan of its own. */
bool ht_has_parent(void);

/* Whether an address is in the loader's own code. */
bool ht_is_loader(const void *address);

/* ---- threads (threads.c) ------------------------------------------------------------------------------------- */

struct ht_self {
    uint32_t number; /* from 1, in the order of creation; 0: not known yet */
    bool is_inside;  /* what happens is the library's own doing, or the allocator's */
    uint64_t own;    /* calls so far */
    uintptr_t top;   /* where its stack ends; 0: not known */
    uint32_t benign; /* scopes in which nothing fails, and nothing is counted (api.c) */
};

extern _Thread_local struct ht_self ht_self;

/* The number of the calling thread. */
uint32_t ht_thread_number(void);

/* ---- calls (calls.c) ----------------------------------------------------------------------------------------- */

/* One call on its way. */
struct ht_note {
    bool is_counted;
    struct ht_called called;
};

/* Counts a call and decides: true when it is to fail, and errno is set. `frame` is that of the exported function. When
 * it is not to fail, ht_note_end must follow what the allocator did. */
bool ht_note_begin(struct ht_note *note, unsigned op, size_t bytes, size_t old, void *const *frame);
void *ht_note_end(const struct ht_note *note, void *result);

/* ---- what a plan waits for (api.c), and whom it hits (callers.c) ----------------------------------------------- */

/* To be called when there is a new plan. */
void ht_steady_start(void);
void ht_callers_start(void);

/* Whether the plan hits calls that return to this address. */
bool ht_caller_is_hit(const void *return_address);

/* ---- stacks (stacks.c) --------------------------------------------------------------------------------------- */

/* The index of the stack that called the function with this frame; UINT32_MAX when there is no room for it. */
uint32_t ht_stack_of(void *const *frame);

/* The same of a place that was interrupted. */
uint32_t ht_stack_at(uintptr_t pc, uintptr_t sp, uintptr_t bp);

/* Notes where a signal ends the program (crashes.c). */
void ht_crashes_start(void);

/* ---- blocks (blocks.c) --------------------------------------------------------------------------------------- */

/* Blocks that are live, when somebody asks for leaks or for a budget. */
void ht_blocks_start(void);
void ht_blocks_add(void *p, const struct ht_called *called);

/* How many of them calls have made that count; `forget`: from here on those are no such blocks. */
uint64_t ht_blocks_live(bool forget);

/* Forgets a block; true when it was known. */
bool ht_blocks_remove(void *p, struct ht_called *called);

/* ---- main and exit (main.c, serve.c, leaks.c) ----------------------------------------------------------------- */

/* Answers the parent's requests; returns in each child, which is to go on into main. */
void ht_serve(void);

/* The forked child is a process on trial like any other. */
extern bool ht_is_serving;

/* What main holds in its frame and in registers is lost when it returns, but that is no leak. Registers are noted when a
 * call fails, the frame, which lies below `end`, when main has returned. */
void ht_main_note_registers(void);
void ht_main_note_frame(const void *end);

/* Those words. */
const uintptr_t *ht_main_holds(size_t *words);

/* Looks for blocks that nobody can reach. The first call is about to fail: those are lost already. At the end they are
 * reported. */
void ht_leaks_find_before(void);
void ht_leaks_find(void);

/* Where the outermost frame of the last stack of this thread ends below; NULL when it is not known. */
const void *ht_stack_outermost(void);

/* ---- small things -------------------------------------------------------------------------------------------- */

/* A lock for what takes no longer than a few stores. */
static inline void ht_lock(_Atomic bool *lock)
{
    while (atomic_exchange_explicit(lock, true, memory_order_acquire))
        while (atomic_load_explicit(lock, memory_order_relaxed))
            sched_yield();
}

static inline void ht_unlock(_Atomic bool *lock)
{
    atomic_store_explicit(lock, false, memory_order_release);
}

#endif
