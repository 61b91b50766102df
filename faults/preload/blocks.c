/* The blocks that are live: a hash table by address, in mapped memory that doubles when it is half full. Kept only when
 * somebody asks for leaks, or a budget has to know what comes back. */
#include <string.h>
#include <sys/mman.h>

#include "faults/preload/blocks.h"
#include "faults/preload/injector.h"

enum { FIRST_SLOTS = 1 << 12 };

static struct ht_blocks blocks;
static _Atomic bool lock, is_kept;

const struct ht_blocks *ht_blocks(void)
{
    return &blocks;
}

static size_t slot_of(const struct ht_blocks *b, uintptr_t address)
{
    return (size_t)(ht_mix64(address) & (b->slots - 1));
}

static bool open_table(struct ht_blocks *b, size_t slots)
{
    void *const map =
        mmap(NULL, slots * sizeof *b->slot, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return false;
    *b = (struct ht_blocks){.slot = map, .slots = slots};
    return true;
}

static void insert(struct ht_blocks *b, const struct ht_block *block)
{
    size_t i = slot_of(b, block->address);
    while (b->slot[i].address)
        i = (i + 1) & (b->slots - 1);
    b->slot[i] = *block;
    b->used++;
}

/* False when there is no memory for a larger table: then the tracking ends. */
static bool grow(struct ht_blocks *b)
{
    struct ht_blocks larger;
    if (!open_table(&larger, 2 * b->slots))
        return false;
    for (size_t i = 0; i < b->slots; i++)
        if (b->slot[i].address)
            insert(&larger, &b->slot[i]);
    munmap(b->slot, b->slots * sizeof *b->slot);
    *b = larger;
    return true;
}

void ht_blocks_start(void)
{
    is_kept = ht_control->flags & (HT_CONTROL_LEAKS | HT_CONTROL_LIVE) || ht_control->trigger.plan.budget;
    if (is_kept && !blocks.slot)
        is_kept = open_table(&blocks, FIRST_SLOTS);
}

void ht_blocks_add(void *p, const struct ht_called *called)
{
    if (!atomic_load_explicit(&is_kept, memory_order_relaxed) || ht_is_off)
        return;
    ht_lock(&lock);
    if (2 * blocks.used < blocks.slots || grow(&blocks))
        insert(&blocks, &(struct ht_block){.address = (uintptr_t)p,
                                           .bytes = called->bytes,
                                           .own = called->own,
                                           .stack = called->stack,
                                           .thread = (uint16_t)called->thread,
                                           .op = (uint8_t)called->op,
                                           .is_held = called->is_held});
    else
        is_kept = false;
    ht_unlock(&lock);
}

/* Closes the gap at `i`: later entries of the same run move up. */
static void close_gap(struct ht_blocks *b, size_t i)
{
    const size_t mask = b->slots - 1;
    for (size_t j = (i + 1) & mask; b->slot[j].address; j = (j + 1) & mask) {
        const size_t home = slot_of(b, b->slot[j].address);
        if (((j - home) & mask) < ((j - i) & mask))
            continue;
        b->slot[i] = b->slot[j];
        i = j;
    }
    b->slot[i].address = 0;
    b->used--;
}

bool ht_blocks_remove(void *p, struct ht_called *called)
{
    if (!atomic_load_explicit(&is_kept, memory_order_relaxed) || ht_is_off)
        return false;
    ht_lock(&lock);
    size_t i = slot_of(&blocks, (uintptr_t)p);
    while (blocks.slot[i].address && blocks.slot[i].address != (uintptr_t)p)
        i = (i + 1) & (blocks.slots - 1);
    const bool was_known = blocks.slot[i].address != 0;
    if (was_known) {
        const struct ht_block *const b = &blocks.slot[i];
        *called = (struct ht_called){.own = b->own,
                                     .bytes = b->bytes,
                                     .stack = b->stack,
                                     .thread = b->thread,
                                     .op = b->op,
                                     .is_held = b->is_held};
        close_gap(&blocks, i);
    }
    ht_unlock(&lock);
    return was_known;
}

uint64_t ht_blocks_live(bool forget)
{
    uint64_t n = 0;
    ht_lock(&lock);
    for (size_t i = 0; i < blocks.slots; i++) {
        n += blocks.slot[i].address && blocks.slot[i].own;
        if (forget)
            blocks.slot[i].own = 0;
    }
    ht_unlock(&lock);
    return n;
}
