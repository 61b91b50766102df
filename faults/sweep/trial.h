/* One process on trial: started anew in its sandbox under a control file, or by the fork server, and watched to its end
 * from outside. */
#ifndef HT_FAULTS_SWEEP_TRIAL_H
#define HT_FAULTS_SWEEP_TRIAL_H

#include "faults/control.h"
#include "faults/sweep/sandbox.h"

/* What is the same for all processes of a sweep. */
struct ht_trial {
    const char *program; /* its path, absolute */
    char *const *argv;   /* NULL ends it */
    char *const *env;    /* NAME=VALUE on top of the clean environment; NULL ends it */
    const char *input;   /* its stdin, absolute */
    uint64_t timeout_ns;
    uint64_t file_bytes; /* that it may write into one file */
    size_t keep_bytes;   /* of its output that are read at most */
};

struct ht_text_seen {
    char *text; /* NUL after it; NULL when nothing was read */
    size_t bytes;
    bool is_cut; /* there was more */
};

struct ht_ending {
    int exit_status; /* -1 when a signal ended it */
    int signal;
    bool timed_out;
    uint64_t wall_ns, cpu_ns; /* cpu: 0 when it isn't known */
    struct ht_text_seen out, err;
    struct ht_tree work;
};

/* A fork server; pid 0: none. */
struct ht_server {
    int pid, socket;
    bool is_refused; /* it can't be had for this program */
};

/* Runs it anew. `control` may be NULL: then it runs by itself. 0, or a negative errno: then it says nothing of the
 * program. What `e` holds is to be freed with ht_ending_free. */
int ht_trial_run(const struct ht_trial *t, struct ht_sandbox *s, struct ht_control_file *control,
                 struct ht_ending *e);

/* The same by the fork server, which is started when there is none. -ENOTSUP: there can be none. */
int ht_trial_serve(const struct ht_trial *t, struct ht_sandbox *s, struct ht_control_file *control,
                   struct ht_server *server, struct ht_ending *e);

void ht_server_close(struct ht_server *server);
void ht_ending_free(struct ht_ending *e);

/* Runs the user's command by sh in the sandbox's folder: its exit status, -1 when it was killed or could not be run. */
int ht_trial_check(const struct ht_trial *t, const struct ht_sandbox *s, const char *command);

/* Set by a signal handler: whatever runs is killed, and what waits returns -EINTR. */
extern volatile int ht_trial_interrupt;

#endif
