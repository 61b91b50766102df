#include "results/gate_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/gate.h"

/* What stands behind the last @ of a name; NULL: there is none. */
static const char *side_of(const struct ht_row *row)
{
    const char *const at = strrchr(row->strategy, '@');
    return at ? at + 1 : NULL;
}

static size_t bare_bytes(const struct ht_row *row)
{
    return (size_t)(strrchr(row->strategy, '@') - row->strategy);
}

static bool is_of(const struct ht_row *row, const char *side)
{
    return !strcmp(side_of(row), side);
}

static bool has_several(const struct ht_rows *rows)
{
    const struct ht_row *const first = rows->row;
    for (size_t i = 1; i < rows->count; i++)
        if (bare_bytes(&rows->row[i]) != bare_bytes(first) ||
            strncmp(rows->row[i].strategy, first->strategy, bare_bytes(first)))
            return true;
    return false;
}

/* A program has one window, and no least. */
static struct ht_row of_fastest_window(const struct ht_row *from)
{
    struct ht_row row = *from;
    row.wall_ns = isnan(from->wall_min_ns) ? from->wall_ns : from->wall_min_ns;
    row.cpu_ns = isnan(from->cpu_min_ns) ? from->cpu_ns : from->cpu_min_ns;
    return row;
}

/* Appends a row of a side under its bare name, or the twin's. */
static bool put(struct ht_row *to, const struct ht_row *from, struct ht_names *names, bool named)
{
    *to = of_fastest_window(from);
    to->strategy = ht_names_intern(names, from->strategy, named ? bare_bytes(from) : 0);
    return to->strategy != NULL;
}

static bool put_twin(struct ht_row *to, const struct ht_row *from, struct ht_names *names)
{
    *to = of_fastest_window(from);
    to->strategy = ht_names_intern(names, HT_GATE_TWIN, strlen(HT_GATE_TWIN));
    return to->strategy != NULL;
}

/* The name of the strategy that has a twin; NULL: none. */
static const char *find_twin(const struct ht_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (is_of(&rows->row[i], HT_GATE_AGAIN))
            return rows->row[i].strategy;
    return NULL;
}

static bool is_base_of(const struct ht_row *row, const char *twin)
{
    const size_t bytes = twin ? (size_t)(strrchr(twin, '@') - twin) : 0;
    return twin && is_of(row, HT_GATE_BASE) && bare_bytes(row) == bytes &&
           !strncmp(row->strategy, twin, bytes);
}

/* Into `to`, which has room for twice as many. */
static int part(struct ht_rows *rows, struct ht_row *to, size_t *first_new, size_t *count)
{
    const bool named = has_several(rows);
    const char *const twin = find_twin(rows);
    size_t n = 0;
    bool fits = true;
    for (size_t i = 0; i < rows->count && fits; i++)
        if (is_of(&rows->row[i], HT_GATE_BASE))
            fits = put(&to[n++], &rows->row[i], &rows->names, named);
    for (size_t i = 0; i < rows->count && fits; i++)
        if (is_base_of(&rows->row[i], twin))
            fits = put_twin(&to[n++], &rows->row[i], &rows->names);
    *first_new = n;
    for (size_t i = 0; i < rows->count && fits; i++)
        if (is_of(&rows->row[i], HT_GATE_NEW))
            fits = put(&to[n++], &rows->row[i], &rows->names, named);
    for (size_t i = 0; i < rows->count && fits; i++)
        if (is_of(&rows->row[i], HT_GATE_AGAIN))
            fits = put_twin(&to[n++], &rows->row[i], &rows->names);
    *count = n;
    return fits ? 0 : -ENOMEM;
}

int ht_gate_part_sides(struct ht_rows *rows, size_t *first_new)
{
    *first_new = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const side = side_of(&rows->row[i]);
        if (!side || (strcmp(side, HT_GATE_BASE) && strcmp(side, HT_GATE_NEW) && strcmp(side, HT_GATE_AGAIN)))
            return -EPROTO;
    }
    struct ht_row *const to = malloc((2 * rows->count + 1) * sizeof *to);
    size_t count = 0;
    const int error = to ? part(rows, to, first_new, &count) : -ENOMEM;
    if (error) {
        free(to);
        return error;
    }
    free(rows->row);
    rows->row = to;
    rows->count = count;
    return 0;
}
