#include "faults/symbols.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/control.h"

struct module {
    char path[HT_MODULE_PATH];
    Dwfl *dwfl;          /* NULL when the file can't be read */
    Dwfl_Module *module; /* NULL then, too */
    GElf_Addr bias;
};

struct ht_symbols {
    struct module module[HT_MODULES_MAX];
    unsigned modules;
};

static char *debug_path; /* libdw's own default */

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debug_path,
};

int ht_symbols_open(struct ht_symbols **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : -ENOMEM;
}

void ht_symbols_close(struct ht_symbols *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->modules; i++)
        dwfl_end(s->module[i].dwfl);
    free(s);
}

static void open_module(struct module *m, const char *path)
{
    snprintf(m->path, sizeof m->path, "%s", path);
    m->dwfl = dwfl_begin(&callbacks);
    if (!m->dwfl)
        return;
    m->module = dwfl_report_elf(m->dwfl, path, path, -1, 0, false);
    dwfl_report_end(m->dwfl, NULL, NULL);
    if (m->module && !dwfl_module_getelf(m->module, &m->bias))
        m->module = NULL;
}

static struct module *module_of(struct ht_symbols *s, const char *path)
{
    for (unsigned i = 0; i < s->modules; i++)
        if (!strcmp(s->module[i].path, path))
            return &s->module[i];
    if (s->modules == HT_MODULES_MAX)
        return NULL;
    open_module(&s->module[s->modules], path);
    return &s->module[s->modules++];
}

/* A stripped module knows some of its functions only; one that merely stands before the address is not it. */
static void find_function(const struct module *m, GElf_Addr address, struct ht_symbol *out)
{
    GElf_Off offset;
    GElf_Sym symbol;
    const char *const name = dwfl_module_addrinfo(m->module, address, &offset, &symbol, NULL, NULL, NULL);
    if (name && offset < symbol.st_size)
        snprintf(out->function, sizeof out->function, "%s", name);
}

static void find_line(const struct module *m, GElf_Addr address, struct ht_symbol *out)
{
    Dwfl_Line *const line = dwfl_module_getsrc(m->module, address);
    const char *const file = line ? dwfl_lineinfo(line, NULL, &out->line, NULL, NULL, NULL) : NULL;
    if (file)
        snprintf(out->file, sizeof out->file, "%s", file);
}

void ht_symbols_find(struct ht_symbols *s, const char *module, uint64_t offset, struct ht_symbol *out)
{
    const char *const slash = strrchr(module, '/');
    *out = (struct ht_symbol){.offset = offset};
    snprintf(out->module, sizeof out->module, "%s", slash ? slash + 1 : *module ? module : "?");
    const struct module *const m = *module ? module_of(s, module) : NULL;
    if (!m || !m->module)
        return;
    find_function(m, m->bias + offset - 1, out); /* the call, not what follows it */
    find_line(m, m->bias + offset - 1, out);
}

void ht_symbol_say(const struct ht_symbol *symbol, char *out, size_t bytes)
{
    if (symbol->function[0] && symbol->file[0])
        snprintf(out, bytes, "%s at %s:%d", symbol->function, symbol->file, symbol->line);
    else if (symbol->function[0])
        snprintf(out, bytes, "%s in %s", symbol->function, symbol->module);
    else
        snprintf(out, bytes, "%s+0x%llx", symbol->module, (unsigned long long)symbol->offset);
}

void ht_symbols_frame(struct ht_symbols *s, const struct ht_control *c, uint64_t frame, struct ht_symbol *out)
{
    const uint64_t module = frame >> HT_FRAME_SHIFT, offset = frame & ((UINT64_C(1) << HT_FRAME_SHIFT) - 1);
    ht_symbols_find(s, module < c->modules.used ? ht_control_modules(c)[module].path : "", offset, out);
}
