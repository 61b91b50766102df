/* The points, one after the other, by as many workers as there are jobs. Each has a sandbox, a control file and a fork
 * server of its own; what they share stands under one lock. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/progress.h"
#include "faults/sweep/judge.h"
#include "faults/sweep/sweep.h"

enum { JOBS_MAX = 256, FIRST_SANDBOX = 2, STALE_NS = 1000000000 };

struct crew {
    struct ht_sweep *sweep;
    pthread_mutex_t lock;
    bool *has_row;     /* of each point: it was tested before this sweep was resumed */
    size_t next, done; /* points taken, rows written */
    int rows_fd, error;
    char why[256];
    char now[64];          /* what was tested last */
    uint64_t normal_at_ns; /* when the last fault-free run was */
};

struct worker {
    struct crew *crew;
    pthread_t thread;
    struct ht_sandbox box;
    struct ht_control_file control;
    struct ht_server server;
    size_t served, cleaned;
};

/* ---- one process ------------------------------------------------------------------------------------------------- */

static void set_plan(struct ht_control *c, const struct ht_point *p)
{
    c->trigger.plan = (struct ht_fail_plan){
        .ops = UINT64_MAX,
        .first = p ? p->own : UINT64_MAX,
        .count = p && p->mode == HT_POINT_PERSISTENT ? UINT64_MAX : 1,
        .thread = p ? p->thread : 0,
    };
    c->trigger.armed = true;
    c->flags = HT_CONTROL_LEAKS | HT_CONTROL_STACKS;
}

/* Only what comes after main can be reached by a process that starts there. */
static bool can_serve(const struct worker *w, const struct ht_point *p)
{
    const struct ht_sweep *const s = w->crew->sweep;
    return !s->plain && !w->server.is_refused && s->calls_at_main != UINT64_MAX &&
           (p->thread != 1 || p->own > s->calls_at_main);
}

static void judge(struct worker *w, const struct ht_point *p, const struct ht_ending *e, struct ht_verdict *v)
{
    struct ht_sweep *const s = w->crew->sweep;
    struct ht_expected expected = {.stack = p->stack};
    if (s->check && !e->timed_out && !e->signal) {
        expected.is_checked = true;
        expected.check_status = ht_trial_check(&s->trial, &w->box, s->check);
    }
    pthread_mutex_lock(&w->crew->lock);
    ht_judge(&s->normal, &expected, e, w->control.control, v);
    pthread_mutex_unlock(&w->crew->lock);
}

/* `clean`: started anew, whatever the fork server could do. */
static int test(struct worker *w, const struct ht_point *p, bool *clean, struct ht_verdict *v)
{
    const struct ht_trial *const trial = &w->crew->sweep->trial;
    struct ht_ending e = {.exit_status = -1};
    int error = -ENOTSUP;
    set_plan(w->control.control, p);
    if (!*clean && can_serve(w, p)) {
        error = ht_trial_serve(trial, &w->box, &w->control, &w->server, &e);
        w->served += !error;
    }
    if (error == -ENOTSUP) {
        *clean = true;
        w->cleaned++;
        w->control.control->flags |= HT_CONTROL_CLEAN;
        error = ht_trial_run(trial, &w->box, &w->control, &e);
    }
    if (!error)
        judge(w, p, &e, v);
    ht_ending_free(&e);
    return error;
}

/* ---- the second look --------------------------------------------------------------------------------------------- */

static bool same_verdict(const struct ht_verdict *a, const struct ht_verdict *b)
{
    return a->outcome == b->outcome && a->exit_status == b->exit_status && a->signal == b->signal;
}

static bool is_doubtful(const struct ht_verdict *v)
{
    return ht_sweep_outcome_is_bad(v->outcome) || v->outcome == HT_SWEEP_UNSTABLE ||
           v->outcome == HT_SWEEP_DID_NOT_FIRE;
}

/* Output may change by itself with time: before it is held against the program, it is run without a fault once more. */
static int look_at_normal_again(struct worker *w)
{
    struct crew *const crew = w->crew;
    struct ht_ending e = {.exit_status = -1};
    pthread_mutex_lock(&crew->lock);
    const bool is_stale = ht_wall_ns() - crew->normal_at_ns > STALE_NS;
    if (is_stale)
        crew->normal_at_ns = ht_wall_ns();
    pthread_mutex_unlock(&crew->lock);
    if (!is_stale)
        return 0;
    set_plan(w->control.control, NULL);
    w->control.control->flags |= HT_CONTROL_FIRM;
    int error = ht_trial_run(&crew->sweep->trial, &w->box, &w->control, &e);
    if (!error && !e.signal && !e.timed_out) {
        pthread_mutex_lock(&crew->lock);
        ht_normal_add(&crew->sweep->normal, &e);
        error = ht_normal_add_leaks(&crew->sweep->normal, w->control.control);
        pthread_mutex_unlock(&crew->lock);
    }
    ht_ending_free(&e);
    return error;
}

