/* What the table says of failures: a survival rate a strategy, and what did not come through. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "results/survival.h"
#include "results/table_parts.h"
#include "results/text.h"

enum { RATE_COLUMNS = 11, POINTS_COLUMNS = 21, FAILURES_NAMED = 60 };

/* Never "100 %" for less than all. */
static void put_percent(char text[24], const struct ht_survival_figures *f)
{
    const double percent = f->fired ? 100.0 * (double)f->survived / (double)f->fired : 0;
    if (f->fired)
        snprintf(text, 24, "%5.1f %%", f->survived < f->fired && percent > 99.9 ? 99.9 : percent);
    else
        strcpy(text, "    -");
}

static void put_rate(FILE *out, const struct ht_survival_figures *f)
{
    char points[64] = "";
    ht_table_put_rate(out, f);
    if (f->fired)
        snprintf(points, sizeof points, "%" PRIu64 " / %" PRIu64, f->survived, f->fired);
    ht_text_put(out, points, POINTS_COLUMNS);
}

static void put_rows(FILE *out, const struct ht_survival_figures *f)
{
    fprintf(out, "%zu ok", f->ok);
    if (f->bad)
        fprintf(out, ", %zu not (%s)", f->bad, ht_outcome_word(f->worst));
    if (f->unsupported)
        fprintf(out, ", %zu unsupported", f->unsupported);
    putc('\n', out);
}

static void put_strategies(FILE *out, const struct ht_survival *s, size_t name)
{
    fputs("Under failure\n", out);
    ht_text_put(out, "strategy", name);
    fputs("  ", out);
    ht_text_put(out, "survival", RATE_COLUMNS);
    ht_text_put(out, "points", POINTS_COLUMNS);
    fputs("cells\n", out);
    for (size_t i = 0; i < s->summary->strategies; i++) {
        if (!s->strategy[i].rows)
            continue;
        ht_text_put(out, s->summary->strategy[i].name, name);
        fputs("  ", out);
        put_rate(out, &s->strategy[i]);
        put_rows(out, &s->strategy[i]);
    }
}

/* "gslice  crash  fail:site=...: larson: reason" */
static void put_failure(FILE *out, const struct ht_row *row, size_t name)
{
    char words[400];
    struct ht_text_wrap wrap = {.out = out, .indent = name + 13, .width = HT_TABLE_WIDTH - 1};
    fputs("  ", out);
    ht_text_put(out, row->strategy, name);
    fputs("  ", out);
    ht_text_put(out, row->outcome, 9);
    wrap.column = wrap.indent;
    snprintf(words, sizeof words, "%.60s%s%.100s: %.200s", row->workload, row->params[0] ? " " : "",
             row->params, row->reason[0] ? row->reason : row->fault);
    ht_text_wrap(&wrap, words);
    putc('\n', out);
}

/* One line a strategy and outcome and plan: the first workload stands for the others. */
static bool is_named(const struct ht_rows *rows, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (ht_survival_has(&rows->row[k]) && rows->row[k].strategy == rows->row[i].strategy &&
            rows->row[k].outcome == rows->row[i].outcome && rows->row[k].fault == rows->row[i].fault)
            return true;
    return false;
}

static void put_failures(FILE *out, const struct ht_survival *s, size_t name)
{
    const struct ht_rows *const rows = s->summary->rows;
    size_t named = 0, left = 0;
    for (size_t st = 0; st < s->summary->strategies; st++)
        for (size_t i = 0; i < rows->count; i++) {
            const struct ht_row *const row = &rows->row[i];
            if (s->summary->strategy_of[i] != st || !ht_survival_has(row) || !ht_survival_is_bad(row) ||
                is_named(rows, i))
                continue;
            if (!named)
                fputs("\nDid not come through (one workload of each plan and outcome):\n", out);
            if (named < FAILURES_NAMED)
                put_failure(out, row, name);
            else
                left++;
            named++;
        }
    if (left)
        fprintf(out, "  and %zu more: see the CSV\n", left);
}

void ht_table_put_rate(FILE *out, const struct ht_survival_figures *f)
{
    char text[24];
    put_percent(text, f);
    ht_text_put(out, text, RATE_COLUMNS);
}

void ht_table_put_survival(FILE *out, const struct ht_survival *survival, size_t name_columns)
{
    if (!survival->rows)
        return;
    put_strategies(out, survival, name_columns);
    put_failures(out, survival, name_columns);
    fputs("\nSurvival: of the points at which something failed, those after which earlier data was whole, "
          "the next\n"
          "allocation worked, the heap was sound, and in the end nothing was left.\n",
          out);
}

bool ht_table_is_all_survival(const struct ht_summary *summary)
{
    for (size_t i = 0; i < summary->rows->count; i++)
        if (!ht_survival_has(&summary->rows->row[i]))
            return false;
    return true;
}

void ht_table_put_survival_csv(FILE *out, const struct ht_summary *summary)
{
    struct ht_survival survival;
    if (ht_survival_open(&survival, summary))
        return;
    for (size_t i = 0; survival.rows && i < summary->strategies; i++) {
        const struct ht_survival_figures *const f = &survival.strategy[i];
        if (f->fired)
            ht_table_put_csv_figure(out, summary, NULL, i, "survival", (double)f->survived / (double)f->fired,
                                    f->rows, "");
    }
    ht_survival_close(&survival);
}
