/* What must be said beside the figures of a comparison. */
#include <stdarg.h>
#include <stdio.h>

#include "results/compare_parts.h"

struct notes {
    const struct ht_compare *c;
    void (*put)(void *state, const char *note);
    void *state;
};

enum { NOTE_BYTES = 800, NAMED = 5 };

__attribute__((format(printf, 2, 3))) static void say(const struct notes *n, const char *format, ...)
{
    char note[NOTE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    n->put(n->state, note);
}

__attribute__((format(printf, 2, 3))) static void append(char note[NOTE_BYTES], const char *format, ...)
{
    const size_t used = strlen(note);
    va_list args;
    va_start(args, format);
    vsnprintf(note + used, NOTE_BYTES - used, format, args);
    va_end(args);
}

static size_t advisory(const struct ht_compare *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->lines; i++)
        n += !c->line[i].gating && !c->line[i].twin && !isnan(c->line[i].p);
    return n;
}

static void say_rounds(const struct notes *n)
{
    const struct ht_compare *const c = n->c;
    if (c->most_pairs == 1)
        say(n,
            "One round: it can't be told what is a difference and what is noise. It takes 6 rounds to tell "
            "anything, and 20 to decide (heaptrial run --rounds 20).");
    else if (c->most_pairs > 1 && c->most_pairs <= HT_STATS_RANGE_MAX)
        say(n,
            "%zu rounds: [low, high] is their range, and no verdict can be given; 6 are the least, 20 "
            "decide.",
            c->most_pairs);
    else if (c->most_pairs)
        say(n, "[low, high] holds the true change in 95 of 100 comparisons, by Wilcoxon's signed-rank test; "
               "of a "
               "geometric mean by a bootstrap over rounds.");
    if (c->most_pairs > HT_STATS_RANGE_MAX &&
        c->most_pairs < ht_compare_pairs_needed(c->tested, c->options.alpha))
        say(n,
            "With %zu cells that can fail, %zu rounds are too few to call any of them: it takes %zu, or "
            "fewer "
            "cells.",
            c->tested, c->most_pairs, ht_compare_pairs_needed(c->tested, c->options.alpha));
}

static void say_tests(const struct notes *n)
{
    const struct ht_compare *const c = n->c;
    const size_t others = advisory(c);
    if (c->tested && others)
        say(n,
            "Adjusted for many tests at %.3g %%: by Holm over the %zu that can fail a build, by Benjamini "
            "and "
            "Hochberg over the other %zu.",
            100 * c->options.alpha, c->tested, others);
    else if (c->tested + others)
        say(n, "Adjusted for %zu test%s at %.3g %%, by %s.", c->tested + others,
            c->tested + others == 1 ? "" : "s", 100 * c->options.alpha,
            c->tested ? "Holm" : "Benjamini and Hochberg");
    say(n,
        "A change up to the margin does not matter (%s). Could see: the change that 80 of 100 such "
        "comparisons "
        "would have called, before that adjustment.",
        isnan(c->options.margin) ? "heaptrial compare --help lists them" : "as it was asked for");
}

/* "time 0.8 %, memory 0.2 %" of the metrics that have lines. */
static void list_floors(const struct ht_compare *c, bool measured, char note[NOTE_BYTES])
{
    bool first = true;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        const double floor = measured ? c->floor[metric].measured : c->floor[metric].estimated;
        bool has_lines = false;
        for (size_t i = 0; i < c->lines && !has_lines; i++)
            has_lines = c->line[i].metric == metric;
        if (isnan(floor) || !has_lines)
            continue;
        char percent[24];
        ht_compare_percent(floor, percent);
        append(note, "%s %s %s %%", first ? "" : ",", ht_metric_word(metric), percent + (percent[0] == '+'));
        first = false;
    }
}

static bool is_known(const struct ht_compare *c, bool measured)
{
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        if (!isnan(measured ? c->floor[metric].measured : c->floor[metric].estimated))
            return true;
    return false;
}

static void say_floor(const struct notes *n)
{
    const struct ht_compare *const c = n->c;
    char note[NOTE_BYTES] = "";
    if (is_known(c, true)) {
        append(note, "Noise floor, measured on %.60s, which is the same on both sides:", c->options.twin);
        list_floors(c, true, note);
        append(note, ". Below it nothing is called.");
    } else if (is_known(c, false)) {
        append(note, "Noise floor: not measured, since nothing stands there that is the same on both sides "
                     "(--twin). Estimated from the baseline one round later, 95 %% of cells are below:");
        list_floors(c, false, note);
        append(note, ".");
    } else {
        append(note, "Noise floor: unknown; one round tells nothing of it.");
    }
    say(n, "%s", note);
}

static void say_gaps(const struct notes *n, bool new_lacks)
{
    char note[NOTE_BYTES] = "", name[160];
    size_t gaps = 0;
    for (size_t i = 0; i < n->c->gaps; i++) {
        const struct ht_compare_gap *const gap = &n->c->gap[i];
        if (gap->new_lacks != new_lacks)
            continue;
        ht_compare_name(gap->summary, gap->subject, gap->job, name, sizeof name);
        if (gaps++ < NAMED)
            append(note, "%s %s", gaps > 1 ? "," : "", name);
    }
    if (gaps > NAMED)
        append(note, " and %zu more", gaps - NAMED);
    if (gaps)
        say(n, "Left out, because only %s has %s:%s.", new_lacks ? "the base" : "the new side",
            gaps == 1 ? "it" : "them", note);
}

static void say_left_out(const struct notes *n)
{
    size_t lines = 0;
    for (size_t i = 0; i < n->c->lines; i++)
        lines +=
            n->c->line[i].base.ok + n->c->line[i].base.not_ok + n->c->line[i].base.empty >
                n->c->line[i].pairs ||
            n->c->line[i].new.ok + n->c->line[i].new.not_ok + n->c->line[i].new.empty > n->c->line[i].pairs;
    if (lines)
        say(n, "Of %zu line%s not all rows were used: --csv says which, in the column left_out.", lines,
            lines == 1 ? "" : "s");
    if (n->c->repeated)
        say(n, "%zu row%s there twice (the same cell, round and run) and %s left out.", n->c->repeated,
            n->c->repeated == 1 ? " stands" : "s stand", n->c->repeated == 1 ? "is" : "are");
}

static void say_sides(const struct notes *n, const struct ht_summary *s)
{
    if (s->other_work)
        say(n,
            "%zu pairs did not do the same work: each run calibrates for itself. Their times and "
            "instructions are "
            "those of an iteration, which hides what grows with the work.",
            s->other_work);
    if (s->other_seed)
        say(n, "%zu pairs are of other operations: the two runs had not the same --seed.", s->other_seed);
    say(n,
        "The two sides are paired by the number of the round. If they did not run interleaved, what differed "
        "between their hours is in no interval.");
}

void ht_compare_notes(const struct ht_compare *c, void (*put)(void *state, const char *note), void *state)
{
    const struct notes n = {c, put, state};
    say_rounds(&n);
    say_tests(&n);
    say_floor(&n);
    for (size_t i = 0; i < c->summaries; i++)
        if (c->summary[i]->sides)
            say_sides(&n, c->summary[i]);
    say_gaps(&n, true);
    say_gaps(&n, false);
    say_left_out(&n);
}
