/* What the table says of collectors beside time and memory, in lines of their own. */
#include <errno.h>
#include <stdlib.h>

#include "results/collected.h"
#include "results/table_parts.h"
#include "results/text.h"

enum { PAUSE, MMU, MIN_HEAP, FIGURES };

static const struct {
    const char *word, *heading;
    double (*figure)(const struct ht_row *row);
    enum ht_collected_over over;
} figures[FIGURES] = {
    {"pause_max_ns", "longest pause", ht_collected_pause_max, HT_OVER_MOST},
    {"mmu_10ms", "MMU 10 ms", ht_collected_mmu, HT_OVER_LEAST},
    {"min_heap", "min heap", ht_collected_min_heap, HT_OVER_GEOMETRIC},
};

enum { FIGURE_COLUMNS = 15 };

struct collectors {
    double *of_cell[FIGURES];
    bool known[FIGURES], any;
    int last; /* that is known */
};

static int open_collectors(const struct ht_summary *s, struct collectors *k)
{
    *k = (struct collectors){.any = s->rounds[HT_OVERHEAD] > 0};
    for (int f = 0; f < FIGURES; f++) {
        k->of_cell[f] = ht_collected_medians(s, figures[f].figure);
        if (!k->of_cell[f])
            return -ENOMEM;
        for (size_t c = 0; c < s->cells; c++)
            k->known[f] |= !isnan(k->of_cell[f][c]);
        k->any |= k->known[f];
        k->last = k->known[f] ? f : k->last;
    }
    return 0;
}

static void close_collectors(struct collectors *k)
{
    for (int f = 0; f < FIGURES; f++)
        free(k->of_cell[f]);
}

/* Three digits and a unit. */
static void put_time(char text[48], double ns)
{
    static const char *const unit[] = {"ns", "us", "ms", "s"};
    char number[24];
    int u = 0;
    for (; u < 3 && ns >= 999.5; u++)
        ns /= 1000;
    ht_text_ratio(number, ns);
    snprintf(text, 48, ns > 0 ? "%s %s" : "none", number, unit[u]);
}

static void put_figure(FILE *out, int f, double value, bool last)
{
    char text[48] = "-", number[24];
    if (!isnan(value) && f == PAUSE)
        put_time(text, value);
    else if (!isnan(value)) {
        ht_text_ratio(number, value);
        snprintf(text, sizeof text, f == MIN_HEAP ? "%sx" : "%s", f == MMU && !(value > 0) ? "0" : number);
    }
    ht_text_put(out, text, last ? 0 : FIGURE_COLUMNS);
}

static void put_lines(FILE *out, const struct ht_summary *s, const struct collectors *k, size_t name)
{
    fputs("\n", out);
    ht_text_put(out, "strategy", name);
    fputs("  ", out);
    if (s->rounds[HT_OVERHEAD])
        ht_table_put_heading(out, " overhead");
    for (int f = 0; f < FIGURES; f++)
        if (k->known[f])
            ht_text_put(out, figures[f].heading, f == k->last ? 0 : FIGURE_COLUMNS);
    putc('\n', out);
    for (size_t i = 0; i < s->strategies; i++) {
        ht_text_put(out, s->strategy[i].name, name);
        fputs("  ", out);
        if (s->rounds[HT_OVERHEAD])
            ht_table_put_interval(out, &s->strategy[i].suite[HT_OVERHEAD]);
        for (int f = 0; f < FIGURES; f++)
            if (k->known[f])
                put_figure(out, f, ht_collected_over(s, k->of_cell[f], i, figures[f].over, NULL),
                           f == k->last);
        putc('\n', out);
    }
}

void ht_table_put_collectors(FILE *out, const struct ht_summary *s, size_t name)
{
    struct collectors k;
    if (!open_collectors(s, &k) && k.any)
        put_lines(out, s, &k, name);
    close_collectors(&k);
}

void ht_table_put_collectors_notes(FILE *out, const struct ht_summary *s)
{
    struct collectors k;
    if (open_collectors(s, &k) || !k.any) {
        close_collectors(&k);
        return;
    }
    if (s->rounds[HT_OVERHEAD])
        fputs("Overhead is CPU time over the least that any strategy and heap needed without its pauses: 1 "
              "is a\n"
              "bound that no collector can be below, not the baseline.\n",
              out);
    if (k.known[PAUSE] || k.known[MMU])
        fputs(
            "The longest pause, and the least share that a mutator had of any 10 ms, are those of the worst\n"
            "workload, as the median over rounds.\n",
            out);
    if (k.known[MIN_HEAP])
        fputs("Min heap is the smallest heap limit over what is live, as a geometric mean.\n", out);
    close_collectors(&k);
}

static void put_csv(FILE *out, const struct ht_summary *s, const struct collectors *k, int f)
{
    char worst[200];
    for (size_t i = 0; i < s->strategies; i++) {
        size_t at = HT_INDEX_NONE, cells = 0;
        const double value = ht_collected_over(s, k->of_cell[f], i, figures[f].over, &at);
        for (size_t c = 0; c < s->cells; c++)
            cells += s->cell[c].strategy == i && !isnan(k->of_cell[f][c]);
        worst[0] = '\0';
        if (at != HT_INDEX_NONE && figures[f].over != HT_OVER_GEOMETRIC)
            ht_summary_job_label(&s->job[at], worst, sizeof worst);
        ht_table_put_csv_figure(out, s, NULL, i, figures[f].word, value, cells, worst);
    }
    for (size_t c = 0; c < s->cells; c++)
        if (!isnan(k->of_cell[f][c]))
            ht_table_put_csv_figure(out, s, &s->cell[c], s->cell[c].strategy, figures[f].word,
                                    k->of_cell[f][c], 1, "");
}

void ht_table_put_collectors_csv(FILE *out, const struct ht_summary *s)
{
    struct collectors k;
    const int error = open_collectors(s, &k);
    for (int f = 0; f < FIGURES && !error; f++)
        if (k.known[f])
            put_csv(out, s, &k, f);
    close_collectors(&k);
}
