#include "results/misuse_rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/file.h"
#include "results/text.h"

static const char header[] = "strategy,case,size,verdict,rate,ops_to_detection,message\n";

enum { FIELDS = 7 };

static const struct {
    const char *word, *meaning;
    char letter;
} verdicts[] = {
#define X(id, word, letter, meaning) {word, meaning, letter},
    HT_MISUSE_VERDICTS(X)
#undef X
};

const char *ht_misuse_verdict_word(enum ht_misuse_verdict verdict)
{
    return verdicts[verdict].word;
}

char ht_misuse_verdict_letter(enum ht_misuse_verdict verdict)
{
    return verdicts[verdict].letter;
}

const char *ht_misuse_verdict_meaning(enum ht_misuse_verdict verdict)
{
    return verdicts[verdict].meaning;
}

/* ---- writing -------------------------------------------------------------------------------------------- */

/* Whole or not at all, as far as the file lets itself be cut. */
static int append(int fd, const char *text, size_t bytes)
{
    const off_t end = lseek(fd, 0, SEEK_END);
    const ssize_t n = write(fd, text, bytes);
    if (n == (ssize_t)bytes)
        return 0;
    const int error = n < 0 ? -errno : -ENOSPC;
    if (n > 0 && end >= 0 && ftruncate(fd, end))
        return -errno;
    return error;
}

int ht_misuse_rows_header(int fd)
{
    return append(fd, header, strlen(header));
}

static void put_real(FILE *out, double x)
{
    if (!isnan(x))
        fprintf(out, "%.6g", x);
}

static void put_row(FILE *out, const struct ht_misuse_row *row)
{
    ht_text_put_csv(out, row->strategy);
    fprintf(out, ",%s,", row->name);
    if (row->size)
        fprintf(out, "%u", row->size);
    fprintf(out, ",%s,", ht_misuse_verdict_word(row->verdict));
    put_real(out, row->rate);
    putc(',', out);
    put_real(out, row->ops);
    putc(',', out);
    ht_text_put_csv(out, row->message);
    putc('\n', out);
}

int ht_misuse_row_append(int fd, const struct ht_misuse_row *row)
{
    char *line = NULL;
    size_t bytes;
    FILE *const out = open_memstream(&line, &bytes);
    if (!out)
        return -ENOMEM;
    const locale_t old = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    put_row(out, row);
    uselocale(old);
    const int error = fclose(out) ? -ENOMEM : append(fd, line, bytes);
    free(line);
    return error;
}

/* ---- reading -------------------------------------------------------------------------------------------- */

/* Cuts the line at `text` into fields, in place. Where the next line begins; NULL when this one has no end. */
static char *cut_line(char *text, char *field[FIELDS], size_t *fields)
{
    char *to = text;
    bool quoted = false;
    *fields = 0;
    field[(*fields)++] = to;
    for (const char *from = text; *from; from++) {
        if (*from == '"' && quoted && from[1] == '"')
            *to++ = *from++;
        else if (*from == '"')
            quoted = !quoted;
        else if (quoted || (*from != ',' && *from != '\n'))
            *to++ = *from;
        else if (*from == '\n') {
            *to = 0;
            return text + (from + 1 - text);
        } else {
            *to++ = 0;
            if (*fields < FIELDS)
                field[*fields] = to;
            ++*fields;
        }
    }
    return NULL;
}

static int take_name(char out[HT_MISUSE_NAME], const char *text)
{
    const size_t bytes = strlen(text);
    if (!bytes || bytes >= HT_MISUSE_NAME)
        return -EINVAL;
    memcpy(out, text, bytes + 1);
    return 0;
}

static int take_real(double *out, const char *text)
{
    char *end;
    *out = *text ? strtod(text, &end) : NAN;
    return *text && (*end || !isfinite(*out) || *out < 0) ? -EINVAL : 0;
}

static int take_verdict(enum ht_misuse_verdict *out, const char *text)
{
    for (int v = 0; v < HT_MISUSED_N; v++)
        if (!strcmp(verdicts[v].word, text)) {
            *out = (enum ht_misuse_verdict)v;
            return 0;
        }
    return -EINVAL;
}

static int take_row(struct ht_misuse_row *row, char *const field[FIELDS])
{
    double size;
    int error = take_name(row->strategy, field[0]);
    error = error ? error : take_name(row->name, field[1]);
    error = error ? error : take_real(&size, field[2]);
    error = error ? error : take_verdict(&row->verdict, field[3]);
    error = error ? error : take_real(&row->rate, field[4]);
    error = error ? error : take_real(&row->ops, field[5]);
    if (error || size > UINT32_MAX)
        return -EINVAL;
    row->size = isnan(size) ? 0 : (uint32_t)size;
    snprintf(row->message, sizeof row->message, "%s", field[6]);
    return 0;
}

static int add(struct ht_misuse_rows *rows, const struct ht_misuse_row *row)
{
    if ((rows->count & (rows->count - 1)) == 0) { /* room for a power of two */
        struct ht_misuse_row *const more =
            realloc(rows->row, (rows->count ? 2 * rows->count : 1) * sizeof *more);
        if (!more)
            return -ENOMEM;
        rows->row = more;
    }
    rows->row[rows->count++] = *row;
    return 0;
}

static int parse(char *text, struct ht_misuse_rows *rows, char why[256])
{
    const size_t first = strlen(header);
    if (strncmp(text, header, first)) {
        snprintf(why, 256, "its first line is not that of verdicts on misuse");
        return strncmp(text, header, strlen(text)) ? -EPROTO : 0;
    }
    char *at = text + first, *next, *field[FIELDS];
    size_t fields;
    rows->whole_bytes = first;
    for (unsigned line = 2; (next = cut_line(at, field, &fields)); at = next, line++) {
        struct ht_misuse_row row;
        int error = fields != FIELDS ? -EINVAL : take_row(&row, field);
        if (error)
            snprintf(why, 256, "line %u is no row of verdicts on misuse", line);
        error = error ? error : add(rows, &row);
        if (error)
            return error;
        rows->whole_bytes = (size_t)(next - text);
    }
    return 0;
}

int ht_misuse_rows_read(const char *path, struct ht_misuse_rows *rows, char why[256])
{
    char *text, reason[256] = "no memory left";
    size_t bytes;
    *rows = (struct ht_misuse_rows){0};
    int error = ht_file_read(path, &text, &bytes);
    if (error) {
        snprintf(why, 256, "%.150s: %s", path, strerror(-error));
        return error;
    }
    error = parse(text, rows, reason);
    if (error) {
        snprintf(why, 256, "%.120s: %.120s", path, reason);
        ht_misuse_rows_free(rows);
    }
    free(text);
    return error;
}

void ht_misuse_rows_free(struct ht_misuse_rows *rows)
{
    free(rows->row);
    *rows = (struct ht_misuse_rows){0};
}
