/* Text of the report: figures in words. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "results/report_parts.h"
#include "results/text.h"

enum { NAMED = 4 };

/* ---- figures -------------------------------------------------------------------------------------------- */

/* Two ways to one ratio may differ in the last bit; what is printed must not. */
static double rounded(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", x);
    return strtod(text, NULL);
}

void ht_report_ratio(char text[24], double ratio)
{
    text[0] = '\0';
    if (!isnan(ratio))
        ht_text_ratio(text, rounded(ratio));
}

/* Two digits, or three from 100 on; whole where that is exact enough. */
static void scaled(char text[24], double value, const char *unit)
{
    const int digits = value < 0.995 ? 2 : value < 9.95 ? 1 : 0;
    snprintf(text, 24, "%.*f %s", digits, value, unit);
}

void ht_report_time(char text[24], double ns)
{
    static const struct {
        double ns;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {0, "ns"}};
    size_t i = 0;
    text[0] = '\0';
    if (isnan(ns))
        return;
    while (ns < 0.9995 * units[i].ns)
        i++;
    if (units[i].ns > 0)
        scaled(text, ns / units[i].ns, units[i].unit);
    else
        snprintf(text, 24, "%.0f ns", ns);
}

void ht_report_bytes(char text[24], double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    text[0] = '\0';
    if (isnan(bytes))
        return;
    for (; bytes >= 1023.5 && i < 4; i++)
        bytes /= 1024;
    if (i)
        scaled(text, bytes, units[i]);
    else
        snprintf(text, 24, "%.0f B", bytes);
}

void ht_report_share(char text[24], double share)
{
    text[0] = '\0';
    if (!isnan(share))
        snprintf(text, 24, "%.*f %%", share < 0.1 && share > 0.0005 ? 1 : 0, 100 * share);
}

void ht_report_interval(char text[64], const struct ht_interval *i)
{
    char e[24], low[24], high[24];
    ht_report_ratio(e, i->n ? i->estimate : NAN);
    ht_report_ratio(low, i->low);
    ht_report_ratio(high, i->high);
    if (i->n > 1)
        snprintf(text, 64, "%s [%s, %s]", e, low, high);
    else
        snprintf(text, 64, "%s", e);
}

/* ---- words ---------------------------------------------------------------------------------------------- */

void ht_report_add(char words[HT_REPORT_WORDS], const char *format, ...)
{
    const size_t used = strlen(words);
    va_list args;
    va_start(args, format);
    vsnprintf(words + used, HT_REPORT_WORDS - used, format, args);
    va_end(args);
}

void ht_report_add_name(char words[HT_REPORT_WORDS], size_t nth, size_t all, const char *name)
{
    const size_t named = all > NAMED + 1 ? NAMED : all;
    if (nth > named)
        return;
    const bool last = nth + 1 == all || nth == named;
    const char *const before = !nth ? "" : last ? " and " : ", ";
    if (nth < named)
        ht_report_add(words, "%s%s", before, name);
    else
        ht_report_add(words, "%s%zu others", before, all - named);
}
