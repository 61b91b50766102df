/* A memory limit by a cgroup of its own, below the one that this process is in: of version 1, or of 2 where its memory
 * controller is delegated to us. What goes above the limit is killed by the kernel. */
#ifndef HT_FAULTS_CGROUP_H
#define HT_FAULTS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { HT_CGROUP_PATH = 1024 };

struct ht_cgroup_place {
    char path[HT_CGROUP_PATH - 64]; /* the folder of the cgroup that this process is in */
    bool is_v2;
};

struct ht_cgroup {
    char path[HT_CGROUP_PATH]; /* "": none */
    bool is_v2;
    int procs; /* open for writing: who writes "0" joins */
};

/* Where this process is, from the texts of /proc/self/mountinfo and /proc/self/cgroup. 0; -ENOENT when no hierarchy has
 * a memory controller. */
int ht_cgroup_find(FILE *mountinfo, FILE *cgroup, struct ht_cgroup_place *place);

/* Makes one with a limit in bytes. 0; -ENOTSUP with the reason where the system does not let us. */
int ht_cgroup_open(struct ht_cgroup *c, uint64_t limit, char why[256]);

/* This process joins: 0 or a negative errno. Safe after fork. */
int ht_cgroup_enter(const struct ht_cgroup *c);

/* How many of its processes the kernel has killed for want of memory. */
uint64_t ht_cgroup_kills(const struct ht_cgroup *c);

/* Takes it away, once its processes have ended; what is still running goes back to where we are. */
void ht_cgroup_close(struct ht_cgroup *c);

#endif
