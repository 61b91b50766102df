#include "results/gbjson.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"
#include "results/index.h"

/* A family of benchmarks is a job, and a strategy is an instance of each family. */
struct families {
    struct ht_index jobs, strategies;
};

static uint64_t word_of(const char *interned)
{
    return (uint64_t)(uintptr_t)interned;
}

static bool is_entry(const struct ht_row *row)
{
    return !strcmp(row->pass, "throughput") && !strcmp(row->outcome, "ok") && !row->fault[0] &&
           isfinite(row->wall_ns) && isfinite(row->cpu_ns);
}

/* "larson/slots=10/threads:4/tlsf"; the caller frees it. */
static char *name_of(const struct ht_row *row)
{
    char threads[40] = "", *name;
    if (row->threads != HT_ABSENT)
        snprintf(threads, sizeof threads, "/threads:%" PRIu64, row->threads);
    if (asprintf(&name, "%s%s%s%s%s%s/%s", row->workload, row->params[0] ? "/" : "", row->params,
                 row->heap[0] ? "/heap:" : "", row->heap, threads, row->strategy) < 0)
        return NULL;
    char *const params = name + strlen(row->workload);
    for (size_t i = 0; params[i] && i <= strlen(row->params); i++)
        if (params[i] == ' ')
            params[i] = '/';
    return name;
}

/* JSON is UTF-8; a word that is not loses what is not ASCII. */
static json_t *text(const char *word)
{
    json_t *out = json_string(word);
    char *const ascii = out ? NULL : strdup(word);
    for (char *p = ascii; p && *p; p++)
        *p = (signed char)*p < 0 ? '?' : *p;
    if (ascii)
        out = json_string(ascii);
    free(ascii);
    return out;
}

static json_int_t number(struct ht_index *index, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    size_t n;
    return ht_index_add(index, (struct ht_index_key){{a, b, c, d}}, &n) ? -1 : (json_int_t)n;
}

/* A new reference, or NULL: no memory. */
static json_t *entry(const struct ht_row *row, struct families *f)
{
    const json_int_t family =
        number(&f->jobs, word_of(row->workload), word_of(row->params), row->threads, word_of(row->heap));
    const json_int_t instance = number(&f->strategies, word_of(row->strategy), 0, 0, 0);
    const uint64_t iterations = row->iterations != HT_ABSENT && row->iterations ? row->iterations : 1;
    const json_int_t repetition = row->round != HT_ABSENT && row->round ? (json_int_t)row->round - 1 : 0;
    char *const name = name_of(row);
    json_t *const out =
        !name || family < 0 || instance < 0
            ? NULL
            : json_pack("{s:o, s:I, s:I, s:o, s:s, s:I, s:I, s:I, s:f, s:f, s:s, s:o}", "name", text(name),
                        "family_index", family, "per_family_instance_index", instance, "run_name", text(name),
                        "run_type", "iteration", "repetition_index", repetition, "threads",
                        (json_int_t)(row->threads == HT_ABSENT ? 1 : row->threads), "iterations",
                        (json_int_t)iterations, "real_time", row->wall_ns / (double)iterations, "cpu_time",
                        row->cpu_ns / (double)iterations, "time_unit", "ns", "label", text(row->version));
    if (out && row->ops != HT_ABSENT && row->wall_ns > 0)
        json_object_set_new(out, "items_per_second", json_real((double)row->ops * 1e9 / row->wall_ns));
    free(name);
    return out;
}

/* Entries are printed one by one, each on a line, so that 100,000 rows do not stand in memory as JSON. */
static int put_entries(const struct ht_rows *rows, FILE *out)
{
    struct families f = {0};
    const char *separator = "\n";
    int error = 0;
    for (size_t i = 0; i < rows->count && !error; i++) {
        if (!is_entry(&rows->row[i]))
            continue;
        json_t *const e = entry(&rows->row[i], &f);
        fputs(separator, out);
        separator = ",\n";
        error = !e || json_dumpf(e, out, JSON_PRESERVE_ORDER) ? -ENOMEM : 0;
        json_decref(e);
    }
    ht_index_free(&f.jobs);
    ht_index_free(&f.strategies);
    return error;
}

int ht_gbjson_write(const struct ht_rows *rows, const char *path)
{
    struct ht_file file;
    int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs("{\"context\": {\"executable\": \"heaptrial\", \"library_build_type\": \"release\"},\n"
          "\"benchmarks\": [",
          file.out);
    error = put_entries(rows, file.out);
    fputs("\n]}\n", file.out);
    return error ? ht_file_abandon(&file, error) : ht_file_close(&file);
}
