/* The moment at which a program comes to its main(), seen from its parent by ptrace: nothing that is armed then fires in
 * the loader's start-up. Dynamic and static programs, with symbols or without: main is the first argument of what
 * _start calls. In a program that has none it is the entry, or some steps after it.
 *
 * The child asks to be traced before its exec (PTRACE_TRACEME); the parent hands each stop to ht_at_main_stopped. */
#ifndef HT_FAULTS_AT_MAIN_H
#define HT_FAULTS_AT_MAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum ht_at_main_phase {
    HT_BEFORE_EXEC,
    HT_BEFORE_ENTRY,
    HT_BEFORE_MAIN,
};

struct ht_at_main {
    enum ht_at_main_phase phase;
    uint64_t address; /* of the breakpoint */
    long word;        /* what was there */
};

/* The traced process has stopped, as waitpid says. True when it is at main: it stands still until ht_at_main_leave.
 * Otherwise it has been sent on. */
bool ht_at_main_stopped(struct ht_at_main *m, pid_t pid, int status);

/* Traces it no longer; it goes on. */
void ht_at_main_leave(pid_t pid);

#endif
