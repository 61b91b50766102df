#include "bench/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cell_launch.h"

enum { PAIRS_MAX = 64, WINDOWS = 5, ITERATIONS = 250 };

/* fixed-churn on one strategy, as `heaptrial run` would do it. */
struct patient {
    struct ht_plan plan;
    struct ht_strategy strategy;
    struct ht_group group;
};

static int open_patient(struct patient *p, const char *strategy, char why[256])
{
    memset(p, 0, sizeof *p);
    p->plan.timeout_s = 60;
    p->group = (struct ht_group){.workload = "fixed-churn", .threads = 1, .pass = HT_PASS_THROUGHPUT};
    return ht_strategy_find(strategy, &p->strategy, why);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *value, size_t n, double q)
{
    qsort(value, n, sizeof *value, compare_doubles);
    return value[(size_t)floor(q * (double)(n - 1) + 0.5)];
}

/* The medians over the windows of one process, in ns an operation. */
struct timing {
    double wall, cpu;
};

static int run_patient(const struct patient *p, uint64_t iterations, struct timing *t, char why[256])
{
    const struct ht_cell_task task = {.plan = &p->plan,
                                      .strategy = &p->strategy,
                                      .group = &p->group,
                                      .seed = 1,
                                      .iterations = iterations,
                                      .repetitions = WINDOWS};
    struct ht_cell_result *const r = calloc(1, sizeof *r);
    int error = r ? ht_cell_launch(&task, r) : -ENOMEM;
    if (!error && (r->outcome != HT_OK || r->windows <= WINDOWS)) {
        snprintf(why, 256, "%s: %s", p->strategy.name, r->reason);
        error = -EIO;
    }
    if (!error) {
        double wall[WINDOWS], cpu[WINDOWS];
        for (int i = 0; i < WINDOWS; i++) {
            wall[i] = r->window[i + 1].wall_ns / (double)r->window[i + 1].ops;
            cpu[i] = r->window[i + 1].cpu_ns / (double)r->window[i + 1].ops;
        }
        *t = (struct timing){quantile(wall, WINDOWS, 0.5), quantile(cpu, WINDOWS, 0.5)};
    }
    if (r)
        ht_cell_result_free(r);
    free(r);
    return error;
}

/* The windows of the loop by hand. */
struct hand {
    double ns[WINDOWS + 1];
    size_t n;
};

static void take_window(const struct ht_record *record, void *context)
{
    struct hand *const h = context;
    if (record->kind == HT_RECORD_REPETITION && h->n <= WINDOWS)
        h->ns[h->n++] = record->repetition.wall_ns / (double)record->repetition.ops;
}

static int run_by_hand(double *ns, char why[256])
{
    char program[512], iterations[16], windows[16], fd[16];
    struct hand hand = {.n = 0};
    struct ht_ended ended;
    ht_built_path("by_hand", program, sizeof program);
    snprintf(iterations, sizeof iterations, "%d", ITERATIONS);
    snprintf(windows, sizeof windows, "%d", WINDOWS + 1);
    snprintf(fd, sizeof fd, "%d", HT_LAUNCH_RECORD_FD);
    const struct ht_launch launch = {
        .argv = {program, iterations, windows, fd},
        .timeout_ns = (uint64_t)60e9,
        .on_record = take_window,
        .context = &hand,
    };
    const int error = ht_launch(&launch, &ended);
    if (!error && hand.n == WINDOWS + 1) {
        *ns = quantile(hand.ns + 1, WINDOWS, 0.5);
        return 0;
    }
    snprintf(why, 256, "%s did not run: make", program);
    return error ? error : -EIO;
}

int ht_doctor_floor(unsigned pairs, struct ht_doctor_floor *floor_ns, char why[256])
{
    static struct patient null, plugin;
    char word[640], bump[512];
    double hand[PAIRS_MAX], with_null[PAIRS_MAX], with_plugin[PAIRS_MAX], over_hand[PAIRS_MAX],
        over_null[PAIRS_MAX];
    ht_built_path("plugins/bump.so", bump, sizeof bump);
    snprintf(word, sizeof word, "plugin:%s", bump);
    int error = open_patient(&null, "null", why);
    if (!error)
        error = open_patient(&plugin, word, why);
    pairs = pairs < PAIRS_MAX ? pairs : PAIRS_MAX;
    for (unsigned i = 0; i < pairs && !error; i++) {
        struct timing n, p;
        error = run_by_hand(&hand[i], why);
        if (!error)
            error = run_patient(&null, ITERATIONS, &n, why);
        if (!error)
            error = run_patient(&plugin, ITERATIONS, &p, why);
        if (error)
            return error;
        with_null[i] = n.wall;
        with_plugin[i] = p.wall;
        over_hand[i] = n.wall - hand[i];
        over_null[i] = p.wall - n.wall;
    }
    if (!error)
        *floor_ns = (struct ht_doctor_floor){
            quantile(hand, pairs, 0.5),        quantile(with_null, pairs, 0.5),
            quantile(with_plugin, pairs, 0.5), quantile(over_hand, pairs, 0.5),
            quantile(over_null, pairs, 0.5),
        };
    return error;
}

int ht_doctor_noise(unsigned pairs, struct ht_doctor_noise *noise, char why[256])
{
    static struct patient system;
    double wall[PAIRS_MAX], cpu[PAIRS_MAX];
    int error = open_patient(&system, "system", why);
    pairs = pairs < PAIRS_MAX ? pairs : PAIRS_MAX;
    for (unsigned i = 0; i < pairs && !error; i++) {
        struct timing a, b;
        error = run_patient(&system, ITERATIONS, &a, why);
        if (!error)
            error = run_patient(&system, ITERATIONS, &b, why);
        if (error)
            return error;
        wall[i] = fabs(b.wall / a.wall - 1);
        cpu[i] = fabs(b.cpu / a.cpu - 1);
    }
    if (!error)
        *noise = (struct ht_doctor_noise){quantile(wall, pairs, 0.5), quantile(wall, pairs, 0.95),
                                          quantile(cpu, pairs, 0.5), quantile(cpu, pairs, 0.95)};
    return error;
}

/* Calls that a whole process of `null` makes with so many iterations. */
static int count_calls(struct patient *null, uint64_t iterations, const char *file, uint64_t *calls,
                       char why[256])
{
    char library[512];
    struct timing t;
    *calls = 0;
    const int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, calls, sizeof *calls) != (ssize_t)sizeof *calls)
        return -errno;
    ht_built_path("count_malloc.so", library, sizeof library);
    snprintf(null->plan.env[0], sizeof null->plan.env[0], "LD_PRELOAD=%s", library);
    snprintf(null->plan.env[1], sizeof null->plan.env[1], "HT_COUNT_FILE=%s", file);
    int error = run_patient(null, iterations, &t, why);
    if (!error && pread(fd, calls, sizeof *calls, 0) != (ssize_t)sizeof *calls)
        error = -EIO;
    close(fd);
    if (!error && !*calls) {
        snprintf(why, 256, "%s counted nothing: make", library);
        error = -EIO;
    }
    return error;
}

int ht_doctor_mallocs(long long *calls, char why[256])
{
    static struct patient null;
    char file[] = "/tmp/heaptrial-count-XXXXXX";
    uint64_t few = 0, many = 0;
    const int fd = mkstemp(file);
    if (fd < 0)
        return -errno;
    close(fd);
    int error = open_patient(&null, "null", why);
    if (!error)
        error = count_calls(&null, 10, file, &few, why);
    if (!error)
        error = count_calls(&null, 1000, file, &many, why);
    unlink(file);
    *calls = (long long)many - (long long)few;
    return error;
}
