#include "tests/synthetic.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "results/row.h"
#include "results/series.h"

enum { SAMPLES = 400, BUCKETS = 500, OPS = 100000 };

static const char *const strategies[SYNTHETIC_STRATEGIES] = {
    "null",    "system",           "jemalloc", "mimalloc", "tcmalloc", "tbbmalloc", "scudo", "arena",
    "pool",    "pymalloc",         "buddy",    "tlsf",     "slab",     "talloc",    "apr",   "gslice",
    "obstack", "plugin-allocator", "hoard",    "snmalloc"};

static const char *const workloads[SYNTHETIC_WORKLOADS] = {
    "larson",        "fixed-churn",  "build-release", "alloc-test",   "xmalloc-test", "cache-thrash",
    "cache-scratch", "sh6bench",     "sh8bench",      "mstress",      "rptest",       "mleak",
    "glibc-simple",  "glibc-thread", "cfrac",         "espresso",     "barnes",       "redis-like",
    "json-parse",    "string-build", "hash-grow",     "realloc-ramp", "list-walk",    "tree-churn",
    "aligned-mix",   "bimodal",      "slow-leak",     "phase-shift",  "producer",     "zero-fill"};

/* What each strategy is like: time and memory against system, and how well it scales. */
static const struct character {
    double time, memory, scaling;
} character[SYNTHETIC_STRATEGIES] = {
    {0.12, 0.05, 0.98}, {1, 1, 0.62},       {0.82, 1.25, 0.90}, {0.61, 1.12, 0.95}, {0.66, 1.18, 0.88},
    {0.79, 1.60, 0.91}, {1.65, 1.30, 0.70}, {0.28, 0.90, 0.50}, {0.33, 0.85, 0.50}, {0.74, 0.95, 0.45},
    {1.32, 1.75, 0.40}, {0.97, 1.10, 0.42}, {0.58, 1.20, 0.93}, {2.90, 1.45, 0.50}, {0.52, 1.40, 0.50},
    {0.92, 1.22, 0.60}, {0.36, 0.97, 0.50}, {1.06, 1.00, 0.61}, {0.88, 1.70, 0.85}, {0.60, 1.15, 0.96}};

static double normal(struct ht_rng *rng)
{
    return sqrt(-2 * log(1 - ht_rng_unit(rng))) * cos(2 * M_PI * ht_rng_unit(rng));
}

static double spread(size_t strategy, size_t workload, uint64_t kind, double sd)
{
    struct ht_rng rng = ht_rng_open(kind, strategy * 1000 + workload);
    return strategy == 1 ? 1 : exp(sd * normal(&rng));
}

double synthetic_time(size_t strategy, size_t workload)
{
    return character[strategy].time * spread(strategy, workload, 1, 0.25);
}

double synthetic_memory(size_t strategy, size_t workload)
{
    return character[strategy].memory * spread(strategy, workload, 2, 0.15);
}

const char *synthetic_strategy(size_t strategy)
{
    return strategies[strategy];
}

const char *synthetic_workload(size_t workload)
{
    return workloads[workload];
}

const char *synthetic_outcome(const struct synthetic *options, size_t strategy, size_t workload)
{
    const char *const name = strategies[strategy];
    if (!options->failures)
        return NULL;
    if (!strcmp(name, "hoard"))
        return "unsupported";
    if ((!strcmp(name, "pool") || !strcmp(name, "obstack")) && workload % 3 == 2)
        return "unsupported";
    if (!strcmp(name, "arena") && workload % 2)
        return "unsupported";
    if (!strcmp(name, "plugin-allocator") && workload == 4)
        return "crash";
    return !strcmp(name, "buddy") && workload == 9 ? "hang" : NULL;
}

static const char *reason_of(const char *outcome, size_t strategy)
{
    return !strcmp(outcome, "crash")                ? "Segmentation fault"
           : !strcmp(outcome, "hang")               ? "did not end within 60 s"
           : !strcmp(strategies[strategy], "hoard") ? "libhoard.so is not installed: apt-get install libhoard"
           : !strcmp(strategies[strategy], "pool")  ? "serves objects up to 1024 bytes"
                                                    : "can't free one object";
}

/* ---- series --------------------------------------------------------------------------------------------- */

static int write_latency(const char *path, size_t strategy, size_t workload, struct ht_rng *rng)
{
    struct ht_latency_bucket bucket[BUCKETS];
    const double middle = 25 * synthetic_time(strategy, workload) * exp(0.02 * normal(rng));
    for (int i = 0; i < BUCKETS; i++) {
        const double low = 8 * pow(1.022, i), high = 8 * pow(1.022, i + 1);
        const double z = log(low / middle) / 0.35,
                     tail = log(low / (middle * 40)) / (0.5 + 0.1 * (double)(strategy % 5));
        bucket[i] =
            (struct ht_latency_bucket){i % 3 ? "alloc" : "free", low, high,
                                       (uint64_t)(40000 * exp(-z * z / 2) + 30 * exp(-tail * tail / 2))};
    }
    return ht_series_write_latency(path, bucket, BUCKETS);
}

