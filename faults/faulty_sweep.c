#include "faults/faulty_sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "bench/cell_own.h"
#include "bench/stop.h"
#include "faults/careful.h"
#include "faults/faulty_child.h"
#include "faults/faulty_trial.h"

/* A plan without a star is tried so often, to see what stays behind; one whose tries are processes less often. */
enum {
    REPEATS = 12,
    REPEATS_APART = 9,
    SEEDS = 16,
    APART_MAX = 12,
    BAD_MAX = 8,
    HANGS_MAX = 1,
    HANGS_MAX_OF_ALL = 3
};

/* Of so many failures in a row, as many as this must have left more held than ever before: one may have had its reasons.
 * What processes that each tried one point hold is compared with a run without a fault. It must be so much more, in
 * bytes: caches and fragments vary. */
enum { LEAK_WINDOW = 8, LEAK_GROWN = 7, WARM_TRIES = 3 };
static const struct {
    uint64_t space, used;
} slack[] = {{256 << 10, 16 << 10}, {8 << 20, 64 << 10}}; /* together, apart */

/* What a child says to its parent beside its records. */
struct shared {
    struct ht_baseline baseline;
    uint64_t at;    /* the point that is tried */
    uint64_t fired; /* at the last one */
    uint64_t points, fired_points, survived;
    uint64_t most_space, most_used; /* that was ever held after a try, when tries are not apart */
    uint8_t grown;                  /* the last LEAK_WINDOW failures, a bit each */
    unsigned failures;
};

static struct shared *shared;

/* What a child is to do. */
struct life {
    const struct ht_sweep *sweep;
    struct ht_job *job;
    const uint64_t *point; /* NULL: a run without a fault */
    size_t points;
};

/* ---- the plan ------------------------------------------------------------------------------------------------- */

static int plan_at(const struct ht_sweep *sweep, uint64_t n, char text[256], struct ht_fault_plan *plan,
                   char why[256])
{
    if (sweep->has_star)
        snprintf(text, 256, "%s%" PRIu64 "%s", sweep->before, n, sweep->after);
    else
        snprintf(text, 256, "%s", sweep->before);
    return ht_fault_plan_parse(text, plan, why);
}

int ht_sweep_open(struct ht_sweep *sweep, const char *text, uint64_t points, char why[256])
{
    *sweep = (struct ht_sweep){.is_all = !points, .limit = points ? points : UINT64_MAX};
    const char *const star = strchr(text, '*');
    if (strlen(text) >= sizeof sweep->before) {
        snprintf(why, 256, "the fault plan is too long");
        return -EINVAL;
    }
    const size_t length = star ? (size_t)(star - text) : strlen(text);
    memcpy(sweep->before, text, length);
    strcpy(sweep->after, star ? star + 1 : "");
    sweep->has_star = star != NULL;
    char first[256];
    const int error = plan_at(sweep, 1, first, &sweep->plan, why);
    const char *const key = "seed=";
    sweep->is_counted = star && (length < strlen(key) || strncmp(star - strlen(key), key, strlen(key)) != 0);
    return error;
}

/* True when each try is a process: what the last one left would hide the next one's calls, or there is no next life. */
static bool is_apart(const struct ht_sweep *sweep)
{
    const bool of_system = sweep->plan.kind == HT_FAULT_OS || sweep->plan.kind == HT_FAULT_LIMIT;
    return ht_careful_reopen == HT_REOPEN_NEVER || (ht_careful_reopen == HT_REOPEN_WARM && of_system);
}

/* ---- a child -------------------------------------------------------------------------------------------------- */

static void hang(int signal)
{
    (void)signal;
    ht_stop(HT_HANG, "no end after %g s", (double)ht_cell.options.try_ms / 1000);
}

static void watch(void)
{
    const uint64_t ms = ht_cell.options.try_ms;
    const struct itimerval once = {.it_value = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)}};
    setitimer(ITIMER_REAL, &once, NULL);
}

