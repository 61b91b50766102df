/* A gate for people, on a terminal. */
#include <string.h>

#include "results/gate_parts.h"
#include "results/text.h"

enum { NAME_LEAST = 14, KEY = 13, CHANGE = 26, SIDES = 25, LIMIT = 8, VERDICT = 13, WIDE = 110 };

struct page {
    const struct ht_gate *gate;
    const struct ht_compare_style *style;
    FILE *out;
    bool all;
    size_t name; /* columns of the first column */
};

static void put_coloured(const struct page *p, const char *colour, const char *word)
{
    const bool coloured = p->style->colour && colour[0];
    fprintf(p->out, "%s%s%s", coloured ? colour : "", word, coloured ? "\x1b[0m" : "");
}

/* Both figures have a column of their own where there is room, or else stand below. */
static bool is_wide(const struct page *p)
{
    return p->style->width >= WIDE;
}

static bool is_shown(const struct page *p, const struct ht_gate_line *line)
{
    return p->all || line->verdict != HT_GATE_EQUIVALENT;
}

/* ---- the head ------------------------------------------------------------------------------------------- */

static void put_wrapped(const struct page *p, size_t indent, const char *words)
{
    struct ht_text_wrap wrap = {.out = p->out, .column = indent, .indent = indent, .width = p->style->width};
    fprintf(p->out, "%*s", (int)indent, "");
    ht_text_wrap(&wrap, words);
    putc('\n', p->out);
}

/* The answer first. */
static void put_head(const struct page *p)
{
    static const char *const colours[] = {"\x1b[1;32m", "\x1b[1;33m", "\x1b[1;31m"};
    const enum ht_gate_answer answer = ht_gate_answer(p->gate);
    const char *const word = ht_gate_answer_word(answer);
    struct ht_text_wrap wrap = {.out = p->out, .column = strlen(word) + 1, .width = p->style->width};
    char summary[HT_GATE_WORDS], basis[HT_GATE_WORDS];
    ht_gate_summary(p->gate, summary);
    ht_gate_basis(p->gate, basis);
    put_coloured(p, colours[answer], word);
    putc(':', p->out);
    ht_text_wrap(&wrap, summary);
    fputs(";", p->out);
    wrap.column++;
    ht_text_wrap(&wrap, basis);
    putc('\n', p->out);
    ht_text_put(p->out, p->gate->new, 0);
    fputs(" against ", p->out);
    ht_text_put(p->out, p->gate->base, 0);
    putc('\n', p->out);
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

static void put_heading(const struct page *p, enum ht_gate_tier tier)
{
    putc('\n', p->out);
    ht_text_put(p->out, ht_gate_tier_word(tier), p->name);
    fputs("  ", p->out);
    ht_text_put(p->out, tier == HT_TIER_OUTCOME ? "pass" : "metric", KEY);
    if (is_wide(p) && tier != HT_TIER_OUTCOME)
        ht_text_put(p->out, "base -> new", SIDES);
    ht_text_put(p->out, tier == HT_TIER_OUTCOME ? "base -> new" : "change", CHANGE);
    ht_text_put(p->out, tier == HT_TIER_OUTCOME ? "" : "limit", LIMIT);
    fputs("verdict\n", p->out);
}

/* What has no column: "  4.21 ms -> 4.43 ms; again +5.0 % [+4.2, +5.9]". */
static void put_details(const struct page *p, const struct ht_gate_line *line)
{
    char words[HT_GATE_WORDS] = "", sides[96], again[96], seen[32];
    ht_gate_sides(line, sides);
    ht_gate_again(line, again);
    ht_gate_could_see(line, seen);
    if (!is_wide(p) && !ht_gate_is_outcome(line))
        ht_gate_add(words, "; %s", sides);
    if (again[0])
        ht_gate_add(words, "; again %s", again);
    if (seen[0] && line->verdict == HT_GATE_INCONCLUSIVE)
        ht_gate_add(words, "; could see %s", seen);
    if (ht_gate_is_outcome(line) && line->fault && line->fault[0])
        ht_gate_add(words, "; %.120s", line->fault);
    if (ht_gate_is_outcome(line) && line->reason && line->reason[0])
        ht_gate_add(words, "; %.400s", line->reason);
    if (words[0])
        put_wrapped(p, 4, words + 2);
}

static void put_line(const struct page *p, const struct ht_gate_line *line)
{
    static const char *const colours[] = {"\x1b[1;31m", "\x1b[33m", "\x1b[33m", "\x1b[32m", ""};
    char sides[96], change[96], limit[32];
    ht_gate_sides(line, sides);
    ht_gate_change(line, change);
    ht_gate_limit(line, limit);
    ht_text_put(p->out, line->cell, p->name);
    fputs("  ", p->out);
    ht_text_put(p->out, line->key, KEY);
    if (is_wide(p) && !ht_gate_is_outcome(line))
        ht_text_put(p->out, sides, SIDES);
    ht_text_put(p->out, ht_gate_is_outcome(line) ? sides : change, CHANGE);
    ht_text_put(p->out, limit, LIMIT);
    put_coloured(p, colours[line->verdict], ht_gate_verdict_word(line->verdict));
    putc('\n', p->out);
    put_details(p, line);
}

static void put_tier(const struct page *p, enum ht_gate_tier tier)
{
    char counts[HT_GATE_WORDS];
    size_t lines, shown = 0;
    ht_gate_tier_counts(p->gate, tier, counts, &lines);
    for (size_t i = 0; i < p->gate->lines; i++) {
        const struct ht_gate_line *const line = &p->gate->line[i];
        if (line->tier != tier || !is_shown(p, line))
            continue;
        if (!shown++)
            put_heading(p, tier);
        put_line(p, line);
    }
    if (!shown && lines)
        fprintf(p->out, "\n%s: %s\n", ht_gate_tier_word(tier), counts);
    else if (shown < lines)
        fprintf(p->out, "and %zu equivalent: --all shows them\n", lines - shown);
}

static size_t name_columns(const struct page *p)
{
    const size_t others = 2 + KEY + (is_wide(p) ? SIDES : 0) + CHANGE + LIMIT + VERDICT;
    size_t most = NAME_LEAST;
    for (size_t i = 0; i < p->gate->lines; i++)
        if (is_shown(p, &p->gate->line[i])) {
            const size_t columns = ht_text_columns(p->gate->line[i].cell);
            most = columns > most ? columns : most;
        }
    const size_t room = p->style->width > others + NAME_LEAST ? p->style->width - others : NAME_LEAST;
    return most < room ? most : room;
}

static void put_note(void *page, const char *note)
{
    put_wrapped(page, 0, note);
}

void ht_gate_emit_table(const struct ht_gate *gate, const struct ht_compare_style *style, bool all, FILE *out)
{
    struct page p = {gate, style, out, all, 0};
    p.name = name_columns(&p);
    put_head(&p);
    for (enum ht_gate_tier tier = 0; tier < HT_TIERS; tier++)
        put_tier(&p, tier);
    putc('\n', out);
    ht_gate_notes(gate, put_note, &p);
    if (gate->folder[0]) {
        fputs("All rows are in ", out);
        ht_text_put(out, gate->folder, 0);
        putc('\n', out);
    }
}
