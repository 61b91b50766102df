/* The fault of a faulty cell: one plan, and the places where it acts. Calls of the workload ask ht_faulty_fires; pages,
 * budgets and CPython's domains have hooks; calls of the system are answered by a supervisor (faults/faulty_system.h).
 *
 * A cell tries its plan many times. Each try starts disarmed; nothing is counted and nothing fails but while it is armed.
 * Functions may be called from any thread, but for those that open, start, arm and disarm. */
#ifndef HT_FAULTS_FAULTY_H
#define HT_FAULTS_FAULTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/fault_plan.h"
#include "faults/trigger.h"

extern struct ht_trigger *ht_faulty_trigger; /* a supervisor's, which shares it, or the cell's own */
extern struct ht_fault_plan ht_faulty_plan;

/* Takes a plan, or "" for none, and puts the hooks in place. 0, or a negative errno with one line in `why`: -EINVAL is a
 * plan that is wrong, -EOPNOTSUPP one that can't be injected here. */
int ht_faulty_open(const char *plan, char why[256]);

/* The next try, with a plan that differs from the first one in its numbers alone. */
void ht_faulty_start(const struct ht_fault_plan *plan);

/* Around the part of a try in which things fail. */
void ht_faulty_arm(void);
void ht_faulty_disarm(void);

/* True when this allocation of the workload is to fail. `old`: bytes that it gives back in exchange. */
bool ht_faulty_fires(enum ht_fault_op op, uint32_t thread, size_t bytes, size_t old);
/* For a budget: bytes that were got while memory was back, or that were freed. */
void ht_faulty_took(size_t bytes);
void ht_faulty_gave_back(size_t bytes);

/* How often the fault has acted in this try, and on how many calls it looked. Where only its effect is seen (limit,
 * stress) who sees it says so. */
uint64_t ht_faulty_fired(void);
uint64_t ht_faulty_calls(void);
void ht_faulty_acted(void);

/* Memory comes back for a while: the calling program asks once more. With `lifted` a fault that would last for ever is
 * over for good. */
void ht_faulty_suspend(void);
void ht_faulty_resume(bool lifted);

/* The fault is over for good in this try. */
void ht_faulty_end(void);

/* True when a plan fails all calls from some number on. */
bool ht_faulty_is_lasting(void);

#endif
