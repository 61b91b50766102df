/* A comparison for people: on a terminal, and as Markdown. */
#include <stdlib.h>

#include "results/compare_parts.h"
#include "results/text.h"

enum { NAME_LEAST = 14, METRIC = 13, CHANGE = 26, VERDICT = 13, SEEN = 10, PAIRS = 6, OUTCOMES_NAMED = 12 };

struct page {
    const struct ht_compare *c;
    const struct ht_compare_style *style;
    FILE *out;
    bool markdown;
    size_t name; /* columns of the first column */
};

/* ---- pieces --------------------------------------------------------------------------------------------- */

static void put_verdict(const struct page *p, enum ht_verdict verdict, size_t columns)
{
    static const char *const colours[] = {"\x1b[1;31m", "\x1b[32m", "\x1b[33m", ""};
    const char *const colour = p->style->colour ? colours[verdict] : "";
    const char *const word = ht_verdict_word(verdict);
    fputs(colour, p->out);
    fputs(p->markdown && verdict == HT_REGRESSED ? "**regressed**" : word, p->out);
    fputs(colour[0] ? "\x1b[0m" : "", p->out);
    for (size_t n = strlen(word); n < columns; n++)
        putc(' ', p->out);
}

static void format_seen(const struct ht_compare_line *line, char text[32])
{
    char percent[24];
    ht_compare_percent(line->smallest, percent);
    snprintf(text, 32, isnan(line->smallest) ? "-" : "%s %%", percent + (percent[0] == '+'));
}

/* A cell of the page's tables. */
static void put_cell(const struct page *p, const char *text, size_t columns)
{
    if (p->markdown) {
        ht_text_put_without(p->out, text, 200, "|\n\r");
        fputs(" | ", p->out);
    } else {
        ht_text_put(p->out, text, columns);
    }
}

static void put_name(const struct page *p, const char *name)
{
    fputs(p->markdown ? "| " : "", p->out);
    put_cell(p, name, p->name);
    fputs(p->markdown ? "" : "  ", p->out);
}

static bool has_pairs_column(const struct page *p)
{
    return p->markdown || p->style->width >= 90;
}

static void put_heading(const struct page *p, const char *first, const char *seen, const char *pairs)
{
    if (!p->markdown)
        putc('\n', p->out);
    put_name(p, first);
    put_cell(p, "metric", METRIC);
    put_cell(p, "change", CHANGE);
    put_cell(p, "verdict", VERDICT);
    put_cell(p, seen, has_pairs_column(p) ? SEEN : 0);
    if (has_pairs_column(p))
        put_cell(p, pairs, 0);
    fputs(p->markdown ? "\n| --- | --- | --- | --- | --- | --- |\n" : "\n", p->out);
}

/* ---- geometric means ------------------------------------------------------------------------------------ */

static void format_group(const struct ht_compare_group *g, char name[160])
{
    char threads[40] = "";
    if (g->threads != HT_ABSENT)
        snprintf(threads, sizeof threads, " t=%zu", (size_t)g->threads);
    snprintf(name, 160, "%.60s%s%.60s%s", g->strategy, g->strategy[0] && g->workload[0] ? " " : "",
             g->workload, threads);
    const char *const words = name[0] == ' ' ? name + 1 : name[0] ? name : "all cells";
    memmove(name, words, strlen(words) + 1);
}

static void put_group(const struct page *p, const struct ht_compare_group *g)
{
    char name[160], change[96], count[32], rounds[32];
    format_group(g, name);
    ht_compare_change(&g->ratio, change);
    snprintf(count, sizeof count, "%zu", g->cells);
    snprintf(rounds, sizeof rounds, "%zu", g->ratio.n);
    put_name(p, name);
    put_cell(p, ht_metric_word(g->metric), METRIC);
    put_cell(p, change, CHANGE);
    put_verdict(p, g->verdict, p->markdown ? 0 : VERDICT);
    fputs(p->markdown ? " | " : "", p->out);
    put_cell(p, count, has_pairs_column(p) ? SEEN : 0);
    if (has_pairs_column(p))
        put_cell(p, rounds, 0);
    putc('\n', p->out);
}

