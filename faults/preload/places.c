#include "faults/preload/places.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

enum { FULL = HT_PLACES / 4 * 3 };

struct ht_place ht_places[HT_PLACES];
static unsigned used;
static _Atomic bool lock;

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 0;
    while (*text)
        hash = ht_mix64(hash ^ (unsigned char)*text++);
    return hash;
}

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The path of a module: of the program itself the loader doesn't say it. Under the lock, as all that asks. */
static const char *path_of(const struct dl_find_object *found)
{
    static char program[HT_MODULE_PATH];
    const char *const name = found->dlfo_link_map->l_name;
    if (name && *name)
        return name;
    if (!*program && readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return "?";
    return program;
}

/* The index of a module in the table that the parent sees; HT_MODULES_MAX when it is full. */
static uint64_t module_index(const char *path, const struct dl_find_object *found)
{
    struct ht_control *const c = ht_control;
    struct ht_module *const module = ht_control_modules(c);
    uint32_t i = 0;
    while (i < c->modules.used && strncmp(module[i].path, path, HT_MODULE_PATH - 1))
        i++;
    if (i == c->modules.most)
        return HT_MODULES_MAX;
    memcpy(module[i].path, path, strnlen(path, HT_MODULE_PATH - 1)); /* the file is zeroed */
    module[i].base = found->dlfo_link_map->l_addr;
    module[i].end = (uintptr_t)found->dlfo_map_end;
    if (i == c->modules.used)
        c->modules.used++;
    return i;
}

static bool is_own(const struct dl_find_object *found)
{
    return (uintptr_t)ht_places - (uintptr_t)found->dlfo_map_start <
           (uintptr_t)found->dlfo_map_end - (uintptr_t)found->dlfo_map_start;
}

/* The library itself ends a stack: what calls its start of a thread or of main is not the program. */
static void look_up(uintptr_t pc, struct ht_place *p)
{
    struct dl_find_object found;
    p->hash = 0; /* code that no file holds has no name that lasts */
    p->step = (struct ht_cfi_step){.cfa_rule = HT_CFA_END};
    if (_dl_find_object((void *)(pc - 1), &found))
        return;
    if (is_own(&found)) {
        p->step.cfa_rule = HT_CFA_OWN;
        return;
    }
    const uint64_t offset = pc - found.dlfo_link_map->l_addr;
    p->hash = ht_mix64(hash_text(base_name(path_of(&found))) ^ offset);
    p->step = ht_cfi_find(found.dlfo_eh_frame, pc - 1); /* the call, not what follows it */
}

const struct ht_place *ht_place_add(uintptr_t pc, struct ht_place *own)
{
    struct ht_place *p = own;
    ht_lock(&lock);
    size_t i = ht_place_slot(pc);
    while (ht_places[i].pc && ht_places[i].pc != pc)
        i = (i + 1) % HT_PLACES;
    if (ht_places[i].pc || used < FULL)
        p = &ht_places[i];
    if (p->pc != pc)
        look_up(pc, p);
    used += p != own && p->pc != pc;
    atomic_store_explicit(&p->pc, pc, memory_order_release);
    ht_unlock(&lock);
    return p;
}

uint64_t ht_place_frame(uintptr_t pc)
{
    struct dl_find_object found;
    if (_dl_find_object((void *)(pc - 1), &found))
        return (uint64_t)HT_MODULES_MAX << HT_FRAME_SHIFT | (pc & (((uint64_t)1 << HT_FRAME_SHIFT) - 1));
    ht_lock(&lock);
    const uint64_t module = module_index(path_of(&found), &found);
    ht_unlock(&lock);
    return module << HT_FRAME_SHIFT | (pc - found.dlfo_link_map->l_addr);
}

/* Where a module is loaded in this process; false when it isn't. */
static bool base_of(const char *path, uintptr_t *base)
{
    char program[HT_MODULE_PATH] = "";
    for (const struct link_map *m = _r_debug.r_map; m; m = m->l_next) {
        const char *name = m->l_name;
        if (m == _r_debug.r_map && readlink("/proc/self/exe", program, sizeof program - 1) > 0)
            name = program;
        *base = m->l_addr;
        if (!strncmp(name, path, HT_MODULE_PATH - 1))
            return true;
    }
    return false;
}

void ht_places_warm(void)
{
    static uintptr_t bases[HT_MODULES_MAX];
    static bool is_loaded[HT_MODULES_MAX];
    struct ht_control *const c = ht_control;
    struct ht_place own;
    for (uint32_t i = 0; i < c->modules.used; i++)
        is_loaded[i] = base_of(ht_control_modules(c)[i].path, &bases[i]);
    for (uint32_t i = 0; i < c->frames.used; i++) {
        const uint64_t frame = ht_control_frames(c)[i], module = frame >> HT_FRAME_SHIFT;
        if (module < c->modules.used && is_loaded[module])
            ht_place_of(bases[module] + (frame & (((uint64_t)1 << HT_FRAME_SHIFT) - 1)), &own);
    }
}
