/* What was noticed of misuse, from misuse.csv of the run (results/misuse_rows.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/misuse_rows.h"
#include "results/report_parts.h"

enum { CASES = 128, STRATEGIES = 64 };

/* The worst first, as a defender sees it. */
static const enum ht_misuse_verdict severity[] = {
    HT_MISUSED_EXPLOITED, HT_MISUSED_HANGS,   HT_MISUSED_MISSED,       HT_MISUSED_CRASHED,
    HT_MISUSED_DIAGNOSED, HT_MISUSED_NOT_RUN, HT_MISUSED_NOT_SUPPORTED};
enum { VERDICTS = sizeof severity / sizeof *severity, MISSED = 2, DIAGNOSED = 4 };

struct misuse {
    const char *name[CASES], *strategy[STRATEGIES]; /* the rows' */
    size_t cases, strategies;
    unsigned char worst[CASES][STRATEGIES]; /* a place in severity; VERDICTS: no row */
    size_t noticed[STRATEGIES],
        ran[STRATEGIES]; /* of the rows that ran, those that ended diagnosed or crashed */
};

/* ---- gathering ------------------------------------------------------------------------------------------ */

/* The place of a name among those that are known, which it joins; SIZE_MAX: there is no room. */
static size_t place(const char **known, size_t *n, size_t room, const char *name)
{
    size_t i = 0;
    while (i < *n && strcmp(known[i], name))
        i++;
    if (i == room)
        return SIZE_MAX;
    if (i == *n)
        known[(*n)++] = name;
    return i;
}

/* Controls are correct programs: what is noticed of them counts for nobody. */
static bool is_control(const char *name)
{
    return !strncmp(name, "control", strlen("control")) || !strcmp(name, "nothing");
}

static void add(struct misuse *m, const struct ht_misuse_row *row)
{
    const size_t c = place(m->name, &m->cases, CASES, row->name),
                 s = place(m->strategy, &m->strategies, STRATEGIES, row->strategy);
    size_t v = 0;
    while (v < VERDICTS && severity[v] != row->verdict)
        v++;
    if (c == SIZE_MAX || s == SIZE_MAX)
        return;
    m->ran[s] += v <= DIAGNOSED && !is_control(row->name);
    m->noticed[s] += v > MISSED && v <= DIAGNOSED && !is_control(row->name);
    if (v < m->worst[c][s])
        m->worst[c][s] = (unsigned char)v;
}

/* ---- the page ------------------------------------------------------------------------------------------- */

static void say(const struct misuse *m, char words[HT_REPORT_WORDS])
{
    size_t best = 0, last = 0;
    words[0] = '\0';
    for (size_t s = 1; s < m->strategies; s++) {
        best = m->noticed[s] * m->ran[best] > m->noticed[best] * m->ran[s] ? s : best;
        last = m->ran[s] && (m->noticed[s] * m->ran[last] < m->noticed[last] * m->ran[s] || !m->ran[last])
                   ? s
                   : last;
    }
    if (best != last && m->ran[best] && m->ran[last])
        ht_report_add(words, "%s notices most: %zu of %zu; %s least: %zu of %zu.", m->strategy[best],
                      m->noticed[best], m->ran[best], m->strategy[last], m->noticed[last], m->ran[last]);
}

/* Of a control, which is a correct program, nothing should be noticed. */
static void put_verdict(FILE *out, size_t v, bool control)
{
    const char *const class = v > DIAGNOSED ? "u"
                              : control     ? (v == MISSED ? "good" : "bad")
                              : v < MISSED  ? "bad"
                              : v == MISSED ? "miss"
                                            : "good";
    const char *const word = severity[v] == HT_MISUSED_NOT_SUPPORTED ? "n/a"
                             : control && v == MISSED                ? "quiet"
                                                                     : ht_misuse_verdict_word(severity[v]);
    fprintf(out, "<td class=\"%s\">%s</td>", class, word);
}

static void put_line(FILE *out, const struct misuse *m, size_t c)
{
    fputs("<tr><th scope=\"row\">", out);
    ht_text_put_xml(out, m->name[c]);
    fputs("</th>", out);
    for (size_t s = 0; s < m->strategies; s++)
        if (m->worst[c][s] == VERDICTS)
            fputs("<td></td>", out);
        else
            put_verdict(out, m->worst[c][s], is_control(m->name[c]));
    fputs("</tr>\n", out);
}

static void put(struct ht_report *report, const struct misuse *m)
{
    FILE *const out = report->out;
    char finding[HT_REPORT_WORDS];
    say(m, finding);
    ht_report_begin(report, NULL, "misuse", "Misuse", finding,
                    "A line is a way to misuse a heap, a cell what came of it, the worst of its sizes. "
                    "diagnosed: a message named "
                    "it; crashed: a signal, and no message; missed: nobody noticed; exploited: an attacker "
                    "would have won. The controls are correct programs, in which all must be quiet.");
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Misuse, table\"><table "
          "class=\"outcomes\">"
          "<caption>Misuse, and what came of it</caption><thead><tr><th scope=\"col\">case</th>",
          out);
    for (size_t s = 0; s < m->strategies; s++) {
        fputs("<th scope=\"col\"><span>", out);
        ht_text_put_xml(out, m->strategy[s]);
        fputs("</span></th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t c = 0; c < m->cases; c++)
        put_line(out, m, c);
    fputs("</tbody></table></div>\n", out);
    ht_report_end(report);
}

static int put_rows(struct ht_report *report, const struct ht_misuse_rows *rows)
{
    struct misuse *const m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    memset(m->worst, VERDICTS, sizeof m->worst);
    for (size_t i = 0; i < rows->count; i++)
        add(m, &rows->row[i]);
    put(report, m);
    free(m);
    return 0;
}

int ht_report_put_misuse(struct ht_report *report)
{
    struct ht_misuse_rows rows = {.count = 0};
    char *path;
    if (asprintf(&path, "%s/misuse.csv", report->dir) < 0)
        return -ENOMEM;
    int error = access(path, F_OK) ? -ENOENT : ht_misuse_rows_read(path, &rows, report->misuse_why);
    if (!error && rows.count)
        error = put_rows(report, &rows);
    else
        ht_report_note_gap(report, NULL, "Misuse",
                           "misuse.csv beside the rows: heaptrial misuse --csv DIR/misuse.csv");
    ht_misuse_rows_free(&rows);
    free(path);
    return error == -ENOMEM ? error : 0;
}
