#include "allocators/budget.h"

#include <errno.h>
#include <string.h>

#include "allocators/pages.h"

bool (*gc_budget_fail)(enum gc_site site, size_t bytes);

bool gc_budget_take(struct gc_budget *budget, enum gc_site site, size_t bytes)
{
    if (gc_budget_fail && gc_budget_fail(site, bytes))
        return false;
    const uint64_t now = atomic_fetch_add(&budget->held, bytes) + bytes;
    if (budget->limit && now > budget->limit) {
        atomic_fetch_sub(&budget->held, bytes);
        return false;
    }
    uint64_t peak = atomic_load(&budget->peak);
    while (now > peak && !atomic_compare_exchange_weak(&budget->peak, &peak, now))
        ;
    return true;
}

void gc_budget_give(struct gc_budget *budget, size_t bytes)
{
    atomic_fetch_sub(&budget->held, bytes);
}

void *gc_budget_map(struct gc_budget *budget, enum gc_site site, size_t bytes, size_t alignment)
{
    if (!gc_budget_take(budget, site, bytes))
        return NULL;
    void *const p = ht_pages_map(bytes, alignment);
    if (!p)
        gc_budget_give(budget, bytes);
    return p;
}

void gc_budget_unmap(struct gc_budget *budget, void *p, size_t bytes)
{
    ht_pages_unmap(p, bytes);
    gc_budget_give(budget, bytes);
}

int gc_table_grow(struct gc_table *table, struct gc_budget *budget, enum gc_site site)
{
    const size_t old_bytes = table->room * sizeof table->word[0];
    const size_t bytes = old_bytes ? 2 * old_bytes : HT_PAGE_BYTES;
    if (!gc_budget_take(budget, site, bytes - old_bytes))
        return -ENOMEM;
    uintptr_t *const word =
        old_bytes ? ht_pages_resize(table->word, old_bytes, bytes) : ht_pages_map(bytes, HT_PAGE_BYTES);
    if (!word) {
        gc_budget_give(budget, bytes - old_bytes);
        return -ENOMEM;
    }
    table->word = word;
    table->room = bytes / sizeof word[0];
    return 0;
}

void gc_table_close(struct gc_table *table, struct gc_budget *budget)
{
    if (table->room)
        gc_budget_unmap(budget, table->word, table->room * sizeof table->word[0]);
    *table = (struct gc_table){.word = NULL};
}
