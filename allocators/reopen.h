/* What is left of a strategy in its process when a heap was closed: whether the next one starts as the first did. Where
 * it does not, its header defines heap_reopen or gc_reopen. */
#ifndef HT_ALLOCATORS_REOPEN_H
#define HT_ALLOCATORS_REOPEN_H

enum ht_reopen {
    HT_REOPEN_WHOLE, /* all was given back to the system */
    HT_REOPEN_WARM,  /* beneath it is a malloc that keeps memory */
    HT_REOPEN_NEVER, /* the library knows one life only */
};

#endif