/* What is held when all was given back: a heap that keeps some is no leak, one that keeps more after each failure is. */
static void judge_growth(const struct ht_tried *tried, bool apart)
{
    const struct ht_baseline *const base = &shared->baseline;
    const bool more_space = tried->space > (apart ? base->space : shared->most_space) + slack[apart].space;
    const bool more_used = tried->used > (apart ? base->used : shared->most_used) + slack[apart].used;
    const bool grew = more_space || more_used;
    if (more_space)
        shared->most_space = tried->space;
    if (more_used)
        shared->most_used = tried->used;
    if (!tried->fired)
        return;
    shared->grown = (uint8_t)(shared->grown << 1 | grew);
    if (++shared->failures < LEAK_WINDOW || __builtin_popcount(shared->grown) < LEAK_GROWN)
        return;
    shared->failures = 0;
    ht_stop(HT_LEAK, "in %d of the last %d tries more stayed behind than %s", LEAK_GROWN, LEAK_WINDOW,
            apart ? "without a failure" : "ever before");
}

/* The points of a list, until nothing fails any more. */
static void try_points(const struct ht_sweep *sweep, struct ht_job *job, const uint64_t *point, size_t points)
{
    char text[256], why[256];
    struct ht_fault_plan plan;
    for (size_t i = 0; i < points; i++) {
        shared->at = i;
        watch();
        if (plan_at(sweep, point[i], text, &plan, why))
            ht_stop(HT_ERROR, "%s", why);
        const struct ht_tried tried = ht_trial_run(job, &plan, &shared->baseline);
        judge_growth(&tried, is_apart(sweep));
        shared->points++;
        shared->fired = tried.fired;
        shared->fired_points += tried.fired > 0;
        shared->survived += tried.fired > 0;
        if (sweep->is_counted && !tried.fired)
            break;
    }
    shared->at = points;
}

/* A run that nothing fails in; twice, so that what is kept from one heap to the next is there. */
static void try_without(const struct ht_sweep *sweep, struct ht_job *job)
{
    struct ht_fault_plan plan = sweep->plan;
    plan.fail.first = UINT64_MAX;
    plan.fail.every = 0;
    plan.fail.p = 0;
    plan.fail.budget = 0;
    plan.limit.as = UINT64_MAX >> 1;
    plan.stress = (struct ht_stress_plan){0};
    for (int i = 0; i < (is_apart(sweep) ? 1 : 2); i++) {
        watch();
        const struct ht_tried tried = ht_trial_run(job, &plan, NULL);
        shared->baseline = (struct ht_baseline){tried.leaked_objects, tried.calls, tried.space, tried.used};
    }
}

/* What is kept from one heap to the next is there before the first point. */
static void warm_up(struct ht_job *job)
{
    struct ht_tried tried = {0};
    for (int i = 0; i < WARM_TRIES; i++) {
        watch();
        tried = ht_trial_run(job, &(struct ht_fault_plan){.kind = HT_FAULT_CYCLE}, NULL);
    }
    shared->most_space = tried.space;
    shared->most_used = tried.used;
}

static void live(const void *child)
{
    const struct life *const l = child;
    char text[256], why[256];
    struct ht_fault_plan plan;
    signal(SIGALRM, hang);
    plan_at(l->sweep, 1, text, &plan, why);
    ht_trial_open(l->job, text);
    if (!l->point) {
        try_without(l->sweep, l->job);
    } else {
        if (l->points > 1)
            warm_up(l->job);
        try_points(l->sweep, l->job, l->point, l->points);
    }
    ht_stop(HT_OK, "%s", "");
}

/* ---- its parent ----------------------------------------------------------------------------------------------- */

static struct ht_child_ended run_child(const struct ht_sweep *sweep, struct ht_job *job,
                                       const uint64_t *point, size_t points)
{
    return ht_child_run(live, &(struct life){sweep, job, point, points});
}

/* The worst is what a row says. */
static unsigned badness(enum ht_outcome outcome)
{
    switch (outcome) {
    case HT_OK:
        return 0;
    case HT_UNSUPPORTED:
        return 1;
    case HT_OOM:
        return 2;
    case HT_LEAK:
        return 3;
    case HT_HANG:
        return 4;
    case HT_CRASH:
        return 5;
    case HT_CORRUPT:
        return 6;
    default:
        return 7;
    }
}

static void note(struct ht_sweep *sweep, uint64_t point, const struct ht_child_ended *ended,
                 const struct ht_child_ended *alone)
{
    char text[256], why[256];
    struct ht_fault_plan plan;
    sweep->bad++;
    sweep->hangs += ended->outcome == HT_HANG;
    if (badness(ended->outcome) <= badness(sweep->outcome))
        return;
    plan_at(sweep, point, text, &plan, why);
    sweep->outcome = ended->outcome;
    snprintf(sweep->reason, sizeof sweep->reason, "%.60s%s: %.120s", text,
             alone->outcome == ended->outcome || ended->outcome == HT_LEAK
                 ? ""
                 : ", only after the points before it",
             ended->reason);
}