static void put_groups(const struct page *p)
{
    size_t shown = 0;
    put_heading(p, "geometric mean", "cells", "rounds");
    for (size_t i = 0; i < p->c->groups; i++)
        if (!p->style->most || shown++ < p->style->most)
            put_group(p, &p->c->group[i]);
    if (p->style->most && shown > p->style->most)
        fprintf(p->out, "%sand %zu more means: --all\n", p->markdown ? "\n" : "", shown - p->style->most);
}

/* ---- cells ---------------------------------------------------------------------------------------------- */

static void put_line(const struct page *p, const struct ht_compare_line *line)
{
    char name[200], change[96], seen[32], pairs[32];
    ht_compare_label(line, name, sizeof name);
    ht_compare_change(&line->ratio, change);
    format_seen(line, seen);
    snprintf(pairs, sizeof pairs, "%zu%s", line->pairs, line->twin ? " A/A" : "");
    put_name(p, name);
    put_cell(p, ht_metric_word(line->metric), METRIC);
    put_cell(p, change, CHANGE);
    put_verdict(p, line->verdict, p->markdown ? 0 : VERDICT);
    fputs(p->markdown ? " | " : "", p->out);
    put_cell(p, seen, has_pairs_column(p) ? SEEN : 0);
    if (has_pairs_column(p))
        put_cell(p, pairs, 0);
    putc('\n', p->out);
}

/* Lines that are shown stand first: what is equivalent is the last. */
static size_t shown_lines(const struct page *p)
{
    const struct ht_compare *const c = p->c;
    size_t n = 0;
    if (!p->style->most)
        return c->lines;
    while (n < c->lines && n < p->style->most && c->line[n].verdict != HT_EQUIVALENT)
        n++;
    return n;
}

static void put_lines(const struct page *p)
{
    const size_t n = shown_lines(p), left = p->c->lines - n;
    fputs(p->markdown && n ? "\n" : "", p->out);
    if (n)
        put_heading(p, "cell", "could see", "pairs");
    for (size_t i = 0; i < n; i++)
        put_line(p, &p->c->line[i]);
    if (left)
        fprintf(p->out, "%s%s%zu %scells: --all shows them, --csv and --json have every figure\n",
                p->markdown || !n ? "\n" : "", n ? "and " : "", left, n ? "more " : "equivalent ");
}

/* ---- outcomes ------------------------------------------------------------------------------------------- */

static bool differ_alike(const struct ht_compare_outcome *a, const struct ht_compare_outcome *b)
{
    return a->summary == b->summary && a->verdict == b->verdict && a->subject == b->subject &&
           !strcmp(a->base, b->base) && !strcmp(a->new, b->new) && !strcmp(a->reason, b->reason);
}

/* The first of n that differ alike: "regressed: tlsf larson t=2 (throughput): ok, now crash: SIGSEGV; 3 of 20 rows". */
static void put_outcome(const struct page *p, const struct ht_compare_outcome *o, size_t n)
{
    struct ht_text_wrap wrap = {.out = p->out, .width = p->markdown ? 4000 : p->style->width, .indent = 2};
    char name[200], words[700];
    ht_compare_name(o->summary, o->subject, o->job, name, sizeof name);
    fputs(p->markdown ? "- " : "  ", p->out);
    wrap.column = wrap.indent;
    snprintf(words, sizeof words,
             "%.200s (%.40s%s%.60s): base %.20s (%zu of %zu rows), new %.20s (%zu of %zu)%s%.150s", name,
             o->pass, o->fault[0] ? ", " : "", o->fault, o->base,
             o->base_not_ok ? o->base_not_ok : o->base_rows, o->base_rows, o->new,
             o->new_not_ok ? o->new_not_ok : o->new_rows, o->new_rows, o->reason[0] ? ": " : "", o->reason);
    ht_text_wrap(&wrap, words);
    snprintf(words, sizeof words, "[and so in %zu more]", n - 1);
    if (n > 1)
        ht_text_wrap(&wrap, words);
    putc('\n', p->out);
}

