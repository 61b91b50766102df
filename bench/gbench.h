/* Google Benchmark through C: the part of its interface that heaptrial and users of it need.
 *
 * Pointers to struct gbench and gbench_state are the library's and live as long as it says: a benchmark until
 * gbench_shutdown, a state until the benchmark function returns. Strings are copied. No C++ exception crosses:
 * what can fail returns a negative errno. Traps of version 1.7.1, kept here for whoever extends this:
 *
 *   - real and manual time are divided by the number of the library's threads: time threads yourself;
 *   - a MemoryManager with two or more repetitions is a use after free: there is none here;
 *   - the CSV reporter's cv is wrong, and JSON may hold a bare NaN: write results from gbench_run's reports;
 *   - `--benchmark_min_time=0.01s` is ignored with a warning: give a plain number of seconds.
 *
 * The library's own memory (operator new) comes from a mapped region apart from malloc, so that it does not
 * disturb the heap that is measured; base/scratch.h counts it. */
#ifndef HT_BENCH_GBENCH_H
#define HT_BENCH_GBENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench;
struct gbench_state;

enum gbench_unit { GBENCH_NS, GBENCH_US, GBENCH_MS, GBENCH_S };
enum gbench_complexity {
    GBENCH_O_AUTO,
    GBENCH_O_1,
    GBENCH_O_LOG_N,
    GBENCH_O_N,
    GBENCH_O_N_LOG_N,
    GBENCH_O_N2
};

/* ---- global ---- */

/* Takes the library's own `--benchmark_*` flags out of argv; *argc shrinks. */
void gbench_initialize(int *argc, char **argv);

/* A line of the context that reporters print. */
void gbench_context(const char *key, const char *value);

/* One finished repetition, or one aggregate of several. */
struct gbench_report {
    const char *name;
    const char *error; /* NULL, or what gbench_skip_with_error was told */
    const char *label;
    int is_aggregate;
    int64_t repetition;
    int64_t iterations;
    int64_t threads;
    double real_ns, cpu_ns; /* of all iterations together */
};

/* Runs what the flags select. With `report` NULL the library's own reporter prints to stdout; otherwise each
 * run is handed to `report` and nothing is printed. Returns how many benchmarks matched. */
size_t gbench_run(void (*report)(const struct gbench_report *, void *context), void *context);

void gbench_shutdown(void);

/* ---- registration ---- */

/* NULL when memory ran out. `context` is handed to each call of `function`. */
struct gbench *gbench_register(const char *name, void (*function)(struct gbench_state *, void *context),
                               void *context);
int gbench_arg(struct gbench *b, int64_t value);
int gbench_args(struct gbench *b, const int64_t *values, size_t n);
int gbench_arg_names(struct gbench *b, const char *const *names, size_t n);
void gbench_iterations(struct gbench *b, int64_t n);
void gbench_repetitions(struct gbench *b, int n);
void gbench_unit(struct gbench *b, enum gbench_unit unit);
void gbench_threads(struct gbench *b, int n);
void gbench_use_manual_time(struct gbench *b);
void gbench_use_real_time(struct gbench *b);
void gbench_measure_process_cpu_time(struct gbench *b);
void gbench_complexity(struct gbench *b, enum gbench_complexity complexity);
/* A statistic over the repetitions' times, in seconds, reported as an aggregate called `name`. */
int gbench_statistic(struct gbench *b, const char *name, double (*statistic)(const double *values, size_t n));

/* ---- inside a benchmark ---- */

/* True until the planned number of iterations is reached; `n` more were done since the last call. */
int gbench_keep_running_batch(struct gbench_state *s, int64_t n);
/* How many iterations are planned, and how many were done. */
int64_t gbench_planned_iterations(const struct gbench_state *s);
int64_t gbench_done_iterations(const struct gbench_state *s);
int64_t gbench_range(const struct gbench_state *s, size_t index);
int gbench_thread_index(const struct gbench_state *s);
void gbench_pause(struct gbench_state *s);
void gbench_resume(struct gbench_state *s);
/* Adds to the manual time, in seconds. */
void gbench_set_iteration_time(struct gbench_state *s, double seconds);
void gbench_skip_with_error(struct gbench_state *s, const char *message);
void gbench_set_label(struct gbench_state *s, const char *label);
void gbench_set_items(struct gbench_state *s, int64_t items);
void gbench_set_counter(struct gbench_state *s, const char *name, double value);

#ifdef __cplusplus
}
#endif
#endif
