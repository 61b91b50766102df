/* A plug-in of the user's: a shared library that exports one table, whose first member is the number of the
 * interface that it was built for. */
#ifndef HT_BASE_PLUGIN_FILE_H
#define HT_BASE_PLUGIN_FILE_H

#include <stdint.h>

/* What is looked for in a file. */
struct ht_plugin_interface {
    const char *symbol; /* the table's */
    const char *header; /* as "<heaptrial/plugin.h>", for who has to rebuild */
    uint32_t abi;
};

/* Loads `file`; a name without a folder is one in this folder, not in the loader's search path. 0 with the library,
 * which the caller gives to dlclose, and its table; or a negative errno with the reason in words, without the name
 * of the file, and nothing held. */
int ht_plugin_file_open(const char *file, const struct ht_plugin_interface *interface, void **library,
                        const void **table, char why[256]);

#endif
