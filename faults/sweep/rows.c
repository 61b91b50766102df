#include "faults/sweep/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/file.h"
#include "results/text.h"

enum { FIELDS = 11 };

const char ht_sweep_columns[] = "point,op,size,thread,stack,outcome,exit,signal,location,replay,detail\n";

static const char *const op_words[] = {
#define X(id, word, meaning) word,
    HT_FAULT_OPS(X)
#undef X
};

static void free_texts(struct ht_sweep_row *row)
{
    free(row->location);
    free(row->replay);
    free(row->detail);
}

int ht_sweep_rows_add(struct ht_sweep_rows *rows, struct ht_sweep_row *row)
{
    if (rows->rows == rows->room) {
        const size_t room = rows->room ? 2 * rows->room : 256;
        struct ht_sweep_row *const more = realloc(rows->row, room * sizeof *more);
        if (!more) {
            free_texts(row);
            return -ENOMEM;
        }
        rows->row = more;
        rows->room = room;
    }
    rows->row[rows->rows++] = *row;
    return 0;
}

void ht_sweep_rows_free(struct ht_sweep_rows *rows)
{
    for (size_t i = 0; i < rows->rows; i++)
        free_texts(&rows->row[i]);
    free(rows->row);
    *rows = (struct ht_sweep_rows){.row = NULL};
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void put_text(FILE *out, const char *text)
{
    fputc(',', out);
    ht_text_put_csv(out, text ? text : "");
}

void ht_sweep_row_put(FILE *out, const struct ht_sweep_row *row)
{
    const struct ht_point *const p = &row->point;
    char point[32];
    ht_point_say(p, point);
    fprintf(out, "%s,%s,%" PRIu64 ",%" PRIu32 ",%016" PRIx64 ",%s,", point,
            op_words[p->op % HT_FAULT_OP_COUNT], p->bytes, p->thread, row->stack,
            ht_sweep_outcome_word(row->outcome));
    if (row->exit_status >= 0)
        fprintf(out, "%d", row->exit_status);
    fprintf(out, ",%s", row->signal ? "SIG" : "");
    if (row->signal)
        fputs(sigabbrev_np(row->signal) ? sigabbrev_np(row->signal) : "RT", out);
    put_text(out, row->location);
    put_text(out, row->replay);
    put_text(out, row->detail);
    fputc('\n', out);
}

int ht_sweep_row_append(int fd, const struct ht_sweep_row *row)
{
    char *line = NULL;
    size_t bytes = 0;
    FILE *const out = open_memstream(&line, &bytes);
    if (!out)
        return -ENOMEM;
    ht_sweep_row_put(out, row);
    int error = fclose(out) ? -ENOMEM : 0;
    if (!error) {
        const ssize_t n = write(fd, line, bytes);
        error = n == (ssize_t)bytes ? 0 : n < 0 ? -errno : -ENOSPC;
        if (n > 0 && error && ftruncate(fd, lseek(fd, 0, SEEK_END) - n)) /* what stands there stays whole rows */
            error = -errno;
    }
    free(line);
    return error;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Takes one field of a line in place; `*at` moves behind it, to NULL at the end of the line. */
static char *take_field(char **at)
{
    char *from = *at, *to = *at, *const field = *at;
    const bool is_quoted = *from == '"';
    from += is_quoted;
    for (; *from && (is_quoted || *from != ','); from++) {
        if (is_quoted && *from == '"' && *++from != '"')
            break;
        *to++ = *from;
    }
    *at = *from == ',' ? from + 1 : NULL;
    *to = 0;
    return field;
}

static unsigned op_of(const char *word)
{
    unsigned i = 0;
    while (i + 1 < HT_FAULT_OP_COUNT && strcmp(op_words[i], word))
        i++;
    return i;
}

static int signal_of(const char *word)
{
    for (int i = 1; *word && i < NSIG; i++)
        if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), word + 3))
            return i;
    return 0;
}

static int parse(char *line, struct ht_sweep_row *row)
{
    char *field[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
        if (!line)
            return -EPROTO;
        field[i] = take_field(&line);
    }
    *row = (struct ht_sweep_row){.outcome = ht_sweep_outcome_of(field[5])};
    if (line || row->outcome == HT_SWEEP_OUTCOME_COUNT || !strchr(field[0], '='))
        return -EPROTO;
    row->point = (struct ht_point){
        .mode = *field[0] == 'n' ? HT_POINT_ONCE : HT_POINT_PERSISTENT,
        .own = strtoull(strchr(field[0], '=') + 1, NULL, 10),
        .op = op_of(field[1]),
        .bytes = strtoull(field[2], NULL, 10),
        .thread = (uint32_t)strtoul(field[3], NULL, 10),
    };
    row->stack = strtoull(field[4], NULL, 16);
    row->exit_status = *field[6] ? atoi(field[6]) : -1;
    row->signal = signal_of(field[7]);
    row->location = strdup(field[8]);
    row->replay = strdup(field[9]);
    row->detail = strdup(field[10]);
    return 0;
}

int ht_sweep_rows_read(const char *path, struct ht_sweep_rows *rows)
{
    char *text;
    size_t bytes;
    int error = ht_file_read(path, &text, &bytes);
    if (error)
        return error;
    const size_t head = strlen(ht_sweep_columns);
    if (bytes < head || memcmp(text, ht_sweep_columns, head))
        error = -EPROTO;
    for (char *line = text + head, *end; !error && (end = strchr(line, '\n')); line = end + 1) {
        struct ht_sweep_row row;
        *end = 0;
        error = parse(line, &row);
        if (!error)
            error = ht_sweep_rows_add(rows, &row);
    }
    free(text);
    return error;
}

bool ht_sweep_rows_have(const struct ht_sweep_rows *rows, const struct ht_point *point)
{
    for (size_t i = 0; i < rows->rows; i++) {
        const struct ht_point *const p = &rows->row[i].point;
        if (p->own == point->own && p->thread == point->thread && p->mode == point->mode)
            return true;
    }
    return false;
}
