#include "bench/strategy.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "allocators/debuggers.h"
#include "allocators/list.h"
#include "base/loadable.h"
#include "base/nearest.h"
#include "results/file.h"

/* One line of allocators/list.h. */
struct entry {
    const char *name;
    enum ht_strategy_kind kind;
    const char *file, *package, *summary;
};

static const struct entry entries[] = {
#define X(name, kind, file, package, summary) {name, HT_STRATEGY_##kind, file, package, summary},
    HT_ALLOCATORS(X) HT_COLLECTORS(X) HT_PLANTED(X)
#undef X
};

#define X(name, kind, file, package, summary) +1
enum { ENTRIES = sizeof entries / sizeof entries[0], PLANTED = HT_PLANTED(X) };
#undef X

/* How a tool finds misuse. */
enum how { PRELOAD, ASAN, MEMCHECK };

/* One line of allocators/debuggers.h. */
static const struct debugger {
    const char *name;
    enum how how;
    const char *file, *package, *environment, *message, *summary;
} debuggers[] = {
#define X(name, how, file, package, environment, message, summary)                                           \
    {name, how, file, package, environment, message, summary},
    HT_DEBUGGERS(X)
#undef X
};

enum { DEBUGGERS = sizeof debuggers / sizeof debuggers[0] };

#define MEMCHECK_COMMAND "valgrind -q --leak-check=full --show-leak-kinds=definite,indirect"
#define MEMCHECK_STRICT                                                                                      \
    "--exit-on-first-error=yes --error-exitcode=99 --errors-for-leak-kinds=definite,indirect"

/* Where Debian and most others keep shared libraries; scudo comes with the compiler. */
static const char *const library_folders[] = {
    "/usr/local/lib/",
    "/usr/lib/x86_64-linux-gnu/",
    "/usr/lib/aarch64-linux-gnu/",
    "/usr/lib64/",
    "/usr/lib/",
    "/usr/lib/llvm-*/lib/clang/*/lib/linux/",
    "/usr/lib/clang/*/lib/linux/",
};

size_t ht_strategy_count(void)
{
    return ENTRIES;
}

const char *ht_strategy_name(size_t index)
{
    return entries[index].name;
}

/* Writes the folder of this program. */
static void own_folder(char *out, size_t bytes)
{
    const ssize_t n = readlink("/proc/self/exe", out, bytes - 1);
    out[n > 0 ? n : 0] = 0;
    char *const slash = strrchr(out, '/');
    if (slash)
        *slash = 0;
}

void ht_built_path(const char *relative, char *out, size_t bytes)
{
    char own[PATH_MAX];
    own_folder(own, sizeof own);
    snprintf(out, bytes, "%s/%s", own, relative);
    if (access(out, F_OK)) /* installed: bin/heaptrial, libexec/heaptrial/cells */
        snprintf(out, bytes, "%s/../libexec/heaptrial/%s", own, relative);
}

void ht_script_path(const char *relative, char *out, size_t bytes)
{
    char own[PATH_MAX];
    own_folder(own, sizeof own);
    snprintf(out, bytes, "%s/../share/heaptrial/scripts/%s", own, relative);
    if (access(out, F_OK))
        snprintf(out, bytes, "%s/../scripts/%s", own, relative);
}

void ht_digest_file(const char *path, char out[24])
{
    char *text;
    size_t bytes;
    out[0] = 0;
    if (!path[0] || ht_file_read(path, &text, &bytes))
        return;
    snprintf(out, 24, "%016llx", (unsigned long long)XXH3_64bits(text, bytes));
    free(text);
}

static int find_library(const char *file, char *out, size_t bytes)
{
    for (size_t i = 0; i < sizeof library_folders / sizeof library_folders[0]; i++) {
        char pattern[PATH_MAX];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s%s", library_folders[i], file);
        if (glob(pattern, 0, NULL, &found))
            continue;
        snprintf(out, bytes, "%s", found.gl_pathv[found.gl_pathc - 1]);
        globfree(&found);
        return 0;
    }
    return -ENOENT;
}

static void find_cell(struct ht_strategy *s, const char *cell)
{
    char relative[96];
    snprintf(relative, sizeof relative, "cells/%s", cell);
    ht_built_path(relative, s->cell, sizeof s->cell);
    if (!access(s->cell, X_OK))
        return;
    if (s->package[0] && (s->kind == HT_STRATEGY_CELL || s->kind == HT_STRATEGY_COLLECTOR))
        snprintf(s->absent, sizeof s->absent,
                 "%s was not there when heaptrial was built: apt-get install %s, make", s->package,
                 s->package);
    else
        snprintf(s->absent, sizeof s->absent, "its cell is not built: make cells");
}

static const struct ht_strategy none = {
    .summary = "", .package = "", .environment = "", .under = "", .strict = "", .message = ".+"};

/* What is preloaded. */
static void find_drop_in(struct ht_strategy *s, const struct entry *e)
{
    s->is_preloaded = true;
    s->package = e->package;
    if (find_library(e->file, s->library, sizeof s->library))
        snprintf(s->absent, sizeof s->absent, "%s is not installed: apt-get install %s", e->file, e->package);
}

