/* A line of the comparison in words: what it is of, and what of its rows was used. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "results/compare_parts.h"
#include "results/text.h"

/* Appends to `text`, as far as there is room. */
__attribute__((format(printf, 3, 4))) static void append(char *text, size_t room, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, room - used, format, args);
    va_end(args);
}

void ht_compare_label(const struct ht_compare_line *line, char *label, size_t room)
{
    const struct ht_summary_cell *const cell = &line->summary->cell[line->cell];
    ht_compare_name(line->summary, cell->strategy, cell->job, label, room);
}

void ht_compare_sides(const struct ht_compare *c, char *words, size_t room)
{
    words[0] = '\0';
    for (size_t i = 0; i < c->summaries; i++) {
        const struct ht_summary *const s = c->summary[i];
        const bool collectors = i && !strcmp(s->rows->row->kind, "collector");
        append(words, room, "%s%s%s%sgainst %s", i ? ", " : "", collectors ? "collectors " : "",
               s->sides ? s->strategy[1].name : "",
               s->sides ? " a"
               : i      ? "a"
                        : "A",
               s->strategy[s->baseline].name);
    }
}

void ht_compare_name(const struct ht_summary *s, size_t subject, size_t job, char *name, size_t room)
{
    char label[160];
    ht_summary_job_label(&s->job[job], label, sizeof label);
    snprintf(name, room, "%s%s%s", s->sides ? "" : s->strategy[subject].name, s->sides ? "" : " ", label);
}

void ht_compare_percent(double share, char text[24])
{
    const double percent = 100 * share, size = fabs(percent);
    if (isnan(percent))
        snprintf(text, 24, "-");
    else if (size < 0.0005)
        snprintf(text, 24, "0");
    else
        snprintf(text, 24, "%+.*f", size < 0.0995 ? 3 : size < 0.995 ? 2 : size < 99.95 ? 1 : 0, percent);
}

void ht_compare_change(const struct ht_interval *ratio, char text[96])
{
    const bool times = ratio->estimate >= 10;
    strcpy(text, "-");
    if (!ratio->n || isnan(ratio->estimate))
        return;
    char estimate[24], low[24], high[24];
    const struct {
        double value;
        char *text;
    } at[] = {{ratio->estimate, estimate}, {ratio->low, low}, {ratio->high, high}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        if (times)
            ht_text_ratio(at[i].text, at[i].value);
        else
            ht_compare_percent(at[i].value - 1, at[i].text);
    const int used = snprintf(text, 96, times ? "x %s" : "%s %%", estimate);
    if (ratio->n > 1)
        snprintf(text + used, 96 - (size_t)used, " [%s, %s]", low, high);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void ht_compare_rounds(const struct ht_compare_line *line, char *rounds, size_t room)
{
    uint64_t *const round = malloc(line->pairs * sizeof *round);
    rounds[0] = '\0';
    if (!round)
        return;
    for (size_t i = 0; i < line->pairs; i++)
        round[i] = line->summary->rows->row[line->pair[i].base].round;
    qsort(round, line->pairs, sizeof *round, by_number);
    for (size_t i = 0, end; i < line->pairs && round[i] != HT_ABSENT; i = end) {
        for (end = i + 1; end < line->pairs && round[end] == round[end - 1] + 1; end++)
            ;
        append(rounds, room, end - i > 1 ? "%s%" PRIu64 "-%" PRIu64 : "%s%" PRIu64, i ? " " : "", round[i],
               round[end - 1]);
    }
    free(round);
}

static void say(char *words, size_t room, const char *side, size_t n, const char *what, const char *plural)
{
    if (n)
        append(words, room, "%s%s: %zu row%s %s", words[0] ? "; " : "", side, n, n == 1 ? "" : "s",
               n == 1 ? what : plural);
}

void ht_compare_left_out(const struct ht_compare_line *line, char *words, size_t room)
{
    words[0] = '\0';
    say(words, room, "base", line->base.not_ok, "was not ok", "were not ok");
    say(words, room, "new", line->new.not_ok, "was not ok", "were not ok");
    say(words, room, "base", line->base.empty, "has no figure", "have no figure");
    say(words, room, "new", line->new.empty, "has no figure", "have no figure");
    say(words, room, "base", line->base.ok - line->pairs, "has no partner", "have no partner");
    say(words, room, "new", line->new.ok - line->pairs, "has no partner", "have no partner");
}
