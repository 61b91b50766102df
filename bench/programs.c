#include "bench/programs.h"

#include <string.h>

static const struct {
    const char *name, *summary;
} programs[] = {
    {"sqlite3", "an in-memory database: inserts, an index, joins and aggregates"},
    {"lua", "Lua 5.4: strings, tables of tables, closures, and its own collector above malloc"},
    {"python3",
     "CPython with PYTHONMALLOC=malloc: dicts, strings, lists of objects, JSON; each goes to malloc"},
    {"perl", "hashes of arrays, strings built by appending, splitting and joining, a sort"},
    {"jq", "JSON of some MB: parsed, grouped, sorted, written"},
    {"gcc", "a C file of a few hundred functions, compiled with optimisation"},
    {"git", "the log of a repository with every change: objects unpacked, compared and printed"},
    {"xz", "compresses text: few and large objects, zeroed"},
    {"zstd", "compresses text on two threads of its own: large objects, made and freed by different threads"},
    {"redis", "redis-server: keys of all sizes written, overwritten and deleted, then redis-benchmark"},
    {"gnuplot", "a surface and a scatter of points as SVG"},
};

size_t ht_program_count(void)
{
    return sizeof programs / sizeof programs[0];
}

const char *ht_program_name(size_t index)
{
    return programs[index].name;
}

const char *ht_program_summary(size_t index)
{
    return programs[index].summary;
}

int ht_program_find(const char *name)
{
    for (size_t i = 0; i < ht_program_count(); i++)
        if (!strcmp(programs[i].name, name))
            return (int)i;
    return -1;
}
