/* Reads a gate's config file. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "results/file.h"
#include "results/gate_config_keys.h"
#include "results/text.h"

enum { LINE_BYTES = 2 * HT_GATE_TEXT, THREADS_MAX = 256 };

struct reader {
    struct ht_gate_config *config;
    const char *name; /* of the file */
    unsigned line;
    const char *section;             /* one of ht_gate_sections; NULL: none yet */
    unsigned seen[HT_GATE_KEYS_MAX]; /* the line that said the key; 0: none did */
    bool no_fault;                   /* `fault = none` was said */
    char *why;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct reader *r, const char *format, ...)
{
    char what[200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(r->why, 256, "%.100s:%u: %.140s", r->name, r->line, what);
    ht_text_clean(r->why);
    return -EINVAL;
}

/* Cuts the blanks off both ends. */
static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && strchr(" \t", text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* As in the shell: a # inside a word is none. */
static void cut_comment(char *text)
{
    for (char *p = text; *p; p++)
        if (*p == '#' && (p == text || p[-1] == ' ' || p[-1] == '\t'))
            *p-- = '\0';
}

/* ---- values --------------------------------------------------------------------------------------------- */

/* A plain decimal number: no inf, no hexadecimal. */
static bool parse_real(const char *text, double *value)
{
    char *end;
    if (!isdigit((unsigned char)text[*text == '.']) || text[strspn(text, "0123456789.eE+-")])
        return false;
    *value = strtod(text, &end);
    return !*end;
}

/* The digits are divided, not the number: 0.1 % is 0.001 to the bit. */
double ht_gate_config_share(const char *percent)
{
    char text[64];
    double share;
    const char *const exponent = percent + strcspn(percent, "eE");
    const int digits = (int)(exponent - percent);
    const long power = *exponent ? strtol(exponent + 1, NULL, 10) : 0;
    if (digits > 40 || labs(power) > 400 || !parse_real(percent, &share))
        return NAN;
    snprintf(text, sizeof text, "%.*se%ld", digits, percent, power - 2);
    return parse_real(text, &share) ? share : NAN;
}

static int take_count(const struct reader *r, const struct ht_gate_key *key, const char *text,
                      uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno || !isdigit((unsigned char)*text) || *end || (double)*value < key->least ||
        (double)*value > key->most)
        return refuse(r, "%s is a whole number from %.0f to %.0f, not '%.40s'", key->name, key->least,
                      key->most, text);
    return 0;
}

static int take_real(const struct reader *r, const struct ht_gate_key *key, const char *text, double *value)
{
    if (!parse_real(text, value) || !(*value >= key->least && *value <= key->most))
        return refuse(r, "%s is a number from %g to %.0f, not '%.40s'", key->name, key->least, key->most,
                      text);
    return 0;
}

static int take_percent(const struct reader *r, const struct ht_gate_key *key, char *text, double *value)
{
    const size_t length = strlen(text);
    if (!strcmp(text, "off")) {
        *value = NAN;
        return 0;
    }
    if (length && text[length - 1] == '%')
        text[length - 1] = '\0';
    *value = ht_gate_config_share(trim(text));
    if (!(*value >= key->least / 100 && *value <= key->most / 100))
        return refuse(r, "%s is a number of percent from %.0f to %.0f, or off, not '%.40s'", key->name,
                      key->least, key->most, text);
    return 0;
}

static int take_switch(const struct reader *r, const struct ht_gate_key *key, const char *text, bool *value)
{
    *value = !strcmp(text, "yes");
    if (!*value && strcmp(text, "no"))
        return refuse(r, "%s is yes or no, not '%.40s'", key->name, text);
    return 0;
}

static int take_text(const struct reader *r, const struct ht_gate_key *key, const char *text, char *value,
                     size_t room)
{
    if (strlen(text) >= room)
        return refuse(r, "%s is too long: it takes %zu bytes at most", key->name, room - 1);
    memmove(value, text, strlen(text) + 1);
    return 0;
}

/* Calls `take` for each word between commas, without its blanks. */
static int each_word(struct reader *r, char *text, int (*take)(struct reader *r, const char *word))
{
    int error = 0;
    for (char *end; text && !error; text = end) {
        end = strchr(text, ',');
        if (end)
            *end++ = '\0';
        error = take(r, trim(text));
    }
    return error;
}

static int check_threads(struct reader *r, const char *word)
{
    const struct ht_gate_key key = {.name = "each of threads", .least = 1, .most = THREADS_MAX};
    uint64_t count;
    return take_count(r, &key, word, &count);
}

/* A list is kept without the blanks around its commas. */
static int take_list(struct reader *r, const struct ht_gate_key *key, char *text, char *value)
{
    char copy[LINE_BYTES], *to = text;
    for (const char *p = text; *p; p++)
        if (!strchr(" \t", *p))
            *to++ = *p;
        else if (to[-1] != ',' && !strchr(" \t,", p[1]))
            return refuse(r, "the words of %s are separated by commas", key->name);
    *to = '\0';
    strcpy(copy, text);
    const int error = key->type == HT_GATE_KEY_THREADS ? each_word(r, copy, check_threads) : 0;
    return error ? error : take_text(r, key, text, value, HT_GATE_TEXT);
}

static int take_tier(struct reader *r, const char *word)
{
    const char *names[HT_GATE_SWITCHES];
    for (size_t i = 0; i < HT_GATE_SWITCHES; i++) {
        bool *const value = (bool *)((char *)r->config + ht_gate_switches[i].at);
        names[i] = ht_gate_switches[i].word;
        if (!strcmp(word, names[i])) {
            const bool twice = *value;
            *value = true;
            return twice ? refuse(r, "tiers has %s twice", word) : 0;
        }
    }
    const char *const nearest = ht_nearest(word, names, HT_GATE_SWITCHES);
    return refuse(r, "no tier '%.40s'%s%s%s; there are exact, memory, time; or none alone", word,
                  nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int take_tiers(struct reader *r, char *text)
{
    for (size_t i = 0; i < HT_GATE_SWITCHES; i++)
        *(bool *)((char *)r->config + ht_gate_switches[i].at) = false;
    return strcmp(text, "none") ? each_word(r, text, take_tier) : 0;
}

/* The first line takes the place of the defaults. */
static int take_fault(struct reader *r, const struct ht_gate_key *key, const char *text, bool is_first)
{
    struct ht_gate_config *const c = r->config;
    const bool none = !strcmp(text, "none");
    if (!is_first && (none || r->no_fault))
        return refuse(r, "fault = none stands alone, or not at all");
    if (is_first)
        c->faults = 0;
    r->no_fault = none;
    for (unsigned i = 0; i < c->faults; i++)
        if (!strcmp(c->fault[i], text))
            return refuse(r, "the plan '%.60s' stands there twice", text);
    if (c->faults == HT_GATE_FAULTS_MAX)
        return refuse(r, "more than %d fault plans", HT_GATE_FAULTS_MAX);
    return none ? 0 : take_text(r, key, text, c->fault[c->faults++], HT_GATE_FAULT_TEXT);
}

static int take_value(struct reader *r, const struct ht_gate_key *key, char *text, bool is_first)
{
    void *const value = (char *)r->config + key->at;
    uint64_t count;
    int error;
    switch (key->type) {
    case HT_GATE_KEY_SHELL:
    case HT_GATE_KEY_PATH:
        return take_text(r, key, text, value, HT_GATE_TEXT);
    case HT_GATE_KEY_LIST:
    case HT_GATE_KEY_THREADS:
        return take_list(r, key, text, value);
    case HT_GATE_KEY_FAULT:
        return take_fault(r, key, text, is_first);
    case HT_GATE_KEY_TIERS:
        return take_tiers(r, text);
    case HT_GATE_KEY_COUNT:
        error = take_count(r, key, text, &count);
        *(unsigned *)value = (unsigned)count;
        return error;
    case HT_GATE_KEY_SEED:
        return take_count(r, key, text, value);
    case HT_GATE_KEY_REAL:
        return take_real(r, key, text, value);
    case HT_GATE_KEY_SWITCH:
        return take_switch(r, key, text, value);
    case HT_GATE_KEY_PERCENT:
        return take_percent(r, key, text, value);
    }
    return 0;
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

static int take_section(struct reader *r, char *text)
{
    cut_comment(text);
    char *const name = trim(text), *const end = strchr(name, ']');
    if (!end || end[1])
        return refuse(r, "a section is [name], with nothing behind it");
    *end = '\0';
    const char *const word = trim(name + 1);
    for (size_t i = 0; i < HT_GATE_SECTIONS; i++)
        if (!strcmp(word, ht_gate_sections[i])) {
            r->section = ht_gate_sections[i];
            return 0;
        }
    const char *const nearest = ht_nearest(word, ht_gate_sections, HT_GATE_SECTIONS);
    return nearest ? refuse(r, "no section [%.40s]: did you mean [%s]?", word, nearest)
                   : refuse(r, "no section [%.40s]: there are [subject], [cells], [run], [limits]", word);
}

/* The key of this name, or the nearest, in this section (NULL: any); NULL: none is near. */
static const struct ht_gate_key *find_key(const char *section, const char *word, bool exactly)
{
    const char *names[HT_GATE_KEYS_MAX];
    size_t n, found = 0;
    const struct ht_gate_key *const keys = ht_gate_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (!section || !strcmp(keys[i].section, section))
            names[found++] = keys[i].name;
    const char *const name = ht_nearest(word, names, found);
    for (size_t i = 0; i < n && name; i++)
        if (keys[i].name == name && (!exactly || !strcmp(name, word)))
            return &keys[i];
    return NULL;
}

static int refuse_key(const struct reader *r, const char *word)
{
    const struct ht_gate_key *const elsewhere = find_key(NULL, word, true);
    const struct ht_gate_key *key = find_key(r->section, word, false);
    if (!r->section)
        return refuse(r, "'%.40s' stands before the first section%s%s%s", word,
                      elsewhere ? "; it belongs under [" : "", elsewhere ? elsewhere->section : "",
                      elsewhere ? "]" : "");
    if (elsewhere)
        return refuse(r, "%s belongs under [%s], not under [%s]", word, elsewhere->section, r->section);
    if (!key)
        key = find_key(NULL, word, false);
    if (!key)
        return refuse(r, "no key '%.40s' in [%s]; heaptrial gate --print-config shows all", word, r->section);
    if (strcmp(key->section, r->section))
        return refuse(r, "no key '%.40s' in [%s]: did you mean %s under [%s]?", word, r->section, key->name,
                      key->section);
    return refuse(r, "no key '%.40s' in [%s]: did you mean %s?", word, r->section, key->name);
}

/* Of library, plugin and cells there is one. */
static int check_subject(const struct reader *r, const struct ht_gate_key *key)
{
    const struct ht_gate_config *const c = r->config;
    const bool is_subject = key->at == offsetof(struct ht_gate_config, library) ||
                            key->at == offsetof(struct ht_gate_config, plugin) ||
                            key->at == offsetof(struct ht_gate_config, cells);
    if (is_subject && !!c->library[0] + !!c->plugin[0] + !!c->cells[0] > 1)
        return refuse(r, "library, plugin and cells: only one of them can be on trial");
    return 0;
}

static int take_key(struct reader *r, const char *word, char *text)
{
    size_t n;
    const struct ht_gate_key *const keys = ht_gate_keys(&n);
    const struct ht_gate_key *const key = r->section ? find_key(r->section, word, true) : NULL;
    if (!key)
        return refuse_key(r, word);
    unsigned *const seen = &r->seen[key - keys];
    if (*seen && key->type != HT_GATE_KEY_FAULT)
        return refuse(r, "%s stands in line %u already", word, *seen);
    const bool is_first = !*seen;
    *seen = r->line;
    if (key->type != HT_GATE_KEY_SHELL)
        cut_comment(text);
    text = trim(text);
    if (!*text || *text == '#')
        return refuse(r, "%s has no value; without the line it has its default", word);
    const int error = take_value(r, key, text, is_first);
    return error ? error : check_subject(r, key);
}

static int take_line(struct reader *r, char *text)
{
    text = trim(text);
    if (!*text || *text == '#')
        return 0;
    if (*text == '[')
        return take_section(r, text);
    char *const equals = strchr(text, '=');
    if (!equals || equals == text)
        return refuse(r, "'%.40s' is none of key = value, [section] and # comment", text);
    *equals = '\0';
    return take_key(r, trim(text), equals + 1);
}

/* A line without its end, as a string. */
static int read_line(struct reader *r, const char *text, size_t bytes)
{
    char line[LINE_BYTES];
    if (bytes && text[bytes - 1] == '\r')
        bytes--;
    if (bytes >= sizeof line)
        return refuse(r, "the line is too long: %zu bytes, and at most %zu", bytes, sizeof line - 1);
    for (size_t i = 0; i < bytes; i++)
        if ((unsigned char)text[i] < 0x20 ? text[i] != '\t' : text[i] == 0x7f)
            return refuse(r, "byte %zu is a control character (0x%02x): is this a text file?", i + 1,
                          (unsigned)(unsigned char)text[i]);
    memcpy(line, text, bytes);
    line[bytes] = '\0';
    return take_line(r, line);
}

int ht_gate_config_parse(struct ht_gate_config *config, const char *name, const char *text, size_t bytes,
                         char why[256])
{
    static const char mark[] = "\xef\xbb\xbf"; /* that some editors put before UTF-8 */
    struct reader r = {.config = config, .name = name, .why = why};
    const locale_t old = uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* static in glibc: not to be freed */
    size_t at = bytes >= 3 && !memcmp(text, mark, 3) ? 3 : 0;
    int error = 0;
    for (size_t length; at < bytes && !error; at += length + 1) {
        const char *const end = memchr(text + at, '\n', bytes - at);
        length = end ? (size_t)(end - text) - at : bytes - at;
        r.line++;
        error = read_line(&r, text + at, length);
    }
    uselocale(old);
    return error;
}

int ht_gate_config_read(struct ht_gate_config *config, const char *path, char why[256])
{
    char *text;
    size_t bytes;
    int error = ht_file_read(path, &text, &bytes);
    *config = ht_gate_config_defaults();
    if (error) {
        snprintf(why, 256, "can't read the config %.150s: %s", path,
                 error == -EINVAL ? "it is no regular file" : strerror(-error));
        return error;
    }
    error = ht_gate_config_parse(config, path, text, bytes, why);
    free(text);
    return error;
}