struct ht_strategy ht_strategy_at(size_t index)
{
    const struct entry *const e = &entries[index];
    struct ht_strategy s = none;
    s.kind = e->kind;
    s.summary = e->summary;
    s.package = e->package;
    s.is_planted = index >= ENTRIES - PLANTED;
    snprintf(s.name, sizeof s.name, "%s", e->name);
    find_cell(&s, e->kind == HT_STRATEGY_MALLOC || e->kind == HT_STRATEGY_PRELOAD ? "malloc" : e->name);
    if (e->kind == HT_STRATEGY_PRELOAD)
        find_drop_in(&s, e);
    if (!strcmp(e->name, "plugin-allocator"))
        ht_built_path("plugins/skeleton.so", s.library, sizeof s.library);
    if (!strcmp(e->name, "plugin-collector"))
        ht_built_path("plugins/skeleton_collector.so", s.library, sizeof s.library);
    return s;
}

size_t ht_debugger_count(void)
{
    return DEBUGGERS;
}

const char *ht_debugger_name(size_t index)
{
    return debuggers[index].name;
}

static bool is_command(const char *name)
{
    char path[PATH_MAX];
    const char *folder = getenv("PATH");
    for (size_t n; folder && *folder; folder += n + (folder[n] == ':')) {
        n = strcspn(folder, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)n, folder, name);
        if (!access(path, X_OK))
            return true;
    }
    return false;
}

struct ht_strategy ht_debugger_at(size_t index)
{
    const struct debugger *const d = &debuggers[index];
    struct ht_strategy s = none;
    s.kind = *d->file ? HT_STRATEGY_PRELOAD : HT_STRATEGY_MALLOC;
    s.is_preloaded = *d->file;
    s.summary = d->summary;
    s.package = d->package;
    s.environment = d->environment;
    s.message = d->message;
    s.under = d->how == MEMCHECK ? MEMCHECK_COMMAND : "";
    s.strict = d->how == MEMCHECK ? MEMCHECK_STRICT : "";
    s.is_debugger = true;
    s.maps_much = d->how != PRELOAD;
    snprintf(s.name, sizeof s.name, "%s", d->name);
    find_cell(&s, d->how == ASAN ? "malloc-asan" : "malloc");
    if (*d->file && find_library(d->file, s.library, sizeof s.library))
        snprintf(s.absent, sizeof s.absent, "%s is not installed: apt-get install %s", d->file, d->package);
    if (d->how == MEMCHECK && !is_command("valgrind"))
        snprintf(s.absent, sizeof s.absent, "valgrind is not installed: apt-get install %s", d->package);
    return s;
}

/* A copy of `path` that holds from any folder. 0 or a negative errno, with words. */
static int absolute(const char *path, char *out, size_t bytes, char why[256])
{
    char real[PATH_MAX], reason[128];
    const int error = ht_loadable(path, reason);
    if (error) {
        snprintf(why, 256, "%.120s %s", path, reason);
        return error;
    }
    if (!realpath(path, real) || strlen(real) >= bytes) {
        snprintf(why, 256, "the path of %.200s is too long", path);
        return -ENAMETOOLONG;
    }
    snprintf(out, bytes, "%s", real);
    return 0;
}

int ht_strategy_preload(const char *word, struct ht_strategy *strategy, char why[256])
{
    const char *const equals = strchr(word, '=');
    if (!equals || equals == word || (size_t)(equals - word) >= sizeof strategy->name ||
        strcspn(word, ",\" \n:") < (size_t)(equals - word)) {
        snprintf(why, 256, "--preload takes NAME=FILE.so, with a name without commas, colons and blanks");
        return -EINVAL;
    }
    *strategy = none;
    strategy->kind = HT_STRATEGY_PRELOAD;
    strategy->is_preloaded = true;
    strategy->summary = "named by --preload";
    memcpy(strategy->name, word, (size_t)(equals - word));
    find_cell(strategy, "malloc");
    const int error = absolute(equals + 1, strategy->library, sizeof strategy->library, why);
    if (!error && strpbrk(strategy->library, ": ")) {
        snprintf(why, 256, "%.150s: LD_PRELOAD takes no path with blanks or colons; copy it", equals + 1);
        return -EINVAL;
    }
    return error;
}

static const char collector_symbol[] = "heaptrial_collector", allocator_symbol[] = "heaptrial_allocator";

/* By its name in the file, which is not loaded: that is the cell's risk. `bytes` with the NUL behind it. */
static bool exports(const char *file, const char *symbol, size_t bytes)
{
    char *text;
    size_t length;
    if (ht_file_read(file, &text, &length))
        return false;
    const bool found = memmem(text, length, symbol, bytes);
    free(text);
    return found;
}

