/* How strategies ended under faults, what was not ok without any, and what was noticed of misuse. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/index.h"
#include "results/report_parts.h"

enum { LINES_MAX = 60, COLUMNS_MAX = 64 };

/* The worst first: what a strategy must not do under a fault, what it may, and what says nothing. */
static const enum ht_outcome severity[] = {HT_CORRUPT, HT_CRASH, HT_HANG, HT_LEAK,
                                           HT_OOM,     HT_ERROR, HT_OK,   HT_UNSUPPORTED};
enum { OUTCOMES = sizeof severity / sizeof *severity, BAD = 4 };

static size_t place_of(const char *outcome)
{
    for (size_t i = 0; i < OUTCOMES; i++)
        if (!strcmp(outcome, ht_outcome_word(severity[i])))
            return i;
    return OUTCOMES - 3;
}

/* ---- faults --------------------------------------------------------------------------------------------- */

struct faults {
    const struct ht_report *report;
    struct ht_index lines, columns;
    size_t line_row[LINES_MAX], line_part[LINES_MAX]; /* a row of each line */
    size_t part[COLUMNS_MAX], strategy[COLUMNS_MAX];
    size_t n[LINES_MAX][COLUMNS_MAX][OUTCOMES];
    size_t rows, kept;
    bool by_kind; /* of the fault plan: there would be too many lines */
};

/* Where what names the kind of a plan ends: "cycle", "os:mmap". */
static size_t kind_bytes(const char *fault)
{
    const size_t colon = strcspn(fault, ":");
    return strncmp(fault, "os:", 3) ? colon : 3 + strcspn(fault + 3, ",");
}

static struct ht_index_key line_key(const struct faults *f, const struct ht_row *row)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; f->by_kind && i < kind_bytes(row->fault); i++)
        hash = (hash ^ (unsigned char)row->fault[i]) * 1099511628211u;
    return (struct ht_index_key){{f->by_kind ? hash : (uint64_t)(uintptr_t)row->fault,
                                  f->by_kind ? 0 : (uint64_t)(uintptr_t)row->workload}};
}

static int add_row(struct faults *f, size_t part, size_t row)
{
    const struct ht_summary *const s = f->report->part[part].summary;
    const struct ht_row *const r = &s->rows->row[row];
    size_t line, column;
    const size_t before = f->lines.count;
    if (ht_index_add(&f->lines, line_key(f, r), &line) ||
        ht_index_add(&f->columns, (struct ht_index_key){{part, s->strategy_of[row]}}, &column))
        return -ENOMEM;
    f->rows++;
    if (line >= LINES_MAX || column >= COLUMNS_MAX)
        return 0;
    if (line == before) {
        f->line_row[line] = row;
        f->line_part[line] = part;
    }
    f->part[column] = part;
    f->strategy[column] = s->strategy_of[row];
    f->n[line][column][place_of(r->outcome)]++;
    f->kept++;
    return 0;
}

static int gather(struct faults *f)
{
    for (size_t p = 0; p < f->report->parts; p++) {
        const struct ht_summary *const s = f->report->part[p].summary;
        for (size_t i = 0; i < s->rows->count; i++)
            if (s->rows->row[i].fault[0] && add_row(f, p, i))
                return -ENOMEM;
    }
    return 0;
}

static void put_counts(FILE *out, const size_t n[OUTCOMES])
{
    size_t worst = 0, all = 0;
    for (size_t i = 0; i < OUTCOMES; i++)
        all += n[i];
    while (worst < OUTCOMES && !n[worst])
        worst++;
    if (!all) {
        fputs("<td></td>", out);
        return;
    }
    fprintf(out, "<td class=\"%s\">%s",
            worst < BAD  ? "bad"
            : worst == 6 ? "good"
                         : "u",
            severity[worst] == HT_UNSUPPORTED ? "n/a" : ht_outcome_word(severity[worst]));
    if (n[worst] != all || all > 1)
        fprintf(out, "<i>%zu of %zu</i>", n[worst], all);
    fputs("</td>", out);
}

static const struct ht_row *row_of(const struct faults *f, size_t line)
{
    return &f->report->part[f->line_part[line]].summary->rows->row[f->line_row[line]];
}

