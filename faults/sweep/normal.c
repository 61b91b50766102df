#include "faults/sweep/normal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* The line at `at`; returns where the next one starts. */
static const char *take_line(const char *at, const char *end, size_t *bytes)
{
    const char *const newline = memchr(at, '\n', (size_t)(end - at));
    *bytes = (size_t)((newline ? newline : end) - at);
    return newline ? newline + 1 : end;
}

static size_t count_lines(const char *text, size_t bytes)
{
    const char *const end = text + bytes;
    size_t n = 0, line;
    while (text < end) {
        text = take_line(text, end, &line);
        n++;
    }
    return n;
}

static int take_text(struct ht_normal_text *n, const struct ht_text_seen *seen)
{
    n->text = malloc(seen->bytes + 1);
    n->lines = seen->text ? count_lines(seen->text, seen->bytes) : 0;
    n->line_masked = calloc(n->lines + 1, sizeof *n->line_masked);
    n->bytes = seen->bytes;
    if (!n->text || !n->line_masked)
        return -ENOMEM;
    if (seen->text)
        memcpy(n->text, seen->text, seen->bytes);
    n->text[seen->bytes] = 0;
    return 0;
}

static bool same_bytes(const struct ht_normal_text *n, const struct ht_text_seen *seen)
{
    return n->bytes == seen->bytes && !seen->is_cut && (!n->bytes || !memcmp(n->text, seen->text, n->bytes));
}

