#include "results/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"
#include "results/pauses.h"
#include "results/plot_parts.h"
#include "results/series.h"

struct timeline {
    const struct ht_summary *s;
    const char *dir;
    json_t *events;
    size_t a_cell; /* pauses that are written of each, at most */
    size_t written, cut, cells, unread;
};

static int longest_first(const void *a, const void *b)
{
    const struct ht_pause *const p = a, *const q = b;
    const uint64_t x = p->end_ns - p->start_ns, y = q->end_ns - q->start_ns;
    return x != y ? (x < y) - (x > y) : (p->start_ns > q->start_ns) - (p->start_ns < q->start_ns);
}

static int by_start(const void *a, const void *b)
{
    const struct ht_pause *const p = a, *const q = b;
    return (p->start_ns > q->start_ns) - (p->start_ns < q->start_ns);
}

/* JSON is UTF-8, and names are anybody's. */
static json_t *text(const char *word)
{
    char clean[256];
    snprintf(clean, sizeof clean, "%s", word);
    ht_text_clean(clean);
    return json_string(clean);
}

static int append(struct timeline *t, json_t *event)
{
    return json_array_append_new(t->events, event) ? -ENOMEM : 0;
}

/* "semispace: lru 3x", and the order in which processes stand. */
static int name_process(struct timeline *t, size_t row, size_t pid)
{
    char label[160], name[224];
    ht_summary_job_label(&t->s->job[t->s->job_of[row]], label, sizeof label);
    snprintf(name, sizeof name, "%.60s: %s", t->s->strategy[t->s->strategy_of[row]].name, label);
    const int error = append(t, json_pack("{s:s, s:s, s:I, s:{s:o}}", "ph", "M", "name", "process_name",
                                          "pid", (json_int_t)pid, "args", "name", text(name)));
    return error ? error
                 : append(t, json_pack("{s:s, s:s, s:I, s:{s:I}}", "ph", "M", "name", "process_sort_index",
                                       "pid", (json_int_t)pid, "args", "sort_index", (json_int_t)pid));
}

static int name_mutator(struct timeline *t, size_t pid, uint64_t mutator)
{
    char name[48];
    snprintf(name, sizeof name, "mutator %" PRIu64, mutator);
    return append(t, json_pack("{s:s, s:s, s:I, s:I, s:{s:s}}", "ph", "M", "name", "thread_name", "pid",
                               (json_int_t)pid, "tid", (json_int_t)mutator, "args", "name", name));
}

static int add_pause(struct timeline *t, const struct ht_row *row, size_t pid, const struct ht_pause *p)
{
    return append(t, json_pack("{s:s, s:s, s:s, s:f, s:f, s:I, s:I, s:{s:o, s:o, s:o}}", "ph", "X", "name",
                               p->kind, "cat", "pause", "ts", (double)p->start_ns / 1000, "dur",
                               (double)(p->end_ns - p->start_ns) / 1000, "pid", (json_int_t)pid, "tid",
                               (json_int_t)p->mutator, "args", "strategy", text(row->strategy), "workload",
                               text(row->workload), "heap", text(row->heap)));
}

/* The longest of the pauses, in the order of time. */
static int add_cell(struct timeline *t, size_t row, struct ht_pause *pause, size_t n)
{
    const size_t pid = ++t->cells, kept = n < t->a_cell ? n : t->a_cell;
    uint64_t mutators = 0;
    int error = name_process(t, row, pid);
    if (kept < n)
        qsort(pause, n, sizeof *pause, longest_first);
    qsort(pause, kept, sizeof *pause, by_start);
    for (size_t i = 0; i < kept && !error; i++) {
        error = add_pause(t, &t->s->rows->row[row], pid, &pause[i]);
        for (; pause[i].mutator >= mutators && mutators < HT_TIMELINE_EVENTS && !error; mutators++)
            error = name_mutator(t, pid, mutators);
    }
    t->written += kept;
    t->cut += n - kept;
    return error;
}

static int read_cell(struct timeline *t, size_t row)
{
    struct ht_pause *pause = NULL;
    size_t n = 0;
    char *path;
    if (asprintf(&path, "%s/%s", t->dir, t->s->rows->row[row].series) < 0)
        return -ENOMEM;
    int error = ht_series_read_pauses(path, &pause, &n);
    free(path);
    if (error && error != -ENOMEM) {
        t->unread++;
        return 0;
    }
    error = error || !n ? error : add_cell(t, row, pause, n);
    free(pause);
    return error;
}

/* For Perfetto's "info and stats" and for whoever reads the file. */
static json_t *describe(struct timeline *t)
{
    json_t *const events = t->events;
    t->events = NULL; /* owned by the whole now */
    return json_pack("{s:o, s:s, s:{s:s, s:I, s:I, s:I}}", "traceEvents", events, "displayTimeUnit", "ns",
                     "otherData", "what",
                     "pauses of the first round of each cell, from the start of its window", "pauses_written",
                     (json_int_t)t->written, "shorter_pauses_left_out", (json_int_t)t->cut,
                     "most_pauses_of_a_cell", (json_int_t)t->a_cell);
}

static int dump(const struct timeline *t, json_t *whole, const char *name)
{
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/plots/%s", t->dir, name) < 0)
        return -ENOMEM;
    int error = ht_file_open(&file, path);
    free(path);
    if (error)
        return error;
    error = json_dumpf(whole, file.out, JSON_COMPACT | JSON_REAL_PRECISION(12)) ? -EIO : 0;
    return error ? ht_file_abandon(&file, error) : ht_file_close(&file);
}

static int collect(struct timeline *t, const struct ht_plot_series *series)
{
    size_t cells = 0;
    int error = 0;
    for (size_t i = 0; i < series->n; i = ht_plot_cell_end(t->s, series, i))
        cells++;
    t->a_cell = HT_TIMELINE_EVENTS / (cells ? cells : 1);
    t->a_cell = t->a_cell ? t->a_cell : 1;
    for (size_t i = 0; i < series->n && !error; i = ht_plot_cell_end(t->s, series, i))
        error = read_cell(t, series->row[i]);
    return error;
}

int ht_timeline_write(const struct ht_summary *summary, const char *dir, const char *name, size_t *unread)
{
    struct timeline t = {.s = summary, .dir = dir, .events = json_array()};
    struct ht_plot_series series;
    int error = ht_plot_series_open(summary, "pauses", &series);
    error = error || t.events ? error : -ENOMEM;
    if (!error)
        error = collect(&t, &series);
    if (!error && t.written) {
        json_t *const whole = describe(&t);
        error = whole ? dump(&t, whole, name) : -ENOMEM;
        json_decref(whole);
    }
    *unread = t.unread;
    json_decref(t.events);
    ht_plot_series_close(&series);
    return error;
}
