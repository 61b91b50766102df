#include "faults/sweep/accepted.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"

void ht_accepted_free(struct ht_accepted *a)
{
    free(a->entry);
    *a = (struct ht_accepted){.entry = NULL};
}

static int refuse(const char *path, unsigned number, const char *what, char why[256])
{
    snprintf(why, 256, "%.120s:%u: %.100s", path, number, what);
    return -EINVAL;
}

static int add(struct ht_accepted *a, enum ht_sweep_outcome outcome, uint64_t stack)
{
    struct ht_accepted_entry *const more = realloc(a->entry, (a->entries + 1) * sizeof *more);
    if (!more)
        return -ENOMEM;
    a->entry = more;
    a->entry[a->entries++] = (struct ht_accepted_entry){.outcome = outcome, .stack = stack};
    return 0;
}

/* One line: an outcome, a stack, a reason. */
static int parse(struct ht_accepted *a, const char *path, unsigned number, char *line, char why[256])
{
    char *save, *end;
    line += strspn(line, " \t\r");
    if (!*line || *line == '#')
        return 0;
    const char *const word = strtok_r(line, " \t\r", &save), *const stack = strtok_r(NULL, " \t\r", &save);
    const char *const reason = save ? save + strspn(save, " \t\r") : "";
    const enum ht_sweep_outcome outcome = ht_sweep_outcome_of(word);
    if (outcome == HT_SWEEP_OUTCOME_COUNT || !ht_sweep_outcome_is_bad(outcome))
        return refuse(path, number, "a line starts with an outcome that is a finding, as silent-wrong", why);
    const uint64_t hash = stack && isxdigit((unsigned char)*stack) ? strtoull(stack, &end, 16) : 0;
    if (!hash || *end)
        return refuse(path, number, "after the outcome comes the number of a stack, as in rows.csv", why);
    if (!*reason)
        return refuse(path, number, "it has no reason: say why this finding is accepted", why);
    return add(a, outcome, hash);
}

int ht_accepted_read(const char *path, struct ht_accepted *a, char why[256])
{
    char *text;
    size_t bytes;
    *a = (struct ht_accepted){.entry = NULL};
    int error = ht_file_read(path, &text, &bytes);
    if (error) {
        snprintf(why, 256, "%.180s: %s", path, strerror(-error));
        return error;
    }
    unsigned number = 1;
    for (char *line = text, *end; !error && *line; line = end, number++) {
        end = strchrnul(line, '\n');
        if (*end)
            *end++ = 0;
        error = parse(a, path, number, line, why);
    }
    free(text);
    if (error)
        ht_accepted_free(a);
    return error;
}

struct ht_accepted_entry *ht_accepted_find(const struct ht_accepted *a, enum ht_sweep_outcome outcome,
                                           uint64_t stack)
{
    for (size_t i = 0; i < a->entries; i++)
        if (a->entry[i].outcome == outcome && a->entry[i].stack == stack)
            return &a->entry[i];
    return NULL;
}

static bool is_first(const struct ht_sweep_rows *rows, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (rows->row[i].outcome == rows->row[at].outcome && rows->row[i].stack == rows->row[at].stack)
            return false;
    return true;
}

int ht_accepted_append(const char *path, const struct ht_accepted *a, const struct ht_sweep_rows *rows,
                       const char *reason, size_t *added)
{
    *added = 0;
    FILE *const out = fopen(path, "ae");
    if (!out)
        return -errno;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct ht_sweep_row *const row = &rows->row[i];
        if (!ht_sweep_outcome_is_bad(row->outcome) || ht_accepted_find(a, row->outcome, row->stack) ||
            !is_first(rows, i))
            continue;
        fprintf(out, "# %s: %s\n# %s\n%s %016" PRIx64 " %s\n", row->location, row->detail, row->replay,
                ht_sweep_outcome_word(row->outcome), row->stack, reason);
        ++*added;
    }
    const bool is_bad = ferror(out);
    return fclose(out) || is_bad ? -(errno ? errno : EIO) : 0;
}