static int compare_lines(const struct faults *f, size_t a, size_t b)
{
    const struct ht_row *const p = row_of(f, a), *const q = row_of(f, b);
    const int order = strcmp(p->fault, q->fault);
    return order ? order : strcmp(p->workload, q->workload);
}

static int compare_columns(const struct faults *f, size_t a, size_t b)
{
    if (f->part[a] != f->part[b])
        return f->part[a] < f->part[b] ? -1 : 1;
    return (f->strategy[a] > f->strategy[b]) - (f->strategy[a] < f->strategy[b]);
}

/* Rows come in a shuffled order; a reader looks for names. */
static void sort(const struct faults *f, size_t *order, size_t n,
                 int (*compare)(const struct faults *f, size_t a, size_t b))
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && compare(f, order[at - 1], i) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* There was something that could fail. */
static bool has_run(const struct faults *f, size_t line, size_t columns)
{
    for (size_t c = 0; c < columns; c++)
        for (size_t i = 0; i < OUTCOMES - 1; i++)
            if (f->n[line][c][i])
                return true;
    return false;
}

static void put_fault_line(const struct faults *f, size_t line, const size_t *column, size_t columns)
{
    FILE *const out = f->report->out;
    const struct ht_row *const r = row_of(f, line);
    char kind[80];
    snprintf(kind, sizeof kind, "%.*s", (int)kind_bytes(r->fault), r->fault);
    fputs("<tr><th scope=\"row\"><code>", out);
    ht_text_put_xml(out, f->by_kind ? kind : r->fault);
    fputs("</code>", out);
    if (!f->by_kind) {
        fputs(" <i>", out);
        ht_text_put_xml(out, r->workload);
        fputs("</i>", out);
    }
    fputs("</th>", out);
    for (size_t c = 0; c < columns; c++)
        put_counts(out, f->n[line][column[c]]);
    fputs("</tr>\n", out);
}

static void say_faults(const struct faults *f, size_t lines, size_t columns, char words[HT_REPORT_WORDS])
{
    size_t failed[COLUMNS_MAX] = {0}, runs[COLUMNS_MAX] = {0}, ran = 0, bad = 0, nth = 0;
    words[0] = '\0';
    for (size_t c = 0; c < columns; c++) {
        for (size_t l = 0; l < lines; l++)
            for (size_t i = 0; i < OUTCOMES - 1; i++) { /* but unsupported */
                failed[c] += i < BAD ? f->n[l][c][i] : 0;
                runs[c] += f->n[l][c][i];
            }
        bad += failed[c] > 0;
        ran += runs[c] > 0;
    }
    ht_report_add(words, "%zu of %zu strategies came through all that was injected", ran - bad, ran);
    ht_report_add(words, bad ? "; corrupted, crashed, hung or leaked: " : ".");
    for (size_t c = 0; c < columns; c++) {
        char name[120];
        if (!failed[c])
            continue;
        snprintf(name, sizeof name, "%s (%zu)",
                 f->report->part[f->part[c]].summary->strategy[f->strategy[c]].name, failed[c]);
        ht_report_add_name(words, nth++, bad, name);
    }
    ht_report_add(words, bad ? "." : "");
}