/* Compares line by line. What differs is masked when `mask` is set; returns whether all that is not masked is the same. */
static bool compare_lines(struct ht_normal_text *n, const struct ht_text_seen *seen, bool mask)
{
    if (n->is_masked || same_bytes(n, seen))
        return true;
    const bool may_be = !seen->is_cut && seen->text && count_lines(seen->text, seen->bytes) == n->lines;
    if (!may_be && mask)
        n->is_masked = true;
    if (!may_be)
        return mask;
    const char *a = n->text, *b = seen->text, *const a_end = a + n->bytes, *const b_end = b + seen->bytes;
    bool is_same = true;
    for (size_t i = 0; i < n->lines; i++) {
        size_t a_bytes, b_bytes;
        const char *const a_next = take_line(a, a_end, &a_bytes), *const b_next =
                                                                      take_line(b, b_end, &b_bytes);
        const bool differs = a_bytes != b_bytes || memcmp(a, b, a_bytes) != 0;
        if (mask)
            n->line_masked[i] |= differs;
        is_same &= !differs || n->line_masked[i];
        a = a_next;
        b = b_next;
    }
    return is_same && (mask || (a_end[-1] == '\n') == (b_end[-1] == '\n'));
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int take_tree(struct ht_normal *n, struct ht_tree *work)
{
    n->work = *work;
    *work = (struct ht_tree){.leaf = NULL};
    n->leaf_masked = calloc(n->work.leaves + 1, sizeof *n->leaf_masked);
    for (size_t i = 0; i < n->work.leaves; i++)
        if ((size_t)n->work.leaf[i].about.st_size > n->largest)
            n->largest = (size_t)n->work.leaf[i].about.st_size;
    return n->leaf_masked ? 0 : -ENOMEM;
}

/* An entry that comes and goes is masked where it was there in the first run. */
static void mask_tree(struct ht_normal *n, const struct ht_tree *work)
{
    for (size_t i = 0; i < n->work.leaves; i++) {
        const struct ht_leaf *const now = ht_tree_find(work, n->work.leaf[i].path);
        n->leaf_masked[i] |= !now || !ht_leaf_same(&n->work.leaf[i], now);
    }
}

bool ht_normal_same_files(const struct ht_normal *n, const struct ht_ending *e, const char **which)
{
    for (size_t i = 0; i < n->work.leaves; i++) {
        const struct ht_leaf *const now = ht_tree_find(&e->work, n->work.leaf[i].path);
        *which = n->work.leaf[i].path;
        if (!n->leaf_masked[i] && (!now || !ht_leaf_same(&n->work.leaf[i], now)))
            return false;
    }
    for (size_t i = 0; i < e->work.leaves; i++) {
        *which = e->work.leaf[i].path;
        if (!ht_tree_find(&n->work, *which))
            return false;
    }
    *which = NULL;
    return true;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

int ht_normal_add(struct ht_normal *n, struct ht_ending *e)
{
    if (e->wall_ns > n->wall_ns)
        n->wall_ns = e->wall_ns;
    if (n->runs++) {
        if (e->exit_status != n->exit_status)
            return -EPROTO;
        compare_lines(&n->out, &e->out, true);
        compare_lines(&n->err, &e->err, true);
        mask_tree(n, &e->work);
        return 0;
    }
    n->exit_status = e->exit_status;
    n->largest = e->out.bytes > e->err.bytes ? e->out.bytes : e->err.bytes;
    int error = take_text(&n->out, &e->out);
    if (!error)
        error = take_text(&n->err, &e->err);
    return error ? error : take_tree(n, &e->work);
}

int ht_normal_add_leaks(struct ht_normal *n, const struct ht_control *c)
{
    const struct ht_called *const leak = ht_control_leaks(c);
    for (uint32_t i = 0; i < c->leaks.used; i++) {
        if (leak[i].stack >= c->stacks.used)
            continue;
        const uint64_t hash = ht_control_stacks(c)[leak[i].stack].hash;
        if (ht_normal_leaks(n, hash))
            continue;
        if (n->leaks == n->leak_room) {
            const size_t room = n->leak_room ? 2 * n->leak_room : 64;
            uint64_t *const more = realloc(n->leak, room * sizeof *more);
            if (!more)
                return -ENOMEM;
            n->leak = more;
            n->leak_room = room;
        }
        n->leak[n->leaks++] = hash;
    }
    return 0;
}

void ht_normal_free(struct ht_normal *n)
{
    free(n->out.text);
    free(n->out.line_masked);
    free(n->err.text);
    free(n->err.line_masked);
    free(n->leaf_masked);
    free(n->leak);
    ht_tree_free(&n->work);
    *n = (struct ht_normal){.runs = 0};
}

bool ht_normal_same_out(const struct ht_normal *n, const struct ht_ending *e)
{
    return compare_lines((struct ht_normal_text *)&n->out, &e->out, false);
}

static bool is_said(const struct ht_normal_text *n, const char *line, size_t bytes)
{
    const char *at = n->text, *const end = at + n->bytes;
    while (at < end) {
        size_t have;
        const char *const next = take_line(at, end, &have);
        if (have == bytes && !memcmp(at, line, bytes))
            return true;
        at = next;
    }
    return false;
}

static bool is_blank(const char *line, size_t bytes)
{
    return strspn(line, " \t\r\n") >= bytes;
}

const char *ht_normal_message(const struct ht_normal *n, const struct ht_ending *e, size_t *bytes)
{
    const char *found = NULL;
    if (!e->err.text || same_bytes(&n->err, &e->err))
        return NULL;
    for (const char *at = e->err.text, *const end = at + e->err.bytes; at < end;) {
        size_t line;
        const char *const next = take_line(at, end, &line);
        if (!is_blank(at, line) && !is_said(&n->err, at, line)) {
            found = at;
            *bytes = line;
        }
        at = next;
    }
    return found;
}

bool ht_normal_leaks(const struct ht_normal *n, uint64_t hash)
{
    for (size_t i = 0; i < n->leaks; i++)
        if (n->leak[i] == hash)
            return true;
    return false;
}

static size_t count(const bool *masked, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += masked[i];
    return found;
}

void ht_normal_say_masks(const struct ht_normal *n, char *out, size_t bytes)
{
    const size_t lines = count(n->out.line_masked, n->out.lines),
                 files = count(n->leaf_masked, n->work.leaves);
    size_t used = 0;
    *out = 0;
    if (n->out.is_masked)
        used += (size_t)snprintf(out, bytes, "all of stdout");
    else if (lines)
        used += (size_t)snprintf(out, bytes, "%zu of %zu lines of stdout", lines, n->out.lines);
    if (files && used < bytes)
        snprintf(out + used, bytes - used, "%s%zu of %zu files", used ? ", " : "", files, n->work.leaves);
}
