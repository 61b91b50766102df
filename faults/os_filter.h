/* The seccomp filter of a plan `os`: it notifies of what the plan names and of what the count needs, and lets all else
 * pass in the kernel. Built in the parent by libseccomp, loaded in a child that may allocate nothing. */
#ifndef HT_FAULTS_OS_FILTER_H
#define HT_FAULTS_OS_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

#include "faults/fault_plan.h"

enum { HT_OS_FILTER_MAX = 256 };

struct ht_os_filter {
    struct sock_filter code[HT_OS_FILTER_MAX];
    unsigned short count;
};

/* 0, or a negative errno and the reason. */
int ht_os_filter_build(const struct ht_fail_plan *plan, struct ht_os_filter *filter, char why[256]);

/* Puts this process, which has one thread, under the filter for good. Returns the descriptor on which it notifies, or
 * a negative errno. Calls the system only: it is safe after fork. */
int ht_os_filter_load(const struct ht_os_filter *filter);

/* Whether filters that notify may be loaded here, tried once in a child. 0, or a negative errno and the reason. */
int ht_os_filter_try(char why[256]);

#endif
