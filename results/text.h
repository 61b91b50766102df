/* Text for people: padded and wrapped by columns, not bytes, and safe to send to a terminal: control
 * characters, and bytes that are no UTF-8, come out as `?`. And escaped: as a field of CSV, in markup. */
#ifndef HT_RESULTS_TEXT_H
#define HT_RESULTS_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Columns that `text` takes: its characters (none is taken to be wide). */
size_t ht_text_columns(const char *text);

/* `text` in exactly `columns`, padded, or cut with a `~` at its end; 0: as long as it is. */
void ht_text_put(FILE *out, const char *text, size_t columns);

/* `text` up to `columns`, cut with a `~` at its end, with `?` for each character of `unwanted` too. */
void ht_text_put_without(FILE *out, const char *text, size_t columns, const char *unwanted);

/* Replaces each byte that may not be shown by `?`: what another program wrote becomes one line of UTF-8. */
void ht_text_clean(char *text);

/* As a CSV field, quoted where it must be. */
void ht_text_put_csv(FILE *out, const char *text);

/* As text of XML or HTML, and of an attribute in double quotes: nothing in it is markup. Line feeds and tabs stay. */
void ht_text_put_xml(FILE *out, const char *text);

/* On one line, without what Markdown would take for markup. */
void ht_text_put_markdown(FILE *out, const char *text);

/* Three digits that matter: 0.031 0.31 3.10 31.0 310. */
void ht_text_ratio(char text[24], double ratio);

struct ht_text_wrap {
    FILE *out;
    size_t column, indent, width; /* in columns, from 0; words that would pass width start a new line */
};

/* Puts words, after a space if others came before them on the line. */
void ht_text_wrap(struct ht_text_wrap *wrap, const char *words);

#endif
