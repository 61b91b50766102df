/* The program without any fault: twice by itself and under the library, once recorded. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faults/sweep/sweep.h"

enum { RECORDS = 1 << 24, TIMES = 20, KEEP = 64 << 20 };

static const uint64_t first_timeout_ns = 60000000000u, least_timeout_ns = 2000000000u;

static int refuse(const struct ht_sweep *s, const struct ht_ending *e, const char *how, char why[256])
{
    if (e->timed_out)
        snprintf(why, 256, "%.80s does not end within %.0f s %s: nothing can be said of it under faults",
                 s->argv[0], (double)s->trial.timeout_ns / 1e9, how);
    else
        snprintf(why, 256, "%.80s is ended by %s %s: nothing can be said of it under faults", s->argv[0],
                 strsignal(e->signal), how);
    return -EINVAL;
}

/* One run that must end by itself. `control` may be NULL. */
static int run(struct ht_sweep *s, struct ht_sandbox *box, struct ht_control_file *control,
               struct ht_ending *e, char why[256])
{
    const char *const how = control ? "under the library, with nothing failing" : "by itself";
    int error = ht_trial_run(&s->trial, box, control, e);
    if (error == -EINTR)
        return error;
    if (!error)
        error = ht_sandbox_check_space(box);
    if (error == -ENOSPC) {
        ht_sweep_say_full(s, why);
        return error;
    }
    if (error) {
        snprintf(why, 256, "can't run %.100s: %s", s->argv[0], strerror(-error));
        return error;
    }
    if (e->timed_out || e->signal)
        return refuse(s, e, how, why);
    error = ht_normal_add(&s->normal, e);
    if (error == -EPROTO)
        snprintf(why, 256, "%.80s exits with %d in one run and %d in another, with nothing failing",
                 s->argv[0], s->normal.exit_status, e->exit_status);
    return error == -EPROTO ? -EINVAL : error;
}

static int check_check(struct ht_sweep *s, const struct ht_sandbox *box, char why[256])
{
    if (!s->check)
        return 0;
    const int status = ht_trial_check(&s->trial, box, s->check);
    if (!status)
        return 0;
    snprintf(why, 256, "the check fails with %d although nothing has failed: %.120s", status, s->check);
    return -EINVAL;
}

/* By itself; then under the library, which must have started. */
static int run_twice(struct ht_sweep *s, struct ht_sandbox *box, char why[256])
{
    struct ht_control_file control;
    struct ht_ending e = {.exit_status = -1};
    int error = run(s, box, NULL, &e, why);
    s->bare_ns = e.cpu_ns;
    if (!error)
        error = check_check(s, box, why);
    ht_ending_free(&e);
    if (error)
        return error;
    error = ht_control_open(&control, s->library, 0);
    if (error)
        return error;
    control.control->flags = HT_CONTROL_LEAKS | HT_CONTROL_FIRM;
    control.control->trigger.armed = true;
    error = run(s, box, &control, &e, why);
    if (!error && !control.control->started) {
        snprintf(why, 256, "the library did not start in %.120s: it can't be hit this way", s->argv[0]);
        error = -EINVAL;
    }
    if (!error)
        error = ht_normal_add_leaks(&s->normal, control.control);
    ht_ending_free(&e);
    ht_control_close(&control);
    return error;
}

static int record(struct ht_sweep *s, struct ht_sandbox *box, char why[256])
{
    struct ht_ending e = {.exit_status = -1};
    int error = ht_control_open(&s->recording, s->library, RECORDS);
    if (error)
        return error;
    struct ht_control *const c = s->recording.control;
    c->flags = HT_CONTROL_RECORD;
    c->trigger.armed = true;
    error = run(s, box, &s->recording, &e, why);
    s->recording_ns = e.cpu_ns;
    s->calls_at_main = c->at_main ? c->calls_at_main : UINT64_MAX;
    s->children = c->forked;
    s->threads = c->threads;
    s->is_replaced = c->execed != 0;
    if (!error && !c->records.used) {
        snprintf(why, 256, "%.120s makes no allocation: there is nothing to fail", s->argv[0]);
        error = -EINVAL;
    }
    ht_ending_free(&e);
    return error;
}

/* What a process under a fault may take, from what is normal. */
static void set_limits(struct ht_sweep *s)
{
    const uint64_t by_time = TIMES * s->normal.wall_ns;
    s->trial.timeout_ns = s->timeout_s > 0             ? (uint64_t)(s->timeout_s * 1e9)
                          : by_time < least_timeout_ns ? least_timeout_ns
                                                       : by_time;
    s->trial.file_bytes = 2 * s->normal.largest + KEEP;
    s->trial.keep_bytes = s->normal.largest + (1 << 20);
}

int ht_sweep_observe(struct ht_sweep *s, char why[256])
{
    struct ht_sandbox box[2];
    s->trial.timeout_ns = s->timeout_s > 0 ? (uint64_t)(s->timeout_s * 1e9) : first_timeout_ns;
    s->trial.file_bytes = (uint64_t)1 << 40;
    s->trial.keep_bytes = KEEP;
    int error = ht_sandbox_open(&box[0], s->base, 0, &s->files);
    if (!error)
        error = ht_sandbox_open(&box[1], s->base, 1, &s->files);
    if (!error)
        error = run_twice(s, &box[0], why);
    if (!error) /* in another folder: what it says of that is found to differ */
        error = record(s, &box[1], why);
    ht_sandbox_close(&box[0]);
    ht_sandbox_close(&box[1]);
    set_limits(s);
    if (error && !*why)
        snprintf(why, 256, "can't copy what %.80s works on into %.100s: %s", s->argv[0], s->base,
                 strerror(-error));
    return error;
}
