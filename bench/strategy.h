/* The strategies as the parent sees them: which cell to start, and what to preload into it. */
#ifndef HT_BENCH_STRATEGY_H
#define HT_BENCH_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>

enum ht_strategy_kind {
    HT_STRATEGY_CELL,
    HT_STRATEGY_MALLOC,
    HT_STRATEGY_PRELOAD,
    HT_STRATEGY_COLLECTOR,
    HT_STRATEGY_PLUGIN,
    HT_STRATEGY_PLUGIN_COLLECTOR
};

struct ht_strategy {
    char name[64];
    char spelled[640]; /* what finds it again, where its name does not: NAME, NAME=FILE.so, plugin:FILE.so; else "" */
    enum ht_strategy_kind kind;
    const char *summary, *package; /* constant strings */
    /* Of a tool that finds misuse (allocators/debuggers.h); "" otherwise. */
    const char *environment; /* NAME=VALUE, separated by blanks */
    const char *under;       /* the words of the command that the program runs under */
    const char *strict;      /* its further words that end the program at the first error, so that it is known when */
    const char *message;     /* what a diagnosis is like: an extended regular expression */
    bool is_debugger;
    bool is_planted; /* faults for the gate to find: nobody's choice, so only its own name means it */
    bool maps_much; /* a shadow of all addresses, which is mapped and not used: no limit on what is mapped */
    bool is_named;                 /* by itself, and not by a word for many */
    char variant[64];              /* the strategy's own options: what stands after the colon in its name */
    char cell[512];                /* the program to start */
    char library[512]; /* PRELOAD, and manual's malloc: the library; a plug-in: the .so; "" otherwise */
    bool is_preloaded; /* the library is, by LD_PRELOAD */
    char absent[256];  /* why it can't be run here; "" when it can */
    char version[256]; /* as it says itself, once it has been asked; "" before */
    char digest[24];   /* of the library's bytes when the run began; "" without a library */
};

static inline bool ht_strategy_is_collector(const struct ht_strategy *s)
{
    return s->kind == HT_STRATEGY_COLLECTOR || s->kind == HT_STRATEGY_PLUGIN_COLLECTOR;
}

/* The number of strategies in allocators/list.h, allocators first, and the name of each. */
size_t ht_strategy_count(void);
const char *ht_strategy_name(size_t index);

/* Strategy `index`, looked up on this machine. */
struct ht_strategy ht_strategy_at(size_t index);

/* The tools that find misuse (allocators/debuggers.h), in the same way. */
size_t ht_debugger_count(void);
const char *ht_debugger_name(size_t index);
struct ht_strategy ht_debugger_at(size_t index);

/* The strategy that the user calls `word`: a name of a list, one of ours with options (rc:deferred), manual with a drop-in allocator of the list (manual:malloc=mimalloc), or plugin:FILE.so, which is a collector if it
 * exports heaptrial_collector. 0, or -ENOENT or -EINVAL
 * with one line in `why` that says what to do. */
int ht_strategy_find(const char *word, struct ht_strategy *strategy, char why[256]);

/* The strategy "NAME=FILE.so": any drop-in allocator. Refuses a file that is no shared library for this
 * machine. 0 or a negative errno with one line in `why`. */
int ht_strategy_preload(const char *word, struct ht_strategy *strategy, char why[256]);

/* The strategy that a shared library is: a plug-in, if it exports the symbol of one, or else a drop-in allocator, called
 * `name`. As the two above; strategy->spelled is set. */
int ht_strategy_file(const char *path, const char *name, struct ht_strategy *strategy, char why[256]);

/* The strategy that has `spelled`. */
int ht_strategy_spelled(const char *spelled, struct ht_strategy *strategy, char why[256]);

/* Writes the digest (XXH3) of a file; "" when it can't be read. */
void ht_digest_file(const char *path, char out[24]);

/* Writes the path of a file that was built with this program: a cell, a plug-in, a preload. */
void ht_built_path(const char *relative, char *out, size_t bytes);

/* Writes the path of a file of scripts/. */
void ht_script_path(const char *relative, char *out, size_t bytes);

#endif
