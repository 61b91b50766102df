/* The reader of rows.csv: one pass over a buffer, no line is copied. */
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"
#include "results/row.h"

enum { FIELDS_MAX = 1024, NUMBER_BYTES = 64 };

struct csv {
    const char *at, *end;
    size_t line;  /* from 1 */
    char *quoted; /* the field that was last unquoted */
    size_t quoted_room;
    char *why;
};

struct field {
    const char *text;
    size_t bytes;
    bool last; /* of its line */
};

__attribute__((format(printf, 3, 4))) static int refuse(struct csv *csv, int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(csv->why, 256, format, args);
    va_end(args);
    return error;
}

/* ---- fields: 1 when one was read, 0 when the text ends before the line does ---------------------------- */

/* What ends a field: a comma, LF, or CR LF. */
static int end_field(struct csv *csv, struct field *f)
{
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at == csv->end)
        return 0;
    if (*csv->at != ',' && *csv->at != '\n')
        return refuse(csv, -EINVAL, "line %zu: a quote or a carriage return inside a field", csv->line);
    f->last = *csv->at == '\n';
    csv->line += f->last;
    csv->at++;
    return 1;
}

static int read_plain(struct csv *csv, struct field *f)
{
    const char *p = csv->at;
    while (p < csv->end && *p != ',' && *p != '\n' && *p != '"' && *p != '\r')
        p++;
    *f = (struct field){.text = csv->at, .bytes = (size_t)(p - csv->at)};
    csv->at = p;
    return end_field(csv, f);
}

static int make_room(struct csv *csv, size_t bytes)
{
    if (bytes <= csv->quoted_room)
        return 0;
    char *const p = realloc(csv->quoted, 2 * bytes);
    if (!p)
        return -ENOMEM;
    csv->quoted = p;
    csv->quoted_room = 2 * bytes;
    return 0;
}

static int read_quoted(struct csv *csv, struct field *f)
{
    size_t n = 0;
    for (const char *from = csv->at + 1;;) {
        const char *const quote = memchr(from, '"', (size_t)(csv->end - from));
        if (!quote)
            return 0;
        const size_t part = (size_t)(quote - from);
        if (make_room(csv, n + part + 1))
            return refuse(csv, -ENOMEM, "no memory left");
        for (size_t i = 0; i < part; i++)
            csv->line += from[i] == '\n';
        memcpy(csv->quoted + n, from, part);
        n += part;
        if (quote + 1 == csv->end || quote[1] != '"') {
            csv->at = quote + 1;
            break;
        }
        csv->quoted[n++] = '"';
        from = quote + 2;
    }
    *f = (struct field){.text = csv->quoted, .bytes = n};
    return end_field(csv, f);
}

static int read_field(struct csv *csv, struct field *f)
{
    return csv->at < csv->end && *csv->at == '"' ? read_quoted(csv, f) : read_plain(csv, f);
}

/* ---- values -------------------------------------------------------------------------------------------- */

static bool parse_count(const struct field *f, uint64_t *value)
{
    uint64_t n = 0;
    for (size_t i = 0; i < f->bytes; i++) {
        const unsigned digit = (unsigned char)f->text[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digit, &n))
            return false;
    }
    *value = n;
    return n != HT_ABSENT;
}

/* Digits with at most one point, 16 characters at most. Without a point the conversion rounds once; with one
 * there are 15 digits, so that mantissa and divisor are both exact, and the division rounds once (Clinger
 * 1990). False: let strtod do it. */
static bool parse_short_real(const struct field *f, double *value)
{
    uint64_t mantissa = 0;
    double divisor = 1;
    bool point = false;
    if (f->bytes > 16)
        return false;
    for (size_t i = 0; i < f->bytes; i++) {
        const unsigned digit = (unsigned char)f->text[i] - (unsigned)'0';
        if (digit <= 9) {
            mantissa = 10 * mantissa + digit;
            divisor *= point ? 10 : 1;
        } else if (f->text[i] == '.' && !point && i) {
            point = true;
        } else {
            return false;
        }
    }
    *value = (double)mantissa / divisor;
    return true;
}

