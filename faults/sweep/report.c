#include "faults/sweep/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_SHOWN = 12, LONG_ENOUGH_NS = 10000000 };

/* ---- counts ------------------------------------------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Points of this outcome, and the stacks that they are on. */
static size_t count(const struct ht_sweep_rows *rows, enum ht_sweep_outcome outcome, size_t *stacks)
{
    uint64_t *const seen = malloc((rows->rows + 1) * sizeof *seen);
    size_t points = 0;
    *stacks = 0;
    for (size_t i = 0; seen && i < rows->rows; i++)
        if (rows->row[i].outcome == outcome)
            seen[points++] = rows->row[i].stack;
    if (seen)
        qsort(seen, points, sizeof *seen, by_number);
    for (size_t i = 0; i < points; i++)
        *stacks += i == 0 || seen[i] != seen[i - 1];
    free(seen);
    return points;
}

static const char *modes_words(const struct ht_sweep *s)
{
    return s->modes == HT_POINT_ONCE         ? "each fails once"
           : s->modes == HT_POINT_PERSISTENT ? "from each on all fail"
                                             : "each fails once, and from each on all fail";
}

static void put_head(FILE *out, const struct ht_sweep *s)
{
    char masks[200];
    fprintf(out, "%s: %zu points tested / %zu calls / %zu stacks (%s; %s), %.1f s\n", s->argv[0],
            s->rows.rows, s->points.calls, s->points.stacks,
            s->exhaustive || s->plain ? "every call" : "of each stack the first, the last and a random call",
            modes_words(s), (double)s->elapsed_ns / 1e9);
    if (strcmp(s->program.loaded, s->program.path))
        fprintf(out, "it is a script: what is hit is its interpreter, %s\n", s->program.loaded);
    if (s->points.dropped)
        fprintf(out, "not covered: the last %" PRIu64 " calls, for which the recording had no room\n",
                s->points.dropped);
    if (s->children)
        fprintf(out, "not covered: %" PRIu32 " processes that it starts\n", s->children);
    if (s->is_replaced)
        fputs("not covered: the program that it becomes by exec\n", out);
    if (s->threads > 1)
        fprintf(out, "%" PRIu32 " threads: calls are numbered in each\n", s->threads);
    if (s->bare_ns > LONG_ENOUGH_NS)
        fprintf(out, "the recording took %.1f times the CPU time of the bare program\n",
                (double)s->recording_ns / (double)s->bare_ns);
    ht_normal_say_masks(&s->normal, masks, sizeof masks);
    if (*masks)
        fprintf(out, "not compared, since it changes from run to run: %s\n", masks);
}

static void put_counts(FILE *out, const struct ht_sweep *s)
{
    fputs("\n  outcome         points  stacks\n", out);
    for (unsigned i = 0; i < HT_SWEEP_OUTCOME_COUNT; i++) {
        size_t stacks;
        const size_t points = count(&s->rows, (enum ht_sweep_outcome)i, &stacks);
        if (points)
            fprintf(out, "  %-14s %7zu %7zu  %s\n", ht_sweep_outcome_word((enum ht_sweep_outcome)i), points,
                    stacks, ht_sweep_outcome_meaning((enum ht_sweep_outcome)i));
    }
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

/* The names of a stack by its number. */
static const struct ht_named *named_of(struct ht_sweep *s, uint64_t stack)
{
    for (size_t i = 0; i < s->points.points; i++) {
        const struct ht_named *const named =
            ht_names_find(s->names, s->recording.control, s->points.point[i].stack);
        if (named && named->id == stack)
            return named;
    }
    return NULL;
}

static void put_frames(FILE *out, const char *frames)
{
    for (int i = 0; *frames && i < FRAMES_SHOWN; i++) {
        const size_t n = strcspn(frames, "\n");
        fprintf(out, "    %.*s\n", (int)n, frames);
        frames += n + (frames[n] != 0);
    }
    if (*frames)
        fputs("    ...\n", out);
}

static void put_finding(FILE *out, struct ht_sweep *s, const struct ht_finding *f)
{
    const struct ht_named *const named = named_of(s, f->stack);
    fprintf(out, "\n%s %016" PRIx64 ", %zu point%s%s\n", ht_sweep_outcome_word(f->outcome), f->stack,
            f->points, f->points == 1 ? "" : "s", f->is_accepted ? " (accepted)" : "");
    if (*f->first->detail)
        fprintf(out, "  %s\n", f->first->detail);
    fprintf(out, "  when this call fails (%" PRIu64 " bytes):\n", f->first->point.bytes);
    put_frames(out, named ? named->frames : "?\n");
    fprintf(out, "  replay: %s\n", f->first->replay);
}

void ht_sweep_report(FILE *out, struct ht_sweep *s, const struct ht_findings *f, size_t most)
{
    put_head(out, s);
    put_counts(out, s);
    for (size_t i = 0; i < f->findings && i < most; i++)
        put_finding(out, s, &f->finding[i]);
    if (f->findings > most)
        fprintf(out, "\nand %zu findings more%s%s%s\n", f->findings - most, s->output ? ": " : "",
                s->output ? s->output : "",
                s->output ? "/findings.txt has them all" : "; -o DIR keeps them all");
    if (f->findings)
        fprintf(out, "\n%zu finding%s, %zu of them not accepted\n", f->findings, f->findings == 1 ? "" : "s",
                f->fresh);
    else
        fputs("\nno findings\n", out);
    if (f->stale)
        fprintf(out, "%zu accepted finding%s no longer seen\n", f->stale, f->stale == 1 ? " is" : "s are");
}
