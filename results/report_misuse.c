/* What was noticed of misuse: misuse.csv of the run, with the columns strategy, case, size, verdict, rate,
 * ops_to_detection and message. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"
#include "results/names.h"
#include "results/report_parts.h"

enum { CASES = 128, STRATEGIES = 64, FIELDS = 16, FIELD_BYTES = 256 };

/* The worst first, as a defender sees it. */
static const char *const verdicts[] = {"exploited", "hang",  "missed",     "crashed",
                                       "diagnosed", "error", "unsupported"};
enum { VERDICTS = sizeof verdicts / sizeof *verdicts, MISSED = 2, DIAGNOSED = 4 };

struct misuse {
    struct ht_names names;
    const char *name[CASES], *strategy[STRATEGIES];
    size_t cases, strategies, rows;
    unsigned char worst[CASES][STRATEGIES]; /* VERDICTS: no row */
    size_t noticed[STRATEGIES],
        ran[STRATEGIES]; /* of the rows that ran, those that ended diagnosed or crashed */
};

enum { STRATEGY, CASE, VERDICT, WANTED };
static const char *const wanted[WANTED] = {"strategy", "case", "verdict"};

/* ---- reading -------------------------------------------------------------------------------------------- */

/* One line of CSV from *at on, quoted fields too. Returns how many fields. */
static size_t split(const char **at, char field[FIELDS][FIELD_BYTES])
{
    const char *p = *at;
    size_t n = 0;
    while (*p && n < FIELDS) {
        const bool quoted = *p == '"';
        size_t used = 0;
        for (p += quoted; *p && (quoted ? *p != '"' || p[1] == '"' : *p != ',' && *p != '\n'); p++) {
            p += quoted && *p == '"';
            if (used + 1 < FIELD_BYTES && *p != '\r')
                field[n][used++] = *p;
        }
        p += quoted && *p == '"';
        field[n++][used] = '\0';
        while (*p && *p != ',' && *p != '\n')
            p++;
        if (*p != ',')
            break;
        p++;
    }
    while (*p && *p++ != '\n')
        ;
    *at = p;
    return n;
}

/* The place of a name among those that are known, which it joins; SIZE_MAX: no room, or no memory. */
static size_t place(struct misuse *m, const char **known, size_t *n, size_t room, const char *word)
{
    const char *const name = ht_names_intern(&m->names, word, strlen(word));
    size_t i = 0;
    while (i < *n && known[i] != name)
        i++;
    if (i == room || !name)
        return SIZE_MAX;
    known[i] = name;
    *n += i == *n;
    return i;
}

static size_t verdict_of(const char *word)
{
    size_t v = 0;
    while (v < VERDICTS && strcmp(word, verdicts[v]))
        v++;
    return v;
}

static void add(struct misuse *m, char field[FIELDS][FIELD_BYTES], const size_t column[WANTED])
{
    const size_t v = verdict_of(field[column[VERDICT]]);
    const size_t c = place(m, m->name, &m->cases, CASES, field[column[CASE]]),
                 s = place(m, m->strategy, &m->strategies, STRATEGIES, field[column[STRATEGY]]);
    if (v == VERDICTS || c == SIZE_MAX || s == SIZE_MAX)
        return;
    m->rows++;
    m->ran[s] += v <= DIAGNOSED;
    m->noticed[s] += v > MISSED && v <= DIAGNOSED;
    if (v < m->worst[c][s])
        m->worst[c][s] = (unsigned char)v;
}

static int parse(struct misuse *m, const char *text, char why[256])
{
    char field[FIELDS][FIELD_BYTES];
    size_t column[WANTED];
    const size_t n = split(&text, field);
    for (size_t w = 0; w < WANTED; w++) {
        column[w] = 0;
        while (column[w] < n && strcmp(field[column[w]], wanted[w]))
            column[w]++;
        if (column[w] == n) {
            snprintf(why, 256, "misuse.csv has no column %s, and is left out", wanted[w]);
            return -EPROTO;
        }
    }
    memset(m->worst, VERDICTS, sizeof m->worst);
    while (*text && strchr(text, '\n')) { /* a last line that was cut short is left out */
        memset(field, 0, sizeof field);
        split(&text, field);
        add(m, field, column);
    }
    return 0;
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

static void put_line(FILE *out, const struct misuse *m, size_t c)
{
    fputs("<tr><th scope=\"row\">", out);
    ht_report_escape(out, m->name[c]);
    fputs("</th>", out);
    for (size_t s = 0; s < m->strategies; s++) {
        const size_t v = m->worst[c][s];
        if (v == VERDICTS)
            fputs("<td></td>", out);
        else
            fprintf(out, "<td class=\"%s\">%s</td>",
                    v < MISSED       ? "bad"
                    : v == MISSED    ? "miss"
                    : v <= DIAGNOSED ? "good"
                                     : "u",
                    v == VERDICTS - 1 ? "n/a" : verdicts[v]);
    }
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
                    "would have won. The "
                    "controls are correct programs, in which nothing must be noticed.");
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Misuse, table\"><table "
          "class=\"outcomes\">"
          "<caption>Misuse, and what came of it</caption><thead><tr><th scope=\"col\">case</th>",
          out);
    for (size_t s = 0; s < m->strategies; s++) {
        fputs("<th scope=\"col\"><span>", out);
        ht_report_escape(out, m->strategy[s]);
        fputs("</span></th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t c = 0; c < m->cases; c++)
        put_line(out, m, c);
    fputs("</tbody></table></div>\n", out);
    ht_report_end(report);
}

int ht_report_put_misuse(struct ht_report *report)
{
    struct misuse *const m = calloc(1, sizeof *m);
    char *path, *text = NULL;
    size_t bytes;
    if (!m || asprintf(&path, "%s/misuse.csv", report->dir) < 0) {
        free(m);
        return -ENOMEM;
    }
    int error = ht_file_read(path, &text, &bytes);
    if (!error)
        error = parse(m, text, report->misuse_why);
    else if (error != -ENOENT)
        snprintf(report->misuse_why, sizeof report->misuse_why, "%.150s: %s", path, strerror(-error));
    if (!error && m->rows)
        put(report, m);
    else
        ht_report_note_gap(report, NULL, "Misuse", "misuse.csv beside the rows: heaptrial misuse");
    free(path);
    free(text);
    ht_names_free(&m->names);
    free(m);
    return error == -ENOMEM ? error : 0;
}
