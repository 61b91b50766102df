/* Faults at the boundary to the system: the calls that a plan `os` names are decided from outside, by seccomp's user
 * notification, so that any program is hit as it is: any allocator, a static program, one in any language.
 *
 * A helper process of its own receives the notifications and answers each: the call fails (ENOMEM; EAGAIN for a thread;
 * brk stays where it is) or goes on. It holds nothing that the supervised process waits for, it sends no signal, and
 * it answers until the last process under the filter has ended, whatever becomes of the one that opened it.
 *
 * Only the process that entered is hit, from the moment at which it is armed until it becomes another program: its
 * children inherit the filter, and all their calls go on. What is armed by whom: a cell arms itself by a mark
 * (faults/os_mark.h); a program is armed when it comes to main() (faults/at_main.h). */
#ifndef HT_FAULTS_SUPERVISOR_H
#define HT_FAULTS_SUPERVISOR_H

#include <sys/types.h>

#include "faults/os_filter.h"
#include "faults/trigger.h"

enum { HT_STACK_TEXT = 4096 };

/* Shared with the helper. */
struct ht_supervised {
    struct ht_trigger trigger;
    char stack[HT_STACK_TEXT]; /* of the first call that failed, a line a frame; "" when it can't be had */
    _Atomic bool wants_stack;  /* set by who opens it: it takes some milliseconds */
    _Atomic uint32_t execed;   /* times that it tried to become another program, after it was armed */
    pid_t helper;
};

struct ht_supervisor {
    struct ht_os_filter filter;
    struct ht_supervised *shared;
    int to_helper; /* a socket, until it is closed */
};

/* Starts the helper. 0; -ENOTSUP with the reason where the system does not let us; or another negative errno. */
int ht_supervisor_open(struct ht_supervisor *s, const struct ht_fail_plan *plan, char why[256]);

/* In a child of the process that opened it, before exec: from here on its calls are supervised, and nothing is armed.
 * 0 or a negative errno. Safe after fork. */
int ht_supervisor_enter(const struct ht_supervisor *s);

/* Arms it for a program that can't do so itself; tells it that the program is in its steady state. */
void ht_supervisor_arm(struct ht_supervisor *s);
void ht_supervisor_steady(struct ht_supervisor *s);

/* To be called when the process has ended; s->shared may be read until then. */
void ht_supervisor_close(struct ht_supervisor *s);

#endif