static int find_plugin(const char *file, struct ht_strategy *strategy, char why[256])
{
    const bool collects = exports(file, collector_symbol, sizeof collector_symbol);
    *strategy = none;
    strategy->kind = collects ? HT_STRATEGY_PLUGIN_COLLECTOR : HT_STRATEGY_PLUGIN;
    strategy->summary = "a plug-in";
    const char *const slash = strrchr(file, '/'), *const base = slash ? slash + 1 : file;
    snprintf(strategy->name, sizeof strategy->name, "plugin:%.*s", (int)strcspn(base, ".,\" "), base);
    find_cell(strategy, collects ? "plugin-collector" : "plugin-allocator");
    return absolute(file, strategy->library, sizeof strategy->library, why);
}

static bool is_plugin(const char *file)
{
    return exports(file, collector_symbol, sizeof collector_symbol) ||
           exports(file, allocator_symbol, sizeof allocator_symbol);
}

int ht_strategy_file(const char *path, const char *name, struct ht_strategy *strategy, char why[256])
{
    char word[640], full[sizeof strategy->library];
    int error = absolute(path, full, sizeof full, why);
    if (error)
        return error;
    snprintf(word, sizeof word, is_plugin(full) ? "plugin:%s" : "%2$s=%1$s", full, name);
    error = ht_strategy_spelled(word, strategy, why);
    snprintf(strategy->name, sizeof strategy->name, "%s", name);
    return error;
}

int ht_strategy_spelled(const char *spelled, struct ht_strategy *strategy, char why[256])
{
    const size_t name = strcspn(spelled, "=:");
    /* manual:malloc=NAME has a colon before. */
    const int error = spelled[name] == '=' ? ht_strategy_preload(spelled, strategy, why)
                                           : ht_strategy_find(spelled, strategy, why);
    if (!error)
        snprintf(strategy->spelled, sizeof strategy->spelled, "%s", spelled);
    return error;
}

/* The words after the colon: they become part of the name. Which there are the cell knows (bench/strategy_try.h). */
static int set_variant(struct ht_strategy *s, const char *word, char why[256])
{
    const char *const variant = strchr(word, ':') + 1;
    const bool is_compiled_in = s->kind == HT_STRATEGY_COLLECTOR || s->kind == HT_STRATEGY_CELL;
    if (!is_compiled_in || !*variant || strpbrk(variant, "\" \n:/") ||
        strlen(word) >= sizeof s->name || strlen(variant) >= sizeof s->variant) {
        snprintf(why, 256, "'%.80s': %s", word,
                 is_compiled_in ? "options stand after a colon, as in marksweep:mark-stack=64+reversal"
                                : "a drop-in has no options after its name");
        return -EINVAL;
    }
    strcpy(s->name, word);
    strcpy(s->variant, variant);
    return 0;
}

/* Writes the names of the drop-in allocators of the list. */
static void list_drop_ins(char *out, size_t bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < ENTRIES && n < bytes; i++)
        if (entries[i].kind == HT_STRATEGY_PRELOAD)
            n += (size_t)snprintf(out + n, bytes - n, "%s%s", n ? ", " : "", entries[i].name);
}

/* manual:malloc=NAME, explicit management by a drop-in allocator of the list. It is preloaded: the cell has no option. */
static int set_malloc(struct ht_strategy *s, const char *word, const char *name, char why[256])
{
    char names[160];
    for (size_t i = 0; i < ENTRIES; i++) {
        if (entries[i].kind != HT_STRATEGY_PRELOAD || strcmp(entries[i].name, name))
            continue;
        strcpy(s->name, word);
        find_drop_in(s, &entries[i]);
        return 0;
    }
    list_drop_ins(names, sizeof names);
    snprintf(why, 256, "manual:malloc= takes one of %s, not '%.60s'", names, name);
    return -EINVAL;
}

static int set_option(struct ht_strategy *s, const char *word, char why[256])
{
    static const char manual[] = "manual:malloc=";
    const size_t length = sizeof manual - 1;
    return strncmp(word, manual, length) ? set_variant(s, word, why)
                                         : set_malloc(s, word, word + length, why);
}

int ht_strategy_find(const char *word, struct ht_strategy *strategy, char why[256])
{
    if (!strncmp(word, "plugin:", 7))
        return find_plugin(word + 7, strategy, why);
    const char *names[ENTRIES + DEBUGGERS];
    const size_t length = strcspn(word, ":");
    for (size_t i = 0; i < ENTRIES; i++) {
        names[i] = entries[i].name;
        if (strlen(names[i]) == length && !strncmp(names[i], word, length)) {
            *strategy = ht_strategy_at(i);
            return word[length] ? set_option(strategy, word, why) : 0;
        }
    }
    for (size_t i = 0; i < DEBUGGERS; i++) {
        names[ENTRIES + i] = debuggers[i].name;
        if (!strcmp(debuggers[i].name, word)) {
            *strategy = ht_debugger_at(i);
            return 0;
        }
    }
    const char *const nearest = ht_nearest(word, names, ENTRIES + DEBUGGERS);
    snprintf(why, 256, "no strategy is called '%s'%s%s%s; heaptrial list strategies shows all", word,
             nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return -ENOENT;
}
