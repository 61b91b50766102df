/* Faults of a faulty cell that come from the system: calls that a supervisor answers (faults/supervisor.h), and limits. */
#ifndef HT_FAULTS_FAULTY_SYSTEM_H
#define HT_FAULTS_FAULTY_SYSTEM_H

#include <stdbool.h>

#include "faults/fault_plan.h"

/* Puts this process under a supervisor, or finds out what it may limit. 0; -EOPNOTSUPP with the reason where this machine
 * does not let us; or another negative errno. To be called once, before there are threads. */
int ht_faulty_system_open(const struct ht_fault_plan *plan, char why[256]);

/* Sets the limit, or takes it away. Nothing for a plan without one. */
void ht_faulty_system_limit(bool limited);

#endif
