#include "results/metrics.h"

#include <string.h>

#include "base/outcome.h"

static const struct {
    const char *word, *meaning;
    enum ht_metric_role role;
    double margin;
} metrics[HT_METRICS] = {
#define X(id, word, role, margin, meaning) {word, meaning, HT_ROLE_##role, margin},
    HT_METRICS_LIST(X)
#undef X
};

const char *ht_metric_word(enum ht_metric metric)
{
    return metrics[metric].word;
}

const char *ht_metric_meaning(enum ht_metric metric)
{
    return metrics[metric].meaning;
}

enum ht_metric_role ht_metric_role(enum ht_metric metric)
{
    return metrics[metric].role;
}

/* Threads that meet by chance retry now and then: their instructions do not repeat to the digit. */
double ht_metric_margin(enum ht_metric metric, uint64_t threads)
{
    const bool shared = threads > 1 && threads != HT_ABSENT;
    return metric == HT_INSTRUCTIONS && shared ? 10 * metrics[metric].margin : metrics[metric].margin;
}

bool ht_metric_is_of_work(enum ht_metric metric)
{
    return metric == HT_TIME || metric == HT_INSTRUCTIONS || ht_metric_is_of_workload(metric);
}

bool ht_metric_is_of_workload(enum ht_metric metric)
{
    return metric == HT_CALLS || metric == HT_ASKED;
}

enum ht_metric_unit ht_metric_unit(enum ht_metric metric)
{
    switch (metric) {
    case HT_INSTRUCTIONS:
    case HT_CALLS:
        return HT_UNIT_COUNT;
    case HT_MEMORY:
    case HT_DRAIN:
    case HT_MAPPED:
    case HT_ASKED:
    case HT_PAGES:
        return HT_UNIT_BYTES;
    case HT_OVERHEAD:
        return HT_UNIT_RATIO;
    default:
        return HT_UNIT_NS;
    }
}

bool ht_metric_find(const char *word, enum ht_metric *metric)
{
    for (*metric = 0; *metric < HT_METRICS; ++*metric)
        if (!strcmp(word, metrics[*metric].word))
            return true;
    return false;
}

void ht_metric_text(enum ht_metric metric, double value, char text[32])
{
    static const char *const ns[] = {"ns", "us", "ms", "s"}, *const bytes[] = {"B", "KiB", "MiB", "GiB"},
                             *const count[] = {"", "k", "M", "G"}, *const ratio[] = {"", "", "", ""};
    const char *const *const units[] = {
        [HT_UNIT_NS] = ns, [HT_UNIT_BYTES] = bytes, [HT_UNIT_COUNT] = count, [HT_UNIT_RATIO] = ratio};
    const char *const *const unit = units[ht_metric_unit(metric)];
    const double step = ht_metric_unit(metric) == HT_UNIT_BYTES ? 1024 : 1000;
    int i = 0;
    for (; unit != ratio && i < 3 && value >= step; i++)
        value /= step;
    snprintf(text, 32, isnan(value) ? "-" : "%.4g%s%s", value, unit[i][0] ? " " : "", unit[i]);
}

/* ---- figures of a row ----------------------------------------------------------------------------------- */

static bool is_program(const struct ht_row *row)
{
    return !strcmp(row->kind, "program");
}

/* Threads that meet by chance do not ask for the same each time; of collectors the bytes are not known. */
static bool is_of_one_thread(const struct ht_row *row)
{
    return row->threads == 1 && !strcmp(row->kind, "allocator");
}

/* A program's peak is in the row of its time. Where addresses are random, what is aligned may take more pages. */
bool ht_metric_is_taken(const struct ht_row *row, enum ht_metric metric)
{
    switch (metric) {
    case HT_TIME:
        return !strcmp(row->pass, "throughput");
    case HT_MEMORY:
        return !strcmp(row->pass, "memory") || is_program(row);
    case HT_DRAIN:
    case HT_MAPPED:
        return !strcmp(row->pass, "memory");
    case HT_INSTRUCTIONS:
        return !strcmp(row->pass, "instructions");
    case HT_ASKED:
        return !strcmp(row->pass, "memory") && is_of_one_thread(row);
    case HT_CALLS:
    case HT_PAGES:
        return !strcmp(row->pass, "instructions") && is_of_one_thread(row);
    case HT_P50:
    case HT_P99:
    case HT_P999:
        return !strcmp(row->pass, "latency");
    case HT_PAUSE_MAX:
        return !strcmp(row->pass, "pauses");
    default:
        return false;
    }
}

/* A program has no base: it is a whole process either way. */
static double above_base(const struct ht_row *row, uint64_t bytes)
{
    const uint64_t base = row->rss_base_bytes == HT_ABSENT ? 0 : row->rss_base_bytes;
    if (bytes == HT_ABSENT || row->live_peak_bytes < HT_MEMORY_LEAST_LIVE)
        return NAN;
    return bytes > base ? (double)(bytes - base) : NAN;
}

/* What is left after all was freed may be less than the base, which is no ratio. */
static double drain_figure(const struct ht_row *row)
{
    const double left = above_base(row, row->rss_drain_bytes);
    return left >= HT_MEMORY_LEAST_LIVE ? left : NAN;
}

static double mapped_figure(const struct ht_row *row)
{
    const bool known = row->mapped_peak_bytes != HT_ABSENT && row->live_peak_bytes >= HT_MEMORY_LEAST_LIVE;
    return known ? (double)row->mapped_peak_bytes : NAN;
}

/* The work of a pair is the same, the number of operations may not be: a region frees all at once. CPU time
 * varies a quarter as much as wall time, but says nothing of threads that wait for each other. */
static double time_figure(const struct ht_row *row)
{
    return row->threads == 1 || is_program(row) ? row->cpu_ns : row->wall_ns;
}

static double count_figure(uint64_t count)
{
    return count == HT_ABSENT ? NAN : (double)count;
}

static double figure_of(const struct ht_row *row, enum ht_metric metric)
{
    switch (metric) {
    case HT_TIME:
        return time_figure(row);
    case HT_MEMORY:
        return above_base(row, row->rss_peak_bytes);
    case HT_INSTRUCTIONS:
        return count_figure(row->instructions);
    case HT_DRAIN:
        return drain_figure(row);
    case HT_MAPPED:
        return mapped_figure(row);
    case HT_P50:
        return row->p50_ns;
    case HT_P99:
        return row->p99_ns;
    case HT_P999:
        return row->p999_ns;
    case HT_PAUSE_MAX:
        return row->pause_max_ns;
    case HT_CALLS:
        return count_figure(row->ops);
    case HT_ASKED:
        return count_figure(row->asked_bytes);
    case HT_PAGES:
        return count_figure(row->pages_peak_bytes);
    default:
        return NAN;
    }
}

static double known_figure(const struct ht_row *row, enum ht_metric metric, double off)
{
    if (!ht_metric_is_taken(row, metric) || strcmp(row->outcome, ht_outcome_word(HT_OK)))
        return NAN;
    const double figure = figure_of(row, metric) - off;
    return figure > 0 ? figure : NAN;
}

double ht_metric_figure(const struct ht_row *row, enum ht_metric metric)
{
    return row->fault[0] ? NAN : known_figure(row, metric, 0);
}

double ht_metric_figure_shattered(const struct ht_row *row, enum ht_metric metric)
{
    const bool keeps = metric == HT_MEMORY && row->kept_bytes != HT_ABSENT;
    return known_figure(row, metric, keeps ? (double)row->kept_bytes : 0);
}
