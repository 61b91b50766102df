#include "results/text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Whether the second byte may follow the first: no longer than it must be, no half of a surrogate pair, not beyond
 * U+10FFFF, and none of the control characters U+0080 to U+009F. */
static bool may_follow(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xc2:
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return true;
    }
}

/* Bytes of the character at `p`, or 0 when it is none that may be shown. */
static size_t character_bytes(const char *p)
{
    const unsigned char lead = (unsigned char)*p;
    if (lead < 0x80)
        return lead >= 0x20 && lead != 0x7f;
    const size_t bytes = lead >= 0xf0 && lead < 0xf5   ? 4
                         : lead >= 0xe0 && lead < 0xf0 ? 3
                         : lead >= 0xc2 && lead < 0xe0 ? 2
                                                       : 0;
    for (size_t i = 1; i < bytes; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return 0;
    /* U+FFFE and U+FFFF are no characters, and no XML may hold them. */
    const bool is_none = !strncmp(p, "\xef\xbf\xbe", 3) || !strncmp(p, "\xef\xbf\xbf", 3);
    return bytes && (is_none || !may_follow(lead, (unsigned char)p[1])) ? 0 : bytes;
}

static const char *next_character(const char *p)
{
    const size_t bytes = character_bytes(p);
    return p + (bytes ? bytes : 1);
}

static void put_character(FILE *out, const char *p)
{
    const size_t bytes = character_bytes(p);
    if (bytes)
        fwrite(p, 1, bytes, out);
    else
        putc('?', out);
}

void ht_text_clean(char *text)
{
    for (size_t bytes; *text; text += bytes ? bytes : 1) {
        bytes = character_bytes(text);
        if (!bytes)
            *text = '?';
    }
}

size_t ht_text_columns(const char *text)
{
    size_t n = 0;
    for (; *text; text = next_character(text))
        n++;
    return n;
}

void ht_text_put(FILE *out, const char *text, size_t columns)
{
    const size_t length = ht_text_columns(text);
    size_t n = 0;
    for (; *text && (!columns || n < columns - (length > columns)); text = next_character(text), n++)
        put_character(out, text);
    if (columns && length > columns) {
        putc('~', out);
        n++;
    }
    for (; n < columns; n++)
        putc(' ', out);
}

void ht_text_put_without(FILE *out, const char *text, size_t columns, const char *unwanted)
{
    const bool cut = ht_text_columns(text) > columns;
    for (size_t n = 0; *text && n < columns - cut; text = next_character(text), n++)
        put_character(out, strchr(unwanted, *text) ? "" : text);
    if (cut)
        putc('~', out);
}

void ht_text_put_csv(FILE *out, const char *text)
{
    const bool quoted = text[strcspn(text, ",\"\r\n")];
    if (!quoted) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void ht_text_put_xml(FILE *out, const char *text)
{
    for (; *text; text = next_character(text))
        if (entity(*text))
            fputs(entity(*text), out);
        else if (*text == '\n' || *text == '\t')
            putc(*text, out);
        else
            put_character(out, text);
}

void ht_text_put_markdown(FILE *out, const char *text)
{
    for (; *text; text = next_character(text)) {
        if (strchr("\\`*_[]|~#", *text))
            putc('\\', out);
        if (*text == '<' || *text == '&')
            fputs(entity(*text), out);
        else
            put_character(out, text);
    }
}

void ht_text_ratio(char text[24], double ratio)
{
    const int digits = ratio < 0.0995 ? 3 : ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;
    snprintf(text, 24, ratio < 1e6 ? "%.*f" : "%.*e", digits, ratio);
}

static void wrap_word(struct ht_text_wrap *wrap, const char *word, size_t bytes)
{
    size_t columns = 0;
    for (const char *p = word; p < word + bytes; p = next_character(p))
        columns++;
    const bool first = wrap->column <= wrap->indent;
    if (!first && wrap->column + 1 + columns > wrap->width) {
        fprintf(wrap->out, "\n%*s", (int)wrap->indent, "");
        wrap->column = wrap->indent;
    } else if (!first) {
        putc(' ', wrap->out);
        wrap->column++;
    }
    /* A word that no line can hold is cut. */
    for (const char *p = word; p < word + bytes && wrap->column < wrap->width; p = next_character(p)) {
        put_character(wrap->out, p);
        wrap->column++;
    }
}

void ht_text_wrap(struct ht_text_wrap *wrap, const char *words)
{
    while (*words) {
        const size_t bytes = strcspn(words, " \t\r\n");
        if (bytes)
            wrap_word(wrap, words, bytes);
        words += bytes;
        words += strspn(words, " \t\r\n");
    }
}