static bool parse_real(const struct field *f, double *value)
{
    char number[NUMBER_BYTES], *end;
    if (parse_short_real(f, value))
        return true;
    if (f->bytes >= sizeof number)
        return false;
    memcpy(number, f->text, f->bytes);
    number[f->bytes] = '\0';
    if (strspn(number, "0123456789.eE+-") != f->bytes || number[0] == '+')
        return false;
    *value = strtod(number, &end);
    return end == number + f->bytes && isfinite(*value);
}

static int set_value(struct csv *csv, struct ht_rows *rows, const struct ht_column *c, const struct field *f,
                     size_t line)
{
    void *const to = (char *)&rows->row[rows->count] + c->offset;
    if (!f->bytes)
        return 0;
    if (c->type == HT_COLUMN_TEXT) {
        if (memchr(f->text, '\0', f->bytes))
            return refuse(csv, -EINVAL, "line %zu, column %s: a NUL byte", line, c->name);
        const char *const word = ht_names_intern(&rows->names, f->text, f->bytes);
        *(const char **)to = word;
        return word ? 0 : refuse(csv, -ENOMEM, "no memory left");
    }
    if (c->type == HT_COLUMN_COUNT ? parse_count(f, to) : parse_real(f, to))
        return 0;
    return refuse(csv, -EINVAL, "line %zu, column %s: %s, found \"%.*s\"", line, c->name,
                  c->type == HT_COLUMN_COUNT ? "expected a whole number" : "expected a number",
                  (int)(f->bytes < 40 ? f->bytes : 40), f->text);
}

/* ---- lines --------------------------------------------------------------------------------------------- */

struct header {
    const struct ht_column *column[FIELDS_MAX]; /* NULL: not known, skipped */
    size_t fields;
};

static const struct ht_column *find_column(const struct field *f)
{
    for (int i = 0; i < HT_COLUMN_N; i++)
        if (strlen(ht_columns[i].name) == f->bytes && !memcmp(ht_columns[i].name, f->text, f->bytes))
            return &ht_columns[i];
    return NULL;
}

/* Adds a column that is skipped to the warning. */
static void warn_unknown(struct ht_rows *rows, const struct field *f)
{
    const size_t used = strlen(rows->warning);
    snprintf(rows->warning + used, sizeof rows->warning - used, "%s%.*s",
             used ? ", " : "skipped columns that are not known: ", (int)(f->bytes < 40 ? f->bytes : 40),
             f->text);
}

static bool has_column(const struct header *h, int index)
{
    for (size_t i = 0; i < h->fields; i++)
        if (h->column[i] == &ht_columns[index])
            return true;
    return false;
}

static int read_header(struct csv *csv, struct ht_rows *rows, struct header *h)
{
    static const int needed[] = {HT_COLUMN_INDEX_strategy, HT_COLUMN_INDEX_workload, HT_COLUMN_INDEX_pass,
                                 HT_COLUMN_INDEX_outcome};
    const char *const text = csv->at;
    struct field f = {0};
    int got = 1;
    while (!f.last && h->fields < FIELDS_MAX && (got = read_field(csv, &f)) > 0) {
        const struct ht_column *const c = find_column(&f);
        if (c && has_column(h, (int)(c - ht_columns)))
            return refuse(csv, -EPROTO, "not a file of rows: the column %s stands there twice", c->name);
        if (!c)
            warn_unknown(rows, &f);
        h->column[h->fields++] = c;
    }
    /* An empty file, or one whose very header was cut short, has no rows yet. */
    if (got == 0 && !strncmp(text, ht_header_line, (size_t)(csv->end - text)))
        return 0;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (got <= 0 || !has_column(h, needed[i]))
            return refuse(csv, -EPROTO, "not a file of rows: its first line names no column %s",
                          ht_columns[needed[i]].name);
    return 1;
}

