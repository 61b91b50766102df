/* A gate as JUnit XML, as CI servers read it: a case each line. tests/junit.xsd is its schema. */
#include <math.h>

#include "results/gate_parts.h"
#include "results/text.h"

static bool is_skipped(const struct ht_gate_line *line)
{
    return line->verdict == HT_GATE_UNCONFIRMED || line->verdict == HT_GATE_INCONCLUSIVE;
}

static void put_property(FILE *out, const char *name, const char *value)
{
    fprintf(out, "      <property name=\"%s\" value=\"", name);
    ht_text_put_xml(out, value);
    fputs("\"/>\n", out);
}

static void put_count(FILE *out, const char *name, size_t count)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", count);
    put_property(out, name, text);
}

static void put_properties(const struct ht_gate *gate, FILE *out)
{
    fputs("    <properties>\n", out);
    put_property(out, "answer", ht_gate_answer_word(ht_gate_answer(gate)));
    put_property(out, "base", gate->base);
    put_property(out, "new", gate->new);
    put_property(out, "folder", gate->folder);
    put_count(out, "cells", gate->cells);
    put_count(out, "missing", gate->missing);
    put_count(out, "pairs", gate->pairs);
    put_count(out, "confirmed", gate->confirmed);
    fputs("    </properties>\n", out);
}

/* <failure>, or <skipped>: not known is no failure. */
static void put_verdict(FILE *out, const struct ht_gate_line *line, const char *words)
{
    const bool failed = line->verdict == HT_GATE_REGRESSED;
    fputs(failed ? "      <failure type=\"regressed\" message=\"" : "      <skipped message=\"", out);
    ht_text_put_xml(out, words);
    fputs("\"/>\n", out);
}

static void put_case(FILE *out, const struct ht_gate_line *line)
{
    char name[HT_GATE_NAME], words[HT_GATE_WORDS];
    ht_gate_name(line, name);
    ht_gate_say(line, words);
    fprintf(out, "    <testcase classname=\"heaptrial.%s\" name=\"", ht_gate_tier_word(line->tier));
    ht_text_put_xml(out, name);
    fputs("\">\n", out);
    if (line->verdict == HT_GATE_REGRESSED || is_skipped(line))
        put_verdict(out, line, words);
    fputs("      <system-out>", out);
    ht_text_put_xml(out, words);
    fputs("</system-out>\n    </testcase>\n", out);
}

/* A file without cases is taken for an error, or for a pass. */
static void put_no_case(const struct ht_gate *gate, FILE *out)
{
    char summary[HT_GATE_WORDS];
    ht_gate_summary(gate, summary);
    fputs("    <testcase classname=\"heaptrial\" name=\"gate\">\n", out);
    if (!gate->cells)
        fprintf(out, "      <skipped message=\"%s\"/>\n", summary);
    fprintf(out, "      <system-out>%s</system-out>\n    </testcase>\n", summary);
}

static void put_counts(const struct ht_gate *gate, FILE *out)
{
    size_t skipped = !gate->lines && !gate->cells;
    for (size_t i = 0; i < gate->lines; i++)
        skipped += is_skipped(&gate->line[i]);
    fprintf(out, "tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"", gate->lines ? gate->lines : 1,
            gate->verdicts[HT_GATE_REGRESSED], skipped);
    if (!isnan(gate->seconds))
        fprintf(out, " time=\"%.3f\"", gate->seconds);
}

void ht_gate_emit_junit(const struct ht_gate *gate, FILE *out)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"heaptrial gate\" ", out);
    put_counts(gate, out);
    fputs(">\n  <testsuite name=\"heaptrial gate\" ", out);
    put_counts(gate, out);
    fputs(">\n", out);
    put_properties(gate, out);
    for (size_t i = 0; i < gate->lines; i++)
        put_case(out, &gate->line[i]);
    if (!gate->lines)
        put_no_case(gate, out);
    fputs("  </testsuite>\n</testsuites>\n", out);
}
