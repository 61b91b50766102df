/* Allocation failures in your own tests: link with -lheaptrial-faults (pkg-config heaptrial-faults), arm a plan, run
 * what you test, see that it copes. docs/fault-api.md walks through it.
 *
 * The library stands before the allocator of the process: malloc, calloc, realloc, reallocarray, aligned_alloc,
 * posix_memalign, memalign, valloc, pvalloc, from any library, and what is built on them, C++'s new too. A call that
 * fails returns NULL with errno ENOMEM. free never fails, and realloc(p, 0) neither. Until something is armed no call
 * does.
 *
 * All functions may be called from any thread. They allocate nothing. */
#ifndef HEAPTRIAL_FAULTS_H
#define HEAPTRIAL_FAULTS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins a plan `fail`, in the grammar of heaptrial's --fault: "fail:nth=3", "fail:from=3", "fail:p=0.01,seed=7". Calls
 * are counted anew, from 1. A plan that was armed before is over. 0; EINVAL, with one line in `why`, which may be NULL,
 * when the text is no such plan; EBUSY when heaptrial has started this program under a plan of its own; ENOTSUP when the
 * program calls another malloc than the library's, as that of a sanitizer. */
int heaptrial_arm(const char *plan, char *why, size_t why_bytes);

/* From here on no call fails. The counts stay. */
void heaptrial_disarm(void);

/* The calls since the plan was armed that its filters let pass, and how many of them failed. */
unsigned long heaptrial_calls(void);
unsigned long heaptrial_fired(void);

/* The blocks that were allocated while the plan was armed and have not been freed since. */
unsigned long heaptrial_live(void);

/* Between the two no call of this thread fails, nor is it counted: for what a test does itself, and for what is allowed
 * to end the program when memory is out. They may be nested. */
void heaptrial_benign_begin(void);
void heaptrial_benign_end(void);

/* Says that the program is in its steady state, from which on a plan with after=steady counts. Also for a program that
 * runs under heaptrial inject, with plans `fail` and `os`. */
void heaptrial_steady(void);

/* Is called where a call fails, in the thread that called, before it returns: put a breakpoint on it. */
void heaptrial_fault(void);

#ifdef __cplusplus
}
#endif

#endif
