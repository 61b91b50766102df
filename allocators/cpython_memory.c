/* cpython: the memory beneath the interpreter, as it is, but counted, and refused where a limit or a fault says so.
 *
 * pymalloc stays where it is. What it takes are arenas, and blocks of the RAW domain: those above 512 bytes, and
 * all when it gets no arena. These two are counted, and so every byte is counted once. The MEM and OBJ domains
 * have a hook to fail. */
#include <malloc.h>

#include "allocators/cpython_parts.h"

enum { DOMAINS = 3, MALLOC_HEADER = 8, ARENA_BYTES = 1 << 20 };

bool (*gc_cpython_fail[DOMAINS])(size_t bytes);

static PyMemAllocatorEx original[DOMAINS];
static PyObjectArenaAllocator original_arena;

/* Asks for `bytes` of the RAW domain. Only an object of ours can be refused. */
static bool take(size_t bytes)
{
    struct gc_budget *const budget = &gc_cpython_heap->budget;
    if (gc_cpython_heap->is_limited)
        return gc_budget_take(budget, GC_SITE_HEAP, bytes);
    const uint64_t now = atomic_fetch_add(&budget->held, bytes) + bytes;
    if (now > atomic_load(&budget->peak))
        atomic_store(&budget->peak, now);
    return true;
}

static size_t size_of(void *block)
{
    return block ? malloc_usable_size(block) + MALLOC_HEADER : 0;
}

static bool is_refused(const PyMemAllocatorEx *domain, size_t bytes)
{
    bool (*const fails)(size_t bytes) = gc_cpython_fail[domain - original];
    return fails && gc_cpython_heap->main && fails(bytes);
}

/* ---- RAW: malloc, for what is large, and for the interpreter itself ------------------------------------------- */

/* What malloc makes of `bytes`, about; counted to the byte once it is there. */
static void *raw_keep(void *block, size_t asked)
{
    const size_t has = size_of(block);
    if (has > asked)
        atomic_fetch_add(&gc_cpython_heap->budget.held, has - asked);
    else
        gc_budget_give(&gc_cpython_heap->budget, asked - has);
    return block;
}

static void *raw_malloc(void *context, size_t bytes)
{
    const PyMemAllocatorEx *const domain = context;
    if (is_refused(domain, bytes) || !take(bytes))
        return NULL;
    return raw_keep(domain->malloc(domain->ctx, bytes), bytes);
}

static void *raw_calloc(void *context, size_t count, size_t bytes)
{
    const PyMemAllocatorEx *const domain = context;
    if (is_refused(domain, count * bytes) || !take(count * bytes))
        return NULL;
    return raw_keep(domain->calloc(domain->ctx, count, bytes), count * bytes);
}

static void *raw_realloc(void *context, void *block, size_t bytes)
{
    const PyMemAllocatorEx *const domain = context;
    const size_t old = size_of(block);
    if (is_refused(domain, bytes) || !take(bytes))
        return NULL;
    void *const now = domain->realloc(domain->ctx, block, bytes);
    gc_budget_give(&gc_cpython_heap->budget, now ? old : bytes);
    return now ? raw_keep(now, bytes) : NULL;
}

static void raw_free(void *context, void *block)
{
    const PyMemAllocatorEx *const domain = context;
    gc_budget_give(&gc_cpython_heap->budget, size_of(block));
    domain->free(domain->ctx, block);
}

/* ---- MEM, OBJ: pymalloc ---------------------------------------------------------------------------------------- */

static void *pymalloc_malloc(void *context, size_t bytes)
{
    const PyMemAllocatorEx *const domain = context;
    void *const block = is_refused(domain, bytes) ? NULL : domain->malloc(domain->ctx, bytes);
    gc_cpython_heap->is_limited = false;
    return block;
}

static void *pymalloc_calloc(void *context, size_t count, size_t bytes)
{
    const PyMemAllocatorEx *const domain = context;
    return is_refused(domain, count * bytes) ? NULL : domain->calloc(domain->ctx, count, bytes);
}

static void *pymalloc_realloc(void *context, void *block, size_t bytes)
{
    const PyMemAllocatorEx *const domain = context;
    return is_refused(domain, bytes) ? NULL : domain->realloc(domain->ctx, block, bytes);
}

static void pymalloc_free(void *context, void *block)
{
    const PyMemAllocatorEx *const domain = context;
    domain->free(domain->ctx, block);
}

/* ---- arenas ---------------------------------------------------------------------------------------------------- */

static void *arena_alloc(void *context, size_t bytes)
{
    (void)context;
    /* The interpreter's own stack comes from here, too. */
    if (bytes < ARENA_BYTES ? !take(bytes) : !gc_budget_take(&gc_cpython_heap->budget, GC_SITE_HEAP, bytes))
        return NULL;
    void *const arena = original_arena.alloc(original_arena.ctx, bytes);
    if (!arena)
        gc_budget_give(&gc_cpython_heap->budget, bytes);
    return arena;
}

static void arena_free(void *context, void *arena, size_t bytes)
{
    (void)context;
    gc_budget_give(&gc_cpython_heap->budget, bytes);
    original_arena.free(original_arena.ctx, arena, bytes);
}

void gc_cpython_hook_memory(void)
{
    for (int i = 0; i < DOMAINS; i++) {
        PyMem_GetAllocator((PyMemAllocatorDomain)i, &original[i]);
        PyMemAllocatorEx hook = {&original[i], pymalloc_malloc, pymalloc_calloc, pymalloc_realloc,
                                 pymalloc_free};
        if (i == PYMEM_DOMAIN_RAW)
            hook = (PyMemAllocatorEx){&original[i], raw_malloc, raw_calloc, raw_realloc, raw_free};
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &hook);
    }
    PyObject_GetArenaAllocator(&original_arena);
    PyObject_SetArenaAllocator(&(PyObjectArenaAllocator){NULL, arena_alloc, arena_free});
}

void gc_cpython_unhook_memory(void)
{
    for (int i = 0; i < DOMAINS; i++)
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &original[i]);
    PyObject_SetArenaAllocator(&original_arena);
}

/* LeakSanitizer asks for this, where it is built in: what an interpreter leaves behind at its end is CPython's. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:raw_malloc\nleak:raw_calloc\nleak:raw_realloc\n";
}
