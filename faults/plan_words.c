#include "faults/plan_words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "faults/fault_plan.h"

enum { NAMES_MAX = 32 };

/* A word of the text: where it is, and a copy, empty when it is too long to mean anything. */
struct word {
    const char *at;
    size_t length;
    char text[HT_FAULT_WORD];
};

int ht_plan_refuse(const struct ht_plan_text *t, const char *at, const char *format, ...)
{
    char what[160];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(t->why, 256, "fault plan '%.60s', character %zu: %s", t->start, (size_t)(at - t->start) + 1,
             what);
    return -EINVAL;
}

/* The word at t->at, up to one of `ends`. */
static struct word take_word(struct ht_plan_text *t, const char *ends)
{
    struct word w = {.at = t->at, .length = strcspn(t->at, ends)};
    snprintf(w.text, sizeof w.text, "%.*s", (int)w.length, w.at);
    t->at += w.length;
    return w;
}

static int refuse_word(const struct ht_plan_text *t, const struct word *w, const char *what,
                       const char *const *names, size_t n)
{
    const char *const nearest = ht_nearest(w->text, names, n);
    return ht_plan_refuse(t, w->at, "%s '%s'%s%s%s; heaptrial list faults shows all", what, w->text,
                          nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* ---- values -------------------------------------------------------------------------------------------------- */

/* A whole number with an optional k, m or g. */
static bool parse_number(const char *word, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(word, &end, 10);
    const int suffix = tolower((unsigned char)*end);
    const unsigned shift = suffix == 'k' ? 10 : suffix == 'm' ? 20 : suffix == 'g' ? 30 : 0;
    if (errno || !isdigit((unsigned char)*word) || (shift ? end[1] : *end) || *value > UINT64_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

static bool is_within(const struct ht_plan_key *key, uint64_t value)
{
    return value >= key->least && value <= key->most;
}

static int take_number(struct ht_plan_text *t, const struct ht_plan_key *key, const char *ends,
                       uint64_t *value)
{
    const struct word w = take_word(t, ends);
    if (w.length < sizeof w.text && parse_number(w.text, value) && is_within(key, *value))
        return 0;
    return ht_plan_refuse(t, w.at, "%s is a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'",
                          key->name, key->least, key->most, w.text);
}

static int take_range(struct ht_plan_text *t, const struct ht_plan_key *key, uint64_t value[2])
{
    const int error = take_number(t, key, "+,", &value[0]);
    if (error)
        return error;
    if (*t->at != '+')
        return ht_plan_refuse(t, t->at, "%s is written first+count, as 12+3", key->name);
    t->at++;
    return take_number(t, key, ",", &value[1]);
}

/* A decimal fraction; strtod would ask the locale of the program on trial what a point looks like. */
static bool parse_real(const char *word, double *value)
{
    double unit = 1;
    const char *at = word;
    for (*value = 0; isdigit((unsigned char)*at); at++)
        *value = *value * 10 + (*at - '0');
    if (*at == '.')
        for (at++; isdigit((unsigned char)*at); at++)
            *value += (*at - '0') * (unit /= 10);
    return at != word && !*at && *value > 0 && *value <= 1;
}

static int take_real(struct ht_plan_text *t, const struct ht_plan_key *key, double *value)
{
    const struct word w = take_word(t, ",");
    if (w.length < sizeof w.text && parse_real(w.text, value))
        return 0;
    return ht_plan_refuse(t, w.at, "%s is a number above 0 and at most 1, not '%s'", key->name, w.text);
}

static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

/* The index of the word at t->at among key->words. */
static int take_choice(struct ht_plan_text *t, const struct ht_plan_key *key, const char *ends,
                       uint64_t *index)
{
    const struct word w = take_word(t, ends);
    const size_t n = count_words(key->words);
    char what[48];
    for (*index = 0; *index < n; ++*index)
        if (!strcmp(w.text, key->words[*index]))
            return 0;
    snprintf(what, sizeof what, "no %s is called", key->name);
    return refuse_word(t, &w, what, key->words, n);
}

static int take_choices(struct ht_plan_text *t, const struct ht_plan_key *key, uint64_t *bits)
{
    for (*bits = 0;; t->at++) {
        uint64_t index;
        const int error = take_choice(t, key, "+,", &index);
        if (error)
            return error;
        *bits |= (uint64_t)1 << index;
        if (*t->at != '+')
            return 0;
    }
}

static int take_text(struct ht_plan_text *t, const struct ht_plan_key *key, char text[HT_FAULT_WORD])
{
    const struct word w = take_word(t, ",");
    if (!w.length || w.length >= sizeof w.text || strpbrk(w.text, " \"'\t\n"))
        return ht_plan_refuse(t, w.at, "%s is a name of 1 to %d characters without blanks and quotes",
                              key->name, HT_FAULT_WORD - 1);
    memcpy(text, w.text, w.length + 1);
    return 0;
}

static int take_value(struct ht_plan_text *t, const struct ht_plan_key *key, void *value)
{
    switch (key->type) {
    case HT_KEY_NUMBER:
    case HT_KEY_AT_LEAST:
        return take_number(t, key, ",", value);
    case HT_KEY_NTH:
        ((uint64_t *)value)[1] = 1;
        return take_number(t, key, ",", value);
    case HT_KEY_FROM:
        ((uint64_t *)value)[1] = UINT64_MAX;
        return take_number(t, key, ",", value);
    case HT_KEY_RANGE:
        return take_range(t, key, value);
    case HT_KEY_REAL:
        return take_real(t, key, value);
    case HT_KEY_WORD:
        return take_choice(t, key, ",", value);
    case HT_KEY_WORDS:
        return take_choices(t, key, value);
    case HT_KEY_TEXT:
        return take_text(t, key, value);
    }
    return -EINVAL;
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

static const struct ht_plan_key *find_key(const struct ht_plan_fault *fault, const char *word)
{
    for (size_t i = 0; i < fault->keys; i++) {
        const struct ht_plan_key *const key = &fault->key[i];
        if (!strcmp(word, key->name) || (key->alias && !strcmp(word, key->alias)))
            return key;
    }
    return NULL;
}

static int refuse_key(const struct ht_plan_text *t, const struct ht_plan_fault *fault, const struct word *w)
{
    const char *names[NAMES_MAX];
    char what[48];
    for (size_t i = 0; i < fault->keys; i++)
        names[i] = fault->key[i].name;
    snprintf(what, sizeof what, "%s has no key", fault->name);
    return refuse_word(t, w, what, names, fault->keys);
}

/* A key may be named once, and one only of those that exclude each other. */
static int check_seen(const struct ht_plan_text *t, const struct ht_plan_fault *fault,
                      const struct ht_plan_key *key, const char *at, uint64_t seen)
{
    for (size_t i = 0; i < fault->keys; i++) {
        const struct ht_plan_key *const other = &fault->key[i];
        if (!(seen >> i & 1))
            continue;
        if (other == key)
            return ht_plan_refuse(t, at, "%s is named twice", key->name);
        if (key->excludes && other->excludes == key->excludes)
            return ht_plan_refuse(t, at, "%s and %s exclude each other", other->name, key->name);
    }
    return 0;
}

static int take_operator(struct ht_plan_text *t, const struct ht_plan_key *key)
{
    const char *const sign = key->type == HT_KEY_AT_LEAST ? ">=" : "=";
    if (strncmp(t->at, sign, strlen(sign)))
        return ht_plan_refuse(t, t->at, "'%s' and a value are expected", sign);
    t->at += strlen(sign);
    return 0;
}

static int take_key(struct ht_plan_text *t, const struct ht_plan_fault *fault, void *plan, uint64_t *seen)
{
    const struct word w = take_word(t, "=>,");
    const struct ht_plan_key *const key = find_key(fault, w.text);
    if (!key)
        return refuse_key(t, fault, &w);
    int error = check_seen(t, fault, key, w.at, *seen);
    if (!error)
        error = take_operator(t, key);
    *seen |= (uint64_t)1 << (key - fault->key);
    return error ? error : take_value(t, key, (char *)plan + key->offset);
}

int ht_plan_take_name(struct ht_plan_text *t, const struct ht_plan_fault *faults, size_t n)
{
    const struct word w = take_word(t, ":");
    const char *names[NAMES_MAX];
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(w.text, faults[i].name))
            return (int)i;
        names[i] = faults[i].name;
    }
    return refuse_word(t, &w, "no fault is called", names, n);
}

int ht_plan_take_keys(struct ht_plan_text *t, const struct ht_plan_fault *fault, void *plan, uint64_t *seen)
{
    *seen = 0;
    if (!*t->at && (fault->bare || fault->required))
        return ht_plan_refuse(t, t->at, "%s", fault->bare ? fault->bare->help : fault->required);
    if (*t->at && fault->bare) {
        t->at++;
        const int error = take_choices(t, fault->bare, (uint64_t *)((char *)plan + fault->bare->offset));
        if (error)
            return error;
    }
    while (*t->at) {
        t->at++; /* the colon, or a comma */
        const int error = take_key(t, fault, plan, seen);
        if (error)
            return error;
    }
    return 0;
}

int ht_plan_has(const struct ht_plan_fault *fault, uint64_t seen, const char *name)
{
    return seen >> (find_key(fault, name) - fault->key) & 1;
}

/* ---- help ---------------------------------------------------------------------------------------------------- */

static void print_default(const struct ht_plan_key *key, const void *plan, FILE *out)
{
    const void *const value = (const char *)plan + key->offset;
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, key->type == HT_KEY_TEXT ? 0 : *(const uint64_t *)value);
    fprintf(out, "    %-10s %-8s %s\n", key->name, key->shown ? key->shown : number, key->help);
}

void ht_plan_help(const struct ht_plan_fault *fault, const void *plan, FILE *out)
{
    fprintf(out, "  %-18s %s\n", fault->name, fault->help);
    for (size_t i = 0; i < fault->keys; i++)
        print_default(&fault->key[i], plan, out);
}
