/* Figures that repeat to the digit, kept from one day to the next: a folder with one run for each kind of machine and
 * build (docs/gate.md).
 *
 *     results/baseline/
 *         KEY/manifest.json, KEY/rows.csv   a run of the exact tier
 *         accepted.csv                      who changed what, when and why: date,key,commit,reason
 *
 * Instructions depend on the processor (the C library picks its code by it), the C library, the compiler and its
 * flags: they are the key, and figures of another key say nothing here. */
#ifndef HT_RESULTS_BASELINE_H
#define HT_RESULTS_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#define HT_BASELINE_LOG "accepted.csv"

/* "amd-epyc-9r14_glibc-2.36_gcc-12.2.0_o2": lower case, and fit to be the name of a folder. */
void ht_baseline_key(const char *cpu, const char *libc, const char *compiler, const char *flags,
                     char key[256]);

/* Whether a folder is one of baselines. */
bool ht_is_baseline(const char *folder);

/* The keys that there are, ", " between them, cut to `bytes`; "none" when there is none. */
void ht_baseline_list(const char *folder, char *out, size_t bytes);

/* Appends a line to the log, which it makes. 0 or a negative errno. */
int ht_baseline_log(const char *folder, const char *date, const char *key, const char *commit,
                    const char *reason);

#endif
