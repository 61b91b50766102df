#include "base/plugin_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/loadable.h"

/* Nothing after the version can be read before it is known. */
static int check_version(uint32_t abi, const struct ht_plugin_interface *interface, char why[256])
{
    if (abi == interface->abi)
        return 0;
    snprintf(why, 256, "is built for plug-in interface %u, this is %u: ", abi, interface->abi);
    const size_t length = strlen(why);
    if (abi < interface->abi)
        snprintf(why + length, 256 - length, "rebuild it against %s", interface->header);
    else
        snprintf(why + length, 256 - length, "it needs a newer heaptrial");
    return -EINVAL;
}

static int find_table(void *library, const struct ht_plugin_interface *interface, const void **table,
                      char why[256])
{
    *table = dlsym(library, interface->symbol);
    if (*table)
        return check_version(*(const uint32_t *)*table, interface, why);
    snprintf(why, 256, "is no plug-in: it exports no symbol %s", interface->symbol);
    return -EINVAL;
}

int ht_plugin_file_open(const char *file, const struct ht_plugin_interface *interface, void **library,
                        const void **table, char why[256])
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s%s", strchr(file, '/') ? "" : "./", file) >= (int)sizeof path) {
        snprintf(why, 256, "has a path that is too long");
        return -ENAMETOOLONG;
    }
    int error = ht_loadable(path, why);
    if (error)
        return error;
    void *const loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!loaded) {
        const char *words = dlerror(), *const after_path = strstr(words, ": ");
        snprintf(why, 256, "can't be loaded: %s", after_path ? after_path + 2 : words);
        return -ENOEXEC;
    }
    error = find_table(loaded, interface, table, why);
    if (error)
        dlclose(loaded);
    else
        *library = loaded;
    return error;
}
