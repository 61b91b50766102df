/* What can be injected into a cell of a collector. */
#include "faults/injectors.h"

const struct ht_injector *const ht_injectors[HT_FAULT_KINDS] = {
    [HT_FAULT_CYCLE] = &ht_cycles,
};
