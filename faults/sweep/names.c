#include "faults/sweep/names.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "faults/symbols.h"

enum { LINE = 512 };

/* A frame that was looked up. */
struct known {
    uint64_t frame; /* 0: free */
    uint64_t id;
    bool is_of_libc;
    char *line;
};

struct ht_names {
    pthread_mutex_t lock;
    struct ht_symbols *symbols;
    struct known *known;
    size_t knowns, known_slots;
    struct ht_named **named; /* by hash */
    size_t nameds, named_slots;
};

int ht_names_open(struct ht_names **out)
{
    struct ht_names *const n = calloc(1, sizeof *n);
    *out = n;
    if (!n)
        return -ENOMEM;
    pthread_mutex_init(&n->lock, NULL);
    n->known_slots = 1 << 12;
    n->named_slots = 1 << 12;
    n->known = calloc(n->known_slots, sizeof *n->known);
    n->named = calloc(n->named_slots, sizeof *n->named);
    return n->known && n->named ? ht_symbols_open(&n->symbols) : -ENOMEM;
}

void ht_names_close(struct ht_names *n)
{
    if (!n)
        return;
    for (size_t i = 0; n->known && i < n->known_slots; i++)
        free(n->known[i].line);
    for (size_t i = 0; n->named && i < n->named_slots; i++)
        if (n->named[i]) {
            free(n->named[i]->frames);
            free(n->named[i]);
        }
    free(n->known);
    free(n->named);
    ht_symbols_close(n->symbols);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

/* ---- frames ------------------------------------------------------------------------------------------------------- */

/* What stands between the program and its allocator says little of where it is wrong. */
static bool is_libc(const char *module)
{
    static const char *const names[] = {"libc.so", "libc-", "ld-linux", "libstdc++", "libasan"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(module, names[i], strlen(names[i])))
            return true;
    return false;
}

/* Functions keep their names from build to build, offsets don't. */
static uint64_t id_of(const struct ht_symbol *s)
{
    char text[LINE];
    if (s->function[0])
        snprintf(text, sizeof text, "%s@%s", s->function, s->module);
    else
        snprintf(text, sizeof text, "%s+%" PRIx64, s->module, s->offset);
    return XXH3_64bits(text, strlen(text));
}

static struct known *known_slot(struct known *table, size_t slots, uint64_t frame)
{
    size_t i = ht_mix64(frame) & (slots - 1);
    while (table[i].frame && table[i].frame != frame)
        i = (i + 1) & (slots - 1);
    return &table[i];
}

static bool grow_known(struct ht_names *n)
{
    const size_t slots = 2 * n->known_slots;
    struct known *const more = calloc(slots, sizeof *more);
    if (!more)
        return false;
    for (size_t i = 0; i < n->known_slots; i++)
        if (n->known[i].frame)
            *known_slot(more, slots, n->known[i].frame) = n->known[i];
    free(n->known);
    n->known = more;
    n->known_slots = slots;
    return true;
}

/* The index of a module differs from one control file to the next; that of the first that asks is kept. */
static uint64_t key_of(const struct ht_control *c, uint64_t frame)
{
    const uint64_t module = frame >> HT_FRAME_SHIFT, offset = frame & ((UINT64_C(1) << HT_FRAME_SHIFT) - 1);
    const char *const path = module < c->modules.used ? ht_control_modules(c)[module].path : "";
    return ht_mix64(offset ^ XXH3_64bits(path, strlen(path))) | 1;
}

static const struct known *frame_of(struct ht_names *n, const struct ht_control *c, uint64_t frame)
{
    struct ht_symbol symbol;
    char line[LINE];
    const uint64_t key = key_of(c, frame);
    struct known *k = known_slot(n->known, n->known_slots, key);
    if (k->frame)
        return k;
    if (2 * n->knowns >= n->known_slots) {
        if (!grow_known(n))
            return NULL;
        k = known_slot(n->known, n->known_slots, key);
    }
    ht_symbols_frame(n->symbols, c, frame, &symbol);
    ht_symbol_say(&symbol, line, sizeof line);
    *k = (struct known){key, id_of(&symbol), is_libc(symbol.module), strdup(line)};
    if (!k->line)
        return NULL;
    n->knowns++;
    return k;
}

/* ---- stacks ------------------------------------------------------------------------------------------------------- */

static const struct ht_stack *find_stack(const struct ht_control *c, uint64_t hash)
{
    const struct ht_stack *const stack = ht_control_stacks(c);
    const uint32_t *const index = ht_control_table(c, &c->index);
    for (size_t i = hash & (c->index.most - 1); index[i]; i = (i + 1) & (c->index.most - 1))
        if (stack[index[i] - 1].hash == hash)
            return &stack[index[i] - 1];
    return NULL;
}

static struct ht_named **named_slot(struct ht_named **table, size_t slots, uint64_t hash)
{
    size_t i = hash & (slots - 1);
    while (table[i] && table[i]->hash != hash)
        i = (i + 1) & (slots - 1);
    return &table[i];
}

static bool grow_named(struct ht_names *n)
{
    const size_t slots = 2 * n->named_slots;
    struct ht_named **const more = calloc(slots, sizeof *more);
    if (!more)
        return false;
    for (size_t i = 0; i < n->named_slots; i++)
        if (n->named[i])
            *named_slot(more, slots, n->named[i]->hash) = n->named[i];
    free(n->named);
    n->named = more;
    n->named_slots = slots;
    return true;
}

static int name_frames(struct ht_names *n, const struct ht_control *c, const struct ht_stack *stack,
                       struct ht_named *named)
{
    const uint64_t *const frames = ht_control_frames(c) + stack->first;
    bool is_located = false;
    size_t bytes;
    FILE *const out = open_memstream(&named->frames, &bytes);
    if (!out)
        return -ENOMEM;
    for (uint32_t i = 0; i < stack->depth; i++) {
        const struct known *const k = frame_of(n, c, frames[i]);
        if (!k)
            break;
        named->id = ht_mix64(named->id ^ k->id);
        fprintf(out, "#%" PRIu32 " %s\n", i, k->line);
        if (i == 0 || (!is_located && !k->is_of_libc))
            snprintf(named->location, sizeof named->location, "%s", k->line);
        is_located |= !k->is_of_libc;
    }
    return fclose(out) ? -ENOMEM : 0;
}

static const struct ht_named *add(struct ht_names *n, const struct ht_control *c, uint64_t hash)
{
    const struct ht_stack *const stack = c ? find_stack(c, hash) : NULL;
    if (!stack || (2 * n->nameds >= n->named_slots && !grow_named(n)))
        return NULL;
    struct ht_named *const named = calloc(1, sizeof *named);
    if (!named)
        return NULL;
    named->hash = hash;
    if (name_frames(n, c, stack, named)) {
        free(named);
        return NULL;
    }
    *named_slot(n->named, n->named_slots, hash) = named;
    n->nameds++;
    return named;
}

const struct ht_named *ht_names_find(struct ht_names *n, const struct ht_control *c, uint64_t hash)
{
    pthread_mutex_lock(&n->lock);
    const struct ht_named *found = *named_slot(n->named, n->named_slots, hash);
    if (!found && hash)
        found = add(n, c, hash);
    pthread_mutex_unlock(&n->lock);
    return found;
}
