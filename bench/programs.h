/* Whole programs as workloads: programs that people use, on generated input, timed by hyperfine. Each is a
 * script in scripts/programs/ (its header says how to write one). */
#ifndef HT_BENCH_PROGRAMS_H
#define HT_BENCH_PROGRAMS_H

#include <stddef.h>

enum { HT_PROGRAMS_MAX = 64 };

size_t ht_program_count(void);
const char *ht_program_name(size_t index);
const char *ht_program_summary(size_t index);

/* The index of the program called `name`, or -1. */
int ht_program_find(const char *name);

#endif
