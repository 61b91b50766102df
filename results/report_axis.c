/* Axes of the report's drawings: where values stand, round ticks, and thin lines with their labels. */
#include <math.h>
#include <string.h>

#include "results/report_parts.h"

enum { MOST_DECADES = 7 };

double ht_report_at(const struct ht_report_axis *a, double value)
{
    const double share =
        a->log ? log(value / a->low) / log(a->high / a->low) : (value - a->low) / (a->high - a->low);
    return a->from + (a->to - a->from) * fmax(0, fmin(1, share));
}

/* Adds the values of `step` of each decade that lie within. */
static size_t add_decades(const struct ht_report_axis *a, const double *step, size_t steps, int every,
                          double tick[HT_REPORT_TICKS])
{
    size_t n = 0;
    const int first = (int)floor(log10(a->low)), last = (int)ceil(log10(a->high));
    for (int d = first; d <= last; d++)
        for (size_t i = 0; i < steps && (d - first) % every == 0; i++) {
            const double value = step[i] * pow(10, d);
            if (value >= a->low * (1 - 1e-9) && value <= a->high * (1 + 1e-9) && n < HT_REPORT_TICKS)
                tick[n++] = value;
        }
    return n;
}

static size_t log_ticks(const struct ht_report_axis *a, double tick[HT_REPORT_TICKS])
{
    static const struct {
        double decades;
        size_t steps;
        double step[10];
    } ways[] = {{0.35, 10, {1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 5, 7}},
                {0.9, 7, {1, 1.5, 2, 3, 4, 5, 7}},
                {1.7, 3, {1, 2, 5}},
                {3, 2, {1, 3}}};
    static const double one[] = {1};
    const double decades = log10(a->high / a->low);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (decades <= ways[i].decades)
            return add_decades(a, ways[i].step, ways[i].steps, 1, tick);
    return add_decades(a, one, 1, decades > MOST_DECADES ? 2 : 1, tick);
}

static size_t linear_ticks(const struct ht_report_axis *a, double tick[HT_REPORT_TICKS])
{
    const double range = a->high - a->low, decade = pow(10, floor(log10(range / 5)));
    const double rest = range / 5 / decade, step = decade * (rest < 1.5   ? 1
                                                             : rest < 3.5 ? 2
                                                             : rest < 7.5 ? 5
                                                                          : 10);
    size_t n = 0;
    for (double k = ceil(a->low / step - 1e-9); k * step <= a->high * (1 + 1e-9) && n < HT_REPORT_TICKS; k++)
        tick[n++] = k * step + 0.0; /* no -0 */
    return n;
}

size_t ht_report_ticks(const struct ht_report_axis *a, double tick[HT_REPORT_TICKS])
{
    return a->log ? log_ticks(a, tick) : linear_ticks(a, tick);
}

void ht_report_put_x(FILE *out, const struct ht_report_axis *x, const struct ht_report_axis *y,
                     const char *what)
{
    double tick[HT_REPORT_TICKS], last = -1e9;
    const size_t n = ht_report_ticks(x, tick);
    for (size_t i = 0; i < n; i++) {
        char label[24];
        const double at = ht_report_at(x, tick[i]);
        x->format(label, tick[i]);
        if (!label[0])
            continue;
        fprintf(out, "<path class=\"g\" d=\"M%.1f %.1fV%.1f\"/>", at, y->to, y->from);
        if (at - last < 7.0 * (double)ht_text_columns(label) + 4)
            continue;
        fprintf(out, "<text class=\"t\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", at, y->from + 14);
        ht_text_put_xml(out, label);
        fputs("</text>", out);
        last = at;
    }
    fprintf(out, "<text class=\"w\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", (x->from + x->to) / 2,
            y->from + 29);
    ht_text_put_xml(out, what);
    fputs("</text>\n", out);
}

void ht_report_put_y(FILE *out, const struct ht_report_axis *x, const struct ht_report_axis *y,
                     const char *what)
{
    double tick[HT_REPORT_TICKS];
    const size_t n = ht_report_ticks(y, tick);
    for (size_t i = 0; i < n; i++) {
        char label[24];
        const double at = ht_report_at(y, tick[i]);
        y->format(label, tick[i]);
        fprintf(out,
                "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"/><text class=\"t\" x=\"%.1f\" y=\"%.1f\" "
                "text-anchor=\"end\">",
                x->from, at, x->to, x->from - 5, at + 3.5);
        ht_text_put_xml(out, label);
        fputs("</text>", out);
    }
    fprintf(out, "<text class=\"w\" x=\"%.1f\" y=\"%.1f\">", 2.0, y->to - 9);
    ht_text_put_xml(out, what);
    fputs("</text>\n", out);
}
