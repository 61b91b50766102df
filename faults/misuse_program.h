/* Between the program that misuses a heap and its heap. */
#ifndef HT_FAULTS_MISUSE_PROGRAM_H
#define HT_FAULTS_MISUSE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "faults/misuse.h"

/* The strategy: faults/misuse_subject.c. As in bench/state.h. */
int ht_subject_open(const char *plugin);
const char *ht_subject_open_error(int error);
const char *ht_subject_version(void);
int ht_subject_check(char why[128]);
void ht_subject_close(void);
size_t ht_subject_max_bytes(void);
const char *ht_subject_missing(uint32_t needs);

/* The program: faults/misuse_program.c. An operation of the heap begins. */
void ht_misuse_count_op(void);
/* What an allocation returned; to have no memory before the misuse ends the run. */
void *ht_misuse_got(void *p);

/* The ordinary stream: faults/misuse_stream.c. Objects of up to 512 bytes, and of `bytes`, are allocated, stamped,
 * checked and freed, from the seed; in the end none is left. */
void ht_misuse_stream(uint64_t seed, size_t bytes);

#endif
