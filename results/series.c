#include "results/series.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/cycles.h"
#include "results/file.h"
#include "results/pauses.h"
#include "results/row.h"

static const char latency_header[] = "op,low_ns,high_ns,count\n";
static const char pauses_header[] = "start_ns,end_ns,kind,mutator\n";
static const char mmu_header[] = "window_ns,utilisation\n";
static const char cycles_header[] = "death_ns,death_bytes,reclaimed_ns,reclaimed_bytes\n";
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

int ht_series_write_pauses(const char *path, const struct ht_pause *pause, size_t n)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs(pauses_header, file.out);
    for (const struct ht_pause *p = pause; p < pause + n; p++)
        fprintf(file.out, "%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 "\n", p->start_ns, p->end_ns, p->kind,
                p->mutator);
    return ht_file_close(&file);
}

int ht_series_write_mmu(const char *path, const struct ht_mmu_point *point, size_t n)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs(mmu_header, file.out);
    for (const struct ht_mmu_point *p = point; p < point + n; p++)
        fprintf(file.out, "%.10g,%.10g\n", p->window_ns, p->utilisation);
    return ht_file_close(&file);
}

static void put_figure(FILE *out, uint64_t figure, char end)
{
    if (figure != HT_ABSENT)
        fprintf(out, "%" PRIu64, figure);
    putc(end, out);
}

int ht_series_write_cycles(const char *path, const struct ht_cycle_life *life, size_t n)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs(cycles_header, file.out);
    for (const struct ht_cycle_life *l = life; l < life + n; l++) {
        put_figure(file.out, l->death_ns, ',');
        put_figure(file.out, l->death_bytes, ',');
        put_figure(file.out, l->reclaimed_ns, ',');
        put_figure(file.out, l->reclaimed_bytes, '\n');
    }
    return ht_file_close(&file);
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

static const char *const ops[] = {"alloc", "resize", "free", "load", "store", "root", "collect", NULL};
static const char *const pause_kinds[] = {"full", "minor", "step", "sweep", "release", "wait", NULL};

/* Each takes one field and what ends it, and returns where the next starts; NULL: not what was expected. */
static const char *take_word(const char *at, const char *const *words, const char **word)
{
    for (; *words; words++) {
        const size_t n = strlen(*words);
        if (!strncmp(at, *words, n) && at[n] == ',') {
            *word = *words;
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

static const char *take_real(const char *at, double *value, char ends)
{
    char *end;
    *value = strtod(at, &end);
    return end > at && *end == ends && isfinite(*value) ? end + 1 : NULL;
}

static const char *take_bucket(const char *at, void *to)
{
    struct ht_latency_bucket *const b = to;
    at = take_word(at, ops, &b->op);
    at = at ? take_real(at, &b->low_ns, ',') : NULL;
    at = at ? take_real(at, &b->high_ns, ',') : NULL;
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

static const char *take_pause(const char *at, void *to)
{
    struct ht_pause *const p = to;
    at = take_count(at, &p->start_ns, ',');
    at = at ? take_count(at, &p->end_ns, ',') : NULL;
    at = at ? take_word(at, pause_kinds, &p->kind) : NULL;
    at = at ? take_count(at, &p->mutator, '\n') : NULL;
    return at && p->mutator != HT_ABSENT && p->end_ns != HT_ABSENT && p->start_ns <= p->end_ns ? at : NULL;
}

static const char *take_cycle(const char *at, void *to)
{
    struct ht_cycle_life *const l = to;
    at = take_count(at, &l->death_ns, ',');
    at = at ? take_count(at, &l->death_bytes, ',') : NULL;
    at = at ? take_count(at, &l->reclaimed_ns, ',') : NULL;
    at = at ? take_count(at, &l->reclaimed_bytes, '\n') : NULL;
    return at && l->death_ns != HT_ABSENT && l->death_ns <= l->reclaimed_ns ? at : NULL;
}

static const char *take_mmu_point(const char *at, void *to)
{
    struct ht_mmu_point *const p = to;
    at = take_real(at, &p->window_ns, ',');
    return at ? take_real(at, &p->utilisation, '\n') : NULL;
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

/* Numbers are read as in the C locale. */
static int read_reals(const char *path, const char *header, const char *(*take)(const char *at, void *to),
                      size_t bytes, void **array, size_t *n)
{
    const locale_t old = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    const int error = read_lines(path, header, take, bytes, array, n);
    uselocale(old);
    return error;
}

int ht_series_read_latency(const char *path, struct ht_latency_bucket **bucket, size_t *n)
{
    void *array = NULL;
    const int error = read_reals(path, latency_header, take_bucket, sizeof **bucket, &array, n);
    *bucket = array;
    return error;
}

int ht_series_read_pauses(const char *path, struct ht_pause **pause, size_t *n)
{
    void *array = NULL;
    const int error = read_lines(path, pauses_header, take_pause, sizeof **pause, &array, n);
    *pause = array;
    return error;
}

int ht_series_read_mmu(const char *path, struct ht_mmu_point **point, size_t *n)
{
    void *array = NULL;
    const int error = read_reals(path, mmu_header, take_mmu_point, sizeof **point, &array, n);
    *point = array;
    return error;
}

int ht_series_read_cycles(const char *path, struct ht_cycle_life **life, size_t *n)
{
    void *array = NULL;
    const int error = read_lines(path, cycles_header, take_cycle, sizeof **life, &array, n);
    *life = array;
    return error;
}

int ht_series_read_memory(const char *path, struct ht_memory_sample **sample, size_t *n)
{
    void *array = NULL;
    const int error = read_lines(path, memory_header, take_sample, sizeof **sample, &array, n);
    *sample = array;
    return error;
}
