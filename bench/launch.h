/* One child process: a fresh exec in a process group of its own, with limits, a clean environment, a pipe for
 * records and a deadline. The parent survives whatever it does. */
#ifndef HT_BENCH_LAUNCH_H
#define HT_BENCH_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/record.h"

enum { HT_LAUNCH_ARGS_MAX = 48, HT_LAUNCH_ENV_MAX = 24, HT_LAUNCH_ERR_BYTES = 4096 };

struct ht_launch {
    const char *argv[HT_LAUNCH_ARGS_MAX]; /* argv[0] is looked up in PATH; NULL ends it */
    const char *env[HT_LAUNCH_ENV_MAX];   /* NAME=VALUE, on top of the clean environment; NULL ends it */
    const char *stdout_path;              /* NULL: /dev/null */
    const char *folder;                   /* to work in; NULL: the parent's */
    uint64_t timeout_ns;
    uint64_t data_limit;  /* RLIMIT_DATA in bytes; 0: none */
    unsigned pad;         /* bytes of padding in the environment: moves the stack (METHOD: random) */
    bool fixed_addresses; /* no address-space randomisation: for instruction counts */
    char words[1024];     /* what ht_launch_add_* have added */
    unsigned words_bytes; /* of them */
    void (*on_record)(const struct ht_record *record, void *context); /* NULL: none */
    void *context;
    /* In the child, before its exec: 0, or a negative errno, with which it can't be started. Only what is safe after
     * fork. NULL: nothing. */
    int (*enter)(void *entered);
    void *entered;
};

struct ht_ended {
    int exit_status;               /* of a child that exited; -1 otherwise */
    int signal;                    /* that ended it; 0 when it exited */
    bool timed_out;                /* and was killed */
    bool interrupted;              /* ht_launch_interrupt was set, and it was killed */
    bool foreign;                  /* it sent what is no record of this version */
    char err[HT_LAUNCH_ERR_BYTES]; /* the end of what it wrote to stderr */
};

/* The descriptor that records go to in the child. */
enum { HT_LAUNCH_RECORD_FD = 3 };

/* Add what stands in `words`, separated by blanks, to the command or to the environment. */
void ht_launch_add_command(struct ht_launch *launch, const char *words);
void ht_launch_add_environment(struct ht_launch *launch, const char *words);

/* SIGINT, SIGTERM and SIGHUP set ht_launch_interrupt from now on, unless they are ignored, as nohup asks. */
void ht_launch_catch_signals(void);

/* Set by a signal handler to have the child killed and ht_launch return. */
extern volatile int ht_launch_interrupt;

/* Runs the child to its end. 0, or a negative errno when it could not be started. All processes that it
 * leaves behind in its group are killed. */
int ht_launch(const struct ht_launch *launch, struct ht_ended *ended);

/* The last line of `text` that is not blank, cut to `bytes`. */
void ht_last_line(const char *text, char *out, int bytes);

#endif
