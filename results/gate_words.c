/* The gate in words: its answer, a line, what must be said beside the figures. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "results/gate_parts.h"

void ht_gate_add(char words[HT_GATE_WORDS], const char *format, ...)
{
    const size_t used = strlen(words);
    va_list args;
    va_start(args, format);
    vsnprintf(words + used, HT_GATE_WORDS - used, format, args);
    va_end(args);
}

/* ---- the answer ----------------------------------------------------------------------------------------- */

/* A change that looked worse and was not measured again; and an outcome that did not come again: it came once. */
static bool is_open(const struct ht_gate_line *line)
{
    return line->verdict == HT_GATE_INCONCLUSIVE ||
           (line->verdict == HT_GATE_UNCONFIRMED && (ht_gate_is_outcome(line) || !line->second.n));
}

enum ht_gate_answer ht_gate_answer(const struct ht_gate *gate)
{
    if (gate->verdicts[HT_GATE_REGRESSED])
        return HT_GATE_ANSWER_FAIL;
    for (size_t i = 0; i < gate->lines; i++)
        if (is_open(&gate->line[i]))
            return HT_GATE_ANSWER_INCONCLUSIVE;
    return (gate->cells || gate->lines) && !gate->empty ? HT_GATE_ANSWER_PASS : HT_GATE_ANSWER_INCONCLUSIVE;
}

const char *ht_gate_answer_word(enum ht_gate_answer answer)
{
    static const char *const words[] = {"PASS", "INCONCLUSIVE", "FAIL"};
    return words[answer];
}

void ht_gate_summary(const struct ht_gate *gate, char words[HT_GATE_WORDS])
{
    static const enum ht_gate_verdict named[] = {HT_GATE_UNCONFIRMED, HT_GATE_INCONCLUSIVE, HT_GATE_IMPROVED};
    words[0] = '\0';
    if (!gate->cells && !gate->lines) {
        ht_gate_add(words, "nothing was measured on both sides");
        return;
    }
    if (gate->verdicts[HT_GATE_REGRESSED])
        ht_gate_add(words, "%zu regressed", gate->verdicts[HT_GATE_REGRESSED]);
    else
        ht_gate_add(words, ht_gate_answer(gate) == HT_GATE_ANSWER_PASS ? "nothing is worse"
                                                                       : "nothing was shown to be worse");
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (gate->verdicts[named[i]])
            ht_gate_add(words, ", %zu %s", gate->verdicts[named[i]], ht_gate_verdict_word(named[i]));
}

static void add_duration(char words[HT_GATE_WORDS], double seconds)
{
    const unsigned whole = seconds < 1e6 ? (unsigned)(seconds + 0.5) : 1000000;
    if (whole < 60)
        ht_gate_add(words, ", %u s", whole);
    else
        ht_gate_add(words, ", %u min %u s", whole / 60, whole % 60);
}

void ht_gate_basis(const struct ht_gate *gate, char words[HT_GATE_WORDS])
{
    words[0] = '\0';
    ht_gate_add(words, "%zu cell%s", gate->cells, gate->cells == 1 ? "" : "s");
    if (gate->missing)
        ht_gate_add(words, " (%zu missing)", gate->missing);
    ht_gate_add(words, ", %zu pair%s", gate->pairs, gate->pairs == 1 ? "" : "s");
    if (gate->confirmed)
        ht_gate_add(words, ", %zu again", gate->confirmed);
    if (!isnan(gate->seconds))
        add_duration(words, gate->seconds);
}

void ht_gate_tier_counts(const struct ht_gate *gate, enum ht_gate_tier tier, char words[HT_GATE_WORDS],
                         size_t *n)
{
    size_t verdicts[HT_GATE_VERDICTS] = {0};
    *n = 0;
    words[0] = '\0';
    for (size_t i = 0; i < gate->lines; i++) {
        verdicts[gate->line[i].verdict] += gate->line[i].tier == tier;
        *n += gate->line[i].tier == tier;
    }
    for (enum ht_gate_verdict v = 0; v < HT_GATE_VERDICTS; v++)
        if (verdicts[v])
            ht_gate_add(words, "%s%zu %s", words[0] ? ", " : "", verdicts[v], ht_gate_verdict_word(v));
}

