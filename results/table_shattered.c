/* What the table says of heaps that were shattered before the window: each strategy against itself on a whole heap, by
 * pairs of rows of one job and round. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/table_parts.h"
#include "results/text.h"

enum { CELLS_COLUMNS = 7 };

static const enum ht_metric compared[] = {HT_TIME, HT_MEMORY, HT_P99};

enum { COMPARED = sizeof compared / sizeof compared[0] };

/* Rows under one fault plan. */
struct shattered {
    const struct ht_summary *summary;
    const char *fault;
    struct ht_pair *pair[COMPARED]; /* `base` is of the whole heap */
    size_t pairs[COMPARED];
};

static bool is_shattered(const struct ht_row *row)
{
    return !strncmp(row->fault, "shatter", strlen("shatter"));
}

static struct ht_index_key key_of(const struct ht_summary *s, size_t i)
{
    return (struct ht_index_key){{s->strategy_of[i], s->job_of[i], s->round_of[i]}};
}

/* Of rows that stand there twice, the first counts. */
static int index_whole(const struct ht_summary *s, enum ht_metric metric, struct ht_index *index,
                       size_t *whole)
{
    for (size_t i = 0; i < s->rows->count; i++) {
        const size_t before = index->count;
        size_t number;
        if (isnan(ht_metric_figure(&s->rows->row[i], metric)))
            continue;
        if (ht_index_add(index, key_of(s, i), &number))
            return -ENOMEM;
        if (number == before)
            whole[number] = i;
    }
    return 0;
}

static int pair_metric(struct shattered *t, size_t m)
{
    const struct ht_summary *const s = t->summary;
    const struct ht_row *const row = s->rows->row;
    struct ht_index index = {0};
    size_t *const whole = malloc((s->rows->count + 1) * sizeof *whole);
    t->pair[m] = malloc((s->rows->count + 1) * sizeof *t->pair[m]);
    int error = whole && t->pair[m] ? index_whole(s, compared[m], &index, whole) : -ENOMEM;
    for (size_t i = 0; i < s->rows->count && !error; i++) {
        const double figure =
            row[i].fault == t->fault ? ht_metric_figure_shattered(&row[i], compared[m]) : NAN;
        const size_t number = isnan(figure) ? HT_INDEX_NONE : ht_index_find(&index, key_of(s, i));
        if (number == HT_INDEX_NONE)
            continue;
        const struct ht_index_key cell = {{s->strategy_of[i], s->job_of[i]}};
        t->pair[m][t->pairs[m]++] =
            (struct ht_pair){.x = log(figure / ht_metric_figure(&row[whole[number]], compared[m])),
                             .cell = ht_index_find(&s->cell_index, cell),
                             .round = s->round_of[i],
                             .base = whole[number],
                             .row = i};
    }
    ht_index_free(&index);
    free(whole);
    return error;
}

static void close_shattered(struct shattered *t)
{
    for (size_t m = 0; m < COMPARED; m++)
        free(t->pair[m]);
}

static int open_shattered(struct shattered *t, const struct ht_summary *s, const char *fault)
{
    int error = 0;
    *t = (struct shattered){.summary = s, .fault = fault};
    for (size_t m = 0; m < COMPARED && !error; m++)
        error = pair_metric(t, m);
    if (error)
        close_shattered(t);
    return error;
}

/* Each plan of the rows, at the first row that has it. */
static void each_plan(FILE *out, const struct ht_summary *s, size_t columns,
                      void (*put)(FILE *out, const struct shattered *t, size_t columns))
{
    const struct ht_row *const row = s->rows->row;
    for (size_t i = 0; i < s->rows->count; i++) {
        bool is_first = is_shattered(&row[i]);
        for (size_t k = 0; k < i && is_first; k++)
            is_first = row[k].fault != row[i].fault;
        struct shattered t;
        if (!is_first)
            continue;
        if (open_shattered(&t, s, row[i].fault)) {
            fputs("no memory left\n", out);
            return;
        }
        put(out, &t, columns);
        close_shattered(&t);
    }
}

/* Of a strategy, or with `cell` of one cell. Returns how many cells have a pair. */
static size_t ratio_of(const struct shattered *t, size_t m, size_t strategy,
                       const struct ht_summary_cell *cell, struct ht_interval *ratio)
{
    const struct ht_summary *const s = t->summary;
    struct ht_pair *const own = malloc((t->pairs[m] + 1) * sizeof *own);
    size_t n = 0, cells = 0;
    *ratio = (struct ht_interval){NAN, NAN, NAN, 0, 0, true};
    for (size_t i = 0; own && i < t->pairs[m]; i++) {
        const struct ht_pair *const p = &t->pair[m][i];
        if (s->cell[p->cell].strategy != strategy || (cell && cell != &s->cell[p->cell]))
            continue;
        bool is_new = true;
        for (size_t k = 0; k < n && is_new; k++)
            is_new = own[k].cell != p->cell;
        cells += is_new;
        own[n++] = *p;
    }
    if (n && ht_summary_mean(own, n, ratio))
        ratio->n = 0;
    free(own);
    return cells;
}

