/* A gate as Markdown: for the summary of a job, or a comment on a pull request. */
#include <stdlib.h>
#include <string.h>

#include "results/gate_parts.h"
#include "results/text.h"

/* A comment on GitHub takes 65,536 characters. */
enum { LINES_MOST = 60 };

/* Words of others, in which nothing is markup and no @ calls anybody: as code. There only the backtick means something,
 * and in a table the bar. Without memory they are left out. */
static void put_code(FILE *out, const char *text, bool in_table)
{
    char *const copy = strdup(text);
    if (!copy || !*copy) {
        free(copy);
        return;
    }
    ht_text_clean(copy);
    putc('`', out);
    for (const char *p = copy; *p; p++)
        if (*p == '|' && in_table)
            fputs("\\|", out);
        else
            putc(*p == '`' ? '\'' : *p, out);
    putc('`', out);
    free(copy);
}

static void put_row(FILE *out, const struct ht_gate_line *line)
{
    char sides[96], change[96], limit[32], again[96];
    ht_gate_sides(line, sides);
    ht_gate_change(line, change);
    ht_gate_limit(line, limit);
    ht_gate_again(line, again);
    const bool bad = line->verdict == HT_GATE_REGRESSED;
    fprintf(out, "| %s | ", ht_gate_tier_word(line->tier));
    put_code(out, line->cell, true);
    fputs(" | ", out);
    put_code(out, line->key, true);
    if (ht_gate_is_outcome(line) && line->fault && line->fault[0]) {
        putc(' ', out);
        put_code(out, line->fault, true);
    }
    fputs(" | ", out);
    ht_text_put_markdown(out, sides);
    if (ht_gate_is_outcome(line) && line->reason && line->reason[0]) {
        fputs(": ", out);
        put_code(out, line->reason, true);
    }
    fputs(" | ", out);
    ht_text_put_markdown(out, change);
    fprintf(out, " | %s | ", limit);
    ht_text_put_markdown(out, again);
    fprintf(out, " | %s%s%s |\n", bad ? "**" : "", ht_gate_verdict_word(line->verdict), bad ? "**" : "");
}

/* Of the lines that are equivalent, or of all others: LINES_MOST. */
static void put_rows(const struct ht_gate *gate, bool equivalent, FILE *out)
{
    size_t n = 0;
    for (size_t i = 0; i < gate->lines; i++) {
        if ((gate->line[i].verdict == HT_GATE_EQUIVALENT) != equivalent)
            continue;
        if (!n)
            fputs("| tier | cell | metric | base -> new | change | limit | again | verdict |\n"
                  "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
                  out);
        if (n++ < LINES_MOST)
            put_row(out, &gate->line[i]);
    }
    if (n > LINES_MOST)
        fprintf(out, "\nand %zu more: the table of the job has all.\n", n - LINES_MOST);
}

static void put_lines(const struct ht_gate *gate, FILE *out)
{
    const size_t equivalent = gate->verdicts[HT_GATE_EQUIVALENT];
    if (gate->lines > equivalent) {
        putc('\n', out);
        put_rows(gate, false, out);
    }
    if (equivalent) {
        fprintf(out, "\n<details><summary>%zu equivalent</summary>\n\n", equivalent);
        put_rows(gate, true, out);
        fputs("\n</details>\n", out);
    }
}

static void put_note(void *out, const char *note)
{
    fputs("- ", out);
    ht_text_put_markdown(out, note);
    putc('\n', out);
}

void ht_gate_emit_markdown(const struct ht_gate *gate, FILE *out)
{
    char summary[HT_GATE_WORDS], basis[HT_GATE_WORDS];
    ht_gate_summary(gate, summary);
    ht_gate_basis(gate, basis);
    fprintf(out, "### %s: %s\n\n", ht_gate_answer_word(ht_gate_answer(gate)), summary);
    put_code(out, gate->new, false);
    fputs(" against ", out);
    put_code(out, gate->base, false);
    fprintf(out, ": %s.\n", basis);
    put_lines(gate, out);
    putc('\n', out);
    ht_gate_notes(gate, put_note, out);
    if (gate->folder[0]) {
        fputs("- All rows are in ", out);
        put_code(out, gate->folder, false);
        putc('\n', out);
    }
}