/* What a clean process says counts; two that disagree say `unstable`. */
static int test_point(struct worker *w, const struct ht_point *p, struct ht_verdict *v)
{
    struct ht_verdict second;
    bool clean = w->crew->sweep->plain;
    int error = test(w, p, &clean, v);
    if (!error)
        error = ht_sandbox_check_space(&w->box);
    if (error || w->crew->sweep->plain || !is_doubtful(v))
        return error;
    error = look_at_normal_again(w);
    const bool was_served = !clean;
    clean = true;
    if (!error)
        error = test(w, p, &clean, &second);
    if (!error && was_served && !same_verdict(v, &second) && is_doubtful(&second)) {
        *v = second;
        error = test(w, p, &clean, &second);
    } else if (!error && was_served)
        *v = second;
    if (error || same_verdict(v, &second))
        return error;
    snprintf(v->detail, sizeof v->detail, "%s in one run, %s in another", ht_sweep_outcome_word(v->outcome),
             ht_sweep_outcome_word(second.outcome));
    v->outcome = HT_SWEEP_UNSTABLE;
    return 0;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Where the blocks that leaked came from, or where it crashed: the innermost frame, and the innermost that is not the C
 * library's. */
static void add_place(const struct worker *w, const struct ht_verdict *v, char detail[768])
{
    const bool is_leak = v->outcome == HT_SWEEP_LEAK;
    const struct ht_named *const place =
        ht_names_find(w->crew->sweep->names, w->control.control, is_leak ? v->leak_stack : v->crash_stack);
    snprintf(detail, 768, "%s", v->detail);
    if (!place)
        return;
    const char *const inner = place->frames + strcspn(place->frames, " ") + 1;
    const int bytes = (int)strcspn(inner, "\n");
    size_t n = strlen(detail);
    n += (size_t)snprintf(detail + n, 768 - n, "%s%.*s", is_leak ? " of " : " in ", bytes, inner);
    if (strncmp(inner, place->location, (size_t)bytes) && n < 768)
        snprintf(detail + n, 768 - n, ", called from %s", place->location);
}

static int write_row(struct worker *w, const struct ht_point *p, const struct ht_verdict *v)
{
    struct crew *const crew = w->crew;
    struct ht_sweep *const s = crew->sweep;
    char detail[768];
    const struct ht_named *const named = ht_names_find(s->names, s->recording.control, p->stack);
    add_place(w, v, detail);
    struct ht_sweep_row row = {
        .point = *p,
        .stack = named ? named->id : 0,
        .outcome = v->outcome,
        .exit_status = v->exit_status,
        .signal = v->signal,
        .location = strdup(named ? named->location : "?"),
        .replay = ht_sweep_replay(s, p),
        .detail = strdup(detail),
    };
    pthread_mutex_lock(&crew->lock);
    int error = crew->rows_fd >= 0 ? ht_sweep_row_append(crew->rows_fd, &row) : 0;
    if (error)
        snprintf(crew->why, sizeof crew->why, "can't write a row: %s", strerror(-error));
    snprintf(crew->now, sizeof crew->now, "%.63s", row.location ? row.location : "");
    const int added = ht_sweep_rows_add(&s->rows, &row);
    crew->done++;
    pthread_mutex_unlock(&crew->lock);
    return error ? error : added;
}

/* ---- workers ----------------------------------------------------------------------------------------------------- */

/* The next point that has no row yet; NULL: there is none, or it is over. */
static const struct ht_point *take_point(struct crew *crew)
{
    const struct ht_points *const all = &crew->sweep->points;
    const struct ht_point *found = NULL;
    pthread_mutex_lock(&crew->lock);
    while (crew->next < all->points && crew->has_row[crew->next])
        crew->next++;
    if (!crew->error && !ht_trial_interrupt && crew->next < all->points)
        found = &all->point[crew->next++];
    pthread_mutex_unlock(&crew->lock);
    return found;
}

static void *work(void *of)
{
    struct worker *const w = of;
    struct crew *const crew = w->crew;
    const struct ht_point *p;
    int error = 0;
    while (!error && (p = take_point(crew))) {
        struct ht_verdict v;
        error = test_point(w, p, &v);
        if (!error)
            error = write_row(w, p, &v);
    }
    ht_server_close(&w->server); /* by the thread that has started it */
    pthread_mutex_lock(&crew->lock);
    crew->sweep->served += w->served;
    crew->sweep->cleaned += w->cleaned;
    if (error && !crew->error)
        crew->error = error;
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static int open_worker(struct worker *w, struct crew *crew, unsigned index)
{
    *w = (struct worker){.crew = crew};
    int error = ht_sandbox_open(&w->box, crew->sweep->base, FIRST_SANDBOX + index, &crew->sweep->files);
    if (!error)
        error = ht_control_open(&w->control, crew->sweep->library, 0);
    if (!error)
        ht_control_copy_stacks(w->control.control, crew->sweep->recording.control);
    return error;
}

static void close_worker(struct worker *w)
{
    ht_control_close(&w->control);
    ht_sandbox_close(&w->box);
}

static unsigned count_jobs(const struct ht_sweep *s)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = s->jobs ? s->jobs : cores > 0 ? (unsigned)cores : 1;
    if (jobs > JOBS_MAX)
        jobs = JOBS_MAX;
    return jobs > s->points.points ? (unsigned)s->points.points : jobs;
}

static void watch(struct crew *crew, struct ht_progress *progress, size_t seen)
{
    for (;;) {
        pthread_mutex_lock(&crew->lock);
        const size_t done = crew->done, all = crew->sweep->points.points;
        const bool is_over = crew->error || ht_trial_interrupt || done >= all;
        char now[64];
        memcpy(now, crew->now, sizeof now);
        pthread_mutex_unlock(&crew->lock);
        if (is_over)
            return;
        for (; seen < done; seen++)
            ht_progress_step(progress, 0);
        if (done)
            ht_progress_show(progress, done, all, now);
        ht_sleep_ns(5000000);
    }
}

static void run_workers(struct crew *crew, struct worker *worker, unsigned jobs)
{
    struct ht_progress progress;
    const size_t before = crew->done;
    unsigned started = 0;
    ht_progress_open(&progress, crew->sweep->quiet);
    for (size_t i = before; i < crew->sweep->points.points; i++)
        ht_progress_expect(&progress, 0);
    while (started < jobs && !crew->error) {
        const int error = pthread_create(&worker[started].thread, NULL, work, &worker[started]);
        if (error) {
            pthread_mutex_lock(&crew->lock);
            crew->error = -error;
            pthread_mutex_unlock(&crew->lock);
        } else
            started++;
    }
    watch(crew, &progress, before);
    for (unsigned i = 0; i < started; i++)
        pthread_join(worker[i].thread, NULL);
    ht_progress_close(&progress);
}

/* Rows that were read back. */
static int note_done(struct crew *crew)
{
    const struct ht_sweep *const s = crew->sweep;
    crew->has_row = calloc(s->points.points + 1, sizeof *crew->has_row);
    for (size_t i = 0; crew->has_row && s->rows.rows && i < s->points.points; i++) {
        crew->has_row[i] = ht_sweep_rows_have(&s->rows, &s->points.point[i]);
        crew->done += crew->has_row[i];
    }
    return crew->has_row ? 0 : -ENOMEM;
}

int ht_sweep_work(struct ht_sweep *s, int rows_fd, char why[256])
{
    struct crew crew = {.sweep = s, .rows_fd = rows_fd, .normal_at_ns = ht_wall_ns()};
    const uint64_t start = ht_wall_ns();
    const unsigned jobs = count_jobs(s);
    unsigned opened = 0;
    struct worker *const worker = calloc(jobs + 1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    pthread_mutex_init(&crew.lock, NULL);
    crew.error = note_done(&crew);
    for (; opened < jobs && !crew.error; opened++)
        crew.error = open_worker(&worker[opened], &crew, opened);
    if (!crew.error)
        run_workers(&crew, worker, jobs);
    for (unsigned i = 0; i < opened; i++)
        close_worker(&worker[i]);
    pthread_mutex_destroy(&crew.lock);
    free(worker);
    free(crew.has_row);
    s->elapsed_ns = ht_wall_ns() - start;
    if (crew.error && crew.error != -EINTR)
        snprintf(why, 256, "%s", *crew.why ? crew.why : strerror(-crew.error));
    if (crew.error == -ENOSPC && !*crew.why)
        ht_sweep_say_full(s, why);
    return ht_trial_interrupt ? -EINTR : crew.error;
}
