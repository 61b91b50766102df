#include "bench/cell_launch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/damage.h"
#include "results/text.h"

/* Adds `item` to an array that doubles; drops it when memory is out. */
#define APPEND(array, count, item)                                                                           \
    do {                                                                                                     \
        if (((count) & ((count)-1)) == 0) {                                                                  \
            void *const grown = realloc(array, ((count) ? 2 * (count) : 1) * sizeof *(array));               \
            if (!grown)                                                                                      \
                break;                                                                                       \
            (array) = grown;                                                                                 \
        }                                                                                                    \
        (array)[(count)++] = item;                                                                           \
    } while (0)

static void take_text(char *out, size_t bytes, const char *text)
{
    snprintf(out, bytes, "%s", text);
    ht_text_clean(out);
}

static void take_record(const struct ht_record *record, void *context)
{
    struct ht_cell_result *const r = context;
    switch ((enum ht_record_kind)record->kind) {
    case HT_RECORD_VERSION:
        take_text(r->version, sizeof r->version, record->text);
        break;
    case HT_RECORD_LIBRARY:
        take_text(r->library, sizeof r->library, record->text);
        break;
    case HT_RECORD_REPETITION:
        if (r->windows < HT_WINDOWS_MAX)
            r->window[r->windows++] = record->repetition;
        break;
    case HT_RECORD_LATENCY:
        r->latency = record->latency;
        r->has_latency = true;
        break;
    case HT_RECORD_BUCKET:
        APPEND(r->bucket, r->buckets, record->bucket);
        break;
    case HT_RECORD_SAMPLE:
        APPEND(r->sample, r->samples, record->sample);
        break;
    case HT_RECORD_MEMORY:
        r->memory = record->memory;
        r->has_memory = true;
        break;
    case HT_RECORD_COLLECTOR:
        r->collector = record->collector;
        r->has_collector = true;
        break;
    case HT_RECORD_PAUSES:
        for (uint64_t i = 0; i < record->pauses.count && i < HT_PAUSES_A_RECORD; i++)
            APPEND(r->pause, r->pauses, record->pauses.pause[i]);
        break;
    case HT_RECORD_CYCLES:
        for (uint64_t i = 0; i < record->cycles.count && i < HT_CYCLES_A_RECORD; i++)
            APPEND(r->cycle, r->cycles, record->cycles.cycle[i]);
        r->outstanding_max_bytes = record->cycles.outstanding_max_bytes;
        r->has_cycles = true;
        break;
    case HT_RECORD_LEAK:
        r->leaked = record->leaked;
        r->has_leaked = true;
        break;
    case HT_RECORD_SHATTER:
        r->shattered = record->shattered;
        r->has_shattered = true;
        break;
    case HT_RECORD_POINTS:
        r->points = record->points;
        r->has_points = true;
        break;
    case HT_RECORD_VERDICT:
        if (record->outcome > HT_ERROR) /* no word of a cell's, but what its strategy scribbled */
            break;
        r->outcome = record->outcome;
        take_text(r->reason, sizeof r->reason, record->text);
        r->has_verdict = true;
        break;
    case HT_RECORD_MISUSE: /* of another program */
        break;
    }
}

/* What the strategy's death means. */
static void judge(struct ht_cell_result *r, double timeout_s)
{
    const struct ht_ended *const e = &r->ended;
    char last[160];
    ht_last_line(e->err, last, sizeof last);
    ht_text_clean(last);
    if (r->has_verdict)
        return;
    if (e->timed_out) {
        r->outcome = HT_HANG;
        snprintf(r->reason, sizeof r->reason, "no end after %g s", timeout_s);
    } else if (e->signal) {
        r->outcome = ht_outcome_of_signal(e->signal, e->err);
        snprintf(r->signal, sizeof r->signal, "SIG%s", sigabbrev_np(e->signal));
        /* Nobody here sent it: most often it is the kernel, when memory is out. */
        snprintf(r->reason, sizeof r->reason, "%s%s%s%s", strsignal(e->signal),
                 e->signal == SIGKILL ? ", perhaps by the kernel for want of memory" : "",
                 last[0] ? ": " : "", last);
    } else if (e->foreign) {
        r->outcome = HT_ERROR;
        snprintf(r->reason, sizeof r->reason, "its cell was built from another version than heaptrial: make");
    } else {
        r->outcome = HT_ERROR;
        snprintf(r->reason, sizeof r->reason, "exit status %d without a verdict%s%s", e->exit_status,
                 last[0] ? ": " : "", last);
    }
}

/* A cell that tries all points of a fault plan may take so many times as long as another. */
enum { SWEEP_TIMES = 60 };

