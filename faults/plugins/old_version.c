/* old_version: built for interface 0, where other members stood. Refused when it is loaded. */
#include <stdint.h>

extern const struct old_table {
    uint32_t abi;
    char other_members[64];
} heaptrial_allocator;

const struct old_table heaptrial_allocator = {.abi = 0};
