/* control-new: a correct program. Each operator new is followed by the delete that belongs to it. */
#include "faults/misuse/case.h"

void ht_misuse_control_new(size_t bytes)
{
    misuse_begins();
    void *const one = cxx_new(bytes), *const many = cxx_new_array(bytes), *const sized = cxx_new(bytes);
    misuse_done();
    fill(one, bytes, 0x7a);
    fill(many, bytes, 0x7b);
    fill(sized, bytes, 0x7c);
    cxx_delete(one);
    cxx_delete_array(many);
    cxx_delete_sized(sized, bytes);
}
