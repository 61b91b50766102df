#include "allocators/obstack.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <setjmp.h>
#include <stdio.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free  free

static jmp_buf no_memory;

static _Noreturn void jump_back(void)
{
    longjmp(no_memory, 1);
}

int ht_obstack_open(struct ht_heap *heap)
{
    obstack_alloc_failed_handler = jump_back;
    snprintf(heap->version, sizeof heap->version, "glibc %s", gnu_get_libc_version());
    if (setjmp(no_memory))
        return -ENOMEM;
    obstack_specify_allocation(&heap->stack, 0, HT_MIN_ALIGNMENT, obstack_chunk_alloc, obstack_chunk_free);
    return 0;
}

void *ht_obstack_alloc_slow(struct ht_heap *heap, size_t bytes)
{
    /* The library asks for the chunk before it changes anything: after the jump the stack is as it was. */
    if (bytes > INT_MAX || setjmp(no_memory))
        return NULL;
    return obstack_alloc(&heap->stack, (int)bytes);
}
