/* Whether a file is a shared library that this process could load: the loader's own words for one of another
 * architecture ("cannot open shared object file") would mislead. */
#ifndef HT_BASE_LOADABLE_H
#define HT_BASE_LOADABLE_H

/* 0; or a negative errno and the reason in one line without the path ("is built for aarch64, not x86-64"):
 * what open() said, -ENOEXEC when it is no shared library, one for another machine, or one cut short. */
int ht_loadable(const char *path, char why[128]);

#endif
