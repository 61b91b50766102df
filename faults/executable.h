/* The file of a program that is to be put on trial: where it is, and what can be done to it. */
#ifndef HT_FAULTS_EXECUTABLE_H
#define HT_FAULTS_EXECUTABLE_H

#include <stdbool.h>

enum { HT_EXECUTABLE_PATH = 4096 };

struct ht_executable {
    char path[HT_EXECUTABLE_PATH];   /* as it is started */
    char loaded[HT_EXECUTABLE_PATH]; /* what the kernel loads: of a script its interpreter */
    bool is_static;                  /* it has no loader, that could preload a library */
    bool is_foreign;                 /* of another architecture */
    bool is_setid;                   /* it gets rights that this process has not */
};

/* Looks a name up as a shell does, and the file over. 0, or a negative errno and the reason. */
int ht_executable_find(const char *name, struct ht_executable *p, char why[256]);

/* Whether a library can be preloaded into it, and whether it can be put under a filter: 0, or -ENOTSUP with the reason
 * and what to do instead. */
int ht_executable_takes_preload(const struct ht_executable *p, char why[256]);
int ht_executable_takes_filter(const struct ht_executable *p, char why[256]);

#endif
