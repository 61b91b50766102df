/* How far the gate can be trusted: what its self-test found, as a sentence, a curve and a table. */
#include <math.h>

#include "results/report_parts.h"

/* In pixels; as the panels of curves are. */
enum { WIDTH = 372, HEIGHT = 256, LEFT = 48, RIGHT = 14, TOP = 24, BOTTOM = 38 };

/* ---- the sentence --------------------------------------------------------------------------------------- */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void say_false_alarms(const struct ht_selftest *s, char words[HT_REPORT_WORDS])
{
    const struct ht_plant_rate r = ht_selftest_false_alarms(s);
    const size_t gates = r.gates - r.failed;
    if (!gates)
        return;
    ht_report_add(words, "Of %zu gate%s in which nothing was planted ", gates, plural(gates));
    if (r.called)
        ht_report_add(words, "%zu called something: %.1f %%, with 95 %% confidence from %.1f to %.1f %%",
                      r.called, 100 * r.rate.estimate, 100 * r.rate.low, 100 * r.rate.high);
    else
        ht_report_add(words, "none called anything: at most %.1f %% with 95 %% confidence",
                      100 * r.rate.high);
}

/* The smallest slowdown that must be called. */
static void say_slower(const struct ht_selftest *s, char words[HT_REPORT_WORDS])
{
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (!(ht_plants[i].must > 0) || !ht_plant_is_on_curve(i, &r))
            continue;
        ht_report_add(words, "%s%s was called in %zu of %zu", words[0] ? "; " : "", ht_plants[i].meaning,
                      r.called, r.gates - r.failed);
        return;
    }
}

/* By its interval: false alarms more often than may be, what must be called more rarely. */
static bool is_ruled_out(const struct ht_plant_rate *r)
{
    return !r->holds && !r->failed;
}

static void say_ruled_out(const struct ht_selftest *s, bool alarms, const char *what,
                          char words[HT_REPORT_WORDS])
{
    const char *out[HT_PLANTS];
    size_t n = 0;
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (is_ruled_out(&r) && (ht_plants[i].must < 0) == alarms)
            out[n++] = ht_plants[i].word;
    }
    for (size_t i = 0; i < n; i++) {
        ht_report_add(words, "%s", i ? "" : what);
        ht_report_add_name(words, i, n, out[i]);
    }
    ht_report_add(words, "%s", n ? "." : "");
}

static void say_failed(const struct ht_selftest *s, char words[HT_REPORT_WORDS])
{
    size_t failed = 0;
    for (int i = 0; i < HT_PLANTS; i++)
        failed += ht_selftest_rate(s, i).failed;
    if (failed)
        ht_report_add(words, " In %zu gate%s the gate itself failed.", failed, plural(failed));
}

void ht_report_say_selftest(const struct ht_selftest *s, char words[HT_REPORT_WORDS])
{
    words[0] = '\0';
    say_false_alarms(s, words);
    say_slower(s, words);
    if (words[0])
        ht_report_add(words, ".");
    say_ruled_out(s, true, " It calls more than it may of ", words);
    say_ruled_out(s, false, " It misses more than it may of ", words);
    say_failed(s, words);
}

/* ---- the curve ------------------------------------------------------------------------------------------ */

static void format_percent(char text[24], double value)
{
    snprintf(text, 24, "%g %%", value);
}

struct curve {
    struct ht_plant_rate rate[HT_PLANTS];
    double percent[HT_PLANTS];
    size_t n;
    struct ht_report_axis x, y;
};

static void open_curve(struct curve *c, const struct ht_selftest *s)
{
    double most = 0;
    *c = (struct curve){.n = 0};
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (!ht_plant_is_on_curve(i, &r))
            continue;
        most = fmax(most, ht_plants[i].percent);
        c->percent[c->n] = ht_plants[i].percent;
        c->rate[c->n++] = r;
    }
    /* Room around 0 and 100 %, where most points are. */
    c->x = (struct ht_report_axis){-0.05 * most, 1.05 * most, LEFT, WIDTH - RIGHT, false, format_percent};
    c->y = (struct ht_report_axis){-4, 104, HEIGHT - BOTTOM, TOP, false, format_percent};
}

