/* What the script of the page computes with: the figures of each cell by round, from which the ratio to any baseline comes,
 * and the means of the suite, whose bootstrap is done here for every pair of strategies. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/report_parts.h"

/* More figures than so many of one kind would make the page too large: then the baseline can't be switched. */
enum { FIGURES_MAX = 70000 };

static const enum ht_metric shown[] = {HT_TIME, HT_MEMORY, HT_P999, HT_INSTRUCTIONS};
enum { SHOWN = sizeof shown / sizeof *shown };

/* JSON within HTML: no `<` may begin a tag. */
static void put_string(FILE *out, const char *text)
{
    putc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == '"' || *p == '\\' || *p == '<' || *p == '>' || *p == '&')
            fprintf(out, "\\u%04x", *p);
        else
            putc(*p, out);
    putc('"', out);
}

static void put_base36(FILE *out, uint64_t n)
{
    char digit[16];
    size_t used = 0;
    do
        digit[used++] = "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
    while (n /= 36);
    while (used)
        putc(digit[--used], out);
}

/* Whole numbers and halves, as nanoseconds and bytes are, in base 36, with a point for the half; others in decimal after
 * a `~`. Ten digits count, of whole ones twelve: what comes behind them is what arithmetic left. */
static void put_figure(FILE *out, double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", x);
    const double twice = 2 * strtod(text, NULL);
    if (twice != floor(twice) || twice > 0x1p53)
        fprintf(out, "~%.10g", x);
    else {
        put_base36(out, (uint64_t)(twice / 2));
        fputs(fmod(twice, 2) > 0 ? "." : "", out);
    }
}

/* By round, a comma between; nothing for what is missing. */
static void put_cell(FILE *out, const struct ht_figures *f, enum ht_metric metric, size_t strategy,
                     size_t job)
{
    const double *const of = ht_figures_of(f, metric, strategy, job);
    size_t n = f->rounds;
    while (n && isnan(of[n - 1]))
        n--;
    for (size_t r = 0; r < n; r++) {
        fputs(r ? "," : "", out);
        if (!isnan(of[r]))
            put_figure(out, of[r]);
    }
}

/* A string a strategy, the cells by job with a semicolon between. */
static void put_figures(FILE *out, const struct ht_figures *f, enum ht_metric metric)
{
    for (size_t s = 0; s < f->summary->strategies; s++) {
        fputs(s ? ",\n\"" : "\"", out);
        for (size_t j = 0; j < f->summary->jobs; j++) {
            fputs(j ? ";" : "", out);
            put_cell(out, f, metric, s, j);
        }
        putc('"', out);
    }
}

/* Of a over b, for a after b: [ratio, low, high, rounds]. The other way round is its inverse. */
static int put_means(FILE *out, const struct ht_figures *f, enum ht_metric metric)
{
    for (size_t a = 0; a < f->summary->strategies; a++) {
        fputs(a ? ",\n[" : "[", out);
        for (size_t b = 0; b < a; b++) {
            struct ht_interval mean;
            const int error = ht_figures_mean(f, metric, a, b, NULL, &mean, NULL);
            if (error)
                return error;
            if (b)
                putc(',', out);
            if (mean.n)
                fprintf(out, "[%.13g,%.13g,%.13g,%zu]", mean.estimate, mean.low, mean.high, mean.n);
            else
                putc('0', out);
        }
        putc(']', out);
    }
    return 0;
}

static int put_metric(FILE *out, const struct ht_figures *f, enum ht_metric metric)
{
    fprintf(out, "\"%s\":{\"margin\":[%g,%g],\"of\":[", ht_metric_word(metric), ht_metric_margin(metric, 1),
            ht_metric_margin(metric, 2));
    put_figures(out, f, metric);
    fputs("],\"mean\":[", out);
    const int error = put_means(out, f, metric);
    fputs("]}", out);
    return error;
}

static int put_metrics(FILE *out, const struct ht_figures *f)
{
    bool first = true;
    int error = 0;
    fputs("\"metrics\":{", out);
    for (size_t m = 0; m < SHOWN && !error; m++) {
        if (!f->of[shown[m]])
            continue;
        fputs(first ? "" : ",\n", out);
        error = put_metric(out, f, shown[m]);
        first = false;
    }
    fputs("}", out);
    return error;
}

static size_t count_figures(const struct ht_figures *f)
{
    size_t n = 0;
    for (size_t m = 0; m < SHOWN; m++)
        for (size_t i = 0; f->of[shown[m]] && i < f->summary->strategies * f->summary->jobs * f->rounds; i++)
            n += !isnan(f->of[shown[m]][i]);
    return n;
}

static int put_part(FILE *out, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    fprintf(out, "{\"id\":\"%s\",\"name\":\"%s\",\"base\":%zu,\"names\":[", part->id, part->name,
            s->baseline);
    for (size_t i = 0; i < s->strategies; i++) {
        fputs(i ? "," : "", out);
        put_string(out, s->strategy[i].name);
    }
    fputs("],\"jobs\":[", out);
    for (size_t j = 0; j < s->jobs; j++) {
        fputs(j ? ",[" : "[", out);
        put_string(out, s->job[j].workload);
        fprintf(out, ",%zu,", s->job[j].threads == HT_ABSENT ? 0 : (size_t)s->job[j].threads);
        put_string(out, s->job[j].heap);
        putc(',', out);
        put_string(out, s->job[j].params);
        putc(']', out);
    }
    fputs("],", out);
    const int error = count_figures(&part->figures) <= FIGURES_MAX ? put_metrics(out, &part->figures) : 0;
    fputs(count_figures(&part->figures) <= FIGURES_MAX ? "}" : "\"metrics\":null}", out);
    return error;
}

int ht_report_put_data(const struct ht_report *report)
{
    FILE *const out = report->out;
    size_t most = 0;
    int error = 0;
    fputs("<script type=\"application/json\" id=\"data\">{\"parts\":[", out);
    for (size_t p = 0; p < report->parts && !error; p++) {
        fputs(p ? "," : "", out);
        error = put_part(out, &report->part[p]);
        most = report->part[p].figures.rounds > most ? report->part[p].figures.rounds : most;
    }
    /* Which Walsh average is the low end of an interval, by the number of pairs. */
    fputs("],\"rank\":[0", out);
    for (size_t n = 1; n <= most; n++)
        fprintf(out, ",%zu", (size_t)ht_hodges_lehmann_rank(n, 0.95));
    fputs("]}</script>\n", out);
    return error;
}
