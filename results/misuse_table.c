/* The matrix and the scores of misuse, for a terminal. */
#include <string.h>

#include "results/misuse_matrix.h"
#include "results/text.h"

enum { NAME_COLUMNS = 24, BAND = 5 };

/* ---- the matrix ----------------------------------------------------------------------------------------- */

static const char *colour_of(enum ht_misuse_verdict verdict)
{
    static const char *const colours[] = {
        [HT_MISUSED_DIAGNOSED] = "\033[32m",    [HT_MISUSED_CRASHED] = "\033[36m",
        [HT_MISUSED_MISSED] = "\033[33m",       [HT_MISUSED_EXPLOITED] = "\033[1;31m",
        [HT_MISUSED_HANGS] = "\033[1;35m",      [HT_MISUSED_NOT_RUN] = "\033[1;35m",
        [HT_MISUSED_NOT_SUPPORTED] = "\033[2m",
    };
    return colours[verdict];
}

static void put_letter(FILE *out, char letter, enum ht_misuse_verdict verdict, bool colour)
{
    fprintf(out, "%s%c%s", colour ? colour_of(verdict) : "", letter, colour ? "\033[0m" : "");
}

/* A wider gap every few columns leads the eye down. */
static const char *gap(size_t column)
{
    return column && column % BAND == 0 ? "  " : " ";
}

/* Names run down the columns, and end where the letters begin. */
static void put_names(const struct ht_misuse_matrix *m, FILE *out)
{
    size_t longest = 0;
    for (size_t s = 0; s < m->strategies; s++)
        longest = strlen(m->strategy[s]) > longest ? strlen(m->strategy[s]) : longest;
    for (size_t line = 0; line < longest; line++) {
        fprintf(out, "%*s", NAME_COLUMNS, "");
        for (size_t s = 0; s < m->strategies; s++) {
            const size_t length = strlen(m->strategy[s]), skip = longest - length;
            fprintf(out, "%s%c", gap(s), line < skip ? ' ' : m->strategy[s][line - skip]);
        }
        putc('\n', out);
    }
}

static void put_legend(bool colour, FILE *out)
{
    fputs("\nA small letter: sizes differ, this is the worst of them (m: missed at some).\n", out);
    for (int v = 0; v < HT_MISUSED_N; v++) {
        fputs("  ", out);
        put_letter(out, ht_misuse_verdict_letter((enum ht_misuse_verdict)v), (enum ht_misuse_verdict)v,
                   colour);
        fprintf(out, " %-12s %s\n", ht_misuse_verdict_word((enum ht_misuse_verdict)v),
                ht_misuse_verdict_meaning((enum ht_misuse_verdict)v));
    }
}

static void put_case(const struct ht_misuse_matrix *m, size_t row, bool colour, FILE *out)
{
    ht_text_put(out, m->axis[row].name, NAME_COLUMNS);
    for (size_t s = 0; s < m->strategies; s++) {
        const struct ht_misuse_cell *const cell = ht_misuse_cell(m, row, s);
        fputs(gap(s), out);
        if (cell->rows)
            put_letter(out, ht_misuse_cell_letter(cell), ht_misuse_cell_worst(cell), colour);
        else
            putc(' ', out);
    }
    putc('\n', out);
}

void ht_misuse_matrix_emit(const struct ht_misuse_matrix *m, bool colour, FILE *out)
{
    put_names(m, out);
    for (size_t row = 0; row < m->cases; row++) {
        if (row == 0 || strcmp(m->axis[row].group, m->axis[row - 1].group))
            fprintf(out, "%s\n", m->axis[row].group);
        put_case(m, row, colour, out);
    }
    put_legend(colour, out);
}

/* ---- scores --------------------------------------------------------------------------------------------- */

static void put_share(FILE *out, unsigned n, unsigned all)
{
    if (all)
        fprintf(out, " %8.0f%%", 100.0 * n / all);
    else
        fprintf(out, " %9s", "");
}

static void put_cost(FILE *out, double ratio)
{
    char text[24] = "-";
    if (!isnan(ratio))
        ht_text_ratio(text, ratio);
    fprintf(out, " %7s", text);
}

static void put_ops(FILE *out, double ops)
{
    if (isnan(ops))
        fprintf(out, " %5s", "-");
    else
        fprintf(out, " %5.0f", ops);
}

static void put_score(const struct ht_misuse_matrix *m, size_t s, const struct ht_misuse_cost *cost,
                      FILE *out)
{
    const struct ht_misuse_score *const score = &m->score[s];
    ht_text_put(out, m->strategy[s], 17);
    if (!score->rows) {
        fprintf(out, "%5s\n", "n/a");
        return;
    }
    fprintf(out, "%5u %6.0f%%", score->rows, 100 * score->noticed);
    put_share(out, score->count[HT_MISUSED_DIAGNOSED], score->rows);
    put_share(out, score->count[HT_MISUSED_CRASHED], score->rows);
    put_share(out, score->count[HT_MISUSED_MISSED] + score->count[HT_MISUSED_HANGS], score->rows);
    put_share(out, score->count[HT_MISUSED_EXPLOITED], score->rows);
    put_ops(out, score->ops);
    fprintf(out, " %5u", score->false_alarms);
    if (cost) {
        put_cost(out, cost[s].time);
        put_cost(out, cost[s].memory);
    }
    putc('\n', out);
}

void ht_misuse_score_emit(const struct ht_misuse_matrix *m, const struct ht_misuse_cost *cost, FILE *out)
{
    fprintf(out, "%-17s%5s %7s %9s %9s %9s %9s %5s %5s%s\n", "strategy", "rows", "noticed", "diagnosed",
            "crashed", "missed", "exploited", "ops", "false", cost ? "    time  memory" : "");
    for (size_t s = 0; s < m->strategies; s++)
        put_score(m, s, cost, out);
    fputs(
        "\nrows: of misuse that ran; noticed: diagnosed or crashed, over repeated runs; missed: hangs too;\n"
        "ops: operations of the heap from the misuse to its notice, median; false: rows of correct programs\n"
        "that were not left alone",
        out);
    fputs(cost ? "; time, memory: relative to system, geometric mean over workloads.\n" : ".\n", out);
}