/* The command line's words live here as long as the launch. */
struct words {
    char text[32][640];
    unsigned used;
};

static void add(struct ht_launch *launch, struct words *words, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct ht_launch *launch, struct words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(words->text[words->used], sizeof words->text[0], format, args);
    va_end(args);
    unsigned n = 0;
    while (launch->argv[n])
        n++;
    launch->argv[n] = words->text[words->used++];
}

static void add_environment(struct ht_launch *launch, struct words *words, const struct ht_cell_task *task)
{
    unsigned n = 0;
    for (; task->plan->env[n][0]; n++)
        launch->env[n] = task->plan->env[n];
    if (task->strategy->is_preloaded) {
        snprintf(words->text[words->used], sizeof words->text[0], "LD_PRELOAD=%s", task->strategy->library);
        launch->env[n++] = words->text[words->used++];
    }
    ht_launch_add_environment(launch, task->strategy->environment);
}

static void add_arguments(struct ht_launch *launch, struct words *words, const struct ht_cell_task *task)
{
    const struct ht_strategy *const s = task->strategy;
    const struct ht_group *const g = task->group;
    const char *const base = strrchr(s->cell, '/');
    if (g->pass == HT_PASS_FAULTS && base) {
        add(launch, words, "%.*s/faulty%s", (int)(base - s->cell), s->cell, base);
        add(launch, words, "--heaptrial_points=%" PRIu64, task->plan->points);
        add(launch, words, "--heaptrial_try_ms=%.0f", task->plan->timeout_s * 1000);
    } else {
        add(launch, words, "%s", s->cell);
    }
    add(launch, words, "--heaptrial_workload=%s", g->workload);
    add(launch, words, "--heaptrial_params=%s", g->params);
    add(launch, words, "--heaptrial_threads=%u", g->threads);
    add(launch, words, "--heaptrial_pass=%s", ht_pass_word(g->pass));
    add(launch, words, "--heaptrial_seed=%" PRIu64, task->seed);
    add(launch, words, "--heaptrial_iterations=%" PRIu64, task->iterations);
    add(launch, words, "--heaptrial_repetitions=%u", task->repetitions);
    add(launch, words, "--heaptrial_fd=%d", HT_LAUNCH_RECORD_FD);
    if (g->heap[0])
        add(launch, words, "--heaptrial_heap=%s", task->heap ? task->heap : g->heap);
    if (g->fault[0])
        add(launch, words, "--heaptrial_fault=%s", g->fault);
    if (s->variant[0])
        add(launch, words, "--heaptrial_variant=%s", s->variant);
    if (s->is_preloaded)
        add(launch, words, "--heaptrial_preload=%s", strrchr(s->library, '/') + 1);
    else if (s->library[0])
        add(launch, words, "--heaptrial_plugin=%s", s->library);
}

/* callgrind says on stderr: "==12== Collected : 123456". */
static uint64_t collected(const char *err)
{
    const char *const line = strstr(err, "Collected : ");
    return line ? strtoull(line + 12, NULL, 10) : 0;
}

int ht_cell_launch(const struct ht_cell_task *task, struct ht_cell_result *result)
{
    struct words words = {.used = 0};
    const bool sweeps = task->group->pass == HT_PASS_FAULTS; /* and times each of its tries itself */
    const double timeout_s = task->plan->timeout_s * (task->callgrind ? 4 : sweeps ? SWEEP_TIMES : 1);
    *result = (struct ht_cell_result){.outcome = HT_ERROR};
    struct ht_launch launch = {
        .timeout_ns = (uint64_t)(timeout_s * 1e9),
        .data_limit = task->callgrind || task->strategy->maps_much ? 0 : task->data_limit,
        .pad = task->pad,
        .fixed_addresses = task->callgrind,
        .on_record = take_record,
        .context = result,
    };
    if (task->callgrind) {
        launch.argv[0] = "valgrind";
        launch.argv[1] = "--tool=callgrind";
        launch.argv[2] = "--callgrind-out-file=/dev/null";
    }
    ht_launch_add_command(&launch, task->strategy->under);
    add_arguments(&launch, &words, task);
    add_environment(&launch, &words, task);
    const int error = ht_launch(&launch, &result->ended);
    if (error)
        return error;
    if (result->ended.interrupted)
        return -EINTR;
    judge(result, timeout_s);
    result->instructions = task->callgrind ? collected(result->ended.err) : 0;
    return 0;
}

void ht_cell_result_free(struct ht_cell_result *result)
{
    free(result->bucket);
    free(result->sample);
    free(result->pause);
    free(result->cycle);
    result->bucket = NULL;
    result->sample = NULL;
    result->pause = NULL;
    result->cycle = NULL;
}
