/* A sweep: each allocation of a program, or a choice of them, is made to fail, one in a process, and what becomes of the
 * program is judged.
 *
 *     fault-free runs -> recording -> points -> one process a point, on all cores -> rows
 *
 * A point whose outcome is a finding is run again in a clean process, which has the last word. */
#ifndef HT_FAULTS_SWEEP_SWEEP_H
#define HT_FAULTS_SWEEP_SWEEP_H

#include "faults/executable.h"
#include "faults/sweep/names.h"
#include "faults/sweep/normal.h"
#include "faults/sweep/rows.h"
#include "faults/sweep/trial.h"

enum { HT_SWEEP_ENV_MAX = 32 };

struct ht_sweep {
    /* asked for */
    char *const *argv;   /* the program and its arguments; NULL ends it */
    const char *folder;  /* whose copy it works in; NULL: an empty one, with the files that argv names */
    const char *input;   /* its stdin; NULL: none */
    const char *check;   /* a command of the shell that must succeed afterwards; NULL: none */
    const char *library; /* libheaptrial-faults.so */
    const char *env[HT_SWEEP_ENV_MAX]; /* NAME=VALUE; NULL ends it */
    double timeout_s;                  /* 0: by how long it takes */
    unsigned jobs;                     /* 0: one a core */
    unsigned modes;                    /* enum ht_point_mode, or both */
    uint64_t seed;
    bool exhaustive; /* every call */
    bool plain;      /* and without fork server and second look: the loop that a sweep is measured against */
    bool quiet;
    const char *output; /* the folder of the rows; NULL: none are kept */
    bool resume;        /* of which it takes the rows that are there */
    bool is_begun;      /* it can be gone on with */

    /* found out */
    struct ht_executable program;
    struct ht_trial trial;
    struct ht_sandbox_files files;
    char base[HT_SANDBOX_PATH]; /* of the sandboxes */
    struct ht_normal normal;
    struct ht_control_file recording;
    struct ht_points points;
    struct ht_names *names;
    struct ht_sweep_rows rows;
    size_t resumed;                 /* rows that were there */
    uint64_t calls_at_main;         /* 0: it has no main that is seen */
    uint32_t children, threads;     /* of the recording */
    bool is_replaced;               /* it became another program */
    uint64_t bare_ns, recording_ns; /* CPU time without the library, and of the recording */
    uint64_t elapsed_ns;            /* of all points */
    size_t served, cleaned;         /* processes by the fork server, and started anew */
};

/* 0; -EINVAL for what the user can change; -EINTR when it was stopped; or another negative errno; with one line in `why`.
 * To be closed in any case. */
int ht_sweep_run(struct ht_sweep *s, char why[256]);
void ht_sweep_close(struct ht_sweep *s);

/* What the stages share. */
int ht_sweep_prepare(struct ht_sweep *s, char why[256]);
int ht_sweep_observe(struct ht_sweep *s, char why[256]);
int ht_sweep_work(struct ht_sweep *s, int rows_fd, char why[256]);
void ht_sweep_say_full(const struct ht_sweep *s, char why[256]); /* the disk of the sandboxes */

/* The line that replays a point; to be freed. */
char *ht_sweep_replay(const struct ht_sweep *s, const struct ht_point *point);

#endif