/* ---- a line --------------------------------------------------------------------------------------------- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

bool ht_gate_is_outcome(const struct ht_gate_line *line)
{
    return line->tier == HT_TIER_OUTCOME;
}

void ht_gate_name(const struct ht_gate_line *line, char name[HT_GATE_NAME])
{
    const char *const fault = or_empty(line->fault);
    snprintf(name, HT_GATE_NAME, "%s %s%s%s", line->cell, line->key, fault[0] ? " " : "", fault);
}

void ht_gate_sides(const struct ht_gate_line *line, char words[96])
{
    char base[32], new[32];
    ht_metric_text(line->metric, line->base, base);
    ht_metric_text(line->metric, line->new, new);
    if (ht_gate_is_outcome(line))
        snprintf(words, 96, "%.40s -> %.40s", or_empty(line->base_outcome), or_empty(line->new_outcome));
    else
        snprintf(words, 96, "%s -> %s", base, new);
}

void ht_gate_change(const struct ht_gate_line *line, char words[96])
{
    words[0] = '\0';
    if (!ht_gate_is_outcome(line))
        ht_compare_change(&line->ratio, words);
}

/* "2 %", without the plus: a size, not a change. */
static void format_size(double share, char words[32])
{
    char percent[24];
    ht_compare_percent(share, percent);
    snprintf(words, 32, "%s %%", percent + (percent[0] == '+'));
    if (isnan(share))
        words[0] = '\0';
}

/* As it was set, not as it was measured. */
void ht_gate_limit(const struct ht_gate_line *line, char words[32])
{
    words[0] = '\0';
    if (!ht_gate_is_outcome(line) && isfinite(line->limit))
        snprintf(words, 32, "%.3g %%", 100 * line->limit);
}

void ht_gate_again(const struct ht_gate_line *line, char words[96])
{
    words[0] = '\0';
    if (!ht_gate_is_outcome(line) && line->second.n)
        ht_compare_change(&line->second, words);
}

void ht_gate_could_see(const struct ht_gate_line *line, char words[32])
{
    format_size(ht_gate_is_outcome(line) ? NAN : line->smallest, words);
}

void ht_gate_say(const struct ht_gate_line *line, char words[HT_GATE_WORDS])
{
    char sides[96], change[96], limit[32], again[96], seen[32];
    const char *const fault = or_empty(line->fault), *const reason = or_empty(line->reason);
    ht_gate_sides(line, sides);
    ht_gate_change(line, change);
    ht_gate_limit(line, limit);
    ht_gate_again(line, again);
    ht_gate_could_see(line, seen);
    words[0] = '\0';
    ht_gate_add(words, "%s: ", ht_gate_verdict_word(line->verdict));
    if (ht_gate_is_outcome(line)) {
        ht_gate_add(words, "%s%s%.400s%s%.120s", sides, reason[0] ? ": " : "", reason,
                    fault[0] ? "; fault plan " : "", fault);
        return;
    }
    ht_gate_add(words, "%s (%s)%s%s%s%s", change, sides, limit[0] ? ", limit " : "", limit,
                again[0] ? "; again " : "", again);
    if (seen[0] && line->verdict == HT_GATE_INCONCLUSIVE)
        ht_gate_add(words, "; could see %s", seen);
}

/* ---- notes ---------------------------------------------------------------------------------------------- */

struct notes {
    const struct ht_gate *gate;
    void (*put)(void *state, const char *note);
    void *state;
};

__attribute__((format(printf, 2, 3))) static void say(const struct notes *n, const char *format, ...)
{
    char note[HT_GATE_WORDS];
    va_list args;
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    n->put(n->state, note);
}

