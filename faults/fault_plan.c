#include "faults/fault_plan.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

enum { TEXT_BYTES = 128, CLIQUE_MAX = 256, WORD_BYTES = 32 };

struct key {
    const char *name;
    uint64_t value, least, most;
    const char *help;
    size_t offset; /* of its uint64_t in struct ht_fault_plan */
};

static const struct key cycle_keys[] = {
#define X(name, value, least, most, help)                                                                    \
    {#name, value, least, most, help, offsetof(struct ht_fault_plan, cycle.name)},
    HT_CYCLE_KEYS(X)
#undef X
};

enum { CYCLE_KEYS = sizeof cycle_keys / sizeof cycle_keys[0] };

static const char *const shapes[] = {"ring", "clique", "self"};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* What is parsed, and how far. */
struct text {
    const char *start, *at;
    char *why;
};

static int refuse(const struct text *t, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(const struct text *t, const char *at, const char *format, ...)
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
static void take_word(struct text *t, const char *ends, char word[WORD_BYTES])
{
    const size_t length = strcspn(t->at, ends);
    snprintf(word, WORD_BYTES, "%.*s", (int)length, t->at);
    t->at += length;
}

static int refuse_word(const struct text *t, const char *at, const char *what, const char *word,
                       const char *const *names, size_t n)
{
    const char *const nearest = ht_nearest(word, names, n);
    return refuse(t, at, "%s '%s'%s%s%s; heaptrial list faults shows all", what, word,
                  nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* A whole number with an optional k, M or G. */
static bool parse_number(const char *word, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(word, &end, 10);
    const unsigned shift = *end == 'k' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (errno || !isdigit((unsigned char)*word) || (shift ? end[1] : *end) || *value > UINT64_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

static int parse_shape(struct text *t, struct ht_fault_plan *plan)
{
    const char *const at = t->at;
    char word[WORD_BYTES];
    take_word(t, ",", word);
    for (int i = 0; i < SHAPES; i++)
        if (!strcmp(word, shapes[i])) {
            plan->cycle.shape = (enum ht_cycle_shape)i;
            return 0;
        }
    return refuse_word(t, at, "no shape is called", word, shapes, SHAPES);
}

static const struct key *find_key(const char *word)
{
    const char *const name = strcmp(word, "k") ? word : "length";
    for (int i = 0; i < CYCLE_KEYS; i++)
        if (!strcmp(name, cycle_keys[i].name))
            return &cycle_keys[i];
    return NULL;
}

static int refuse_key(const struct text *t, const char *at, const char *word)
{
    const char *names[CYCLE_KEYS + 1] = {"shape"};
    for (int i = 0; i < CYCLE_KEYS; i++)
        names[i + 1] = cycle_keys[i].name;
    return refuse_word(t, at, "cycle has no key", word, names, CYCLE_KEYS + 1);
}

/* One key=value; *seen has a bit for each key that was named, the shape's behind the last. */
static int parse_key(struct text *t, struct ht_fault_plan *plan, uint32_t *seen)
{
    const char *const at = t->at;
    char word[WORD_BYTES];
    take_word(t, "=,", word);
    const struct key *const key = find_key(word);
    const bool is_shape = !strcmp(word, "shape");
    if (!key && !is_shape)
        return refuse_key(t, at, word);
    const uint32_t bit = (uint32_t)1 << (is_shape ? CYCLE_KEYS : key - cycle_keys);
    if (*seen & bit)
        return refuse(t, at, "%s is named twice", is_shape ? "shape" : key->name);
    *seen |= bit;
    if (*t->at != '=')
        return refuse(t, t->at, "'=' and a value are expected");
    const char *const value_at = ++t->at;
    if (is_shape)
        return parse_shape(t, plan);
    uint64_t *const value = (uint64_t *)((char *)plan + key->offset);
    take_word(t, ",", word);
    const bool is_whole = t->at - value_at < WORD_BYTES; /* not cut short */
    if (is_whole && parse_number(word, value) && *value >= key->least && *value <= key->most)
        return 0;
    return refuse(t, value_at, "%s is a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'", key->name,
                  key->least, key->most, word);
}

static bool has_seen(uint32_t seen, const char *name)
{
    return seen >> (find_key(name) - cycle_keys) & 1;
}

/* What the keys say together. */
static int check(const struct text *t, struct ht_cycle_plan *c, uint32_t seen)
{
    if (has_seen(seen, "every") && has_seen(seen, "rate"))
        return refuse(t, t->at, "every and rate exclude each other");
    if (has_seen(seen, "rate") && !c->rate)
        return refuse(t, t->at, "a rate of 0 injects nothing");
    if (c->shape == HT_CYCLE_SELF && has_seen(seen, "length"))
        return refuse(t, t->at, "a self loop is one object, and takes no length");
    if (c->shape == HT_CYCLE_CLIQUE && c->length > CLIQUE_MAX)
        return refuse(t, t->at, "a clique has %d objects at most", CLIQUE_MAX);
    if (c->shape == HT_CYCLE_SELF)
        c->length = 1;
    return 0;
}

int ht_fault_plan_parse(const char *text, struct ht_fault_plan *plan, char why[256])
{
    static const char *const faults[] = {"cycle"};
    struct text t = {text, text, why};
    char word[WORD_BYTES];
    uint32_t seen = 0;
    *plan = (struct ht_fault_plan){.kind = HT_FAULT_CYCLE};
    for (int i = 0; i < CYCLE_KEYS; i++)
        *(uint64_t *)((char *)plan + cycle_keys[i].offset) = cycle_keys[i].value;
    if (strlen(text) >= TEXT_BYTES)
        return refuse(&t, text + TEXT_BYTES - 1, "it is too long");
    take_word(&t, ":", word);
    if (strcmp(word, faults[0]))
        return refuse_word(&t, text, "no fault is called", word, faults, 1);
    while (*t.at) {
        t.at++; /* the colon, or a comma */
        const int error = parse_key(&t, plan, &seen);
        if (error)
            return error;
    }
    return check(&t, &plan->cycle, seen);
}

void ht_fault_plan_help(FILE *out)
{
    fputs("  cycle              cycles of objects that die at a known moment, into any workload for "
          "collectors,\n"
          "                     as --fault cycle:key=value,key=value; the keys and their defaults:\n"
          "    shape      ring   ring, clique (each refers to all) or self (one object, which refers to "
          "itself)\n",
          out);
    for (int i = 0; i < CYCLE_KEYS; i++)
        fprintf(out, "    %-10s %-6" PRIu64 " %s\n", cycle_keys[i].name, cycle_keys[i].value,
                cycle_keys[i].help);
}
