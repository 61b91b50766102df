/* The rates of a self-test, for people. */
#include "results/selftest.h"

static void put_rate(FILE *out, const struct ht_plant_rate *r)
{
    fprintf(out, "%5.1f %% [%5.1f, %5.1f]", 100 * r->rate.estimate, 100 * r->rate.low, 100 * r->rate.high);
}

static const char *must_words(const struct ht_plant *p, char words[32])
{
    if (p->must < 0)
        return "none called";
    if (p->must == 0)
        return "-";
    snprintf(words, 32, ">= %g %%", 100 * p->must);
    return words;
}

static void put_sentences(const struct ht_selftest *s, FILE *out)
{
    const struct ht_plant_rate r = ht_selftest_false_alarms(s);
    if (r.gates > r.failed)
        fprintf(out,
                "Of %zu gates in which nothing was planted %zu called something: %.1f %%, and with 95 %% "
                "confidence from "
                "%.1f to %.1f %%.\n",
                r.gates - r.failed, r.called, 100 * r.rate.estimate, 100 * r.rate.low, 100 * r.rate.high);
    fprintf(out, "Load average when the gates began: %.1f on average.\n", ht_selftest_load(s));
}

void ht_selftest_emit_table(const struct ht_selftest *s, FILE *out)
{
    char words[32];
    if (!s->trials) {
        fputs("no gate has run yet\n", out);
        return;
    }
    fprintf(out, "%-13s %6s %7s  %-23s %-12s %7s %8s  %s\n", "planted", "gates", "called",
            "rate, 95 % interval", "must be", "lines", "seconds", "what");
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (!r.gates)
            continue;
        fprintf(out, "%-13s %6zu %7zu  ", ht_plants[i].word, r.gates, r.called);
        put_rate(out, &r);
        fprintf(out, " %-12s %3zu/%-4zu %7.1f  %s%s\n", must_words(&ht_plants[i], words), r.regressed,
                r.lines, r.seconds, ht_plants[i].meaning,
                r.holds    ? ""
                : r.failed ? "  <- THE GATE FAILED"
                           : "  <- NOT SO");
    }
    put_sentences(s, out);
}

void ht_selftest_emit_markdown(const struct ht_selftest *s, FILE *out)
{
    char words[32];
    fputs("| planted | what | gates | called | rate, 95 % interval | must be | lines called | median seconds "
          "|\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
          out);
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (!r.gates)
            continue;
        fprintf(out, "| %s | %s | %zu | %zu | ", ht_plants[i].word, ht_plants[i].meaning, r.gates, r.called);
        put_rate(out, &r);
        fprintf(out, " | %s | %zu of %zu | %.1f |\n", must_words(&ht_plants[i], words), r.regressed, r.lines,
                r.seconds);
    }
    fputc('\n', out);
    put_sentences(s, out);
}
