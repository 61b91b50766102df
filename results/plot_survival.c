/* survival: the outcome of each strategy under each fault plan; colours that the colour-blind can tell, and letters. */
#include <string.h>

#include "results/plot_parts.h"
#include "results/survival.h"

enum { ROW = 20, COLUMN = 24, TITLE = 34, FOOT = 48, FAULT_LETTERS = 36 };

/* A place of the map: nothing failed, all came through, or the worst of what did not. */
static const struct look {
    enum ht_outcome outcome;
    char letter;
    int colour, ink;
} looks[] = {
    {HT_OK, ' ', 0xd7e9d0, 0x202020},      {HT_UNSUPPORTED, ' ', 0xf2f2f2, 0x909090},
    {HT_OOM, 'O', 0xf0e442, 0x202020},     {HT_LEAK, 'L', 0x56b4e9, 0x202020},
    {HT_HANG, 'H', 0xcc79a7, 0x202020},    {HT_CRASH, 'X', 0xd55e00, 0xffffff},
    {HT_CORRUPT, 'C', 0x000000, 0xffffff}, {HT_ERROR, '?', 0xffffff, 0x202020},
};

static const struct look *look_of(const struct ht_survival_figures *f)
{
    const enum ht_outcome outcome = f->bad ? f->worst : f->ok ? HT_OK : HT_UNSUPPORTED;
    size_t i = 0;
    while (looks[i].outcome != outcome)
        i++;
    return &looks[i];
}

static void put_places(FILE *out, const struct ht_survival *s)
{
    double line = 0.5;
    for (size_t i = 0; i < s->summary->strategies; i++) {
        if (!s->strategy[i].rows)
            continue;
        for (size_t f = 0; f < s->faults; f++) {
            const struct look *const l = look_of(ht_survival_cell(s, i, f));
            if (ht_survival_cell(s, i, f)->rows)
                fprintf(out, "%g\t%g\t%d\t%d\t%c\n", (double)f + 0.5, line, l->colour, l->ink,
                        l->letter == ' ' && l->outcome == HT_OK ? '.'
                        : l->letter == ' '                      ? '-'
                                                                : l->letter);
        }
        line++;
    }
    ht_plot_end_block(out, 5);
}

/* Names of lines, with the rate; and of columns. Returns the number of lines. */
static int put_names(FILE *out, const struct ht_survival *s)
{
    int lines = 0;
    for (size_t i = 0; i < s->summary->strategies; i++) {
        const struct ht_survival_figures *const f = &s->strategy[i];
        if (!f->rows)
            continue;
        char label[64];
        if (f->fired)
            snprintf(label, sizeof label, "%.20s %3.0f %%", s->summary->strategy[i].name,
                     (double)(f->survived * 100 / f->fired));
        else
            snprintf(label, sizeof label, "%.20s   -", s->summary->strategy[i].name);
        fprintf(out, "%g\t", lines++ + 0.5);
        ht_plot_text(out, label, HT_PLOT_NAME + 10);
        putc('\n', out);
    }
    ht_plot_end_block(out, 2);
    for (size_t f = 0; f < s->faults; f++) {
        fprintf(out, "%g\t", (double)f + 0.5);
        ht_plot_text(out, s->fault[f], FAULT_LETTERS);
        putc('\n', out);
    }
    ht_plot_end_block(out, 2);
    return lines;
}

static size_t widest_fault(const struct ht_survival *s)
{
    size_t most = 4;
    for (size_t f = 0; f < s->faults; f++) {
        const size_t letters = ht_plot_letters(s->fault[f], FAULT_LETTERS);
        most = letters > most ? letters : most;
    }
    return most;
}

static int write_survival(const struct ht_plot *plot, const struct ht_survival *s)
{
    struct ht_file file;
    const int error = ht_plot_open_data(plot, "survival", &file);
    if (error)
        return error;
    put_places(file.out, s);
    const int lines = put_names(file.out, s), left = 14 + (HT_PLOT_NAME + 6) * HT_PLOT_LETTER;
    const int extent = 12 + (int)widest_fault(s) * HT_PLOT_LETTER * 3 / 4, top = TITLE + extent;
    const int width = left + (int)s->faults * COLUMN + extent;
    fprintf(plot->driver, "columns = %zu; lines = %d; column = %d; left = %d; top = %d\n", s->faults, lines,
            COLUMN, left, top);
    ht_plot_draw(plot, "survival", "survival", width < 640 ? 640 : width, top + lines * ROW + FOOT);
    return ht_file_close(&file);
}

int ht_plot_survival(const struct ht_plot *plot)
{
    struct ht_survival survival;
    int error = ht_survival_open(&survival, plot->summary);
    if (error)
        return error;
    error = survival.rows ? write_survival(plot, &survival) : 0;
    ht_survival_close(&survival);
    return error;
}
