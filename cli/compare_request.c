#include "cli/compare_request.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "results/origin.h"

int ht_compared_open_run(struct ht_compared *compared, const char *path, const char *baseline)
{
    *compared = (struct ht_compared){.is_pair = false};
    const int status = ht_presented_open(&compared->run, path, baseline);
    for (unsigned i = 0; !status && i < compared->run.parts; i++)
        compared->summary[compared->summaries++] = &compared->run.part[i].summary;
    return status;
}

/* ---- two runs ------------------------------------------------------------------------------------------- */

/* The manifest beside the rows. False: there is none, or none that can be read. */
static bool read_origin(const char *path, struct ht_origin *origin)
{
    char why[256], *const rows = ht_rows_path(path);
    const int error = rows ? ht_origin_read(origin, dirname(rows), why) : -ENOMEM;
    if (error && error != -ENOENT)
        ht_say(0, "%s", why);
    free(rows);
    return !error;
}

static int judge_origins(const char *base_path, const char *new_path, bool any_machine)
{
    struct ht_origin base, new;
    char words[512];
    if (!read_origin(base_path, &base) || !read_origin(new_path, &new)) {
        ht_say(0,
               "without a manifest.json beside both rows.csv it is not known whether one machine made them");
        return HT_EXIT_GOOD;
    }
    if (!ht_origin_same_machine(&base, &new) || base.mixed || new.mixed) {
        const char *const advice = any_machine ? "" : "; run both on one, or say --any-machine";
        ht_say(0, "incomparable machines: %s with %d cores%s, and %s with %d%s%s", base.cpu, base.cores,
               base.mixed ? " and others" : "", new.cpu, new.cores, new.mixed ? " and others" : "", advice);
        return any_machine ? HT_EXIT_GOOD : HT_EXIT_INCOMPARABLE;
    }
    ht_origin_differences(&base, &new, words);
    if (words[0])
        ht_say(0, "the two runs differ in more than what they measure: %s", words);
    return HT_EXIT_GOOD;
}

/* Rounds of two runs in one file could not be told from each other. */
static int judge_rows(const char *path, const struct ht_row *row, size_t n)
{
    if (!n)
        return ht_say(HT_EXIT_FAILED, "%s: there are no rows", path);
    for (size_t i = 1; i < n; i++)
        if (row[i].run != row[0].run)
            return ht_say(HT_EXIT_USAGE,
                          "%s holds rows of more than one run (%.40s and %.40s): compare them one by one",
                          path, row[0].run, row[i].run);
    return HT_EXIT_GOOD;
}

static int read_pair(struct ht_compared *c, const char *base, const char *new)
{
    int status = ht_present_read(base, &c->rows);
    const size_t first_new = c->rows.count;
    char why[256];
    if (!status)
        status = judge_rows(base, c->rows.row, first_new);
    if (!status)
        status = ht_present_read(new, &c->rows);
    if (!status)
        status = judge_rows(new, c->rows.row + first_new, c->rows.count - first_new);
    if (!status && ht_summary_open_sides(&c->both, &c->rows, first_new, base, new, why))
        status = ht_say(HT_EXIT_FAILED, "%s", why);
    return status;
}

int ht_compared_open_pair(struct ht_compared *compared, const char *base, const char *new, bool any_machine)
{
    *compared = (struct ht_compared){.is_pair = true};
    int status = read_pair(compared, base, new);
    if (!status)
        status = judge_origins(base, new, any_machine);
    compared->summary[0] = &compared->both;
    compared->summaries = 1;
    if (status)
        ht_compared_close(compared);
    return status;
}

void ht_compared_close(struct ht_compared *compared)
{
    if (compared->is_pair) {
        ht_summary_close(&compared->both);
        ht_rows_free(&compared->rows);
    } else {
        ht_presented_close(&compared->run);
    }
}

/* ---- metrics -------------------------------------------------------------------------------------------- */

/* Overhead is over a bound that no choice passes, not over a baseline. */
static size_t list_metrics(const char *names[HT_METRICS])
{
    size_t n = 0;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        if (metric != HT_OVERHEAD)
            names[n++] = ht_metric_word(metric);
    return n;
}

static bool refuse(const char *word, char why[256])
{
    const char *names[HT_METRICS];
    const size_t n = list_metrics(names);
    const char *const nearest = ht_nearest(word, names, n);
    size_t used =
        (size_t)snprintf(why, 256, "there is no metric '%.40s'%s%s%s there are", word,
                         nearest ? ": did you mean " : ";", nearest ? nearest : "", nearest ? "?" : "");
    for (size_t i = 0; i < n && used < 256; i++)
        used += (size_t)snprintf(why + used, 256 - used, "%s %s", i ? "," : "", names[i]);
    return false;
}

bool ht_compared_parse_metrics(const char *words, unsigned *metrics, char why[256])
{
    *metrics = 0;
    while (*words) {
        char word[64];
        enum ht_metric metric;
        const size_t bytes = strcspn(words, ",");
        snprintf(word, sizeof word, "%.*s", (int)bytes, words);
        if (word[0] && (!ht_metric_find(word, &metric) || metric == HT_OVERHEAD))
            return refuse(word, why);
        *metrics |= word[0] ? HT_METRIC_BIT(metric) : 0;
        words += bytes + (words[bytes] == ',');
    }
    return true;
}
