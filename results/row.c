#include "results/row.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NUMBER_BYTES = 32 };

const struct ht_column ht_columns[HT_COLUMN_N] = {
#define X(name, type, unit, meaning) {#name, unit, meaning, HT_COLUMN_##type, offsetof(struct ht_row, name)},
    HT_COLUMNS(X)
#undef X
};

/* From 1: without the comma before the first. */
const char *const ht_header_line = &(
#define X(name, type, unit, meaning) "," #name
    HT_COLUMNS(X)
#undef X
        "\n")[1];

#define ABSENT_TEXT  ""
#define ABSENT_COUNT HT_ABSENT
#define ABSENT_REAL  NAN

struct ht_row ht_row_empty(void)
{
    return (struct ht_row){
#define X(name, type, unit, meaning) .name = ABSENT_##type,
        HT_COLUMNS(X)
#undef X
    };
}

const char *ht_column_type_word(enum ht_column_type type)
{
    static const char *const words[] = {"TEXT", "COUNT", "REAL"};
    return words[type];
}

void ht_columns_emit_markdown(FILE *out)
{
    fputs("# The columns of rows.csv\n\n"
          "One line is one cell in one round, never averaged beforehand. RFC 4180, UTF-8. TEXT is words, "
          "COUNT\n"
          "a whole number, REAL a number. A figure that was not measured is an empty field, never 0.\n\n"
          "Made from results/columns.h by `make docs/columns.md`.\n\n"
          "| column | type | unit | meaning |\n| --- | --- | --- | --- |\n",
          out);
    for (int i = 0; i < HT_COLUMN_N; i++) {
        const struct ht_column *const c = &ht_columns[i];
        fprintf(out, "| `%s` | %s | %s | %s |\n", c->name, ht_column_type_word(c->type), c->unit, c->meaning);
    }
}

/* ---- one field ---------------------------------------------------------------------------------------- */

/* Writes at `to`, which has room for twice the text and two quotes; returns the end. */
static char *put_text(char *to, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")])
        return stpcpy(to, text);
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"')
            *to++ = '"';
        *to++ = *text;
    }
    *to++ = '"';
    return to;
}

/* The fewest digits that read back to the same bits. */
static char *put_real(char *to, double value)
{
    if (!isfinite(value))
        return to;
    for (int digits = 15; digits <= 17; digits++) {
        const int n = snprintf(to, NUMBER_BYTES, "%.*g", digits, value);
        if (digits == 17 || strtod(to, NULL) == value)
            return to + n;
    }
    return to;
}

static char *put_count(char *to, uint64_t value)
{
    return value == HT_ABSENT ? to : to + snprintf(to, NUMBER_BYTES, "%" PRIu64, value);
}

static char *put_field(char *to, const struct ht_row *row, const struct ht_column *c)
{
    const void *const field = (const char *)row + c->offset;
    switch (c->type) {
    case HT_COLUMN_TEXT:
        return put_text(to, *(const char *const *)field);
    case HT_COLUMN_COUNT:
        return put_count(to, *(const uint64_t *)field);
    default:
        return put_real(to, *(const double *)field);
    }
}

/* ---- one line ----------------------------------------------------------------------------------------- */

/* Appends all of it or, by cutting off what a full disk let through, nothing. */
static int append(int fd, const char *text, size_t bytes)
{
    const off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return -errno;
    for (size_t done = 0; done < bytes;) {
        const ssize_t n = write(fd, text + done, bytes - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            const int error = n ? -errno : -EIO;
            return done && ftruncate(fd, end) ? -errno : error;
        }
    }
    return 0;
}

static size_t most_bytes(const struct ht_row *row)
{
    size_t bytes = HT_COLUMN_N * (NUMBER_BYTES + 1);
    for (int i = 0; i < HT_COLUMN_N; i++)
        if (ht_columns[i].type == HT_COLUMN_TEXT)
            bytes += 2 * strlen(*(const char *const *)((const char *)row + ht_columns[i].offset)) + 2;
    return bytes;
}

int ht_row_append(int fd, const struct ht_row *row)
{
    char *const line = malloc(most_bytes(row));
    if (!line)
        return -ENOMEM;
    const locale_t old = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    char *end = line;
    for (int i = 0; i < HT_COLUMN_N; i++) {
        end = put_field(end, row, &ht_columns[i]);
        *end++ = i + 1 < HT_COLUMN_N ? ',' : '\n';
    }
    uselocale(old);
    const int error = append(fd, line, (size_t)(end - line));
    free(line);
    return error;
}

int ht_row_header(int fd)
{
    const off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return -errno;
    return end ? 0 : append(fd, ht_header_line, strlen(ht_header_line));
}