/* Whether a metric has lines, and the range of what could have been seen in them; NAN: it is not known. */
static bool range_of(const struct ht_gate *gate, enum ht_metric metric, double *least, double *most)
{
    bool found = false;
    *least = *most = NAN;
    for (size_t i = 0; i < gate->lines; i++) {
        const struct ht_gate_line *const line = &gate->line[i];
        if (ht_gate_is_outcome(line) || line->metric != metric)
            continue;
        found = true;
        *least = fmin(*least, line->smallest); /* of a NAN and a number the number */
        *most = fmax(*most, line->smallest);
    }
    return found;
}

static void say_verdicts(const struct notes *n)
{
    bool open = false, intervals = false;
    for (size_t i = 0; i < n->gate->lines; i++) {
        const struct ht_gate_line *const line = &n->gate->line[i];
        open |= line->verdict == HT_GATE_UNCONFIRMED && !ht_gate_is_outcome(line) && !line->second.n;
        intervals |= line->ratio.n > 1 && !line->ratio.range;
    }
    if (open)
        say(n, "What looked worse was not measured again, and so is not called a regression.");
    else if (n->gate->verdicts[HT_GATE_UNCONFIRMED])
        say(n, "Not confirmed: it looked worse at first, and not when it was measured again.");
    if (intervals)
        say(n, "[low, high] holds the true change in 95 of 100 such measurements. Memory and time fail where "
               "all of it "
               "is beyond the limit, twice.");
}

static void say_floor(const struct notes *n)
{
    char words[HT_GATE_WORDS] = "", percent[32];
    double least, most;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        if (isnan(n->gate->floor[metric]) || !range_of(n->gate, metric, &least, &most))
            continue;
        format_size(n->gate->floor[metric], percent);
        ht_gate_add(words, "%s %s %s", words[0] ? "," : "", ht_metric_word(metric), percent);
    }
    if (words[0])
        say(n, "Noise floor, %s:%s.",
            n->gate->floor_is_measured ? "measured by the base beside itself"
                                       : "estimated from the base one round later (twin = yes measures it)",
            words);
    else if (n->gate->lines)
        say(n, "Noise floor: not known.");
}

static void say_smallest(const struct notes *n)
{
    char words[HT_GATE_WORDS] = "", low[32], high[32];
    double least, most;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        if (!range_of(n->gate, metric, &least, &most) || isnan(most))
            continue;
        format_size(least, low);
        format_size(most, high);
        const bool one = !strcmp(low, high);
        low[strcspn(low, " ")] = '\0';
        ht_gate_add(words, "%s %s %s%s%s", words[0] ? "," : "", ht_metric_word(metric), one ? "" : low,
                    one ? "" : " to ", high);
    }
    if (words[0])
        say(n, "A change of this size would have been seen in 80 of 100 such measurements:%s, by the cell.",
            words);
}

/* A pass in which a tier was never looked at would say too much. */
static void say_empty(const struct notes *n)
{
    for (enum ht_gate_tier tier = 0; tier < HT_TIER_OUTCOME; tier++)
        if (n->gate->empty & 1u << tier)
            say(n, "Nothing is said of the tier %s: no cell has a figure of it on both sides%s.",
                ht_gate_tier_word(tier), tier == HT_TIER_MEMORY ? " (it takes 64 KiB of live bytes)" : "");
    if (n->gate->empty & 1u << HT_TIER_OUTCOME)
        say(n,
            "No fault plan was tried: no workload of the gate is one of heaptrial faults that both sides run "
            "(fault = none asks for none).");
}

void ht_gate_notes(const struct ht_gate *gate, void (*put)(void *state, const char *note), void *state)
{
    const struct notes n = {gate, put, state};
    say_empty(&n);
    say_verdicts(&n);
    say_floor(&n);
    say_smallest(&n);
    if (gate->missing)
        say(&n, "%zu cell%s missing on a side, or could not run there, and %s in no figure.", gate->missing,
            gate->missing == 1 ? " is" : "s are", gate->missing == 1 ? "stands" : "stand");
}
