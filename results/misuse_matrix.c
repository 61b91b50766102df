#include "results/misuse_matrix.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The more, the worse. */
static int badness(enum ht_misuse_verdict verdict)
{
    static const int order[] = {
        [HT_MISUSED_NOT_RUN] = 0,   [HT_MISUSED_NOT_SUPPORTED] = 1, [HT_MISUSED_DIAGNOSED] = 2,
        [HT_MISUSED_CRASHED] = 3,   [HT_MISUSED_MISSED] = 4,        [HT_MISUSED_HANGS] = 5,
        [HT_MISUSED_EXPLOITED] = 6,
    };
    return order[verdict];
}

enum ht_misuse_verdict ht_misuse_cell_worst(const struct ht_misuse_cell *cell)
{
    enum ht_misuse_verdict worst = cell->verdict[0];
    for (unsigned i = 1; i < cell->rows; i++)
        if (badness(cell->verdict[i]) > badness(worst))
            worst = cell->verdict[i];
    return worst;
}

/* Sizes that can't be had say nothing of whether the others agree. */
static bool agrees(const struct ht_misuse_cell *cell, enum ht_misuse_verdict verdict)
{
    for (unsigned i = 0; i < cell->rows; i++)
        if (cell->verdict[i] != verdict && cell->verdict[i] != HT_MISUSED_NOT_SUPPORTED)
            return false;
    return true;
}

char ht_misuse_cell_letter(const struct ht_misuse_cell *cell)
{
    if (!cell->rows)
        return ' ';
    const enum ht_misuse_verdict worst = ht_misuse_cell_worst(cell);
    if (agrees(cell, worst))
        return ht_misuse_verdict_letter(worst);
    return worst == HT_MISUSED_MISSED ? 'm' : (char)tolower(ht_misuse_verdict_letter(worst));
}

/* ---- gathering ------------------------------------------------------------------------------------------ */

static size_t find_strategy(const struct ht_misuse_matrix *m, const char *name)
{
    size_t i = 0;
    while (i < m->strategies && strcmp(m->strategy[i], name))
        i++;
    return i;
}

static size_t find_case(const struct ht_misuse_matrix *m, const char *name)
{
    size_t i = 0;
    while (i < m->cases && strcmp(m->axis[i].name, name))
        i++;
    return i;
}

static bool has_run(enum ht_misuse_verdict verdict)
{
    return verdict != HT_MISUSED_NOT_SUPPORTED && verdict != HT_MISUSED_NOT_RUN;
}

static void count(struct ht_misuse_score *score, const struct ht_misuse_row *row, bool is_control)
{
    if (is_control) {
        score->false_alarms += has_run(row->verdict) && row->verdict != HT_MISUSED_MISSED;
        return;
    }
    score->count[row->verdict]++;
    if (!has_run(row->verdict))
        return;
    score->noticed += isnan(row->rate) ? 0 : row->rate;
    score->rows++;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median over the rows in which a strategy noticed a misuse in time. */
static double median_ops(const struct ht_misuse_matrix *m, const struct ht_misuse_rows *rows, size_t strategy,
                         double *ops)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct ht_misuse_row *const row = &rows->row[i];
        const size_t at = find_case(m, row->name);
        if (find_strategy(m, row->strategy) == strategy && at < m->cases && !m->axis[at].is_control &&
            row->rate > 0 && !isnan(row->ops))
            ops[n++] = row->ops;
    }
    if (!n)
        return NAN;
    qsort(ops, n, sizeof *ops, by_value);
    return (ops[(n - 1) / 2] + ops[n / 2]) / 2;
}

static void gather(struct ht_misuse_matrix *m, const struct ht_misuse_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct ht_misuse_row *const row = &rows->row[i];
        const size_t s = find_strategy(m, row->strategy), c = find_case(m, row->name);
        if (s == m->strategies || c == m->cases)
            continue;
        struct ht_misuse_cell *const cell = &m->cell[c * m->strategies + s];
        if (cell->rows < HT_MISUSE_STRIPS)
            cell->verdict[cell->rows++] = row->verdict;
        count(&m->score[s], row, m->axis[c].is_control);
    }
}

int ht_misuse_matrix_open(struct ht_misuse_matrix *m, const struct ht_misuse_rows *rows)
{
    m->cell = calloc(m->cases * m->strategies + 1, sizeof *m->cell);
    m->score = calloc(m->strategies + 1, sizeof *m->score);
    double *const ops = malloc((rows->count + 1) * sizeof *ops);
    const int error = m->cell && m->score && ops ? 0 : -ENOMEM;
    if (!error)
        gather(m, rows);
    for (size_t s = 0; s < m->strategies && !error; s++) {
        m->score[s].noticed = m->score[s].rows ? m->score[s].noticed / m->score[s].rows : NAN;
        m->score[s].ops = median_ops(m, rows, s, ops);
    }
    free(ops);
    if (error)
        ht_misuse_matrix_close(m);
    return error;
}

void ht_misuse_matrix_close(struct ht_misuse_matrix *m)
{
    free(m->cell);
    free(m->score);
    m->cell = NULL;
    m->score = NULL;
}