static int grow(struct ht_rows *rows, size_t *room)
{
    if (rows->count < *room)
        return 0;
    const size_t more = *room ? 2 * *room : 256;
    struct ht_row *const row = realloc(rows->row, more * sizeof *row);
    if (!row)
        return -ENOMEM;
    rows->row = row;
    *room = more;
    return 0;
}

/* 1 when a row was read, 0 when the text ends before the line does. */
static int read_row(struct csv *csv, struct ht_rows *rows, const struct header *h)
{
    const size_t line = csv->line;
    struct field f = {0};
    size_t n = 0;
    for (; !f.last; n++) {
        const int got = read_field(csv, &f);
        if (got <= 0)
            return got;
        if (n < h->fields && h->column[n]) {
            const int error = set_value(csv, rows, h->column[n], &f, line);
            if (error)
                return error;
        }
    }
    if (n != h->fields)
        return refuse(csv, -EINVAL, "line %zu has %zu fields, the first line %zu", line, n, h->fields);
    return 1;
}

static int read_rows(struct csv *csv, const char *text, struct ht_rows *rows)
{
    const struct ht_row empty = ht_row_empty();
    struct header h = {.fields = 0};
    size_t room = rows->count;
    int got = read_header(csv, rows, &h);
    while (got > 0) {
        rows->whole_bytes = (size_t)(csv->at - text);
        if (csv->at == csv->end)
            break;
        if (grow(rows, &room))
            return refuse(csv, -ENOMEM, "no memory left");
        rows->row[rows->count] = empty;
        got = read_row(csv, rows, &h);
        rows->count += got > 0;
    }
    return got < 0 ? got : 0;
}

static int parse_behind(const char *text, size_t bytes, struct ht_rows *rows, char why[256])
{
    struct csv csv = {.at = text, .end = text + bytes, .line = 1, .why = why};
    rows->warning[0] = '\0';
    rows->whole_bytes = 0;
    why[0] = '\0';
    const locale_t old = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    const int error = read_rows(&csv, text, rows);
    uselocale(old);
    free(csv.quoted);
    if (error) {
        ht_rows_free(rows);
    } else {
        const size_t header = strlen(ht_header_line);
        rows->torn_bytes = bytes - rows->whole_bytes;
        rows->same_columns = rows->whole_bytes >= header && !memcmp(text, ht_header_line, header);
    }
    return error;
}

int ht_rows_parse(const char *text, size_t bytes, struct ht_rows *rows, char why[256])
{
    *rows = (struct ht_rows){0};
    return parse_behind(text, bytes, rows, why);
}

/* ---- files --------------------------------------------------------------------------------------------- */

int ht_rows_read(const char *path, struct ht_rows *rows, char why[256])
{
    *rows = (struct ht_rows){0};
    return ht_rows_read_behind(path, rows, why);
}

int ht_rows_read_behind(const char *path, struct ht_rows *rows, char why[256])
{
    char *text, reason[256];
    size_t bytes;
    int error = ht_file_read(path, &text, &bytes);
    if (error) {
        snprintf(why, 256, "%s: %s", path, strerror(-error));
        ht_rows_free(rows);
        return error;
    }
    error = parse_behind(text, bytes, rows, reason);
    if (error)
        snprintf(why, 256, "%.100s: %.150s", path, reason);
    free(text);
    return error;
}

int ht_rows_part_kinds(struct ht_rows *rows, size_t *others)
{
    struct ht_row *const collector = malloc((rows->count + 1) * sizeof *collector);
    size_t collectors = 0;
    if (!collector)
        return -ENOMEM;
    *others = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (!strcmp(rows->row[i].kind, "collector"))
            collector[collectors++] = rows->row[i];
        else
            rows->row[(*others)++] = rows->row[i];
    memcpy(&rows->row[*others], collector, collectors * sizeof *collector);
    free(collector);
    return 0;
}

void ht_rows_free(struct ht_rows *rows)
{
    free(rows->row);
    ht_names_free(&rows->names);
    *rows = (struct ht_rows){0};
}
