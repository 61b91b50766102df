/* Whom a plan hits: calls made by one function (site), by one library (only), by all but one (except). What is found out
 * about a library is kept, so that a call costs a few comparisons. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/preload/injector.h"

enum { MODULES = 512, FUNCTIONS = 256 };

struct range {
    uintptr_t start, end;
};

/* A library, or the program: where it lies, and whether the plan hits what is called from there. */
struct module {
    struct range range;
    bool is_hit;
    uint32_t first, functions; /* those of the name `site` in it */
};

static struct module modules[MODULES];
static struct range functions[FUNCTIONS];
static _Atomic uint32_t module_count;
static uint32_t function_count;
static _Atomic bool lock, is_filtered;

/* ---- names --------------------------------------------------------------------------------------------------- */

/* "libxml2" names libxml2.so.2, "xmllint" the program of this name. */
static bool is_named(const char *path, const char *word)
{
    const char *const slash = strrchr(path, '/'), *const base = slash ? slash + 1 : path;
    const size_t n = strlen(word);
    return !strncmp(base, word, n) && (!base[n] || base[n] == '.' || base[n] == '-');
}

/* The compiler may have made foo.part.0 or foo.constprop.0 of foo. */
static bool is_site(const char *name, const char *site)
{
    const size_t n = strlen(site);
    return !strncmp(name, site, n) && (!name[n] || name[n] == '.');
}

/* ---- the functions of a file --------------------------------------------------------------------------------- */

static void add_functions(const char *file, size_t bytes, const Elf64_Shdr *symbols, const Elf64_Shdr *names,
                          uintptr_t base)
{
    if (symbols->sh_offset + symbols->sh_size > bytes || names->sh_offset + names->sh_size > bytes)
        return;
    const Elf64_Sym *const symbol = (const Elf64_Sym *)(file + symbols->sh_offset);
    for (size_t i = 0; i < symbols->sh_size / sizeof *symbol && function_count < FUNCTIONS; i++) {
        if (ELF64_ST_TYPE(symbol[i].st_info) != STT_FUNC || !symbol[i].st_value ||
            symbol[i].st_name >= names->sh_size ||
            !is_site(file + names->sh_offset + symbol[i].st_name, ht_control->trigger.plan.site))
            continue;
        const uintptr_t start = base + symbol[i].st_value;
        functions[function_count++] = (struct range){start, start + symbol[i].st_size};
    }
}

static void read_functions(const char *file, size_t bytes, uintptr_t base)
{
    const Elf64_Ehdr *const elf = (const Elf64_Ehdr *)file;
    if (bytes < sizeof *elf || memcmp(file, ELFMAG, SELFMAG) || elf->e_ident[EI_CLASS] != ELFCLASS64 ||
        elf->e_shoff + elf->e_shnum * sizeof(Elf64_Shdr) > bytes)
        return;
    const Elf64_Shdr *const section = (const Elf64_Shdr *)(file + elf->e_shoff);
    for (unsigned i = 0; i < elf->e_shnum; i++)
        if ((section[i].sh_type == SHT_SYMTAB || section[i].sh_type == SHT_DYNSYM) &&
            section[i].sh_link < elf->e_shnum)
            add_functions(file, bytes, &section[i], &section[section[i].sh_link], base);
}

static void find_functions(const char *path, uintptr_t base)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && !fstat(fd, &about) && about.st_size > 0) {
        const size_t bytes = (size_t)about.st_size;
        void *const map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map != MAP_FAILED) {
            read_functions(map, bytes, base);
            munmap(map, bytes);
        }
    }
    if (fd >= 0)
        close(fd);
}

/* ---- modules ------------------------------------------------------------------------------------------------- */

static void look_over(struct module *m, const struct dl_find_object *found)
{
    const struct ht_fail_plan *const plan = &ht_control->trigger.plan;
    const char *path = found->dlfo_link_map->l_name;
    char own[4096];
    if (!*path) { /* the program itself */
        const ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
        own[n > 0 ? n : 0] = 0;
        path = own;
    }
    *m = (struct module){.range = {(uintptr_t)found->dlfo_map_start, (uintptr_t)found->dlfo_map_end},
                         .first = function_count};
    m->is_hit =
        (!plan->only[0] || is_named(path, plan->only)) && (!plan->except[0] || !is_named(path, plan->except));
    if (plan->site[0] && m->is_hit)
        find_functions(path, found->dlfo_link_map->l_addr);
    m->functions = function_count - m->first;
}

static inline bool holds(const struct range *r, uintptr_t address)
{
    return address - r->start < r->end - r->start;
}

static const struct module *known(uintptr_t address)
{
    static _Thread_local uint32_t last;
    const uint32_t n = atomic_load_explicit(&module_count, memory_order_acquire);
    if (last < n && holds(&modules[last].range, address))
        return &modules[last];
    for (uint32_t i = 0; i < n; i++)
        if (holds(&modules[i].range, address))
            return &modules[last = i];
    return NULL;
}

/* NULL for code that no file holds, and when there are too many. */
static const struct module *find_module(uintptr_t address)
{
    struct dl_find_object found;
    const struct module *m = known(address);
    if (m || _dl_find_object((void *)address, &found))
        return m;
    const int error = errno;
    ht_lock(&lock);
    m = known(address);
    if (!m && module_count < MODULES) {
        look_over(&modules[module_count], &found);
        m = &modules[module_count++];
    }
    ht_unlock(&lock);
    errno = error;
    return m;
}

/* ---- the question -------------------------------------------------------------------------------------------- */

void ht_callers_start(void)
{
    const struct ht_fail_plan *const plan = &ht_control->trigger.plan;
    module_count = function_count = 0;
    is_filtered = plan->site[0] || plan->only[0] || plan->except[0];
}

bool ht_caller_is_hit(const void *return_address)
{
    if (!atomic_load_explicit(&is_filtered, memory_order_relaxed))
        return true;
    /* The call is the instruction before. */
    const uintptr_t address = (uintptr_t)return_address - 1;
    const struct module *const m = find_module(address);
    const struct ht_fail_plan *const plan = &ht_control->trigger.plan;
    if (!m)
        return !plan->only[0] && !plan->site[0];
    if (!m->is_hit || !plan->site[0])
        return m->is_hit;
    for (uint32_t i = 0; i < m->functions; i++)
        if (holds(&functions[m->first + i], address))
            return true;
    return false;
}