static void put_outcomes(const struct page *p)
{
    const struct ht_compare *const c = p->c;
    size_t named = 0, left = 0;
    if (c->outcomes)
        fputs(p->markdown ? "\nOutcomes that differ:\n\n" : "\nOutcomes that differ:\n", p->out);
    for (size_t i = 0, end; i < c->outcomes; i = end) {
        for (end = i + 1; end < c->outcomes && differ_alike(&c->outcome[i], &c->outcome[end]); end++)
            ;
        if (!p->style->most || named++ < OUTCOMES_NAMED)
            put_outcome(p, &c->outcome[i], end - i);
        else
            left += end - i;
    }
    if (left)
        fprintf(p->out, "%s and %zu more outcomes: --all\n", p->markdown ? "-" : " ", left);
}

/* ---- the page ------------------------------------------------------------------------------------------- */

static void put_note(void *page, const char *note)
{
    const struct page *const p = page;
    struct ht_text_wrap wrap = {.out = p->out, .width = p->markdown ? 4000 : p->style->width};
    fputs(p->markdown ? "- " : "", p->out);
    ht_text_wrap(&wrap, note);
    putc('\n', p->out);
}

static void count_into(const size_t verdicts[HT_VERDICTS], char words[160])
{
    words[0] = '\0';
    for (enum ht_verdict v = 0; v < HT_VERDICTS; v++)
        sprintf(words + strlen(words), "%s%zu %s", v ? ", " : "", verdicts[v], ht_verdict_word(v));
}

/* The answer first. */
static void put_head(const struct page *p)
{
    const struct ht_compare *const c = p->c;
    char counts[160], words[600];
    size_t worse = 0;
    for (size_t i = 0; i < c->outcomes; i++)
        worse += c->outcome[i].verdict == HT_REGRESSED;
    ht_compare_sides(c, words, sizeof words - 1);
    strcat(words, ".");
    fputs(p->markdown ? "### " : "", p->out);
    ht_text_put(p->out, words, 0);
    fputs(p->markdown ? "\n\n" : "\n", p->out);
    if (c->options.gating) {
        count_into(c->verdicts[true], counts);
        snprintf(words, sizeof words, "Can fail a build: %s; %zu outcome%s worse.", counts, worse,
                 worse == 1 ? "" : "s");
        put_note((void *)p, words);
    }
    count_into(c->verdicts[false], counts);
    snprintf(words, sizeof words, "%s: %s.", c->options.gating ? "Others" : "Cells", counts);
    put_note((void *)p, words);
    fputs(p->markdown ? "\n" : "", p->out);
}

static size_t name_columns(const struct page *p)
{
    const size_t others = 2 + METRIC + CHANGE + VERDICT + SEEN + (p->style->width >= 90 ? PAIRS : 0);
    size_t most = NAME_LEAST;
    char name[200];
    for (size_t i = 0; i < shown_lines(p); i++) {
        ht_compare_label(&p->c->line[i], name, sizeof name);
        const size_t columns = ht_text_columns(name);
        most = columns > most ? columns : most;
    }
    const size_t room = p->style->width > others + NAME_LEAST ? p->style->width - others : NAME_LEAST;
    return most < room ? most : room;
}

static void emit(struct page *p)
{
    p->name = name_columns(p);
    put_head(p);
    put_groups(p);
    put_lines(p);
    put_outcomes(p);
    putc('\n', p->out);
    ht_compare_notes(p->c, put_note, p);
}

void ht_compare_emit_table(const struct ht_compare *c, const struct ht_compare_style *style, FILE *out)
{
    emit(&(struct page){c, style, out, false, 0});
}

void ht_compare_emit_markdown(const struct ht_compare *c, const struct ht_compare_style *style, FILE *out)
{
    const struct ht_compare_style plain = {style->width, false, style->most};
    emit(&(struct page){c, &plain, out, true, 0});
}
