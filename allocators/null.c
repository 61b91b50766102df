#include "allocators/null.h"

#include <errno.h>
#include <pthread.h>

#include "allocators/pages.h"

enum { RING_BYTES = NULL_RING_BYTES + NULL_TAIL_BYTES };

_Thread_local struct null_ring null_ring;

/* A ring that no thread bumps in; its objects may still be used by others, so it stays mapped, and the link is
 * at its very end, where no object reaches. */
struct spare {
    struct spare *next;
};

static struct spare *link_of(uintptr_t ring)
{
    return (struct spare *)(ring + RING_BYTES - sizeof(struct spare));
}

static uintptr_t ring_of(struct spare *link)
{
    return (uintptr_t)link + sizeof *link - RING_BYTES;
}

static struct {
    pthread_mutex_t lock;
    struct spare *spares;
    uintptr_t first; /* the opener's, for a thread that gets none: objects overlap anyway */
} rings = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local int is_borrowed;

void ht_null_thread_start(void)
{
    pthread_mutex_lock(&rings.lock);
    struct spare *const spare = rings.spares;
    if (spare)
        rings.spares = spare->next;
    pthread_mutex_unlock(&rings.lock);
    null_ring.next = spare ? ring_of(spare) : (uintptr_t)ht_pages_map(RING_BYTES, 2 * NULL_RING_BYTES);
    is_borrowed = !null_ring.next;
    if (is_borrowed)
        null_ring.next = rings.first;
}

void ht_null_thread_stop(void)
{
    if (!null_ring.next || is_borrowed) {
        null_ring.next = 0;
        return;
    }
    pthread_mutex_lock(&rings.lock);
    struct spare *const spare = link_of(null_ring.next & -(uintptr_t)NULL_RING_BYTES);
    spare->next = rings.spares;
    rings.spares = spare;
    pthread_mutex_unlock(&rings.lock);
    null_ring.next = 0;
}

int ht_null_open(void)
{
    rings.first = 0;
    ht_null_thread_start();
    rings.first = null_ring.next;
    return null_ring.next ? 0 : -ENOMEM;
}

void ht_null_close(void)
{
    ht_null_thread_stop();
    for (struct spare *next, *s = rings.spares; s; s = next) {
        next = s->next;
        ht_pages_unmap((void *)ring_of(s), RING_BYTES);
    }
    rings.spares = NULL;
}