static void put_faults(struct ht_report *report, const struct faults *f)
{
    FILE *const out = report->out;
    const size_t lines = f->lines.count < LINES_MAX ? f->lines.count : LINES_MAX,
                 columns = f->columns.count < COLUMNS_MAX ? f->columns.count : COLUMNS_MAX;
    size_t line[LINES_MAX], column[COLUMNS_MAX], idle = 0;
    char finding[HT_REPORT_WORDS];
    sort(f, line, lines, compare_lines);
    sort(f, column, columns, compare_columns);
    say_faults(f, lines, columns, finding);
    ht_report_begin(
        report, NULL, "faults", "Outcomes under faults", finding,
        "A line is a fault that was injected, a cell how a strategy ended under it: the worst of its rows, "
        "and how "
        "many they are. ok and oom are what a program can live with; corrupt, crash, hang and leak are not.");
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Outcomes under faults, "
          "table\"><table "
          "class=\"outcomes\"><caption>Outcomes under faults</caption><thead><tr><th scope=\"col\">fault, "
          "workload</th>",
          out);
    for (size_t i = 0; i < columns; i++) {
        const size_t c = column[i];
        fprintf(out, "<th scope=\"col\" data-s=\"%s%zu\"><span>", report->part[f->part[c]].id,
                f->strategy[c]);
        ht_text_put_xml(out, report->part[f->part[c]].summary->strategy[f->strategy[c]].name);
        fputs("</span></th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t l = 0; l < lines; l++)
        if (has_run(f, line[l], columns))
            put_fault_line(f, line[l], column, columns);
        else
            idle++;
    fputs("</tbody></table></div>\n", out);
    if (idle)
        fprintf(out, "<p class=\"how\">%zu more faults met nothing that could fail, in any strategy.</p>\n",
                idle);
    if (f->kept < f->rows)
        fprintf(out, "<p class=\"how\">%zu more rows are in rows.csv.</p>\n", f->rows - f->kept);
    ht_report_end(report);
}

int ht_report_put_faults(struct ht_report *report)
{
    struct faults *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->report = report;
    int error = gather(f);
    if (!error && f->lines.count > LINES_MAX) {
        ht_index_free(&f->lines);
        ht_index_free(&f->columns);
        *f = (struct faults){.report = report, .by_kind = true};
        error = gather(f);
    }
    if (!error && f->rows)
        put_faults(report, f);
    else if (!error)
        ht_report_note_gap(report, NULL, "Outcomes under faults",
                           "a fault plan: --fault cycle:length=8,every=1000");
    ht_index_free(&f->lines);
    ht_index_free(&f->columns);
    free(f);
    return error;
}

/* ---- what was not ok ------------------------------------------------------------------------------------ */

static void put_failed_jobs(FILE *out, const struct ht_summary *s, const struct ht_summary_failure *f)
{
    char words[HT_REPORT_WORDS] = "";
    for (size_t i = 0; i < f->jobs; i++) {
        char label[160];
        ht_report_label(s, s->failure_job[f->first_job + i], label, sizeof label);
        ht_report_add_name(words, i, f->jobs, label);
    }
    ht_text_put_xml(out, words);
}

/* Of what is no fault of the strategy's own, or is one. */
static void put_failure(FILE *out, const struct ht_report_part *part, const struct ht_summary_failure *f)
{
    const struct ht_summary *const s = part->summary;
    fprintf(out, "<tr data-s=\"%s%zu\"><th scope=\"row\">", part->id, f->strategy);
    ht_text_put_xml(out, s->strategy[f->strategy].name);
    fprintf(out, "</th><td class=\"%s\">", ht_report_is_failure(f->outcome) ? "bad" : "u");
    ht_text_put_xml(out, f->outcome);
    fputs("</td><td>", out);
    put_failed_jobs(out, s, f);
    fputs("</td><td>", out);
    ht_text_put_xml(out, f->reason);
    fputs("</td></tr>\n", out);
}

void ht_report_put_failures(struct ht_report *report, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    FILE *const out = report->out;
    char finding[HT_REPORT_WORDS];
    if (!s->failures)
        return;
    ht_report_say_failures(part, finding);
    ht_report_begin(report, part, "notok", "What was not ok", finding,
                    "Cells that did not end as ok, without any fault injected, and why. What is unsupported "
                    "can’t be asked of "
                    "that strategy; all else is a failure, and its cells are in no ratio.");
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"What was not ok of %s, "
            "table\"><table class=\"words\"><caption>What was not ok"
            "</caption><thead><tr><th scope=\"col\">strategy</th><th scope=\"col\">outcome</th><th "
            "scope=\"col\">in</th>"
            "<th scope=\"col\">why</th></tr></thead><tbody>\n",
            part->name);
    for (int last = 0; last < 2; last++)
        for (const struct ht_summary_failure *f = s->failure; f < s->failure + s->failures; f++)
            if (last == (strcmp(f->outcome, ht_outcome_word(HT_UNSUPPORTED)) == 0))
                put_failure(out, part, f);
    fputs("</tbody></table></div>\n", out);
    ht_report_end(report);
}
