/* Blocks that nobody can reach at exit, found as LeakSanitizer does: from what is writable and no block (data of modules,
 * stacks, thread storage, the program's own mappings) through each block that a word there points into.
 *
 * It errs on the side of the program: whatever looks like a pointer is one, also into the middle of a block. What the
 * loader or this library allocated is a root. Memory is read through /proc/self/mem, so that a mapping that can't be
 * read harms nobody. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults/preload/blocks.h"
#include "faults/preload/injector.h"

enum { CHUNK = 64 << 10, PAGE = 4096, MAPS_BYTES = 1 << 20, RANGES = 8, GAP = 64 << 10 };

struct range {
    uintptr_t start, end;
};

struct search {
    struct ht_block **block; /* by address */
    size_t blocks;
    struct ht_block **todo; /* reached, and not yet read */
    size_t waiting;
    struct range own[RANGES]; /* mappings of this library */
    unsigned owns;
    int memory; /* /proc/self/mem */
    uintptr_t chunk[CHUNK / sizeof(uintptr_t)];
};

static void *map(size_t bytes)
{
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* ---- marking ---------------------------------------------------------------------------------------------------- */

/* The first block that ends after the address; NULL: none. */
static size_t first_after(const struct search *s, uintptr_t address)
{
    size_t low = 0, high = s->blocks;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const struct ht_block *const b = s->block[middle];
        if (b->address + (b->bytes ? b->bytes : 1) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void reach(struct search *s, struct ht_block *b)
{
    if (b->is_reached)
        return;
    b->is_reached = true;
    s->todo[s->waiting++] = b;
}

static void look_at(struct search *s, uintptr_t word)
{
    if (word < s->block[0]->address ||
        word > s->block[s->blocks - 1]->address + s->block[s->blocks - 1]->bytes)
        return;
    const size_t i = first_after(s, word);
    if (i < s->blocks && s->block[i]->address <= word)
        reach(s, s->block[i]);
}

static void read_words(struct search *s, uintptr_t start, uintptr_t end)
{
    start = (start + sizeof start - 1) / sizeof start * sizeof start;
    while (start + sizeof start <= end) {
        const size_t wanted = end - start < CHUNK ? end - start : CHUNK;
        const ssize_t got = pread(s->memory, s->chunk, wanted, (off_t)start);
        if (got <= 0)
            return;
        for (size_t i = 0; i < (size_t)got / sizeof start; i++)
            look_at(s, s->chunk[i]);
        start += (size_t)got / sizeof start * sizeof start;
    }
}

static void spread(struct search *s)
{
    while (s->waiting) {
        const struct ht_block *const b = s->todo[--s->waiting];
        read_words(s, b->address, b->address + b->bytes);
    }
}

/* ---- roots ------------------------------------------------------------------------------------------------------ */

/* Reads the pages of a stretch that are there, but for what is this library's own. */
static void read_resident(struct search *s, struct range r)
{
    static unsigned char there[CHUNK];
    for (unsigned i = 0; i < s->owns; i++) {
        const struct range own = s->own[i];
        if (own.start >= r.end || own.end <= r.start)
            continue;
        if (own.start > r.start)
            read_resident(s, (struct range){r.start, own.start});
        if (own.end < r.end)
            read_resident(s, (struct range){own.end, r.end});
        return;
    }
    for (uintptr_t at = r.start; at < r.end;) {
        const uintptr_t page = at / PAGE * PAGE;
        const size_t pages = ((r.end - page) + PAGE - 1) / PAGE;
        const size_t n = pages < CHUNK ? pages : CHUNK;
        const bool is_known = !mincore((void *)page, n * PAGE, there);
        for (size_t i = 0; i < n; i++) {
            const uintptr_t from = i ? page + i * PAGE : at, to = page + (i + 1) * PAGE;
            size_t more = 0;
            if (is_known && !(there[i] & 1))
                continue;
            while (i + 1 < n && (!is_known || there[i + 1] & 1))
                i++, more++;
            read_words(s, from, to + more * PAGE < r.end ? to + more * PAGE : r.end);
        }
        at = page + n * PAGE;
    }
}

/* A mapping that holds blocks is not a root, but for large gaps: they may be a mapping of the program's own, which the
 * kernel has merged with the allocator's. */
static void read_gaps(struct search *s, struct range r)
{
    uintptr_t at = r.start;
    for (size_t i = first_after(s, r.start); i < s->blocks && s->block[i]->address < r.end; i++) {
        if (s->block[i]->address > at + GAP)
            read_resident(s, (struct range){at, s->block[i]->address});
        at = s->block[i]->address + s->block[i]->bytes;
    }
    if (at + GAP < r.end)
        read_resident(s, (struct range){at, r.end});
}

/* What stands on a stack may be a variable that is no longer used: whether such a block is found depends on luck. In a
 * run without faults such blocks count as lost, so that no bad luck under a fault is taken for a leak. */
static bool is_firm(void)
{
    return ht_control->flags & HT_CONTROL_FIRM;
}

/* One line of /proc/self/maps. */
static void read_mapping(struct search *s, const char *line, uintptr_t sp)
{
    char *end;
    struct range r;
    r.start = strtoul(line, &end, 16);
    r.end = strtoul(end + 1, &end, 16);
    const char *const rights = end + 1;
    const char *const name = strchrnul(line, '\n');
    const bool is_named = memchr(line, '/', (size_t)(name - line)) != NULL;
    if (rights[0] != 'r' || rights[1] != 'w' || (rights[3] == 's' && is_named))
        return;
    if (sp >= r.start && sp < r.end) {
        if (!is_firm())
            read_resident(s, (struct range){sp, r.end});
        return;
    }
    const size_t i = first_after(s, r.start);
    if (i == s->blocks || s->block[i]->address >= r.end)
        read_resident(s, r);
    else if (strncmp(name - 6, "[heap]", 6) != 0)
        read_gaps(s, r);
}

__attribute__((noinline)) static void read_mappings(struct search *s, char *text)
{
    const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t bytes = 0;
    ssize_t n;
    while (fd >= 0 && bytes < MAPS_BYTES - 1 && (n = read(fd, text + bytes, MAPS_BYTES - 1 - bytes)) > 0)
        bytes += (size_t)n;
    close(fd);
    for (char *line = text; *line;) {
        read_mapping(s, line, (uintptr_t)__builtin_frame_address(0));
        line = strchrnul(line, '\n');
        line += *line != 0;
    }
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

/* Sorts by address, without qsort, which allocates: a heap sort. */
static void sift(struct ht_block **a, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && a[child]->address < a[child + 1]->address)
            child++;
        if (a[root]->address >= a[child]->address)
            return;
        struct ht_block *const t = a[root];
        a[root] = a[child];
        a[child] = t;
    }
}

static void sort(struct ht_block **a, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(a, i, n);
    for (size_t end = n; end-- > 1;) {
        struct ht_block *const t = a[0];
        a[0] = a[end];
        a[end] = t;
        sift(a, 0, end);
    }
}

/* Whole pages. */
static void add_own(struct search *s, const void *start, size_t bytes)
{
    const uintptr_t from = (uintptr_t)start / PAGE * PAGE,
                    to = ((uintptr_t)start + bytes + PAGE - 1) / PAGE * PAGE;
    if (s->owns < RANGES && bytes)
        s->own[s->owns++] = (struct range){from, to};
}

/* Collects the blocks, roots among them. */
static void collect(struct search *s, const struct ht_blocks *blocks)
{
    for (size_t i = 0; i < blocks->slots; i++)
        if (blocks->slot[i].address)
            s->block[s->blocks++] = &blocks->slot[i];
    sort(s->block, s->blocks);
    for (size_t i = 0; i < s->blocks; i++)
        if (!s->block[i]->own)
            reach(s, s->block[i]);
}

static void report(const struct search *s)
{
    struct ht_control *const c = ht_control;
    for (size_t i = 0; i < s->blocks; i++) {
        const struct ht_block *const b = s->block[i];
        if (b->is_reached || b->was_lost)
            continue;
        c->leaked_blocks++;
        c->leaked_bytes += b->bytes;
        if (c->leaks.used < c->leaks.most)
            ht_control_leaks(c)[c->leaks.used++] = (struct ht_called){
                .own = b->own, .bytes = b->bytes, .stack = b->stack, .thread = b->thread, .op = b->op};
        else
            c->leaks.dropped++;
    }
}

static void close_search(struct search *s, struct ht_block **lists, char *maps, size_t blocks)
{
    if (s && s->memory > 0)
        close(s->memory);
    munmap(maps, MAPS_BYTES);
    munmap(lists, 2 * blocks * sizeof *lists);
    munmap(s, sizeof *s);
}

static void run(struct search *s, const struct ht_blocks *blocks, char *maps)
{
    size_t held;
    const uintptr_t *const in_main = ht_main_holds(&held);
    add_own(s, in_main, held * sizeof *in_main);
    s->memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    __builtin_unwind_init(); /* registers are on the stack then */
    collect(s, blocks);
    for (size_t i = 0; i < held && !is_firm(); i++)
        look_at(s, in_main[i]);
    read_mappings(s, maps);
    spread(s);
}

/* Finds what can be reached, and hands each block to `tell`. */
static void search(void (*tell)(const struct search *s))
{
    const struct ht_blocks *const blocks = ht_blocks();
    const size_t n = blocks->used;
    struct dl_find_object self;
    if (!n)
        return;
    struct search *const s = map(sizeof *s);
    struct ht_block **const lists = map(2 * n * sizeof(struct ht_block *));
    char *const maps = map(MAPS_BYTES);
    if (s && lists && maps) {
        s->block = lists;
        s->todo = lists + n;
        add_own(s, blocks->slot, blocks->slots * sizeof *blocks->slot);
        add_own(s, s, sizeof *s);
        add_own(s, lists, 2 * n * sizeof *lists);
        add_own(s, maps, MAPS_BYTES);
        if (!_dl_find_object((void *)ht_leaks_find, &self))
            add_own(s, self.dlfo_map_start,
                    (size_t)((char *)self.dlfo_map_end - (char *)self.dlfo_map_start));
        run(s, blocks, maps);
        tell(s);
    }
    close_search(s, lists, maps, n);
}

static void note_lost(const struct search *s)
{
    for (size_t i = 0; i < s->blocks; i++) {
        s->block[i]->was_lost = !s->block[i]->is_reached;
        s->block[i]->is_reached = false;
    }
}

void ht_leaks_find_before(void)
{
    search(note_lost);
}

void ht_leaks_find(void)
{
    search(report);
}
