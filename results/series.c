#include "results/series.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"
#include "results/row.h"

static const char latency_header[] = "op,low_ns,high_ns,count\n";
static const char memory_header[] = "t_ns,ops,live_bytes,usable_bytes,mapped_bytes,rss_bytes\n";

/* ---- writing ------------------------------------------------------------------------------------------- */

int ht_series_write_latency(const char *path, const struct ht_latency_bucket *bucket, size_t n)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs(latency_header, file.out);
    for (const struct ht_latency_bucket *b = bucket; b < bucket + n; b++)
        if (b->count)
            fprintf(file.out, "%s,%.10g,%.10g,%" PRIu64 "\n", b->op, b->low_ns, b->high_ns, b->count);
    return ht_file_close(&file);
}

static void put_figure(FILE *out, uint64_t figure, char end)
{
    if (figure != HT_ABSENT)
        fprintf(out, "%" PRIu64, figure);
    putc(end, out);
}

int ht_series_write_memory(const char *path, const struct ht_memory_sample *sample, size_t n)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs(memory_header, file.out);
    for (const struct ht_memory_sample *s = sample; s < sample + n; s++) {
        put_figure(file.out, s->t_ns, ',');
        put_figure(file.out, s->ops, ',');
        put_figure(file.out, s->live_bytes, ',');
        put_figure(file.out, s->usable_bytes, ',');
        put_figure(file.out, s->mapped_bytes, ',');
        put_figure(file.out, s->rss_bytes, '\n');
    }
    return ht_file_close(&file);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* Each takes one field and what ends it, and returns where the next starts; NULL: not what was expected. */
static const char *take_op(const char *at, const char **op)
{
    static const char *const words[] = {"alloc", "resize", "free", "load", "store", "root", "collect"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t n = strlen(words[i]);
        if (!strncmp(at, words[i], n) && at[n] == ',') {
            *op = words[i];
            return at + n + 1;
        }
    }
    return NULL;
}

static const char *take_count(const char *at, uint64_t *value, char end)
{
    const char *p = at;
    *value = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, *p - '0', value))
            return NULL;
    if (p == at)
        *value = HT_ABSENT;
    return *p == end ? p + 1 : NULL;
}

static const char *take_real(const char *at, double *value)
{
    char *end;
    *value = strtod(at, &end);
    return end > at && *end == ',' && isfinite(*value) ? end + 1 : NULL;
}

static const char *take_bucket(const char *at, void *to)
{
    struct ht_latency_bucket *const b = to;
    at = take_op(at, &b->op);
    at = at ? take_real(at, &b->low_ns) : NULL;
    at = at ? take_real(at, &b->high_ns) : NULL;
    at = at ? take_count(at, &b->count, '\n') : NULL;
    return at && b->count != HT_ABSENT && b->low_ns <= b->high_ns ? at : NULL;
}

static const char *take_sample(const char *at, void *to)
{
    struct ht_memory_sample *const s = to;
    uint64_t *const figure[] = {&s->t_ns,         &s->ops,          &s->live_bytes,
                                &s->usable_bytes, &s->mapped_bytes, &s->rss_bytes};
    for (int i = 0; i < 6 && at; i++)
        at = take_count(at, figure[i], i < 5 ? ',' : '\n');
    return at;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

/* Reads lines of `bytes` each in memory. */
static int read_lines(const char *path, const char *header, const char *(*take)(const char *at, void *to),
                      size_t bytes, void **array, size_t *n)
{
    char *text;
    size_t size;
    int error = ht_file_read(path, &text, &size);
    if (error)
        return error;
    char *const item = calloc(count_lines(text) + 1, bytes);
    const char *at = strncmp(text, header, strlen(header)) ? NULL : text + strlen(header);
    error = !item ? -ENOMEM : !at ? -EPROTO : 0;
    for (*n = 0; !error && *at; ++*n)
        if (!(at = take(at, item + *n * bytes)))
            error = -EPROTO;
    if (error)
        free(item);
    else
        *array = item;
    free(text);
    return error;
}

int ht_series_read_latency(const char *path, struct ht_latency_bucket **bucket, size_t *n)
{
    void *array = NULL;
    const locale_t old = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    const int error = read_lines(path, latency_header, take_bucket, sizeof **bucket, &array, n);
    uselocale(old);
    *bucket = array;
    return error;
}

int ht_series_read_memory(const char *path, struct ht_memory_sample **sample, size_t *n)
{
    void *array = NULL;
    const int error = read_lines(path, memory_header, take_sample, sizeof **sample, &array, n);
    *sample = array;
    return error;
}
