#include "allocators/plugin_allocator.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/plugin_file.h"

#define SAME_BIT(name) _Static_assert((int)HT_PLUGIN_##name == (int)HT_CAP_##name, #name)
SAME_BIT(FREE);
SAME_BIT(THREADS);
SAME_BIT(ALIGN);
SAME_BIT(DISTINCT);
SAME_BIT(REGION);
SAME_BIT(USABLE);
SAME_BIT(CHECK);
SAME_BIT(RESIZE);
SAME_BIT(FORK);

static void no_free(void *state, void *p, size_t bytes)
{
    (void)state, (void)p, (void)bytes;
}

static size_t usable_as_asked(void *state, void *p, size_t bytes)
{
    (void)state, (void)p;
    return bytes;
}

static void no_mark(void *state, uintptr_t mark[2])
{
    (void)state;
    mark[0] = mark[1] = 0;
}

static void no_release(void *state, const uintptr_t mark[2])
{
    (void)state, (void)mark;
}

static int no_check(void *state, char why[128])
{
    (void)state, (void)why;
    return 0;
}

static void no_thread(void *state)
{
    (void)state;
}

static void fill_gaps(struct ht_plugin_allocator *table)
{
    if (!table->free)
        table->free = no_free;
    if (!table->usable)
        table->usable = usable_as_asked;
    if (!table->mark || !table->release) {
        table->mark = no_mark;
        table->release = no_release;
    }
    if (!table->check)
        table->check = no_check;
    if (!table->thread_start)
        table->thread_start = no_thread;
    if (!table->thread_stop)
        table->thread_stop = no_thread;
    if (!table->max_bytes)
        table->max_bytes = SIZE_MAX;
}

/* Closes what is open so far, and returns `error`, with the words in heap->error. */
__attribute__((format(printf, 4, 5))) static int refuse(struct ht_heap *heap, int error, const char *file,
                                                        const char *format, ...)
{
    char words[256];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (heap->library)
        dlclose(heap->library);
    *heap = (struct ht_heap){0};
    snprintf(heap->error, sizeof heap->error, "%s %s", file, words);
    return error;
}

/* The name of a required function that `table` lacks, and the capability that requires it; NULL: none. */
static const char *missing_function(const struct ht_plugin_allocator *table, const char **because)
{
    const struct {
        int present;
        uint32_t cap;
        const char *function, *because;
    } required[] = {
        {!!table->alloc, 0, "alloc", ""},
        {!!table->free, HT_PLUGIN_FREE, "free", " with HT_PLUGIN_FREE"},
        {!!table->mark, HT_PLUGIN_REGION, "mark", " with HT_PLUGIN_REGION"},
        {!!table->release, HT_PLUGIN_REGION, "release", " with HT_PLUGIN_REGION"},
        {!!table->usable, HT_PLUGIN_USABLE, "usable", " with HT_PLUGIN_USABLE"},
        {!!table->check, HT_PLUGIN_CHECK, "check", " with HT_PLUGIN_CHECK"},
    };
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!required[i].present && (table->caps & required[i].cap) == required[i].cap) {
            *because = required[i].because;
            return required[i].function;
        }
    return NULL;
}

/* Copies the table of `file`, once it is what this interface asks for. */
static int take_table(struct ht_heap *heap, const char *file)
{
    static const struct ht_plugin_interface interface = {"heaptrial_allocator", "<heaptrial/plugin.h>",
                                                         HT_PLUGIN_ABI};
    char why[256];
    const void *found;
    const int error = ht_plugin_file_open(file, &interface, &heap->library, &found, why);
    if (error)
        return refuse(heap, error, file, "%s", why);
    const struct ht_plugin_allocator *const table = found;
    if (!table->name || !*table->name)
        return refuse(heap, -EINVAL, file, "has no name, which is required");
    const char *because, *const function = missing_function(table, &because);
    if (function)
        return refuse(heap, -EINVAL, file, "has no %s function, which is required%s", function, because);
    heap->table = *table;
    fill_gaps(&heap->table);
    snprintf(heap->version, sizeof heap->version, "%s%s%s", table->name, table->version ? " " : "",
             table->version ? table->version : "");
    return 0;
}

int ht_plugin_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    if (!options->plugin || !*options->plugin)
        return refuse(heap, -EINVAL, "plugin-allocator", "needs the .so of an allocator: plugin:FILE.so");
    int error = take_table(heap, options->plugin);
    if (!error && heap->table.open) {
        error = heap->table.open(options->threads, &heap->state);
        if (error)
            error = refuse(heap, error < 0 ? error : -EIO, options->plugin, "could not open its heap: %s",
                           strerror(error < 0 ? -error : EIO));
    }
    return error;
}

void ht_plugin_close(struct ht_heap *heap)
{
    if (heap->table.close)
        heap->table.close(heap->state);
    dlclose(heap->library);
    *heap = (struct ht_heap){0};
}