/* ---- for people ----------------------------------------------------------------------------------------------- */

static bool names(const struct shattered *t, size_t strategy)
{
    for (size_t i = 0; i < t->summary->rows->count; i++)
        if (t->summary->strategy_of[i] == strategy && t->summary->rows->row[i].fault == t->fault)
            return true;
    return false;
}

static void put_strategy(FILE *out, const struct shattered *t, size_t strategy, size_t columns)
{
    size_t cells = 0;
    ht_text_put(out, t->summary->strategy[strategy].name, columns);
    fputs("  ", out);
    for (size_t m = 0; m < COMPARED; m++) {
        struct ht_interval ratio;
        const size_t n = ratio_of(t, m, strategy, NULL, &ratio);
        cells = n > cells ? n : cells;
        if (t->pairs[m])
            ht_table_put_interval(out, &ratio);
    }
    fprintf(out, "%zu/%zu\n", cells, t->summary->jobs);
}

/* Once for each strategy and reason. */
static void put_not_ok(FILE *out, const struct shattered *t, size_t columns)
{
    const struct ht_rows *const rows = t->summary->rows;
    size_t named = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct ht_row *const row = &rows->row[i];
        bool is_new = row->fault == t->fault && strcmp(row->outcome, "ok");
        for (size_t k = 0; k < i && is_new; k++)
            is_new = rows->row[k].fault != t->fault || rows->row[k].strategy != row->strategy ||
                     rows->row[k].reason != row->reason;
        if (!is_new)
            continue;
        fputs(named++ ? "  " : "\nNot ok, shattered:\n  ", out);
        ht_text_put(out, row->strategy, columns);
        fprintf(out, "  %-11s  ", row->outcome);
        ht_text_put(out, row->reason, 0);
        putc('\n', out);
    }
}

static void put_plan(FILE *out, const struct shattered *t, size_t columns)
{
    fputs("\nShattered heap (", out);
    ht_text_put(out, t->fault, 0);
    fputs("), over the same heap whole\n", out);
    ht_text_put(out, "strategy", columns);
    fputs("  ", out);
    for (size_t m = 0; m < COMPARED; m++) {
        char heading[32];
        snprintf(heading, sizeof heading, " %s", ht_metric_word(compared[m]));
        if (t->pairs[m])
            ht_table_put_heading(out, heading);
    }
    fputs("cells\n", out);
    for (size_t i = 0; i < t->summary->strategies; i++)
        if (names(t, i))
            put_strategy(out, t, i, columns);
    put_not_ok(out, t, columns);
    fputs("\nAbove 1 is what shattering costs: pairs of one round, seed and work. Time is of the window "
          "alone.\n"
          "Memory is the peak resident from the shattering on, above what was resident before the first\n"
          "allocation and above the bytes of the objects that were kept; of the whole heap, its peak above\n"
          "what was resident before. 1 is a heap that has used every hole.\n",
          out);
}

void ht_table_put_shattered(FILE *out, const struct ht_summary *summary, size_t name_columns)
{
    each_plan(out, summary, name_columns, put_plan);
}

/* ---- CSV ------------------------------------------------------------------------------------------------------ */

static void put_csv(FILE *out, const struct shattered *t, size_t columns)
{
    const struct ht_summary *const s = t->summary;
    (void)columns;
    for (size_t m = 0; m < COMPARED; m++) {
        char metric[32];
        struct ht_interval ratio;
        snprintf(metric, sizeof metric, "shattered_%s", ht_metric_word(compared[m]));
        for (size_t i = 0; i < s->strategies; i++) {
            const size_t cells = ratio_of(t, m, i, NULL, &ratio);
            if (cells)
                ht_table_put_csv_ratio(out, s, NULL, i, metric, &ratio, cells);
        }
        for (size_t c = 0; c < s->cells; c++)
            if (ratio_of(t, m, s->cell[c].strategy, &s->cell[c], &ratio))
                ht_table_put_csv_ratio(out, s, &s->cell[c], s->cell[c].strategy, metric, &ratio, 1);
    }
}

void ht_table_put_shattered_csv(FILE *out, const struct ht_summary *summary)
{
    each_plan(out, summary, 0, put_csv);
}
