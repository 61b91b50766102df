#include "allocators/malloc_version.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RTLD_DEFAULT would also find a library that is loaded but not in use; ask the one that malloc comes from.
 */
static void *ask(const char *symbol)
{
    void *const library = dlopen(ht_malloc_library(), RTLD_LAZY | RTLD_NOLOAD);
    void *const address = library ? dlsym(library, symbol) : NULL;
    if (library)
        dlclose(library); /* it stays, as it was here before */
    return address;
}

/* The address that calls go to, since a lookup by name misses symbols of an old version, as those of glibc's debug library
 * are. In a program that is linked at a fixed address it may be the program's own stub: then by name. */
const char *ht_malloc_library(void)
{
    Dl_info info, own;
    void *address = (void *)malloc;
    if (dladdr(address, &info) && dladdr((void *)ht_malloc_library, &own) && info.dli_fbase == own.dli_fbase)
        address = dlsym(RTLD_DEFAULT, "malloc");
    return address && dladdr(address, &info) && info.dli_fname ? info.dli_fname : "";
}

void ht_malloc_version(char *out, size_t bytes)
{
    const char *const library = ht_malloc_library(), *slash = strrchr(library, '/');
    union {
        void *address;
        int (*mallctl)(const char *, void *, size_t *, void *, size_t);
        int (*mi_version)(void);
        const char *(*tc_version)(int *, int *, const char **);
    } f;

    if (strstr(library, "libc.so")) {
        snprintf(out, bytes, "glibc %s", gnu_get_libc_version());
    } else if ((f.address = ask("mallctl"))) {
        const char *version = "";
        size_t size = sizeof version;
        f.mallctl("version", &version, &size, NULL, 0);
        snprintf(out, bytes, "jemalloc %s", version);
    } else if ((f.address = ask("mi_version"))) {
        const int v = f.mi_version();
        snprintf(out, bytes, "mimalloc %d.%d.%d", v / 100, v / 10 % 10, v % 10);
    } else if ((f.address = ask("tc_version"))) {
        snprintf(out, bytes, "gperftools %s", f.tc_version(NULL, NULL, NULL));
    } else {
        char path[4096];
        const char *real = dlsym(RTLD_DEFAULT, "malloc") ? realpath(library, path) : NULL;
        real = real ? strrchr(real, '/') : slash;
        snprintf(out, bytes, "%s", real ? real + 1 : library);
    }
}