static void put_points(FILE *out, const struct curve *c)
{
    fputs("<g class=\"k2\"><path class=\"l\" d=\"", out);
    for (size_t i = 0; i < c->n; i++)
        fprintf(out, "%c%.1f %.1f", i ? 'L' : 'M', ht_report_at(&c->x, c->percent[i]),
                ht_report_at(&c->y, 100 * c->rate[i].rate.estimate));
    fputs("\"/>\n", out);
    for (size_t i = 0; i < c->n; i++) {
        const struct ht_interval *const r = &c->rate[i].rate;
        const double x = ht_report_at(&c->x, c->percent[i]);
        fprintf(out,
                "<path class=\"v\" d=\"M%.1f %.1fV%.1f\"/><circle cx=\"%.1f\" cy=\"%.1f\" "
                "r=\"4\"><title>%g %%: %zu of %zu</title></circle>\n",
                x, ht_report_at(&c->y, 100 * r->low), ht_report_at(&c->y, 100 * r->high), x,
                ht_report_at(&c->y, 100 * r->estimate), c->percent[i], c->rate[i].called,
                c->rate[i].gates - c->rate[i].failed);
    }
    fputs("</g>", out);
}

static void put_curve(FILE *out, const struct curve *c)
{
    fprintf(out,
            "<div class=\"panels\"><figure class=\"panel\"><figcaption>how often what is slower is "
            "called</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-label=\"How often what is slower is called.",
            WIDTH, HEIGHT);
    for (size_t i = 0; i < c->n; i++)
        fprintf(out, " %g %%: %zu of %zu%s", c->percent[i], c->rate[i].called,
                c->rate[i].gates - c->rate[i].failed, i + 1 < c->n ? "," : ".");
    fputs("\">\n", out);
    ht_report_put_x(out, &c->x, &c->y, "CPU time more, planted");
    ht_report_put_y(out, &c->x, &c->y, "called, of the gates");
    put_points(out, c);
    fputs("</svg></figure></div>\n", out);
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static void put_must(FILE *out, const struct ht_plant *p, const struct ht_plant_rate *r)
{
    if (p->must < 0)
        fputs("none", out);
    else if (p->must == 0)
        fputs("any", out);
    else if (p->must < 1)
        fprintf(out, "≥ %g %%", 100 * p->must);
    else
        fputs("all", out);
    if (r->failed)
        fprintf(out, ": <span class=\"bad\">the gate failed in %zu</span>", r->failed);
    else if (is_ruled_out(r))
        fputs(": <span class=\"bad\">ruled out</span>", out);
}

static void put_plant(FILE *out, const struct ht_plant *p, const struct ht_plant_rate *r)
{
    fprintf(out, "<tr><th scope=\"row\">%s</th><td class=\"r\">%zu of %zu</td><td class=\"r\">", p->word,
            r->called, r->gates - r->failed);
    if (r->gates > r->failed)
        fprintf(out, "<b>%.1f %%</b> <i>%.1f–%.1f</i>", 100 * r->rate.estimate, 100 * r->rate.low,
                100 * r->rate.high);
    fputs("</td><td>", out);
    put_must(out, p, r);
    fprintf(out, "</td><td>%s</td></tr>\n", p->meaning);
}

static void put_table(FILE *out, const struct ht_selftest *s)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"All that was planted, "
          "table\"><table class=\"words\"><caption>All that was planted</caption><thead><tr><th "
          "scope=\"col\">planted</th><th scope=\"col\" class=\"r\">called</th><th "
          "scope=\"col\" class=\"r\">rate, 95 % interval</th><th scope=\"col\">must be called</th><th "
          "scope=\"col\">what it is</th></tr></thead><tbody>\n",
          out);
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (r.gates)
            put_plant(out, &ht_plants[i], &r);
    }
    fputs("</tbody></table></div>\n", out);
}

/* ---- the section ---------------------------------------------------------------------------------------- */

void ht_report_put_selftest(const struct ht_report *report)
{
    const struct ht_selftest *const s = report->selftest;
    char finding[HT_REPORT_WORDS], how[HT_REPORT_WORDS] = "";
    struct curve curve;
    if (!s || !s->trials)
        return;
    open_curve(&curve, s);
    ht_report_say_selftest(s, finding);
    ht_report_add(how,
                  "The self-test ran the whole gate on pairs that are the same and on pairs of which one is "
                  "worse by a known amount. %s95 %% intervals are those of Clopper and Pearson; ruled out is "
                  "what lies outside. All of it holds for the machine that it ran on, with its load: %.1f on "
                  "average.",
                  curve.n > 1 ? "What is called at 0 % is a false alarm. " : "", ht_selftest_load(s));
    ht_report_begin(report, NULL, "gate", "How far to trust the gate", finding, how);
    if (curve.n > 1) {
        fputs("<div class=\"beside\">", report->out);
        put_curve(report->out, &curve);
    }
    put_table(report->out, s);
    if (curve.n > 1)
        fputs("</div>\n", report->out);
    ht_report_end(report);
}
