/* What can be injected into a cell of an allocator. */
#include "faults/injectors.h"

const struct ht_injector *const ht_injectors[HT_FAULT_KINDS] = {
    [HT_FAULT_SHATTER] = &ht_shatter,
};
