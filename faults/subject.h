/* What a supervisor reads about the process that it supervises, from /proc, while one of its threads waits in a call. */
#ifndef HT_FAULTS_SUBJECT_H
#define HT_FAULTS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HT_SUBJECT_THREADS = 1024 };

struct ht_subject {
    pid_t pid;    /* 0: not known yet */
    uint64_t brk; /* that it asked for last; 0: none since its exec */
    /* Threads that live, in the order of their creation, where numbers are wanted. */
    struct {
        pid_t tid;
        uint32_t number;
    } thread[HT_SUBJECT_THREADS];
    size_t threads;
    uint32_t numbered;
};

/* Whether the thread is one of its own, and not of a child. */
bool ht_subject_owns(const struct ht_subject *s, pid_t tid);

/* Numbers the threads that are new. To be called before one is created, and for a thread that calls. */
void ht_subject_number(struct ht_subject *s);

/* The number of a thread, from 1; 0 when it has none. */
uint32_t ht_subject_thread(const struct ht_subject *s, pid_t tid);

/* Its break, to the byte when it asked for it since the exec, otherwise the end of the heap's last page. 0 when /proc
 * does not say. */
uint64_t ht_subject_brk(const struct ht_subject *s);

/* Whether memory at an address is no file's. */
bool ht_subject_is_anonymous(const struct ht_subject *s, uint64_t address);

/* Reads its memory; true when all was read. */
bool ht_subject_read(const struct ht_subject *s, uint64_t address, void *out, size_t bytes);

#endif