static int write_memory(const char *path, size_t strategy, size_t workload, struct ht_rng *rng)
{
    struct ht_memory_sample sample[SAMPLES];
    const double factor = synthetic_memory(strategy, workload), ns = synthetic_time(strategy, workload) * 30;
    double resident = 2e6;
    for (int i = 0; i < SAMPLES; i++) {
        const double at = (double)i / SAMPLES;
        const double live =
            4e6 + 20e6 * (at < 0.6 ? at / 0.6 : 1 - 0.8 * (at - 0.6)) * (0.9 + 0.1 * sin(40 * at));
        resident = fmax(resident * 0.999, live * factor + 2e6);
        sample[i] = (struct ht_memory_sample){(uint64_t)(at * OPS * ns),
                                              (uint64_t)(at * OPS),
                                              (uint64_t)live,
                                              (uint64_t)(live * 1.06),
                                              (uint64_t)(ceil(resident * 1.15 / 4e6) * 4e6),
                                              (uint64_t)(resident * (1 + 0.005 * ht_rng_unit(rng)))};
    }
    return ht_series_write_memory(path, sample, SAMPLES);
}

/* ---- rows ----------------------------------------------------------------------------------------------- */

struct cell {
    size_t strategy, workload, round, threads;
    const char *pass;
};

static void set_figures(struct ht_row *row, const struct synthetic *o, const struct cell *c,
                        struct ht_rng *rng)
{
    const double swing = exp(o->noise * normal(rng)), threads = (double)c->threads;
    row->iterations = 100;
    row->repetitions = 5;
    row->ops = OPS * c->threads;
    if (!strcmp(c->pass, "throughput")) {
        const double efficiency = pow(character[c->strategy].scaling, log2(threads));
        row->ns_per_op = 30 * (1 + (double)(c->workload % 7)) * synthetic_time(c->strategy, c->workload) *
                         swing / (threads * efficiency);
        row->wall_ns = row->ns_per_op * (double)row->ops;
        row->cpu_ns = row->wall_ns * threads * 0.99;
        row->cold_wall_ns = row->wall_ns * 1.1;
        row->minor_faults = 1000;
    } else if (!strcmp(c->pass, "memory")) {
        row->live_peak_bytes = 24000000;
        row->rss_base_bytes = 2000000;
        row->rss_peak_bytes = 2000000 + (uint64_t)(24e6 * synthetic_memory(c->strategy, c->workload) * swing);
        row->mapped_peak_bytes = row->rss_peak_bytes * 5 / 4;
    } else if (!strcmp(c->pass, "latency")) {
        row->p50_ns = 25 * synthetic_time(c->strategy, c->workload) * swing;
        row->p90_ns = row->p50_ns * 1.6;
        row->p99_ns = row->p50_ns * 2.4;
        row->p999_ns = row->p50_ns * 30;
        row->p9999_ns = row->p50_ns * 90;
        row->max_ns = row->p50_ns * 200;
    } else {
        row->instructions = (uint64_t)(1e7 * synthetic_time(c->strategy, c->workload));
    }
}

static int set_series(struct ht_row *row, const char *dir, const struct cell *c, struct ht_rng *rng,
                      char name[64])
{
    char path[512];
    const bool latency = !strcmp(c->pass, "latency");
    snprintf(name, 64, "series/%zu-%zu-%zu-%s.csv", c->round, c->strategy, c->workload, c->pass);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    row->series = name;
    return latency ? write_latency(path, c->strategy, c->workload, rng)
                   : write_memory(path, c->strategy, c->workload, rng);
}

static int write_row(int fd, const char *dir, const struct synthetic *o, const struct cell *c, uint64_t order)
{
    struct ht_row row = ht_row_empty();
    struct ht_rng rng = ht_rng_open(9, order);
    char series[64];
    row.run = "synthetic";
    row.round = c->round;
    row.order = order;
    row.cell = order;
    row.kind = "allocator";
    row.strategy = strategies[c->strategy];
    row.version = "1.0";
    row.library = "/usr/lib/x86_64-linux-gnu/libsynthetic.so.2";
    row.workload = workloads[c->workload];
    row.threads = c->threads;
    row.pass = c->pass;
    row.seed = 42 + c->round;
    const char *const outcome = synthetic_outcome(o, c->strategy, c->workload);
    row.outcome = outcome ? outcome : "ok";
    if (outcome) {
        row.reason = reason_of(outcome, c->strategy);
        row.signal = strcmp(outcome, "crash") ? "" : "SIGSEGV";
        return ht_row_append(fd, &row);
    }
    set_figures(&row, o, c, &rng);
    int error = 0;
    if (c->round <= o->series_rounds && (!strcmp(c->pass, "latency") || !strcmp(c->pass, "memory")))
        error = set_series(&row, dir, c, &rng, series);
    return error ? error : ht_row_append(fd, &row);
}

static long write_rows(int fd, const char *dir, const struct synthetic *o)
{
    static const char *const passes[] = {"throughput", "latency", "memory", "instructions"};
    long n = 0;
    int error = ht_row_header(fd);
    for (size_t round = 1; round <= o->rounds; round++)
        for (size_t w = 0; w < o->workloads; w++)
            for (size_t s = 0; s < o->strategies; s++)
                for (size_t p = 0; p < 4; p++)
                    for (size_t t = 0; t < (p ? 1 : o->thread_counts) && !error; t++) {
                        const struct cell c = {s, w, round, (size_t)1 << t, passes[p]};
                        error = write_row(fd, dir, o, &c, (uint64_t)n++);
                    }
    return error ? error : n;
}

long synthetic_write(const char *dir, const struct synthetic *options)
{
    char path[512];
    snprintf(path, sizeof path, "%s/series", dir);
    if (mkdir(path, 0777) && errno != EEXIST)
        return -errno;
    snprintf(path, sizeof path, "%s/rows.csv", dir);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
    if (fd < 0)
        return -errno;
    const long n = write_rows(fd, dir, options);
    close(fd);
    return n;
}
