/* What cases of misuse share (faults/misuse/case.h). */
#include "faults/misuse/case.h"

enum { LOOKS = 32, REUSES = 256 };

/* ---- bytes ---- */

/* Calls through these can't be seen through, as those of another file. */
#define OPAQUE __attribute__((noinline))

OPAQUE void fill(void *p, size_t bytes, unsigned char value)
{
    volatile unsigned char *const to = p;
    for (size_t i = 0; i < bytes; i++)
        to[i] = value;
}

OPAQUE bool is_filled(const void *p, size_t bytes, unsigned char value)
{
    const volatile unsigned char *const from = p;
    unsigned char difference = 0;
    for (size_t i = 0; i < bytes; i++)
        difference |= from[i] ^ value;
    return decide(&difference, 0, 0);
}

OPAQUE unsigned char peek(const void *p, size_t at)
{
    return ((const volatile unsigned char *)p)[at];
}

OPAQUE bool decide(const void *p, size_t at, unsigned char value)
{
    static volatile unsigned decided;
    if (peek(p, at) != value)
        return false;
    decided++;
    return true;
}

OPAQUE void scrub_stack(void)
{
    unsigned char old[8192];
    fill(old, sizeof old, 0);
}

/* ---- neighbours ---- */

unsigned char *open_neighbours(struct neighbours *n, size_t bytes)
{
    n->bytes = bytes;
    for (int i = 0; i < NEIGHBOURS; i++) {
        n->object[i] = subject_alloc(bytes);
        if (n->object[i])
            fill(n->object[i], bytes, (unsigned char)(0x60 + i));
    }
    return n->object[NEIGHBOURS / 2];
}

void watch_neighbours(const struct neighbours *n)
{
    for (int i = 0; i < NEIGHBOURS; i++) {
        if (i == NEIGHBOURS / 2 || !n->object[i] ||
            is_filled(n->object[i], n->bytes, (unsigned char)(0x60 + i)))
            continue;
        attacker_wins("another live object has changed");
        return;
    }
}

void close_neighbours(struct neighbours *n)
{
    for (int i = 0; i < NEIGHBOURS; i++)
        if (n->object[i])
            subject_free(n->object[i], n->bytes);
}

/* ---- what the allocator hands out next ---- */

static bool overlaps(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    const uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;
    return p < q + b_bytes && q < p + a_bytes;
}

/* What the attacker has won in the last of `n` objects; NULL: nothing. */
static const char *look(void *const object[], int n, size_t bytes, const void *target, size_t target_bytes)
{
    if (target && overlaps(object[n - 1], bytes, target, target_bytes))
        return "the allocator returned memory that it was pointed at";
    for (int i = 0; i < n - 1; i++)
        if (overlaps(object[i], bytes, object[n - 1], bytes))
            return "two live objects overlap";
    return NULL;
}

static void watch(size_t bytes, const void *target, size_t target_bytes)
{
    void *object[LOOKS];
    for (int n = 0; n < LOOKS;) {
        object[n] = subject_alloc(bytes);
        if (!object[n])
            break;
        const char *const won = look(object, ++n, bytes, target, target_bytes);
        if (won) {
            attacker_wins(won);
            return;
        }
        if (n == LOOKS)
            while (n > 0)
                subject_free(object[--n], bytes);
        if (n == 0)
            return;
    }
}

void watch_for_twins(size_t bytes)
{
    watch(bytes, NULL, 0);
}

void watch_for_target(size_t bytes, const void *target, size_t target_bytes)
{
    watch(bytes, target, target_bytes);
}

void *reuse(const void *stale, size_t bytes)
{
    void *other[REUSES], *found = NULL;
    int n = 0;
    while (!found && n < REUSES) {
        void *const p = subject_alloc(bytes);
        if (!p)
            break;
        if (p == stale)
            found = p;
        else
            other[n++] = p;
    }
    while (n > 0)
        subject_free(other[--n], bytes);
    return found;
}

void pass_the_time(size_t bytes, unsigned ops)
{
    for (unsigned i = 0; i < ops / 2; i++) {
        const size_t larger = 2 * bytes + 64 + 16 * (i % 8);
        void *const p = subject_alloc(larger);
        if (!p)
            continue;
        fill(p, 16, 0x22);
        subject_free(p, larger);
    }
}

void *forge(struct forged *forged, size_t bytes)
{
    const size_t chunk = (bytes + 8 < 32 ? 32 : bytes + 8 + 15) & ~(size_t)15;
    for (size_t i = 0; i < FORGED_BYTES / 8; i++)
        forged->word[i] = chunk | 1;
    return &forged->word[8];
}
