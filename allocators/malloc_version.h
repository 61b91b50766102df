/* Which malloc this process runs on. */
#ifndef HT_ALLOCATORS_MALLOC_VERSION_H
#define HT_ALLOCATORS_MALLOC_VERSION_H

#include <stddef.h>

/* Writes a version such as "glibc 2.36" or "jemalloc 5.3.0-0-g54eaed1"; a library that does not say gets its
 * file name. Asks by dlsym for the function that each library offers for this. */
void ht_malloc_version(char *out, size_t bytes);

/* The path of the library that `malloc` resolves to here: the proof that a preload took. */
const char *ht_malloc_library(void);

#endif
