#include "bench/programs.h"

#include <string.h>

static const struct {
    const char *name, *summary;
} programs[] = {
    {"sqlite3", "an in-memory database: inserts, an index, joins and aggregates"},
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
