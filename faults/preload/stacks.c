/* Stacks by their hash. */
#include "faults/preload/injector.h"

uint32_t ht_stack_of(void *const *frame)
{
    (void)frame;
    return UINT32_MAX;
}
