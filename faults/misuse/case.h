/* What a case may use. A case is one function, void ht_misuse_<id>(size_t bytes), in a file of its name, whose first
 * comment says what it does and when it is `exploited`. `bytes` is the size of its objects.
 *
 *     set-up                      everything correct; a failure here is the harness's
 *     misuse_begins()
 *     the misuse
 *     misuse_done()               operations count from here: how long until it is noticed
 *     what the attacker gains     attacker_wins() where it is seen
 *     clean-up                    frees what is left, as a program would
 *
 * Cases are compiled once. The heap is that of the strategy that the program is linked for: subject_* are its own
 * operations (faults/misuse_subject.c), with the same units and owners as in allocators/heap.h. */
#ifndef HT_FAULTS_MISUSE_CASE_H
#define HT_FAULTS_MISUSE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/misuse/list.h"

#define X(id, name, group, sizes, needs, summary) void ht_misuse_##id(size_t bytes);
HT_MISUSE_CASES(X)
#undef X

/* ---- the heap ---- */

void *subject_alloc(size_t bytes);
void *subject_alloc_aligned(size_t bytes, size_t alignment);
void *subject_zalloc(size_t bytes);
void subject_free(void *p, size_t bytes); /* nothing where the heap frees no single objects */
void *subject_resize(void *p, size_t old_bytes, size_t new_bytes);
size_t subject_usable(void *p, size_t bytes);

/* Runs `work` in a thread of its own, which the heap is told of, to its end. */
void in_another_thread(void (*work)(void *context), void *context);
/* Runs it in two threads that are let go at the same time. */
void in_two_threads(void (*work)(void *context), void *context);

/* Of C's malloc, where the case needs HT_MISUSE_C or HT_MISUSE_NEW. */
void *c_malloc(size_t bytes);
void *c_calloc(size_t n, size_t bytes);
void *c_realloc(void *p, size_t bytes);
void c_free(void *p);
void *cxx_new(size_t bytes);
void *cxx_new_array(size_t bytes);
void *cxx_new_aligned(size_t bytes, size_t alignment);
void cxx_delete(void *p);
void cxx_delete_array(void *p);
void cxx_delete_sized(void *p, size_t bytes);
void cxx_delete_aligned(void *p, size_t alignment);
/* Frees what the C and C++ libraries keep for themselves, which would look like a leak; the last before the exit. */
void libraries_give_back(void);
bool subject_is_malloc(void);

/* ---- the steps ---- */

void misuse_begins(void);
void misuse_done(void);
void attacker_wins(const char *what);
/* The allocator has said no by what it returned. */
void allocator_refuses(const char *what);

/* ---- what cases share: faults/misuse_aids.c ---- */

/* The compiler can't know what these read and write, so none of it is left out. */
void fill(void *p, size_t bytes, unsigned char value);
bool is_filled(const void *p, size_t bytes, unsigned char value);
unsigned char peek(const void *p, size_t at);

/* Decides by the byte: a tool that follows uninitialised bytes sees no harm in a copy. */
bool decide(const void *p, size_t at, unsigned char value);

/* Objects side by side, each full of its own number; the one in the middle is the case's. */
enum { NEIGHBOURS = 9 };
struct neighbours {
    unsigned char *object[NEIGHBOURS];
    size_t bytes;
};
unsigned char *open_neighbours(struct neighbours *n, size_t bytes);
/* Has the attacker win when another object than the middle one has changed. */
void watch_neighbours(const struct neighbours *n);
void close_neighbours(struct neighbours *n);

/* Allocates some objects; has the attacker win when two of them overlap, or one lies in `target`. They are freed, unless
 * the attacker has won. */
void watch_for_twins(size_t bytes);
void watch_for_target(size_t bytes, const void *target, size_t target_bytes);

/* Allocates objects until one lies where `stale` did, and frees the others. NULL: it did not come back. */
void *reuse(const void *stale, size_t bytes);

/* Some ordinary operations with objects that are larger than `bytes`. */
void pass_the_time(size_t bytes, unsigned ops);

/* Memory that an attacker controls, each word the size of a glibc chunk of `bytes`, so that an object may seem to start
 * at forged->object. */
enum { FORGED_BYTES = 1024 };
struct forged {
    _Alignas(64) uint64_t word[FORGED_BYTES / 8];
};
void *forge(struct forged *forged, size_t bytes);

/* Overwrites the stack that calls have left behind, and the pointers in it. */
void scrub_stack(void);

#endif