/* Tries the points of a list; those behind one that goes wrong in a new child. `apart`: each in its own. */
static void run_points(struct ht_sweep *sweep, struct ht_job *job, const uint64_t *point, size_t points,
                       bool apart)
{
    for (size_t done = 0; done < points && sweep->bad < (sweep->is_all ? UINT32_MAX : BAD_MAX) &&
                          sweep->hangs < (sweep->is_all ? HANGS_MAX_OF_ALL : HANGS_MAX);) {
        const size_t n = apart ? 1 : points - done;
        const uint64_t fired_before = shared->fired_points;
        shared->at = 0;
        shared->fired = 1;
        const struct ht_child_ended ended = run_child(sweep, job, &point[done], n);
        const size_t at = shared->at;
        done += at;
        if (ended.outcome == HT_OK) {
            const bool fired = shared->fired_points > fired_before;
            if (sweep->is_counted && (apart ? !fired : !shared->fired))
                break;
            continue;
        }
        if (ended.outcome == HT_ERROR || ended.outcome == HT_UNSUPPORTED) {
            sweep->outcome = ended.outcome;
            snprintf(sweep->reason, sizeof sweep->reason, "%.190s", ended.reason);
            return;
        }
        shared->points++;
        shared->fired_points++;
        const struct shared before = *shared;
        const struct ht_child_ended alone =
            apart && ended.outcome != HT_HANG ? ended : run_child(sweep, job, &point[done], 1);
        *shared = before;
        if (ended.outcome == HT_HANG && alone.outcome == HT_OK)
            shared->survived++; /* this machine was busy */
        else
            note(sweep, point[done], &ended, &alone);
        done++;
    }
}

/* The numbers that are tried: all, in portions; or a selection from the first to the last. */
static size_t choose(const struct ht_sweep *sweep, uint64_t first, uint64_t limit, uint64_t point[],
                     size_t room)
{
    const uint64_t calls = shared->baseline.calls;
    size_t n = 0;
    if (!sweep->has_star || !sweep->is_counted || sweep->is_all) {
        for (; n < room && first + n <= limit; n++)
            point[n] = first + n;
        return n;
    }
    const uint64_t many = calls < limit ? calls : limit;
    for (uint64_t i = 0; i < many && n < room; i++)
        point[n++] = many == 1 ? 1 : 1 + i * (calls - 1) / (many - 1);
    return n;
}

static void run_all(struct ht_sweep *sweep, struct ht_job *job)
{
    static uint64_t point[4096];
    const bool apart = is_apart(sweep);
    uint64_t limit = sweep->limit;
    if (!sweep->has_star)
        limit = apart ? REPEATS_APART : REPEATS;
    else if (!sweep->is_counted && limit > SEEDS)
        limit = SEEDS;
    else if (apart && !sweep->is_all && limit > APART_MAX)
        limit = APART_MAX;
    for (uint64_t first = 1; first <= limit;) {
        const size_t n = choose(sweep, first, limit, point, sizeof point / sizeof point[0]);
        const uint64_t before = shared->points;
        run_points(sweep, job, point, n, apart);
        first += n;
        if (!n || !sweep->has_star || !sweep->is_counted || !sweep->is_all || shared->points - before < n ||
            !shared->fired)
            break;
    }
}

void ht_sweep_run(struct ht_sweep *sweep, struct ht_job *job)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        ht_stop(HT_ERROR, "no memory for the harness: %s", strerror(errno));
    const struct ht_child_ended without = run_child(sweep, job, NULL, 0);
    if (without.outcome == HT_ERROR || without.outcome == HT_UNSUPPORTED) {
        sweep->outcome = without.outcome;
        snprintf(sweep->reason, sizeof sweep->reason, "%.190s", without.reason);
        return;
    }
    if (without.outcome != HT_OK)
        ht_stop(HT_ERROR, "without any fault: %s: %s", ht_outcome_word(without.outcome), without.reason);
    run_all(sweep, job);
    sweep->all =
        (struct ht_points){shared->points, shared->fired_points, shared->survived, shared->baseline.calls};
    if (sweep->outcome == HT_OK && !sweep->all.fired) {
        sweep->outcome = HT_UNSUPPORTED;
        snprintf(sweep->reason, sizeof sweep->reason, "there is nothing here that the plan could make fail");
    }
}
